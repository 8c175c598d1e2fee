"""Showing, starting and ending a campaign's connection."""

from datetime import UTC, datetime

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.reading import Target, Watermark
from tests.functions.settings_api.world import PORTAL, World


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
