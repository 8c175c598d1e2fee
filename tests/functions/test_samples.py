"""Every sample in events/, handed to the function that it is for."""

import re
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from functions.announcements import app as announcements
from functions.hubspot_webhook import app as hubspot_webhook
from functions.lead_joined import app as lead_joined
from functions.list_sync import app as list_sync
from functions.oauth_callback import app as oauth_callback
from functions.qualification import app as qualification
from functions.referrer_joined import app as referrer_joined
from functions.settings_api.routes import ROUTES
from functions.sweep import app as sweep
from referral_hubspot.domain.connection import ConnectRequest
from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.people import Happening, Person, PersonKey, State
from referral_hubspot.domain.settings import Action, Duplicates, SideSettings
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.admin import AdminEnvironment
from referral_hubspot.runtime.bus import Bus
from referral_hubspot.usecases.links import Record
from referral_hubspot.usecases.people import Change
from tests import connecting
from tests.functions.announcements.fakes import FakeEvents, FakeQueue
from tests.functions.hubspot_webhook.fakes import FakeSender
from tests.functions.samples import FOLDER, sample
from tests.syncing import Syncing, syncing
from tests.world import MAPPING, PORTAL, Context, World, lead_joined_event

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
TAKEN_AT_MS = 1795341600000  # when the samples were made, which is what their signature says
REQUEST = asdict(ConnectRequest("acme", "spring", "Vera Admin", connecting.BACK))
BROWSER = "a-browser-cookie-value-of-forty-three-chars"


def test_the_table_of_samples_names_each() -> None:
    named = re.findall(r"^\| `([\w.]+)\.json` \| `(\w+)`", (FOLDER / "README.md").read_text(), re.MULTILINE)

    assert sorted(name for name, _ in named) == NAMES
    assert all(name.startswith(function) for name, function in named)


def test_the_platforms_messages_are_taken_in(system: World) -> None:
    system.serve(Duplicates.SKIP)

    reply = lead_joined.lambda_handler(sample("lead_joined"), Context())

    lead, closed = system.lead("lead-1001"), system.lead("lead-1000")
    assert reply == {"batchItemFailures": []}
    assert lead is not None
    assert closed is not None
    assert (lead.state, closed.state) == (State.SENT, State.CLOSED)
    assert not lead.referred, "the referrer asked to be forgotten in the same batch"


def test_what_cannot_be_read_is_moved_away_and_the_rest_goes_on(system: World) -> None:
    system.serve(Duplicates.SKIP)

    reply = lead_joined.lambda_handler(sample("lead_joined.malformed"), Context())

    lead = system.lead("lead-1002")
    assert reply == {"batchItemFailures": []}
    assert lead is not None
    assert lead.state is State.SENT
    reasons = [letter["MessageAttributes"]["reason"]["StringValue"] for letter in system.dead_letters()]
    assert sorted(reasons) == ["invalid:data.lead_id", "not_json"]


def test_the_platforms_word_of_referrers_is_taken_in(system: World) -> None:
    system.serve(Duplicates.SKIP)
    system.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.UPDATE), side="referrer")

    reply = referrer_joined.lambda_handler(sample("referrer_joined"), Context())

    grace = system.referrer("referrer-7")
    assert reply == {"batchItemFailures": []}
    assert grace is not None
    assert (grace.state, grace.revision) == (State.SENT, 2)
    assert system.referrer("referrer-8") is None, "it answers an enrolment, and is not sent as who joined by itself"


@pytest.fixture
def here(system: World) -> Iterator[Syncing]:
    with syncing(system) as made:
        returns = {"name": "referrals", "label": "Referrals", "type": "number", "fieldType": "number"}
        system.sim(f"portals/{PORTAL}/properties", {"create": [{**returns, "groupName": "contactinformation"}]})
        yield made


def test_the_time_of_a_sync_has_come(here: Syncing) -> None:
    people = {"email": "c{n}@example.com", "firstname": "C{n}"}
    here.world.sim("seed", {"portal": PORTAL, "count": 3, "start": 1, "properties": people})
    here.start(here.plan(every_minutes=15), "3f1c8a52d7b0")
    here.jobs.clear()

    reply = list_sync.lambda_handler(sample("list_sync"), Context())

    assert reply == {"batchItemFailures": []}
    assert len(here.platform.asked) == 3


def test_links_and_counts_are_written_when_they_are_due(here: Syncing) -> None:
    people = {"email": "ada@example.com", "firstname": "Ada"}
    [contact] = here.world.sim("seed", {"portal": PORTAL, "count": 1, "start": 1, "properties": people})["ids"]
    here.start(here.plan(), "3f1c8a52d7b0")
    here.step()
    here.answers()
    here.pass_by(timedelta(minutes=1))

    reply = list_sync.lambda_handler(sample("list_sync.returns"), Context())

    assert reply == {"batchItemFailures": []}
    assert here.contact(contact)["referral_link"] == f"https://refer.example.com/{contact}"


def test_a_delivery_of_hubspots_is_proved_and_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = FakeSender()
    for name, value in (
        ("environment", lambda: hubspot_webhook.Environment("https://api.example.com", "arn", "changes")),
        ("sqs", lambda: queue),
        ("time", SimpleNamespace(time_ns=lambda: TAKEN_AT_MS * 1_000_000)),
    ):
        monkeypatch.setattr(hubspot_webhook, name, value)
    monkeypatch.setattr(clients, "client_secrets", lambda _arn: ["sim-client-secret-0001"])
    event = sample("hubspot_webhook")

    answer = hubspot_webhook.lambda_handler(event, Context())

    assert answer == {"statusCode": 204}
    assert queue.sent == [("changes", event["body"])]
    assert event["body"] == sample("qualification")["Records"][0]["body"], "what is queued is what is read"


def test_a_change_qualifies_the_lead_behind_it(system: World) -> None:
    system.serve(Duplicates.SKIP)
    before = datetime(2026, 11, 1, tzinfo=UTC)
    key = PersonKey("acme", "spring", "lead", "lead-1001")
    blank = Person(key, before, before, portal_id=PORTAL, record_id="20001")
    assert not system.wiring.people.apply([Change(blank, blank.became(State.SENT))])
    system.wiring.links.add([(Record("acme", PORTAL, ObjectType.CONTACT, "20001"), key)])

    reply = qualification.lambda_handler(sample("qualification"), Context())

    lead = system.lead("lead-1001")
    assert reply == {"batchItemFailures": []}
    assert lead is not None
    assert (lead.state, lead.evidence["changed_at"]) == (State.QUALIFIED, "2026-11-22T09:59:58.500000+00:00")


def test_what_happened_to_a_lead_is_announced_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    events = FakeEvents()
    monkeypatch.setattr(announcements, "bus", lambda: Bus(events.client, "bus", FakeQueue().client, "dead-letters"))

    reply = announcements.lambda_handler(sample("announcements"), Context())

    assert reply == {"batchItemFailures": []}
    assert [(one["type"], one["data"].get("state", "")) for one in events.taken] == [
        ("connection.established.v1", ""),
        ("lead.changed.v1", "sending"),
        ("lead.changed.v1", "sent"),
        ("lead.changed.v1", "qualified"),
        ("referral.qualified.v1", ""),
    ]


@pytest.mark.parametrize("name", ["sweep", "sweep.campaign"])
def test_the_sweep_releases_who_waits_no_more(system: World, name: str) -> None:
    system.serve(Duplicates.SKIP)
    saved = system.wiring.campaigns.load([("acme", "spring")])["acme", "spring"].leads
    system.save(replace(saved, mapping=()))  # the required rows are missing: Setup required
    system.deliver(lead_joined_event("lead-1001", "ada@example.com"))
    system.save(saved)

    sweep.lambda_handler(sample(name), Context())

    lead = system.lead("lead-1001")
    assert lead is not None
    assert lead.state is State.SENT
    assert Happening.HELD in [entry.what for entry in lead.timeline]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[connecting.World]:
    """A world to connect campaigns in, with the function that answers browsers."""
    for field in fields(AdminEnvironment):
        monkeypatch.setenv(field.name.upper(), "1" if field.name.startswith("budget") else "unused")
    monkeypatch.setenv("PUBLIC_BASE_URL", connecting.BASE_URL)
    oauth_callback.environment.cache_clear()
    with connecting.new_world() as made:
        monkeypatch.setattr(oauth_callback, "wiring", lambda: made)
        yield made
    oauth_callback.environment.cache_clear()


def test_the_window_that_connecting_opens_goes_on_to_hubspot(world: connecting.World) -> None:
    soon = world.clock() + timedelta(minutes=1)
    world.once.keep("TICKET", "a-ticket-that-is-used-once", REQUEST, browser="", expires_at=soon)

    answer = oauth_callback.lambda_handler(sample("oauth_callback.connect"), Context())

    assert answer["statusCode"] == 302
    assert answer["headers"]["location"].startswith("https://app.hubspot.com/oauth/authorize")


def test_the_browser_that_comes_back_is_connected(world: connecting.World) -> None:
    soon = world.clock() + timedelta(minutes=1)
    world.once.keep("STATE", "a-state-that-is-used-once", REQUEST, browser=BROWSER, expires_at=soon)
    code = {"an-authorization-code": world.hubspot.consent(connecting.EU)}

    answer = oauth_callback.lambda_handler(sample("oauth_callback.callback", code), Context())

    assert (answer["statusCode"], world.binding().portal_id) == (200, connecting.EU)


def test_the_button_on_the_page_switches(world: connecting.World) -> None:
    soon = world.clock() + timedelta(minutes=1)
    world.consent(connecting.EU)
    world.consent(connecting.US)
    switch = REQUEST | {"leaving": connecting.EU, "chosen": connecting.US}
    world.once.keep("SWITCH", "a-switch-that-is-used-once", switch, browser=BROWSER, expires_at=soon)

    answer = oauth_callback.lambda_handler(sample("oauth_callback.switch"), Context())

    assert (answer["statusCode"], world.binding().portal_id) == (200, connecting.US)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("settings_api")])
def test_a_request_in_a_sample_is_for_a_route_there_is(name: str) -> None:
    """What they answer is in settings_api/test_deployed.py."""
    event = sample(name)

    assert event["routeKey"] in {endpoint.route_key for endpoint in ROUTES}
    assert event["requestContext"]["routeKey"] == event["routeKey"]
