"""Who may do what."""

import re
from urllib.parse import quote

import pytest

from functions.settings_api.endpoint import Endpoint
from functions.settings_api.routes import ROUTES
from tests.functions.settings_api.world import FORM, World


def _names(route: Endpoint) -> list[str]:
    return re.findall(r"{(\w+)}", route.path)


OF_CAMPAIGNS = [route for route in ROUTES if route.of_campaign]
WRITES = [route for route in ROUTES if route.writes]
NAMES = [pytest.param(route, name, id=f"{route.route_key} {name}") for route in ROUTES for name in _names(route)]


def path_of(route: Endpoint, **parts: str) -> str:
    """An address of the route; what is not given is there, or could be."""
    there = {"campaign_id": "c1", "object": "contacts", "code": "duplicates"} | parts
    return re.sub(r"{(\w+)}", lambda name: quote(there.get(name[1], "x"), safe=""), route.path)


@pytest.mark.parametrize("route", OF_CAMPAIGNS, ids=lambda route: route.route_key)
@pytest.mark.parametrize(
    "claims",
    [{"account_id": "a2"}, {"campaign_ids": "c2 c3"}, {"campaign_ids": " "}],
    ids=["another account", "other campaigns", "no campaign"],
)
def test_a_campaign_that_the_token_does_not_open_does_not_exist(
    world: World, route: Endpoint, claims: dict[str, str]
) -> None:
    world.connect()

    reply = world.call(route.method, path_of(route), FORM, **claims)

    assert (reply.status, reply.body["code"]) == (404, "unknown_campaign")
    assert reply.body["next_step"]
    assert reply.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("route", WRITES, ids=lambda route: route.route_key)
@pytest.mark.parametrize("role", ["viewer", "owner", ""])
def test_only_an_admin_may_write(world: World, route: Endpoint, role: str) -> None:
    reply = world.call(route.method, path_of(route), FORM, role=role)

    assert (reply.status, reply.body["code"]) == (403, "read_only")
    assert reply.body["next_step"]
    assert world.campaigns.load([("a1", "c1")])["a1", "c1"].leads.version == 0


def test_whatever_is_no_get_writes_but_trying_a_form() -> None:
    assert {route.operation for route in ROUTES if route.method != "GET" and not route.writes} == {
        "previewLeadSettings",
        "previewReferrerSettings",
    }


@pytest.mark.parametrize("part", ["x" * 129, "\U0001f600", "l1#x", "../c1", "a b", "<b>x</b>", "\0"])
@pytest.mark.parametrize(("route", "name"), NAMES)
def test_what_can_be_no_id_is_told_so_and_looked_for_nowhere(
    world: World, route: Endpoint, name: str, part: str
) -> None:
    world.connect()

    reply = world.call(route.method, path_of(route, **{name: part}), FORM)

    code = "unknown_campaign" if name == "campaign_id" else "unknown_id"
    assert (reply.status, reply.body["code"]) == (404, code)
    assert part not in str(reply.body)


def test_a_viewer_may_look(world: World) -> None:
    assert world.get("hubspot/leads", role="viewer").status == 200


def test_a_token_for_some_campaigns_opens_those(world: World) -> None:
    assert world.get("hubspot", campaign_ids="c0 c1").status == 200


def test_a_token_without_an_account_opens_nothing(world: World) -> None:
    reply = world.get("hubspot", account_id="")

    assert (reply.status, reply.body["code"]) == (403, "token_without_account")


@pytest.mark.parametrize("campaign_id", ["c2", "c1%23x", "c1#LEAD#l1"])
def test_a_campaign_that_the_platform_never_told_of_does_not_exist(world: World, campaign_id: str) -> None:
    assert world.get(f"/v1/campaigns/{campaign_id}/hubspot").status == 404


def test_a_deleted_campaign_does_not_exist(world: World) -> None:
    world.tell(state="deleted", version=2)

    assert world.get("hubspot").body["code"] == "unknown_campaign"


def test_no_answer_may_be_kept_by_a_cache(world: World) -> None:
    assert world.get("hubspot").headers["Cache-Control"] == "no-store"
    assert world.get("/v1/campaigns/c2/hubspot").headers["Cache-Control"] == "no-store"
