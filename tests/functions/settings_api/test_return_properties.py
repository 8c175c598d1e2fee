"""Where referral links can go in HubSpot, and the properties that one request makes for them."""

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import Property
from referral_hubspot.domain.errors import CrmUnavailableError, RequestRefusedError, ScopeMissingError
from tests.functions.settings_api.world import PORTAL, World

PATH = "hubspot/return-properties"
OURS = ["referral_platform_link", "referral_platform_referrals", "referral_platform_converted_referrals"]
MADE = "create " + ", ".join(OURS) + " in referral_platform (Refer)"


def without(scope: str) -> list[str]:
    return [one for one in (*scopes.REQUIRED, *scopes.OPTIONAL) if one != scope]


def asked(world: World) -> list[str]:
    return [what for *_, what in world.hubspot.asked]


def test_each_return_field_is_offered_what_it_can_be_written_to(world: World) -> None:
    world.connect()
    world.hubspot.listed.append(Property("rl", "Referral link", "string", "textarea", "g", True))

    body = world.get(PATH).body

    assert [(one["field"], one["label"], one["required"]) for one in body["fields"]] == [
        ("referral_link", "Referral Link", True),
        ("referrals_count", "Referrals Count", False),
        ("converted_referrals_count", "Converted Referrals Count", False),
    ]
    link, referrals, _ = body["fields"]
    assert link["properties"] == [
        {"name": "city", "label": "City", "type": "string", "field_type": "text"},
        {"name": "firstname", "label": "First Name", "type": "string", "field_type": "text"},
        {"name": "rl", "label": "Referral link", "type": "string", "field_type": "textarea"},
    ]
    assert (link["suggested"], link["made"], referrals["suggested"]) == ("rl", False, None)
    assert (body["can_make"], body["next_step"], body["read_at"]) == (True, "", "2026-11-22T10:00:00Z")


def test_the_usual_properties_are_made_by_one_request_and_by_the_next_not_again(world: World) -> None:
    world.connect()

    first, second = world.call("POST", PATH), world.call("POST", PATH)

    assert (first.status, second.status) == (200, 200)
    assert asked(world) == ["contacts", MADE, "contacts", "contacts"]
    for body in (first.body, second.body, world.get(PATH).body):
        assert [(one["suggested"], one["made"]) for one in body["fields"]] == [(name, True) for name in OURS]


def test_only_what_is_missing_is_made(world: World) -> None:
    world.connect()
    world.call("POST", PATH)
    world.hubspot.listed = [one for one in world.hubspot.listed if one.name != OURS[1]]
    world.hubspot.asked.clear()

    assert world.call("POST", PATH).status == 200
    assert asked(world)[1] == f"create {OURS[1]} in referral_platform (Refer)"


def test_without_the_permission_nothing_is_made_and_it_is_told_what_to_allow(world: World) -> None:
    world.connect(allowed=without("crm.schemas.contacts.write"))

    refused = world.call("POST", PATH)

    assert (refused.status, refused.body["code"]) == (409, "scope_missing")
    assert refused.body["detail"] == (
        "HubSpot does not allow us to add contact properties for referral links and counts."
    )
    assert "every permission ticked" in refused.body["next_step"]
    assert asked(world) == []
    shown = world.get(PATH).body
    assert (shown["can_make"], bool(shown["next_step"])) == (False, True)


def test_what_is_there_already_needs_no_permission(world: World) -> None:
    world.connect()
    world.call("POST", PATH)
    world.connect(allowed=without("crm.schemas.contacts.write"))

    shown = world.get(PATH).body

    assert (shown["can_make"], shown["next_step"]) == (False, "")


@pytest.mark.parametrize("fault", [None, RequestRefusedError(400, "VALIDATION_ERROR", [])])
def test_a_property_that_hubspot_did_not_make_is_named(world: World, fault: Exception | None) -> None:
    world.connect()
    world.hubspot.refuses_properties = fault
    world.hubspot.never_made = {OURS[1]}

    refused = world.call("POST", PATH)

    assert (refused.status, refused.body["code"]) == (409, "property_not_made")
    assert (OURS[0] if fault else OURS[1]) in refused.body["detail"]
    assert refused.body["next_step"]


def test_one_of_our_names_that_somebody_made_otherwise_is_named(world: World) -> None:
    world.connect()
    world.hubspot.listed.append(Property(OURS[0], "Link", "enumeration", "select", "g", True))

    assert world.call("POST", PATH).body["code"] == "property_not_made"


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (CrmUnavailableError(status=503), 503, "hubspot_away"),
        (ScopeMissingError(PORTAL, ["crm.schemas.contacts.write"]), 409, "scope_missing"),
    ],
)
def test_what_hubspot_does_not_let_us_make_is_told(world: World, fault: Exception, status: int, code: str) -> None:
    world.connect()
    world.hubspot.refuses_properties = fault

    refused = world.call("POST", PATH)

    assert (refused.status, refused.body["code"]) == (status, code)


def test_while_hubspot_is_away_nothing_is_said_to_be_there(world: World) -> None:
    world.connect()
    world.call("POST", PATH)
    world.hubspot.fault = CrmUnavailableError(status=503)

    assert world.get(PATH, "refresh=true").status == 200  # as it was read last
    assert world.call("POST", PATH).status == 503


def test_without_a_connection_both_say_so(world: World) -> None:
    for reply in (world.get(PATH), world.call("POST", PATH)):
        assert (reply.status, reply.body["code"]) == (409, "not_connected")

    world.lose(world.connect())
    assert world.call("POST", PATH).body["code"] == "reconnect_needed"
    assert world.get(PATH, "refresh=maybe").status == 422
