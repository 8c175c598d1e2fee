"""Wiring of what an admin does: built when first used, once per process."""

from dataclasses import dataclass
from functools import cached_property

from referral_hubspot.hubspot.oauth import OAuth
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.releaser import SweepReleaser
from referral_hubspot.runtime.wiring import HubSpotEnvironment, HubSpotWiring
from referral_hubspot.storage.once import OnceTable
from referral_hubspot.storage.questions import QuestionTable
from referral_hubspot.usecases.ask_consent import AskConsent, ConnectUrl
from referral_hubspot.usecases.connect import Connect
from referral_hubspot.usecases.find_campaign import FindCampaign
from referral_hubspot.usecases.lookups import LookUp
from referral_hubspot.usecases.questions import Questions
from referral_hubspot.usecases.read_leads import ReadLeads
from referral_hubspot.usecases.save_settings import SaveSettings


@dataclass(frozen=True, slots=True)
class AdminEnvironment(HubSpotEnvironment):
    """What connecting and settings take."""

    hubspot_authorize_url: str
    allowed_origins: str
    platform_name: str
    sweep_function: str
    sweep_rate: str


class AdminWiring(HubSpotWiring):
    """What an admin does: connect, disconnect, look, save."""

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

    @cached_property
    def connect_url(self) -> ConnectUrl:
        return ConnectUrl(
            self.once,
            public_base_url=self._admin.public_base_url,
            allowed_origins=self.allowed_origins,
            clock=clients.now,
        )

    @property
    def allowed_origins(self) -> list[str]:
        """Where frames and ways back may lead."""
        return [origin.strip() for origin in self._admin.allowed_origins.split(",") if origin.strip()]

    @cached_property
    def ask_consent(self) -> AskConsent:
        return AskConsent(self.once, self.oauth, clock=clients.now)

    @cached_property
    def connect(self) -> Connect:
        return Connect(
            once=self.once,
            tokens=self.oauth,
            hubspot=self.directory,
            connections=self.connections,
            kept=self.portal_properties,
            releaser=self.releaser,
            clock=clients.now,
        )

    @cached_property
    def lookups(self) -> LookUp:
        return LookUp(self.directory, self.portal_properties, clients.now)

    @property
    def sweep_rate(self) -> str:
        return self._admin.sweep_rate

    @cached_property
    def find_campaign(self) -> FindCampaign:
        return FindCampaign(self.campaigns)

    @cached_property
    def save_settings(self) -> SaveSettings:
        return SaveSettings(self.campaigns, self.lookups, self.releaser, clients.now)

    @cached_property
    def questions(self) -> Questions:
        store = QuestionTable(self._admin.campaign_table, self.dynamodb)
        return Questions(store, self.people, self.campaigns, self.releaser, clients.now)

    @cached_property
    def read_leads(self) -> ReadLeads:
        return ReadLeads(self.people, self.portal_properties, self._admin.platform_name)
