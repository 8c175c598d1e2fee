"""The settings API over moto, with HubSpot, people and connecting played by fakes."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn, cast
from urllib.parse import unquote

from functions.settings_api.endpoint import Endpoint
from functions.settings_api.request import respond
from functions.settings_api.routes import ROUTES
from referral_hubspot.domain import scopes
from referral_hubspot.domain.activity import Joined
from referral_hubspot.domain.connection import Arrival
from referral_hubspot.domain.crm import DEAL_KEY, Contact, ObjectType, Option, Pipeline, Property, Stage
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.people import Person, PersonKey, Reason, State
from referral_hubspot.domain.settings import Binding, BindingState, Broken, Campaign, CustomField, Side
from referral_hubspot.storage import dynamo
from referral_hubspot.storage.bindings import BindingRepository
from referral_hubspot.storage.campaigns import CampaignRepository
from referral_hubspot.storage.cleanups import CleanupTable
from referral_hubspot.storage.connections import ConnectionStore
from referral_hubspot.storage.credentials import CredentialTable
from referral_hubspot.storage.grant_rows import token_row
from referral_hubspot.storage.portal_properties import PortalProperties
from referral_hubspot.storage.questions import QuestionTable
from referral_hubspot.storage.reading import ReadingTable
from referral_hubspot.storage.refusals import RefusalRepository
from referral_hubspot.storage.sealing import Sealer
from referral_hubspot.usecases.access import Grant
from referral_hubspot.usecases.ask_consent import ConnectUrl
from referral_hubspot.usecases.disconnect import Disconnect
from referral_hubspot.usecases.find_campaign import FindCampaign
from referral_hubspot.usecases.list_campaigns import ListCampaigns
from referral_hubspot.usecases.lookups import LookUp
from referral_hubspot.usecases.preview import PreviewSettings
from referral_hubspot.usecases.questions import Questions
from referral_hubspot.usecases.read_activity import ReadActivity
from referral_hubspot.usecases.read_people import ReadPeople
from referral_hubspot.usecases.read_progress import ReadProgress
from referral_hubspot.usecases.read_warnings import ReadWarnings
from referral_hubspot.usecases.return_properties import ReturnProperties
from referral_hubspot.usecases.save_settings import SaveSettings
from referral_hubspot.usecases.share_connection import ShareConnection
from referral_hubspot.usecases.status import ReadStatus
from tests.tables import CAMPAIGNS, CREDENTIALS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PORTAL = 1001001
CAMPAIGN = Campaign("a1", "c1", "Spring", "live", custom_fields=(CustomField("city", "City", "text"),), version=1)
STAGES = (Option("lead", "Lead"), Option("customer", "Customer"))
PROPERTIES = [
    Property("email", "Email", "string", "text", "contactinformation", True),
    Property("firstname", "First Name", "string", "text", "contactinformation", True),
    Property("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", "contactinformation", True, STAGES),
    Property("city", "City", "string", "text", "contactinformation", True),
    Property("hs_secret", "Secret", "string", "text", "contactinformation", True, hidden=True),
]
OWNER = Property("hubspot_owner_id", "Owner", "enumeration", "select", "g", True, of_owners=True)
DEAL_PROPERTIES = [
    Property("dealname", "Deal Name", "string", "text", "dealinformation", True),
    Property("pipeline", "Pipeline", "enumeration", "select", "dealinformation", True),
    Property("dealstage", "Deal Stage", "enumeration", "radio", "dealinformation", True),
    OWNER,
]
PIPELINES = [
    Pipeline(
        "default",
        "Sales Pipeline",
        (Stage("qualifiedtobuy", "Qualified To Buy"), Stage("closedwon", "Closed Won", closed=True, won=True)),
    )
]
FORM: dict[str, Any] = {
    "version": 0,
    "action": "create_contact",
    "mapping": [
        {"kind": "dynamic", "source": "email", "property": "email"},
        {"kind": "dynamic", "source": "first_name", "property": "firstname"},
    ],
    "duplicates": "skip",
    "rule": {"kind": "contact_property", "property": "lifecyclestage", "value": "customer"},
}
DEALS: dict[str, Any] = {
    "version": 0,
    "action": "create_deal",
    "mapping": [
        {"kind": "fixed", "value": "default", "property": "pipeline"},
        {"kind": "fixed", "value": "qualifiedtobuy", "property": "dealstage"},
        {"kind": "dynamic", "source": "email", "property": "dealname"},
    ],
    "duplicates": "skip",
    "rule": {"kind": "deal_stage", "property": "dealstage", "value": "closedwon"},
    "with_contact": True,
    "contact_mapping": FORM["mapping"],
}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)


class FakeHubSpot:
    """A CrmDirectory and its Crm that says how it is set up, or fails as it is told; counts how often it is asked."""

    def __init__(self) -> None:
        self.listed = list(PROPERTIES)
        self.of_deals = list(DEAL_PROPERTIES)
        self.lines = list(PIPELINES)
        self.users = [Option("910901", "Grace Hopper")]
        self.contacts: dict[str, Contact] = {}
        self.fault: Exception | None = None
        self.fault_of_contacts: Exception | None = None
        self.fault_of_deals: Exception | None = None
        self.fault_of_owners: Exception | None = None
        self.refuses_deal_key: Exception | None = None
        self.refuses_properties: Exception | None = None
        self.never_made: set[str] = set()
        self.asked: list[tuple[str, int, Lane, str]] = []
        self._opened: tuple[str, int, Lane] = ("", 0, Lane.LIVE)

    def open(self, account_id: str, portal_id: int, lane: Lane) -> Any:
        self._opened = (account_id, portal_id, lane)
        return self

    def properties(self, object_type: ObjectType) -> list[Property]:
        self._reach(object_type.plural, self.fault_of_deals if object_type is ObjectType.DEAL else None)
        return self.of_deals if object_type is ObjectType.DEAL else self.listed

    def pipelines(self) -> list[Pipeline]:
        self._reach("pipelines", self.fault_of_deals)
        return self.lines

    def owners(self) -> list[Option]:
        self._reach("owners", self.fault_of_owners)
        return self.users

    def read_contacts_by_email(self, emails: Sequence[str], properties: Sequence[str]) -> Mapping[str, Contact]:
        self._reach(f"contacts: {', '.join(properties)}", self.fault_of_contacts)
        found = {email: contact for email, contact in self.contacts.items() if email in emails}
        return {
            email: replace(contact, properties={n: v for n, v in contact.properties.items() if n in properties})
            for email, contact in found.items()
        }

    def create_deal_key(self) -> None:
        self._reach("create_deal_key", self.refuses_deal_key)
        self.of_deals.append(
            Property(DEAL_KEY, "Referral lead key", "string", "text", "dealinformation", True, unique=True)
        )

    def create_contact_properties(self, group: str, group_label: str, new: Sequence[Property]) -> None:
        self._reach(f"create {', '.join(one.name for one in new)} in {group} ({group_label})", self.refuses_properties)
        self.listed += [one for one in new if one.name not in self.never_made]

    def _reach(self, what: str, fault: Exception | None = None) -> None:
        self.asked.append((*self._opened, what))
        if error := self.fault or fault:
            raise error


class FakePeople:
    def __init__(self) -> None:
        self.people: list[Person] = []
        self.held = 0
        self.asking = 0
        self.standing: dict[State, int] = {}
        self.held_referrers = 0
        self.asking_referrers = 0
        self.standing_referrers: dict[State, int] = {}

    def get(self, key: PersonKey) -> Person | None:
        return next((person for person in self.people if person.key == key), None)

    def page(
        self, account_id: str, campaign_id: str, side: Side, limit: int, cursor: str = "", email: str = ""
    ) -> tuple[Sequence[Person], str]:
        wanted = (account_id, campaign_id), side
        of_side = [person for person in self.people if (person.key.campaign, person.key.side) == wanted]
        of_campaign = [person for person in of_side if email in ("", person.email)]
        positions = [f"{dynamo.timestamp(person.joined_at)}#{person.key.person_id}" for person in of_campaign]
        start = positions.index(cursor) + 1 if cursor else 0
        shown = of_campaign[start : start + limit]
        return shown, positions[start + limit - 1] if start + limit < len(of_campaign) else ""

    def joined_since(
        self, account_id: str, campaign_id: str, side: Side, since: datetime, limit: int
    ) -> Sequence[Joined]:
        wanted = (account_id, campaign_id), side
        of_side = [one for one in self.people if (one.key.campaign, one.key.side) == wanted and one.joined_at >= since]
        newest = sorted(of_side, key=lambda one: one.joined_at, reverse=True)
        return [Joined(one.joined_at, one.state, one.reason) for one in newest[:limit]]

    def count_waiting(
        self, account_id: str, campaign_id: str, side: Side | None = None, reason: Reason | None = None
    ) -> int:
        if side == "referrer":
            return self.held_referrers if reason is None else self.asking_referrers
        return self.held if reason is None else self.asking

    def count_standing(self, account_id: str, campaign_id: str, side: Side, state: State) -> int:
        return (self.standing if side == "lead" else self.standing_referrers).get(state, 0)


class FakeHealth:
    """All is well until a test says otherwise."""

    def __init__(self) -> None:
        self.letters = {"lead": 0}
        self.late: set[str] = set()
        self.swept: datetime | None = None

    def dead_letters(self) -> Mapping[str, int]:
        return self.letters

    def late_queues(self) -> set[str]:
        return self.late

    def finished_at(self) -> datetime | None:
        return self.swept


class FakeConnections:
    """Remembers who asked to be disconnected; nothing else is asked of it here."""

    def __init__(self) -> None:
        self.disconnected: list[tuple[str, str]] = []

    def disconnect(self, account_id: str, campaign_id: str, reason: str, now: datetime) -> Binding | None:
        self.disconnected.append((account_id, campaign_id))
        return None

    def _unused(self, *_args: Any, **_more: Any) -> NoReturn:
        raise AssertionError("not asked of the settings API")

    state = neighbourhood = connect = park = parked = _unused


class FakeSecrets:
    def __init__(self) -> None:
        self.kept: list[Mapping[str, Any]] = []

    def keep(
        self, purpose: str, secret: str, content: Mapping[str, Any], *, browser: str, expires_at: datetime
    ) -> None:
        self.kept.append(content)

    def take(self, *_args: Any, **_more: Any) -> NoReturn:
        raise AssertionError("not asked of the settings API")


class Releases:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def release(self, account_id: str, campaign_id: str) -> None:
        self.asked.append((account_id, campaign_id))


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any = field(repr=False)
    headers: Mapping[str, Any]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Code and field of each error."""
        return [(error["code"], error["field"]) for error in self.body["errors"]]


@dataclass(frozen=True, slots=True)
class Services:
    find_campaign: FindCampaign
    list_campaigns: ListCampaigns
    connect_url: ConnectUrl
    share_connection: ShareConnection
    disconnect: Disconnect
    save_settings: SaveSettings
    lookups: LookUp
    preview_settings: PreviewSettings
    return_properties: ReturnProperties
    read_people: ReadPeople
    read_activity: ReadActivity
    read_warnings: ReadWarnings
    read_progress: ReadProgress
    refusals: RefusalRepository
    sweep_rate: str
    read_status: ReadStatus
    questions: Questions


class Overtaking:
    """A store in which something else happens between reading and writing, once or more often."""

    def __init__(self, store: CampaignRepository, other: Any, times: int) -> None:
        self._store, self._other, self._times = store, other, times
        self.load, self.neighbourhood = store.load, store.neighbourhood

    def save_settings(self, *args: Any) -> None:
        if self._times:
            self._times -= 1
            self._other()
        self._store.save_settings(*args)


def matched(route: Endpoint, path: str) -> dict[str, str] | None:
    """The path parameters as API Gateway finds them, None if the route is for other paths."""
    pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", route.path)
    found = re.fullmatch(pattern, path)
    return {name: unquote(value) for name, value in found.groupdict().items()} if found else None


class World:
    """One of everything; `call` sends an HTTP API event as API Gateway would."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self.client = client
        self.clock = Clock()
        self.hubspot = FakeHubSpot()
        self.people = FakePeople()
        self.health = FakeHealth()
        self.connections = FakeConnections()
        self.secrets = FakeSecrets()
        self.releases = Releases()
        self.campaigns = CampaignRepository(CAMPAIGNS, client)
        self.cache = PortalProperties(CAMPAIGNS, client)
        self.refusals = RefusalRepository(CAMPAIGNS, client)
        self.reading = ReadingTable(CAMPAIGNS, client)
        lookups = LookUp(self.hubspot, self.cache, self.clock)
        self.save_settings = SaveSettings(self.campaigns, lookups, self.releases, self.clock)
        self.services = Services(
            find_campaign=FindCampaign(self.campaigns),
            list_campaigns=ListCampaigns(self.campaigns),
            connect_url=ConnectUrl(
                self.secrets,
                public_base_url="https://hooks.example.com",
                allowed_origins=["https://app.example.com"],
                clock=self.clock,
                new_secret=lambda: "once",
            ),
            share_connection=ShareConnection(
                self._stored_connections(), self.hubspot, self.cache, self.releases, self.clock
            ),
            disconnect=Disconnect(self.connections, self.clock),
            save_settings=self.save_settings,
            lookups=lookups,
            preview_settings=PreviewSettings(
                self.campaigns, lookups, self.people, self.hubspot, self.clock, new_mark=lambda: "4f"
            ),
            return_properties=ReturnProperties(lookups, "Refer"),
            read_people=ReadPeople(self.people, self.cache, "Refer"),
            read_activity=ReadActivity(self.people, "Refer", self.clock, most=20),
            read_warnings=ReadWarnings(self.campaigns),
            read_progress=ReadProgress(self.reading),
            refusals=self.refusals,
            sweep_rate="5 minutes",
            read_status=ReadStatus(self.health, self.health, self.campaigns, self.clock),
            questions=Questions(
                QuestionTable(CAMPAIGNS, client), self.people, self.campaigns, self.releases, self.clock
            ),
        )
        self.campaigns.put_campaign(CAMPAIGN)

    def tell(self, **changes: Any) -> None:
        """What `campaign.updated` does."""
        assert self.campaigns.put_campaign(replace(CAMPAIGN, **changes))

    def connect(
        self,
        campaign_id: str = "c1",
        broken: Sequence[Broken] = (),
        account_id: str = "a1",
        allowed: Sequence[str] = (*scopes.REQUIRED, *scopes.OPTIONAL),
        portal: int = PORTAL,
    ) -> Binding:
        """Bind a campaign as the callback would, again if it is bound."""
        seen = self.campaigns.load([(account_id, campaign_id)])[account_id, campaign_id]
        user, here = "Ada Admin", "app-eu1.hubspot.com"
        binding = Binding(account_id, campaign_id, portal, "Acme EU", here, user, self.clock(), scopes=tuple(allowed))
        over = self.campaigns.neighbourhood(account_id, portal).version
        bound, writes = BindingRepository(CAMPAIGNS, self.client).bind(Arrival(binding, seen, {"lead": broken}, over))
        assert not dynamo.transact(self.client, writes)
        return bound

    def grant(self, account_id: str = "a1", portal: int = PORTAL) -> None:
        """What a consent leaves beside the binding; nobody opens these tokens."""
        row = token_row(account_id, Grant("access", "refresh", 1800, portal), b"sealed", 0, self.clock())
        assert not dynamo.transact(self.client, [dynamo.put(CREDENTIALS, row)])

    def _stored_connections(self) -> ConnectionStore:
        unopened = Sealer(cast("Any", None), "no key")
        bindings = BindingRepository(CAMPAIGNS, self.client)
        credentials = CredentialTable(CREDENTIALS, self.client, unopened, bindings)
        cleanups = CleanupTable(CREDENTIALS, self.client, unopened)
        return ConnectionStore(self.client, self.campaigns, bindings, credentials, cleanups)

    def lose(self, binding: Binding) -> None:
        """What a refused refresh does to a binding."""
        writes = BindingRepository(CAMPAIGNS, self.client).become(binding, BindingState.LOST, "revoked")
        assert not dynamo.transact(self.client, writes)

    def overtaken(self, other: Any, times: int = 1) -> None:
        """The use case is the world's own; only its store is slower than someone else's."""
        self.save_settings._store = Overtaking(self.campaigns, other, times)

    def call(self, method: str, path: str, body: Any = None, query: str = "", **claims: str) -> Reply:
        """A request with a valid token; `claims` change it, one that is blank is left out."""
        token = {"account_id": "a1", "sub": "u1", "name": "Ada Admin", "role": "admin"} | claims
        path = path if path.startswith("/") else f"/v1/campaigns/c1/{path}"
        route = next(route for route in ROUTES if route.method == method and matched(route, path) is not None)
        return self.send(
            {
                "version": "2.0",
                "routeKey": route.route_key,
                "rawPath": path,
                "pathParameters": matched(route, path),
                "queryStringParameters": dict(part.split("=", 1) for part in query.split("&") if part),
                "requestContext": {
                    "http": {"method": method, "path": path},
                    "authorizer": {"jwt": {"claims": {name: value for name, value in token.items() if value}}},
                },
                "body": body if isinstance(body, str) else json.dumps(body),
                "isBase64Encoded": False,
            }
        )

    def send(self, event: dict[str, Any]) -> Reply:
        """A whole event as API Gateway makes it."""
        route = next(route for route in ROUTES if route.route_key == event["routeKey"])
        answer = respond(route, cast("Any", self.services), event)  # those that these tests ask
        text = answer["body"]
        return Reply(answer["statusCode"], json.loads(text) if text else None, answer["headers"])

    def get(self, path: str, query: str = "", **claims: str) -> Reply:
        return self.call("GET", path, query=query, **claims)

    def save(self, form: Any = None, path: str = "hubspot/leads", **claims: str) -> Reply:
        return self.call("PUT", path, FORM if form is None else form, **claims)
