"""Wiring of what the pages of connecting and the HTTP API share: built when first used, once per process."""

from dataclasses import dataclass
from functools import cached_property

from referral_hubspot.hubspot.oauth import OAuth
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.releaser import SweepReleaser
from referral_hubspot.runtime.wiring import HubSpotEnvironment, HubSpotWiring
from referral_hubspot.storage.once import OnceTable


@dataclass(frozen=True, slots=True)
class AdminEnvironment(HubSpotEnvironment):
    """What connecting and settings take."""

    hubspot_authorize_url: str
    allowed_origins: str
    platform_name: str
    sweep_function: str
    sweep_rate: str


class AdminWiring(HubSpotWiring):
    """What an admin's requests have in common."""

    def __init__(self, environment: AdminEnvironment) -> None:
        super().__init__(environment)
        self._admin = environment

    @cached_property
    def oauth(self) -> OAuth:
        return OAuth(self.transport, self._app(self._admin.hubspot_authorize_url))

    @cached_property
    def once(self) -> OnceTable:
        return OnceTable(self._admin.campaign_table, self.dynamodb)

    @cached_property
    def releaser(self) -> SweepReleaser:
        return SweepReleaser(clients.lambda_(), self._admin.sweep_function)
