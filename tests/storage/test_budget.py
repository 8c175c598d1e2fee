import random
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pytest

from referral_hubspot.domain.errors import NoSlotError
from referral_hubspot.domain.lanes import Lane, Usage
from referral_hubspot.hubspot.pacing import Pacer
from referral_hubspot.storage.budget import BudgetTable, Rate, Slot
from tests.hubspot.virtual_time import START, VirtualTime, most_within
from tests.tables import CAMPAIGNS, local_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PORTAL = 42
ALLOWED = 108  # in any ten seconds: HubSpot's limit is 110


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    with local_tables() as client:
        yield client


@pytest.fixture
def budget(dynamodb: "DynamoDBClient") -> BudgetTable:
    return BudgetTable(CAMPAIGNS, dynamodb)


def reserve(
    budget: BudgetTable, count: int = 1, *, after: float = 0.0, lane: Lane = Lane.LIVE, kind: str = "general"
) -> list[tuple[float, float]]:
    """Slots as seconds from the start."""
    slots = budget.reserve(PORTAL, kind, lane, count, now=START + after, max_wait_s=2.0)
    return [(round(slot.date - START, 3), round(slot.until - START, 3)) for slot in slots]


class Watched:
    """A DynamoDB client that counts its calls and takes `before` each."""

    def __init__(self, client: "DynamoDBClient", before: Any = lambda: None) -> None:
        self._client = client
        self._before = before
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        if name == "exceptions":
            return attribute

        def call(**request: Any) -> Any:
            self.calls.append(name)
            self._before()
            return attribute(**request)

        return call


class InMemory:
    """DynamoDB's side of the three updates, fast; the other tests make them on a table."""

    class exceptions:  # noqa: N801 - as the client names it
        class ConditionalCheckFailedException(Exception):  # noqa: N818
            def __init__(self, item: dict[str, Any]) -> None:
                super().__init__()
                self.response = {"Item": item}

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}

    def update_item(self, **request: Any) -> Any:
        key = str(request["Key"])
        tat = self._rows.get(key)
        values = {name: int(value["N"]) for name, value in request["ExpressionAttributeValues"].items()}
        if "BETWEEN" in request["ConditionExpression"]:
            holds = tat is not None and values[":floor"] <= tat <= values[":latest"]
        else:
            holds = tat is None or tat < values.get(":floor", values[":end"])
        if not holds:
            raise self.exceptions.ConditionalCheckFailedException(
                {"tat": {"N": str(tat)}} if tat else {"sk": {"S": ""}}
            )
        self._rows[key] = values[":end"] if ":end" in values else (tat or 0) + values[":added"]
        return {"Attributes": {"tat": {"N": str(self._rows[key])}}}


@pytest.fixture
def shared() -> "DynamoDBClient":
    return cast("DynamoDBClient", InMemory())


def test_an_idle_portal_gives_its_burst_at_once_and_then_one_every_tenth(budget: BudgetTable) -> None:
    slots = reserve(budget, 8)

    assert [date for date, _ in slots] == [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.2]
    assert [until for _, until in slots] == [0.2, 0.3, 0.4, 0.5, 0.5, 0.5, 0.6, 0.7]


def test_under_load_slots_follow_each_other_without_a_gap(budget: BudgetTable) -> None:
    taken = [slot for _ in range(4) for slot in reserve(budget, 4)]

    assert [date for date, _ in taken[6:]] == [round(0.1 * number, 1) for number in range(1, 11)]
    assert all(until - date == pytest.approx(0.5) for date, until in taken[6:])


def test_an_unused_slot_just_passes(budget: BudgetTable) -> None:
    reserve(budget, 4)

    assert reserve(budget, 1, after=60.0) == [(60.0, 60.2)]


def test_what_is_further_than_a_worker_may_wait_is_refused_and_nothing_is_reserved(budget: BudgetTable) -> None:
    for _ in range(6):
        reserve(budget, 4)
    reserve(budget, 2)

    with pytest.raises(NoSlotError) as refused:
        reserve(budget, 1)

    assert refused.value.wait_s == pytest.approx(2.1)
    assert refused.value.portal_id == PORTAL
    assert reserve(budget, 1, after=0.1) == [(2.1, 2.6)]


def test_a_reservation_is_one_call_and_a_refusal_by_memory_is_none(dynamodb: "DynamoDBClient") -> None:
    watched = Watched(dynamodb)
    budget = BudgetTable(CAMPAIGNS, cast("DynamoDBClient", watched))

    for after in (0.0, 0.0, 0.4, 30.0, 30.0):
        reserve(budget, 4, after=after)
    assert watched.calls == ["update_item"] * 5

    for _ in range(8):
        with pytest.raises(NoSlotError):
            reserve(budget, 4, after=30.0, lane=Lane.BULK)
    assert len(watched.calls) == 5


def test_a_worker_that_comes_second_finds_out_and_goes_behind(dynamodb: "DynamoDBClient") -> None:
    first, second = BudgetTable(CAMPAIGNS, dynamodb), BudgetTable(CAMPAIGNS, dynamodb)
    assert reserve(first, 6)[-1] == (0.0, 0.5)

    assert reserve(second, 1) == [(0.1, 0.6)]
    assert reserve(first, 1) == [(0.2, 0.7)]
    assert reserve(second, 1, after=20.0) == [(20.0, 20.2)]
    assert reserve(first, 1, after=20.0) == [(20.0, 20.3)]


def test_a_row_that_was_removed_is_begun_again(dynamodb: "DynamoDBClient", budget: BudgetTable) -> None:
    reserve(budget, 6)
    dynamodb.delete_item(TableName=CAMPAIGNS, Key={"pk": {"S": "P#42"}, "sk": {"S": "BUDGET#general"}})

    assert reserve(budget, 1) == [(0.0, 0.2)]


def test_a_table_that_does_not_answer_with_the_row_is_asked_for_it(dynamodb: "DynamoDBClient") -> None:
    class Forgetful(Watched):
        def __getattr__(self, name: str) -> Any:
            call = super().__getattr__(name)

            def without_row(**request: Any) -> Any:
                request.pop("ReturnValuesOnConditionCheckFailure", None)
                return call(**request)

            return without_row if name == "update_item" else call

    reserve(BudgetTable(CAMPAIGNS, dynamodb), 6)
    watched = Forgetful(dynamodb)

    assert reserve(BudgetTable(CAMPAIGNS, cast("DynamoDBClient", watched)), 1) == [(0.1, 0.6)]
    assert watched.calls == ["update_item", "get_item", "update_item"]


def test_a_race_that_is_lost_again_and_again_ends(dynamodb: "DynamoDBClient") -> None:
    """Another worker alternates the clock between idle and busy, faster than anybody reserves."""
    states = iter(range(100))

    def meddle() -> None:
        tat = str(round((START + (1.0 if next(states) % 2 == 0 else -1.0)) * 1_000_000))
        item: Any = {"pk": {"S": "P#42"}, "sk": {"S": "BUDGET#general"}, "tat": {"N": tat}}
        dynamodb.put_item(TableName=CAMPAIGNS, Item=item)

    budget = BudgetTable(CAMPAIGNS, cast("DynamoDBClient", Watched(dynamodb, meddle)))

    with pytest.raises(NoSlotError) as refused:
        reserve(budget)

    assert refused.value.wait_s == pytest.approx(0.1)


@pytest.mark.parametrize(("lane", "at_once"), [(Lane.LIVE, 6), (Lane.WRITE_BACK, 3), (Lane.BULK, 2)])
def test_a_lower_lane_has_a_smaller_burst(budget: BudgetTable, lane: Lane, at_once: int) -> None:
    slots = reserve(budget, 8, lane=lane)

    assert len([date for date, _ in slots if date == 0.0]) == at_once
    assert len(slots) == (8 if lane is Lane.LIVE else at_once)


@pytest.mark.parametrize("lane", [Lane.WRITE_BACK, Lane.BULK])
def test_a_live_call_never_waits_for_a_lower_lane(budget: BudgetTable, lane: Lane) -> None:
    reserve(budget, 8, lane=lane)
    with pytest.raises(NoSlotError) as refused:
        reserve(budget, lane=lane)

    assert 0 < refused.value.wait_s <= 0.1
    assert reserve(budget, 2, lane=Lane.LIVE)[-1][0] == 0.0


def test_a_lower_lane_takes_what_fits_of_what_it_wants(budget: BudgetTable) -> None:
    reserve(budget, 2, lane=Lane.BULK)

    assert len(reserve(budget, 4, lane=Lane.WRITE_BACK)) == 1


def test_search_has_a_budget_of_its_own(budget: BudgetTable) -> None:
    reserve(budget, 8)

    assert reserve(budget, 3, kind="search") == [(0.0, 0.2), (0.25, 0.45), (0.5, 0.7)]


def test_portals_do_not_share(budget: BudgetTable) -> None:
    reserve(budget, 8)

    slots = budget.reserve(7, "general", Lane.LIVE, 1, now=START, max_wait_s=2.0)

    assert slots == [Slot(START, START + 0.2)]


def test_a_penalty_stops_every_worker_and_a_shorter_one_does_not_end_it(dynamodb: "DynamoDBClient") -> None:
    first, second = BudgetTable(CAMPAIGNS, dynamodb), BudgetTable(CAMPAIGNS, dynamodb)
    reserve(second, 1)
    first.penalise(PORTAL, "general", 10.0, now=START)
    first.penalise(PORTAL, "general", 1.0, now=START)

    with pytest.raises(NoSlotError) as refused:
        reserve(second)

    assert refused.value.wait_s == pytest.approx(10.0)
    assert reserve(second, 1, after=8.0) == [(10.0, 10.5)]
    assert reserve(second, 1, kind="search") == [(0.0, 0.2)]


def test_a_pause_stops_every_kind(budget: BudgetTable) -> None:
    budget.pause(PORTAL, 600.0, now=START)

    for kind in ("general", "search"):
        with pytest.raises(NoSlotError) as refused:
            reserve(budget, kind=kind)
        assert refused.value.wait_s == pytest.approx(600.0)


@pytest.mark.parametrize(
    ("per_second", "burst", "window", "allowed"), [(10, 8, 10, 108), (4, 1, 1, 5), (100, 8, 10, 1021)]
)
def test_the_promise_follows_from_the_rate(per_second: float, burst: int, window: int, allowed: int) -> None:
    rate = Rate(per_second, burst)

    assert (window * 1_000_000 + rate.span) // rate.interval + 1 == allowed


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_asked_and_however_late_it_is_used_no_ten_seconds_hold_more_than_108_calls(
    shared: "DynamoDBClient", seed: int
) -> None:
    chance = random.Random(seed)
    workers = [BudgetTable(CAMPAIGNS, shared) for _ in range(12)]
    now, used, dates = START, [], []
    while now < START + 120:
        lane = chance.choice(list(Lane))
        try:
            slots = chance.choice(workers).reserve(
                PORTAL, "general", lane, chance.randint(1, 6), now=now, max_wait_s=chance.choice([0.0, 0.5, 2.0])
            )
        except NoSlotError:
            now += chance.choice([0.01, 0.1, 0.3])
            continue
        dates += [slot.date for slot in slots]
        used += [chance.uniform(slot.date, slot.until) if chance.random() < 0.5 else slot.until for slot in slots]
        now += chance.choice([0.0, 0.0, 0.0, 0.02, 0.2, 3.0 if chance.random() < 0.02 else 0.0])

    assert len(used) > 750
    assert most_within(used, 9.999999) <= ALLOWED
    assert most_within(dates, 9.999999) <= ALLOWED


@pytest.mark.parametrize(
    ("lanes", "expected"),
    [
        ([Lane.LIVE] * 6, 1),
        ([Lane.LIVE] * 5, 4),
        ([Lane.BULK] * 5, 4),
        ([Lane.LIVE] * 2 + [Lane.WRITE_BACK] * 2 + [Lane.BULK] * 2, 2),
    ],
    ids=["live", "live, several ahead", "bulk", "mixed"],
)
def test_while_there_is_work_at_least_95_percent_of_the_rate_is_used(
    shared: "DynamoDBClient", lanes: list[Lane], expected: int
) -> None:
    """Workers on a slow line: every call to DynamoDB and to HubSpot takes its time."""
    time, seconds = VirtualTime(), 40
    calls: list[tuple[float, Lane]] = []
    chance = random.Random(1)

    def worker(lane: Lane) -> None:
        slow = Watched(shared, lambda: time.sleep(chance.uniform(0.002, 0.02)))
        pacer = Pacer(BudgetTable(CAMPAIGNS, cast("DynamoDBClient", slow)), clock=time.clock, sleep=time.sleep)
        while time.clock() < START + seconds:
            try:
                pacer.take(PORTAL, "general", lane, expected)
            except NoSlotError as refused:
                time.sleep(refused.wait_s)
                continue
            calls.append((time.clock(), lane))
            time.sleep(chance.uniform(0.05, 0.4))

    time.run([partial(worker, lane) for lane in lanes])

    made = [when for when, _ in calls]
    assert len([when for when in made if when < START + seconds]) >= 0.95 * 10 * seconds
    assert most_within(made, 9.999999) <= ALLOWED


def test_usage_tells_what_is_in_use_and_reserves_nothing(budget: BudgetTable) -> None:
    assert budget.usage(PORTAL, "general", now=START) == Usage(0.0, 0.0)

    reserve(budget, 3)

    assert budget.usage(PORTAL, "general", now=START) == Usage(0.5, 0.0)
    assert budget.usage(PORTAL, "general", now=START) == Usage(0.5, 0.0)
    assert budget.usage(PORTAL, "general", now=START + 60) == Usage(0.0, 0.0)


def test_usage_tells_how_long_a_call_has_to_wait(budget: BudgetTable) -> None:
    budget.pause(PORTAL, 30, now=START)

    assert budget.usage(PORTAL, "general", now=START) == Usage(1.0, 30.0)
    assert budget.usage(PORTAL, "search", now=START + 10) == Usage(1.0, 20.0)
