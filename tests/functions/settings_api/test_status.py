"""GET /v1/status: for any user of the account, about no campaign."""

from datetime import UTC, datetime

from referral_hubspot.storage.pauses import PauseTable
from referral_hubspot.usecases.pause import Pause
from tests.functions.settings_api.world import World
from tests.tables import CAMPAIGNS

NAMES = ["leads", "referrers", "changes", "syncs", "dead_letters", "sweep", "paused"]


def pause(world: World, target: str) -> None:
    PauseTable(CAMPAIGNS, world.client).begin(Pause(target, datetime(2026, 11, 25, tzinfo=UTC), "their own words"))


def test_everything_works(world: World) -> None:
    reply = world.get("/v1/status", role="viewer")

    assert (reply.status, reply.body["status"]) == (200, "ok")
    assert [(check["name"], check["ok"], check["next_step"]) for check in reply.body["checks"]] == [
        (name, True, "") for name in NAMES
    ]


def test_what_does_not_work_is_told_with_what_to_do(world: World) -> None:
    world.health.letters = {"lead": 2}
    pause(world, "all")

    reply = world.get("/v1/status", role="viewer")

    wrong = {check["name"]: check for check in reply.body["checks"] if not check["ok"]}
    assert (reply.status, reply.body["status"], set(wrong)) == (200, "attention", {"dead_letters", "paused"})
    assert wrong["paused"]["message"] == "HubSpot is paused for Spring: leads wait."
    assert all(check["next_step"] for check in wrong.values())
    assert "their own words" not in str(reply.body)


def test_it_tells_of_no_other_customer(world: World) -> None:
    pause(world, "campaign:a1/c1")

    assert world.get("/v1/status", account_id="other").body["status"] == "ok"
    assert world.get("/v1/status", campaign_ids="c2 c3").body["status"] == "ok"
    assert world.get("/v1/status", campaign_ids="c1").body["status"] == "attention"
