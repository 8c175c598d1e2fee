"""A small world to connect campaigns in: both tables and KMS on moto, and a HubSpot that counts what it is asked."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, urlsplit

import boto3

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import DEAL_KEY, HubSpotAccount, ObjectType, Option, Pipeline, Property, Stage
from referral_hubspot.domain.errors import CrmUnavailableError, GrantRefusedError, ReferralHubSpotError
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.settings import Binding, CampaignState
from referral_hubspot.storage.bindings import BindingRepository
from referral_hubspot.storage.campaigns import CampaignRepository
from referral_hubspot.storage.cleanups import CleanupTable
from referral_hubspot.storage.connections import ConnectionStore
from referral_hubspot.storage.credentials import CredentialTable
from referral_hubspot.storage.once import OnceTable
from referral_hubspot.storage.portal_properties import PortalProperties
from referral_hubspot.storage.sealing import Sealer
from referral_hubspot.usecases.access import Grant
from referral_hubspot.usecases.ask_consent import AskConsent, ConnectUrl
from referral_hubspot.usecases.clean_up import CleanUp
from referral_hubspot.usecases.connect import Connect
from referral_hubspot.usecases.connect_outcomes import Outcome
from referral_hubspot.usecases.disconnect import Disconnect
from referral_hubspot.usecases.ports import Crm
from referral_hubspot.usecases.share_connection import ShareConnection
from tests.tables import CAMPAIGNS, CREDENTIALS, local_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
EU, US = 1001001, 1001002
NAMES = {EU: "Acme EU", US: "Acme US"}
SCOPES = (*scopes.REQUIRED, *scopes.OPTIONAL)
BASE_URL = "https://hub.example.com"
BACK = "https://platform.example.com/campaigns/spring"


class FakeHubSpot:
    """Consent, tokens and account facts. `asked` lists the calls that reached it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.opened: list[tuple[str, int, Lane]] = []
        self.installed: set[int] = set()
        self.revoked: set[str] = set()
        self.away: ReferralHubSpotError | None = None
        self.names = dict(NAMES)
        self.property_names = {EU: ["email", "firstname", "lifecyclestage"], US: ["email", "firstname"]}
        self.deal_property_names = {
            EU: ["dealname", "dealstage", "pipeline"],
            US: ["dealname", "dealstage", "pipeline"],
        }
        self.properties_error: ReferralHubSpotError | None = None
        self.deals_error: ReferralHubSpotError | None = None
        self.while_asked: Callable[[], None] = lambda: None
        self._codes: dict[str, tuple[int, str, Sequence[str]]] = {}
        self._portals: dict[str, int] = {}
        self._numbers = count()

    def consent(self, portal_id: int, *, refresh_token: str = "", scopes: Sequence[str] = SCOPES) -> str:
        """A user chose this HubSpot account; the code is what comes back."""
        code = f"code-{next(self._numbers)}"
        self._codes[code] = (portal_id, refresh_token or f"refresh-{code}", scopes)
        return code

    def authorize_url(self, state: str) -> str:
        return f"https://app.hubspot.com/oauth/authorize?state={state}"

    def exchange(self, code: str) -> Grant:
        self._reach("exchange")
        if code not in self._codes:
            raise GrantRefusedError("BAD_AUTH_CODE")
        portal_id, refresh_token, scopes = self._codes.pop(code)
        self.installed.add(portal_id)
        self.revoked.discard(refresh_token)
        self._portals[refresh_token] = portal_id
        return self._grant(refresh_token, scopes)

    def refresh(self, refresh_token: str) -> Grant:
        self._reach("refresh")
        if refresh_token in self.revoked or self._portals[refresh_token] not in self.installed:
            raise GrantRefusedError("BAD_REFRESH_TOKEN")
        return replace(self._grant(refresh_token, SCOPES), portal_id=0)  # HubSpot need not say it again

    def revoke(self, refresh_token: str) -> None:
        self._reach("revoke")
        self.revoked.add(refresh_token)

    def open(self, account_id: str, portal_id: int, lane: Lane) -> Crm:
        self.opened.append((account_id, portal_id, lane))
        return cast(Crm, FakeCrm(self, portal_id))

    def with_grant(self, grant: Grant) -> Crm:
        return cast(Crm, FakeCrm(self, grant.portal_id))

    def _grant(self, refresh_token: str, scopes: Sequence[str]) -> Grant:
        portal_id = self._portals[refresh_token]
        return Grant(f"access-{len(self.asked)}", refresh_token, 1800, portal_id, tuple(scopes))

    def _reach(self, call: str) -> None:
        self.asked.append(call)
        if self.away is not None:
            raise self.away
        interlude, self.while_asked = self.while_asked, lambda: None
        interlude()


@dataclass
class FakeCrm:
    hubspot: FakeHubSpot
    portal_id: int

    def account(self) -> HubSpotAccount:
        return HubSpotAccount(self.portal_id, self.hubspot.names[self.portal_id], "app.hubspot.com", "Europe/Berlin")

    def properties(self, object_type: ObjectType) -> list[Property]:
        deals = object_type is ObjectType.DEAL
        error = self.hubspot.deals_error if deals else self.hubspot.properties_error
        if error is not None:
            raise error
        names = self.hubspot.deal_property_names if deals else self.hubspot.property_names
        return [
            Property(name, name, "string", "text", "g", writable=True, unique=name == DEAL_KEY)
            for name in names[self.portal_id]
        ]

    def pipelines(self) -> list[Pipeline]:
        return [Pipeline("default", "Sales Pipeline", (Stage("won", "Closed Won", closed=True, won=True),))]

    def owners(self) -> list[Option]:
        return [Option("910901", "Grace Hopper")]

    def create_deal_key(self) -> None:
        self.hubspot.asked.append("create_deal_key")
        self.hubspot.deal_property_names[self.portal_id].append(DEAL_KEY)

    def uninstall(self) -> None:
        self.hubspot._reach("uninstall")
        self.hubspot.installed.discard(self.portal_id)


@dataclass
class FakeReleaser:
    released: list[tuple[str, str]] = field(default_factory=list)

    def release(self, account_id: str, campaign_id: str) -> None:
        self.released.append((account_id, campaign_id))


class World:
    """Every use case of connecting, on real repositories, with a clock to turn."""

    def __init__(self, client: "DynamoDBClient") -> None:
        kms = boto3.client("kms", region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")
        sealer = Sealer(kms, kms.create_key()["KeyMetadata"]["KeyId"])
        self.now = NOW
        self.client = client
        self.hubspot = FakeHubSpot()
        self.releaser = FakeReleaser()
        self.campaigns = CampaignRepository(CAMPAIGNS, client)
        self.bindings = BindingRepository(CAMPAIGNS, client)
        self.credentials = CredentialTable(CREDENTIALS, client, sealer, self.bindings)
        self.cleanups = CleanupTable(CREDENTIALS, client, sealer)
        self.connections = ConnectionStore(client, self.campaigns, self.bindings, self.credentials, self.cleanups)
        self.properties = PortalProperties(CAMPAIGNS, client)
        self.once = OnceTable(CAMPAIGNS, client)
        self.connect_url = ConnectUrl(
            self.once,
            public_base_url=BASE_URL,
            allowed_origins=["https://platform.example.com"],
            clock=self.clock,
        )
        self.disconnect = Disconnect(self.connections, self.clock)

    @property
    def ask_consent(self) -> AskConsent:
        return AskConsent(self.once, self.hubspot, clock=self.clock)

    @property
    def clean_up(self) -> CleanUp:
        return CleanUp(self.cleanups, self.connections, self.hubspot, self.hubspot)

    @property
    def share(self) -> ShareConnection:
        return ShareConnection(self.connections, self.hubspot, self.properties, self.releaser, self.clock)

    @property
    def connect(self) -> Connect:
        return Connect(
            once=self.once,
            tokens=self.hubspot,
            hubspot=self.hubspot,
            connections=self.connections,
            kept=self.properties,
            releaser=self.releaser,
            clock=self.clock,
        )

    def clock(self) -> datetime:
        return self.now

    def wait(self, **units: float) -> None:
        """Turn the clock; a moment passes even where none is named."""
        self.now += timedelta(**units)

    def leave_for_hubspot(self, account_id: str = "acme", campaign_id: str = "spring") -> tuple[str, str]:
        """State and cookie of a browser that stands on HubSpot's consent page."""
        url = self.connect_url.start(account_id, campaign_id, "Ada", BACK)
        departure = self.ask_consent(parse_qs(urlsplit(url).query)["ticket"][0], "")
        return parse_qs(urlsplit(departure.url).query)["state"][0], departure.browser

    def consent(
        self, portal_id: int, account_id: str = "acme", campaign_id: str = "spring", *, refresh_token: str = ""
    ) -> Outcome:
        """The whole way to HubSpot and back."""
        self.wait(seconds=1)
        state, browser = self.leave_for_hubspot(account_id, campaign_id)
        code = self.hubspot.consent(portal_id, refresh_token=refresh_token)
        return self.connect.finish(state=state, browser=browser, code=code)

    def state(self, campaign_id: str = "spring", account_id: str = "acme") -> CampaignState:
        return self.connections.state(account_id, campaign_id)

    def binding(self, campaign_id: str = "spring", account_id: str = "acme") -> Binding:
        binding = self.state(campaign_id, account_id).binding
        assert binding is not None
        return binding

    def has_grant(self, portal_id: int, account_id: str = "acme") -> bool:
        return self.credentials.version(account_id, portal_id) > 0

    def is_parked(self, portal_id: int, account_id: str = "acme") -> bool:
        return self.connections.parked(account_id, portal_id) is not None


def hubspot_away() -> CrmUnavailableError:
    return CrmUnavailableError(status=503)


@contextmanager
def new_world() -> Iterator[World]:
    with local_tables() as client:
        yield World(client)
