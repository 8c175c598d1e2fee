"""Showing, starting and ending a campaign's connection."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.errors import CrmUnavailableError
from referral_hubspot.domain.reading import Target, Watermark
from tests.functions.settings_api.world import CAMPAIGN, PORTAL, World


def test_a_campaign_is_not_connected_at_first(world: World) -> None:
    assert world.get("hubspot").body == {
        "status": "not_connected",
        "status_label": "Not connected",
        "account": None,
        "connected_by": None,
        "connected_at": None,
        "next_step": "Connect HubSpot.",
        "not_allowed": [],
        "read_until": None,
        "reading": "HubSpot is not connected, so it is not read.",
    }


def test_a_connection_says_to_what_by_whom_and_when(world: World) -> None:
    world.connect()

    assert world.get("hubspot").body == {
        "status": "connected",
        "status_label": "Connected",
        "account": {"id": PORTAL, "name": "Acme EU"},
        "connected_by": "Ada Admin",
        "connected_at": "2026-11-22T10:00:00Z",
        "next_step": "",
        "not_allowed": [],
        "read_until": None,
        "reading": "The Leads settings say Do not qualify my referrals, so HubSpot is not read.",
    }


def test_a_connection_says_how_far_hubspot_was_read_for_the_rule(world: World) -> None:
    world.connect()
    world.save()
    target = Target("a1", PORTAL, ObjectType.CONTACT, "lifecyclestage", "customer")

    before = world.get("hubspot").body
    world.reading.keep_watermark(target, Watermark({"c1": datetime(2026, 11, 25, 10, 5, tzinfo=UTC)}))
    after = world.get("hubspot").body

    assert (before["read_until"], before["reading"]) == (
        None,
        "HubSpot was not read for the rule yet; that happens within minutes.",
    )
    assert (after["read_until"], after["reading"]) == (
        "2026-11-25T10:05:00Z",
        "Every change in HubSpot until 25 November 2026, 10:05 UTC was looked at.",
    )


def test_a_lost_connection_asks_to_reconnect(world: World) -> None:
    world.lose(world.connect())

    body = world.get("hubspot").body

    assert (body["status"], body["status_label"]) == ("reconnect_needed", "Connection lost: reconnect")
    assert body["next_step"]


@pytest.mark.parametrize("body", ["", "{}", '{"return_url": "https://app.example.com/campaigns/c1"}'])
def test_connecting_starts_at_an_address_of_ours(world: World, body: str) -> None:
    reply = world.call("POST", "hubspot/connect", body)

    assert (reply.status, reply.body) == (200, {"connect_url": "https://hooks.example.com/connect?ticket=once"})
    assert [(kept["account_id"], kept["campaign_id"], kept["connected_by"]) for kept in world.secrets.kept] == [
        ("a1", "c1", "Ada Admin")
    ]


def test_the_way_back_must_be_on_an_allowed_origin(world: World) -> None:
    reply = world.call("POST", "hubspot/connect", {"return_url": "https://evil.example.net"})

    assert (reply.status, reply.problems) == (422, [("return_url", "return_url")])
    assert world.secrets.kept == []


def test_a_campaign_is_disconnected_as_often_as_one_asks(world: World) -> None:
    assert [world.call("DELETE", "hubspot").status for _ in range(2)] == [204, 204]
    assert world.connections.disconnected == [("a1", "c1")] * 2


def test_what_was_not_allowed_is_named_with_what_needs_it(world: World) -> None:
    world.connect(allowed=[*scopes.REQUIRED, *scopes.DEALS[:-1]])

    not_allowed = world.get("hubspot").body["not_allowed"]

    assert [(one["scope"], one["feature"]) for one in not_allowed] == [
        ("crm.schemas.deals.write", "Create new Deals in HubSpot"),
        ("crm.objects.owners.read", "Choosing HubSpot's users by name"),
        ("crm.schemas.contacts.write", "Making the HubSpot properties for referral links"),
        ("crm.lists.read", "Choosing a HubSpot list"),
    ]
    assert all(one["label"].startswith("Not allowed: to ") and one["next_step"] for one in not_allowed)


def test_a_missing_permission_that_everything_needs_is_named_too(world: World) -> None:
    world.connect(allowed=[*scopes.REQUIRED[:-1], *scopes.OPTIONAL])

    assert [one["feature"] for one in world.get("hubspot").body["not_allowed"]] == ["The whole connection"]


def share(world: World, body: Any = None, **claims: str) -> Any:
    return world.call("PUT", "hubspot", {"hubspot_account_id": PORTAL} if body is None else body, **claims)


@pytest.fixture
def other(world: World) -> World:
    """Another campaign, c2, is connected to the HubSpot account."""
    assert world.campaigns.put_campaign(replace(CAMPAIGN, campaign_id="c2", name="Autumn"))
    world.connect("c2", allowed=scopes.REQUIRED)
    world.grant()
    return world


def test_an_account_that_another_campaign_uses_is_connected_at_once(other: World) -> None:
    other.clock.pass_seconds(60)

    reply = share(other, name="Grace Admin")

    assert (reply.status, reply.body) == (200, other.get("hubspot").body)
    assert {name: reply.body[name] for name in ("status", "account", "connected_by", "connected_at")} == {
        "status": "connected",
        "account": {"id": PORTAL, "name": "Acme EU"},
        "connected_by": "Grace Admin",
        "connected_at": "2026-11-22T10:01:00Z",
    }
    assert other.releases.asked == [("a1", "c1")]
    assert "Choosing a HubSpot list" in [one["feature"] for one in reply.body["not_allowed"]]
    assert share(other).body == reply.body


def test_an_account_that_no_other_campaign_uses_is_not_connected(other: World) -> None:
    reply = share(other, {"hubspot_account_id": PORTAL + 1})

    assert (reply.status, reply.body["code"]) == (409, "account_not_in_use")
    assert reply.body["next_step"] == "Connect HubSpot, and choose the account there."


def test_the_account_of_a_campaign_that_the_token_does_not_open_is_not_shared(other: World) -> None:
    assert share(other, campaign_ids="c1").body["code"] == "account_not_in_use"
    assert share(other, campaign_ids="c1 c2").status == 200


def test_another_account_than_the_campaign_uses_is_confirmed_first(other: World) -> None:
    other.connect(portal=PORTAL + 1)

    asked = share(other)
    confirmed = share(other, {"hubspot_account_id": PORTAL, "leaving": PORTAL + 1})

    assert (asked.status, asked.body["code"]) == (409, "switch_account")
    assert asked.body["detail"] == f"This campaign uses Acme EU ({PORTAL + 1}); you chose Acme EU ({PORTAL})."
    assert (confirmed.status, confirmed.body["account"]["id"]) == (200, PORTAL)


def test_a_lost_connection_is_not_shared(other: World) -> None:
    other.lose(other.connect("c2"))

    assert share(other).body["code"] == "reconnect_needed"


def test_no_connection_is_shared_while_hubspot_is_away(other: World) -> None:
    other.hubspot.fault = CrmUnavailableError(status=503)

    assert (share(other).status, other.get("hubspot").body["status"]) == (503, "not_connected")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "missing", "hubspot_account_id"),
        ({"hubspot_account_id": "1"}, "not_a_whole_number", "hubspot_account_id"),
        ({"hubspot_account_id": 1, "leaving": "1"}, "not_a_whole_number", "leaving"),
        ({"hubspot_account_id": 10**3000}, "too_large", "hubspot_account_id"),
        ({"hubspot_account_id": 1, "leaving": 10**3000}, "too_large", "leaving"),
        ({"hubspot_account_id": -1}, "below_zero", "hubspot_account_id"),
    ],
)
def test_an_account_is_named_by_its_number(other: World, body: Any, code: str, field: str) -> None:
    reply = share(other, body)

    assert (reply.status, reply.problems) == (422, [(code, field)])
