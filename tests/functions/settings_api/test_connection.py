"""Showing, starting and ending a campaign's connection."""

import pytest

from tests.functions.settings_api.world import PORTAL, World


def test_a_campaign_is_not_connected_at_first(world: World) -> None:
    assert world.get("hubspot").body == {
        "status": "not_connected",
        "status_label": "Not connected",
        "account": None,
        "connected_by": None,
        "connected_at": None,
        "next_step": "Connect HubSpot.",
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
    }


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
