"""What became of the leads of the last weeks, as counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from referral_hubspot.domain.people import Person, PersonKey, Reason, State
from tests.functions.settings_api.world import World

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
NONE = {"in_hubspot": 0, "left_out": 0, "failing": 0, "qualified": 0, "on_its_way": 0}


def joined(
    world: World, state: State, reason: Reason = Reason.NONE, ago: timedelta = timedelta(0), number: int = 1
) -> None:
    before = len(world.people.people)
    world.people.people += [
        Person(
            PersonKey("a1", "c1", "lead", f"l{before + each}"),
            joined_at=NOW - ago,
            received_at=NOW - ago,
            state=state,
            reason=reason,
        )
        for each in range(number)
    ]


def activity(world: World, **claims: str) -> Any:
    reply = world.get("activity", **claims)
    assert reply.status == 200, reply
    return reply.body


def on(world: World, day: str) -> dict[str, int]:
    return next({k: v for k, v in one.items() if k != "day"} for one in activity(world)["days"] if one["day"] == day)


def test_without_leads_thirty_days_are_empty(world: World) -> None:
    body = activity(world, role="viewer")

    assert {name: body[name] for name in body if name != "days"} == {
        "time_zone": "UTC",
        "complete": True,
        "counted_since": None,
        "totals": NONE,
        "left_out": [],
        "failing": [],
    }
    assert [len(body["days"]), body["days"][0], body["days"][-1]["day"]] == [
        30,
        {"day": "2026-10-24", **NONE},
        "2026-11-22",
    ]


@pytest.mark.parametrize(
    ("state", "reason", "outcome"),
    [
        (State.SENT, Reason.NONE, "in_hubspot"),
        (State.QUALIFIED, Reason.NONE, "qualified"),
        (State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT, "left_out"),
        (State.ALREADY_REFERRED, Reason.ALREADY_REFERRED, "left_out"),
        (State.NOT_SENT, Reason.DO_NOTHING, "left_out"),
        (State.NOT_SENT, Reason.DECLINED, "left_out"),
        (State.EXPIRED, Reason.WAITED_TOO_LONG, "left_out"),
        (State.CLOSED, Reason.CLOSED, "left_out"),
        (State.ERASED, Reason.NONE, "left_out"),
        (State.REJECTED, Reason.PERSON_ERASED, "left_out"),
        (State.REJECTED, Reason.REFUSED, "failing"),
        (State.REJECTED, Reason.NO_USABLE_EMAIL, "failing"),
        (State.HELD, Reason.SETUP, "failing"),
        (State.HELD, Reason.HUBSPOT_AWAY, "failing"),
        (State.HELD, Reason.NONE, "on_its_way"),
        (State.SENDING, Reason.NONE, "on_its_way"),
    ],
)
def test_each_lead_counts_once_as_it_stands(world: World, state: State, reason: Reason, outcome: str) -> None:
    joined(world, state, reason, number=2)

    body = activity(world)

    assert body["totals"] == NONE | {outcome: 2}
    assert body["days"][-1] == {"day": "2026-11-22", **NONE, outcome: 2}
    for listed in ("left_out", "failing"):
        assert [one["count"] for one in body[listed]] == ([2] if outcome == listed else [])


def test_why_leads_are_left_out_or_fail_stands_in_the_words_of_their_list(world: World) -> None:
    joined(world, State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT)
    joined(world, State.CLOSED, Reason.CLOSED, number=2)
    joined(world, State.HELD, Reason.SETUP, number=3)
    joined(world, State.REJECTED, Reason.REFUSED)

    body = activity(world)

    assert [(one["label"], one["count"]) for one in body["left_out"]] == [
        ("Closed in Refer", 2),
        ("Already in HubSpot", 1),
    ]
    assert body["failing"] == [
        {
            "state": "held",
            "reason": "setup",
            "label": "Waiting: the setup is not complete",
            "next_step": "Complete the Leads settings: they list what is missing.",
            "count": 3,
        },
        {
            "state": "rejected",
            "reason": "refused",
            "label": "HubSpot refused it",
            "next_step": "Correct what HubSpot names, in the mapping or in HubSpot, and let the person join again.",
            "count": 1,
        },
    ]


def test_a_day_is_one_where_the_campaign_lives(world: World) -> None:
    world.tell(time_zone="Pacific/Auckland", version=2)  # 23:00 there
    joined(world, State.SENT, ago=timedelta(hours=22))
    joined(world, State.SENT, ago=timedelta(hours=24))

    assert activity(world)["days"][-1]["day"] == "2026-11-22"
    assert (on(world, "2026-11-22")["in_hubspot"], on(world, "2026-11-21")["in_hubspot"]) == (1, 1)


def test_who_joined_before_the_first_day_is_not_counted(world: World) -> None:
    joined(world, State.SENT, ago=timedelta(days=29, hours=10))
    joined(world, State.SENT, ago=timedelta(days=29, hours=10, seconds=1))

    assert on(world, "2026-10-24")["in_hubspot"] == activity(world)["totals"]["in_hubspot"] == 1


def test_who_joined_by_a_clock_ahead_of_ours_joined_today(world: World) -> None:
    joined(world, State.SENT, ago=timedelta(hours=-20))

    assert on(world, "2026-11-22")["in_hubspot"] == 1


def test_of_too_many_the_newest_are_counted_and_that_is_told(world: World) -> None:
    joined(world, State.SENT, ago=timedelta(days=3), number=15)
    joined(world, State.QUALIFIED, ago=timedelta(days=1), number=5)
    assert activity(world)["complete"]

    joined(world, State.SENT, ago=timedelta(hours=1))
    body = activity(world)

    assert (body["complete"], body["counted_since"]) == (False, "2026-11-19T10:00:00Z")
    assert body["totals"] == NONE | {"in_hubspot": 15, "qualified": 5}


def test_referrers_are_not_counted(world: World) -> None:
    joined(world, State.SENT)
    [one] = world.people.people
    world.people.people = [replace(one, key=replace(one.key, side="referrer"))]

    assert activity(world)["totals"] == NONE
