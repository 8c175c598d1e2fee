"""Wiring of all that calls HubSpot: built when first used, once per process.

What only some functions need is in `delivery` and `admin`, and what no HubSpot needs is in `tables`: each loads no more
than it runs. Nothing but these modules names concrete classes.
"""

from dataclasses import dataclass
from functools import cached_property

from referral_hubspot.domain import scopes
from referral_hubspot.hubspot.directory import HubSpotDirectory
from referral_hubspot.hubspot.oauth import HubSpotApp, OAuth
from referral_hubspot.hubspot.pacing import Pacer
from referral_hubspot.hubspot.transport import Transport, new_session
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.report import report_lost
from referral_hubspot.runtime.tables import TableEnvironment, TableWiring
from referral_hubspot.storage.bindings import BindingRepository
from referral_hubspot.storage.budget import BudgetTable
from referral_hubspot.storage.cleanups import CleanupTable
from referral_hubspot.storage.connections import ConnectionStore
from referral_hubspot.storage.credentials import CredentialTable
from referral_hubspot.storage.portal_properties import PortalProperties
from referral_hubspot.storage.refusals import RefusalRepository
from referral_hubspot.storage.register import Register
from referral_hubspot.storage.sealing import Sealer
from referral_hubspot.usecases.access import GrantKeeper
from referral_hubspot.usecases.disconnect import Disconnect
from referral_hubspot.usecases.fit import Fit


@dataclass(frozen=True, slots=True)
class HubSpotEnvironment(TableEnvironment):
    """What calling HubSpot for customers takes."""

    credential_table: str
    token_key_id: str
    hubspot_api_url: str
    hubspot_client_id: str
    hubspot_secret_arn: str
    public_base_url: str
    budget_per_second: float
    budget_burst: int


class HubSpotWiring(TableWiring):
    """HubSpot through the grants of customers."""

    def __init__(self, environment: HubSpotEnvironment) -> None:
        super().__init__(environment)
        self._hubspot = environment

    @cached_property
    def sealer(self) -> Sealer:
        return Sealer(clients.kms(), self._hubspot.token_key_id)

    @cached_property
    def bindings(self) -> BindingRepository:
        return BindingRepository(self._hubspot.campaign_table, self.dynamodb)

    @cached_property
    def credentials(self) -> CredentialTable:
        return CredentialTable(self._hubspot.credential_table, self.dynamodb, self.sealer, self.bindings)

    @cached_property
    def cleanups(self) -> CleanupTable:
        return CleanupTable(self._hubspot.credential_table, self.dynamodb, self.sealer)

    @cached_property
    def connections(self) -> ConnectionStore:
        return ConnectionStore(self.dynamodb, self.campaigns, self.bindings, self.credentials, self.cleanups)

    @cached_property
    def transport(self) -> Transport:
        return Transport(new_session(), self._hubspot.hubspot_api_url)

    @cached_property
    def oauth(self) -> OAuth:
        return OAuth(self.transport, self._app(authorize_url=""))

    def _app(self, authorize_url: str) -> HubSpotApp:
        return HubSpotApp(
            client_id=self._hubspot.hubspot_client_id,
            client_secrets=lambda: clients.client_secrets(self._hubspot.hubspot_secret_arn),
            redirect_url=f"{self._hubspot.public_base_url}/callback",
            authorize_url=authorize_url,
            scopes=scopes.REQUIRED,
            optional_scopes=scopes.OPTIONAL,
        )

    @cached_property
    def directory(self) -> HubSpotDirectory:
        keeper = GrantKeeper(self.credentials, self.oauth, clock=clients.now, notice_lost=report_lost)
        return HubSpotDirectory(self.transport, self.oauth, keeper, Pacer(self.budget))

    @cached_property
    def budget(self) -> BudgetTable:
        return BudgetTable(
            self._hubspot.campaign_table,
            self.dynamodb,
            per_second=self._hubspot.budget_per_second,
            burst=self._hubspot.budget_burst,
        )

    @cached_property
    def portal_properties(self) -> PortalProperties:
        return PortalProperties(self._hubspot.campaign_table, self.dynamodb)

    @cached_property
    def refusals(self) -> RefusalRepository:
        return RefusalRepository(self._hubspot.campaign_table, self.dynamodb)

    @cached_property
    def register(self) -> Register:
        return Register(self._hubspot.campaign_table, self.dynamodb, self.pepper, self.campaigns)

    @cached_property
    def fit(self) -> Fit:
        return Fit(self.directory, self.portal_properties, self.campaigns, clients.now)

    @cached_property
    def disconnect(self) -> Disconnect:
        return Disconnect(self.connections, clients.now)
