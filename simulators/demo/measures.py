"""Times and calls: how long things took, and what the same work costs one person at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from simulators.demo.scenario import Known, Outcome, Scenario


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds, over `count` measurements."""

    p50: float
    p99: float
    count: int

    def __str__(self) -> str:
        return f"half in {self.p50:.1f} s, 99 % in {self.p99:.1f} s"


def delay(seconds: Iterable[float]) -> Delay | None:
    """Nearest-rank percentiles; None when nothing was measured."""
    values = sorted(seconds)
    if not values:
        return None
    return Delay(_rank(values, 50), _rank(values, 99), len(values))


def _rank(values: Sequence[float], percent: int) -> float:
    return values[max(0, ceil(len(values) * percent / 100) - 1)]


def seconds_between(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


@dataclass(frozen=True, slots=True)
class Economy:
    people: int
    calls: int
    one_at_a_time: int

    def __str__(self) -> str:
        return f"{self.people} people in {self.calls} HubSpot calls; one at a time it takes {self.one_at_a_time} calls"


# Calls for one person alone. Someone known by a secondary address is not found by it: the write is refused and names
# the record, which is then read (skip: to see its createdate) or written (update) by its id.
ONE_AT_A_TIME: Mapping[tuple[str, Known], int] = {
    ("skip", Known.NOT): 2,  # read, create
    ("skip", Known.PRIMARY): 1,  # read
    ("skip", Known.SECONDARY): 3,  # read, create (refused), read
    ("update", Known.NOT): 1,  # upsert
    ("update", Known.PRIMARY): 1,
    ("update", Known.SECONDARY): 2,  # upsert (refused), update
}


def economy(scenario: Scenario, calls: int) -> Economy:
    """Counts each person once who becomes a contact, and only those for whom HubSpot had to be asked at all."""
    asked = [lead for lead in scenario.joining_contacts() if lead.outcome not in (Outcome.REJECTED, Outcome.ONE_OF_TWO)]
    costs = [ONE_AT_A_TIME[lead.campaign.duplicates, lead.known] for lead in asked]
    for plan in scenario.campaigns:
        costs += [ONE_AT_A_TIME[plan.duplicates, Known.NOT]] * plan.shares.second_with_same_email
    return Economy(len(costs), calls, sum(costs))


def delivery_calls(journal: Iterable[Mapping[str, Any]]) -> int:
    """Requests that read or wrote contacts. Searches are the sweep's, and the forms' lookups cost the same anyway."""
    kinds = (request["kind"] for request in journal)
    return sum(kind.startswith("contacts.") and kind != "contacts.search" for kind in kinds)
