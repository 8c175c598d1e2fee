"""The one place that names concrete classes of all that calls HubSpot: built when first used, once per process."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from referral_hubspot.domain import scopes
from referral_hubspot.hubspot.directory import HubSpotDirectory
from referral_hubspot.hubspot.oauth import HubSpotApp, OAuth
from referral_hubspot.hubspot.pacing import Pacer
from referral_hubspot.hubspot.transport import Transport, new_session
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.releaser import SweepReleaser
from referral_hubspot.runtime.report import report_fault
from referral_hubspot.runtime.tables import TableEnvironment, TableWiring
from referral_hubspot.storage.bindings import BindingRepository
from referral_hubspot.storage.budget import BudgetTable
from referral_hubspot.storage.cleanups import CleanupTable
from referral_hubspot.storage.connections import ConnectionStore
from referral_hubspot.storage.credentials import CredentialTable
from referral_hubspot.storage.erasures import ErasureRepository
from referral_hubspot.storage.once import OnceTable
from referral_hubspot.storage.portal_properties import PortalProperties
from referral_hubspot.storage.register import Register
from referral_hubspot.storage.sealing import Sealer
from referral_hubspot.usecases.access import GrantKeeper
from referral_hubspot.usecases.ask_consent import AskConsent, ConnectUrl
from referral_hubspot.usecases.clean_up import CleanUp
from referral_hubspot.usecases.connect import Connect
from referral_hubspot.usecases.disconnect import Disconnect
from referral_hubspot.usecases.erase import Erase
from referral_hubspot.usecases.find_campaign import FindCampaign
from referral_hubspot.usecases.lookups import LookUpProperties
from referral_hubspot.usecases.read_leads import ReadLeads
from referral_hubspot.usecases.receive import Receive
from referral_hubspot.usecases.save_settings import SaveSettings
from referral_hubspot.usecases.send_people import SendPeople
from referral_hubspot.usecases.send_to_portal import Patience, SendToPortal
from referral_hubspot.usecases.sweep import Sweep


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


@dataclass(frozen=True, slots=True)
class DeliveryEnvironment(HubSpotEnvironment):
    """How long people wait for HubSpot."""

    hold_after_seconds: int
    release_message_after_seconds: int


@dataclass(frozen=True, slots=True)
class AdminEnvironment(HubSpotEnvironment):
    """What connecting and settings take."""

    hubspot_authorize_url: str
    allowed_origins: str
    platform_name: str
    sweep_function: str


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
            client_secret=clients.client_secrets(self._hubspot.hubspot_secret_arn)[0],
            redirect_url=f"{self._hubspot.public_base_url}/callback",
            authorize_url=authorize_url,
            scopes=scopes.REQUIRED,
        )

    @cached_property
    def directory(self) -> HubSpotDirectory:
        budget = BudgetTable(
            self._hubspot.campaign_table,
            self.dynamodb,
            per_second=self._hubspot.budget_per_second,
            burst=self._hubspot.budget_burst,
        )
        keeper = GrantKeeper(self.credentials, self.oauth, clock=clients.now)
        return HubSpotDirectory(self.transport, self.oauth, keeper, Pacer(budget))

    @cached_property
    def disconnect(self) -> Disconnect:
        return Disconnect(self.connections, clients.now)


class DeliveryWiring(HubSpotWiring):
    """What brings people to HubSpot."""

    def __init__(self, environment: DeliveryEnvironment) -> None:
        super().__init__(environment)
        self._delivery = environment

    @cached_property
    def register(self) -> Register:
        return Register(self._delivery.campaign_table, self.dynamodb, self.pepper, self.campaigns)

    @cached_property
    def send_people(self) -> SendPeople:
        patience = Patience(
            hold_after=timedelta(seconds=self._delivery.hold_after_seconds),
            release_message_after=timedelta(seconds=self._delivery.release_message_after_seconds),
        )
        portal = SendToPortal(
            self.directory,
            self.register,
            self.people,
            self.links,
            self.qualify,
            patience,
            clients.now,
            report_fault,
        )
        return SendPeople(self.register, self.people, portal, clients.now)

    @cached_property
    def erase(self) -> Erase:
        erasures = ErasureRepository(self._delivery.campaign_table, self.dynamodb)
        return Erase(self.people, erasures, self.links, self.campaigns, clients.now)

    @cached_property
    def receive(self) -> Receive:
        return Receive(
            self.campaigns, self.register, self.people, self.send_people, self.erase, self.disconnect, clients.now
        )

    @cached_property
    def sweep(self) -> Sweep:
        clean_up = CleanUp(self.cleanups, self.connections, self.oauth, self.directory)
        return Sweep(self.people, self.campaigns, self.send_people, self.erase, clean_up, clients.now)


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
    def portal_properties(self) -> PortalProperties:
        return PortalProperties(self._admin.campaign_table, self.dynamodb)

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
            properties=self.portal_properties,
            releaser=self.releaser,
            required_scopes=scopes.REQUIRED,
            clock=clients.now,
        )

    @cached_property
    def lookups(self) -> LookUpProperties:
        return LookUpProperties(self.directory, self.portal_properties, clients.now)

    @cached_property
    def find_campaign(self) -> FindCampaign:
        return FindCampaign(self.campaigns)

    @cached_property
    def save_settings(self) -> SaveSettings:
        return SaveSettings(self.campaigns, self.lookups, self.releaser, clients.now)

    @cached_property
    def read_leads(self) -> ReadLeads:
        return ReadLeads(self.people, self.portal_properties, self._admin.platform_name)
