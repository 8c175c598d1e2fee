"""The properties of the connected HubSpot account."""

import random
import string
from dataclasses import replace
from typing import Any

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import ObjectType, Option, Property
from referral_hubspot.domain.errors import (
    CrmUnavailableError,
    NoSlotError,
    NotConnectedError,
    RequestRefusedError,
    ScopeMissingError,
)
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.usecases.read_portal import PropertyList
from tests.functions.settings_api.world import OWNER, PORTAL, PROPERTIES, World

PATH = "hubspot/properties/contacts"


def test_a_property_is_shown_with_its_options(world: World) -> None:
    world.connect()

    body = world.get(PATH).body

    assert body["read_at"] == "2026-11-22T10:00:00Z"
    assert body["properties"][2] == {
        "name": "lifecyclestage",
        "label": "Lifecycle Stage",
        "type": "enumeration",
        "field_type": "radio",
        "group": "contactinformation",
        "writable": True,
        "options": [{"value": "lead", "label": "Lead"}, {"value": "customer", "label": "Customer"}],
        "rule_speed": {"code": "seconds", "label": "usually within seconds"},
        "next_step": "",
    }


def test_what_hubspot_hides_is_not_offered(world: World) -> None:
    world.connect()

    assert "hs_secret" not in {item["name"] for item in world.get(PATH).body["properties"]}


def test_hubspot_is_read_once_and_then_on_request(world: World) -> None:
    world.connect()
    world.get(PATH)
    world.clock.pass_seconds(60)

    assert world.get(PATH, "refresh=false").body["read_at"] == "2026-11-22T10:00:00Z"
    assert world.get(PATH, "refresh=true").body["read_at"] == "2026-11-22T10:01:00Z"
    assert world.get(PATH).body["read_at"] == "2026-11-22T10:01:00Z"
    assert world.hubspot.asked == [("a1", PORTAL, Lane.LIVE, "contacts")] * 2


FAULTS = [CrmUnavailableError(status=502), NoSlotError(PORTAL, 9.0)]


@pytest.mark.parametrize("fault", [*FAULTS, NotConnectedError("a1", PORTAL)])
def test_what_was_read_last_is_shown_while_hubspot_cannot_be_asked(world: World, fault: Exception) -> None:
    world.connect()
    world.get(PATH)
    world.clock.pass_seconds(60)
    world.hubspot.fault = fault

    body = world.get(PATH, "refresh=true").body

    assert (len(body["properties"]), body["read_at"]) == (4, "2026-11-22T10:00:00Z")


def test_a_lost_connection_shows_what_was_read_last_without_asking(world: World) -> None:
    binding = world.connect()
    world.get(PATH)
    world.lose(binding)

    assert world.get(PATH, "refresh=true").status == 200
    assert len(world.hubspot.asked) == 1


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        *((fault, 503, "hubspot_away") for fault in FAULTS),
        (NotConnectedError("a1", PORTAL), 409, "reconnect_needed"),
        (ScopeMissingError(PORTAL, ["crm.schemas.contacts.read"]), 409, "scope_missing"),
    ],
)
def test_what_was_never_read_says_what_to_do(world: World, fault: Exception, status: int, code: str) -> None:
    world.connect()
    world.hubspot.fault = fault

    reply = world.get(PATH)

    assert (reply.status, reply.body["code"]) == (status, code)
    assert reply.body["next_step"]


def test_a_missing_permission_is_named(world: World) -> None:
    world.connect()
    world.hubspot.fault = ScopeMissingError(PORTAL, ["crm.schemas.contacts.read"])

    refused = world.get(PATH).body

    assert refused["detail"] == "HubSpot does not allow us to read which contact properties there are."
    step = "Connect HubSpot again, and leave every permission ticked there."
    assert refused["next_step"] == step


def test_a_connection_lost_before_the_first_look_asks_to_reconnect(world: World) -> None:
    world.lose(world.connect())

    assert world.get(PATH).body["code"] == "reconnect_needed"


def test_nothing_is_listed_without_a_connection(world: World) -> None:
    reply = world.get(PATH)

    assert (reply.status, reply.body["code"]) == (409, "not_connected")


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("hubspot/properties/tickets", "", 404, "unknown_object"),
        (PATH, "refresh=1", 422, "malformed"),
    ],
)
def test_a_request_that_makes_no_sense_is_told(world: World, path: str, query: str, status: int, code: str) -> None:
    reply = world.get(path, query)

    assert (reply.status, reply.body["code"]) == (status, code)


def test_a_fault_of_our_own_is_not_dressed_up(world: World) -> None:
    world.connect()
    world.hubspot.fault = RequestRefusedError(400, "VALIDATION_ERROR", [])

    with pytest.raises(RequestRefusedError):
        world.get(PATH)


def test_a_big_account_fits_into_its_row(world: World) -> None:
    options = tuple(Option(f"option_{number}", f"Option number {number}") for number in range(200))
    many = [Property(f"property_{n}", f"Property {n}", "enumeration", "select", "g", True, options) for n in range(500)]
    read = PropertyList(tuple(many), world.clock())

    world.cache.store("a1", PORTAL, ObjectType.CONTACT, read)

    assert world.cache.load("a1", PORTAL, ObjectType.CONTACT) == read


def test_what_fits_no_row_is_read_from_hubspot_each_time(world: World) -> None:
    noise = random.Random(7)
    labels = ["".join(noise.choices(string.printable, k=1000)) for _ in range(600)]
    world.hubspot.listed = [replace(PROPERTIES[0], label=label) for label in labels]
    world.connect()

    assert [len(world.get(PATH).body["properties"]) for _ in range(2)] == [600, 600]
    assert len(world.hubspot.asked) == 2


def test_properties_of_deals_are_listed_without_our_own_key(world: World) -> None:
    world.hubspot.create_deal_key()
    world.connect()

    listed = world.get("hubspot/properties/deals").body["properties"]

    assert [item["name"] for item in listed] == ["dealname", "pipeline", "dealstage", "hubspot_owner_id"]


@pytest.mark.parametrize(
    ("path", "name", "label"),
    [
        (PATH, "lifecyclestage", "usually within seconds"),
        (PATH, "city", "checked every 5 minutes"),
        ("hubspot/properties/deals", "dealstage", "usually within seconds"),
    ],
)
def test_each_property_says_how_fast_a_rule_on_it_is(world: World, path: str, name: str, label: str) -> None:
    world.connect()

    speeds = {item["name"]: item["rule_speed"]["label"] for item in world.get(path).body["properties"]}

    assert speeds[name] == label


def owner(world: World) -> dict[str, Any]:
    body = world.get("hubspot/properties/deals", "refresh=true").body
    return next(item for item in body["properties"] if item["name"] == "hubspot_owner_id")


def test_a_property_of_hubspots_users_offers_their_names(world: World) -> None:
    world.connect()

    assert owner(world)["options"] == [{"value": "910901", "label": "Grace Hopper"}]
    assert owner(world)["next_step"] == ""


def test_users_that_nobody_allowed_to_read_are_not_offered_and_the_property_says_so(world: World) -> None:
    world.connect(allowed=[*scopes.REQUIRED, *scopes.DEALS])

    assert owner(world)["options"] == []
    assert "connect HubSpot again" in owner(world)["next_step"]
    assert not [what for *_, what in world.hubspot.asked if what == "owners"]


def test_users_that_hubspot_refuses_after_all_do_not_hide_the_properties(world: World) -> None:
    world.connect()
    world.hubspot.fault_of_owners = ScopeMissingError(PORTAL, ["crm.objects.owners.read"])

    assert owner(world)["options"] == []


def test_thousands_of_users_are_kept_once_however_many_properties_offer_them(world: World) -> None:
    noise = random.Random(7)
    owners = tuple(Option(str(n), "".join(noise.choices(string.ascii_letters, k=30))) for n in range(2000))
    offering = [replace(OWNER, name=f"owner_{n}", options=owners) for n in range(50)]
    read = PropertyList((*PROPERTIES, *offering), world.clock())

    world.cache.store("a1", PORTAL, ObjectType.DEAL, read)

    assert world.cache.load("a1", PORTAL, ObjectType.DEAL) == read
