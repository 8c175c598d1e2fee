"""Who may do what."""

import pytest

from tests.functions.settings_api.world import FORM, World

EVERY_READ = [
    "/v1/campaigns/c1",
    "hubspot",
    "hubspot/leads",
    "hubspot/referrers",
    "hubspot/properties/contacts",
    "hubspot/return-properties",
    "activity",
    "leads",
    "leads/l1",
    "referrers",
    "referrers/r1",
]
EVERY_WRITE = [
    ("PUT", "hubspot/leads"),
    ("PUT", "hubspot/referrers"),
    ("POST", "hubspot/connect"),
    ("PUT", "hubspot"),
    ("DELETE", "hubspot"),
]


@pytest.mark.parametrize("path", EVERY_READ)
@pytest.mark.parametrize(
    "claims",
    [{"account_id": "a2"}, {"campaign_ids": "c2 c3"}, {"campaign_ids": " "}],
    ids=["another account", "other campaigns", "no campaign"],
)
def test_a_campaign_that_the_token_does_not_open_does_not_exist(
    world: World, path: str, claims: dict[str, str]
) -> None:
    world.connect()

    reply = world.get(path, **claims)

    assert (reply.status, reply.body["code"]) == (404, "unknown_campaign")
    assert reply.body["next_step"]
    assert reply.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path"), EVERY_WRITE)
@pytest.mark.parametrize("role", ["viewer", "owner", ""])
def test_only_an_admin_may_write(world: World, method: str, path: str, role: str) -> None:
    reply = world.call(method, path, FORM, role=role)

    assert (reply.status, reply.body["code"]) == (403, "read_only")
    assert reply.body["next_step"]
    assert world.campaigns.load([("a1", "c1")])["a1", "c1"].leads.version == 0


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
