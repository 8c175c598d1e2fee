"""How the people who joined in the last weeks stand, in few words and day by day."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from referral_hubspot.domain.people import Reason, State

DAYS = 30


class Outcome(StrEnum):
    """What became of a person, for whoever looks at many."""

    IN_HUBSPOT = "in_hubspot"
    QUALIFIED = "qualified"
    LEFT_OUT = "left_out"
    FAILING = "failing"
    ON_ITS_WAY = "on_its_way"


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody who joined, and where they stand."""

    at: datetime
    state: State
    reason: Reason = Reason.NONE

    @property
    def outcome(self) -> Outcome:
        """What counts as failing is what somebody should look at: who waits, and who was refused."""
        match self.state:
            case State.SENT:
                return Outcome.IN_HUBSPOT
            case State.QUALIFIED:
                return Outcome.QUALIFIED
            case State.REJECTED if self.reason is not Reason.PERSON_ERASED:
                return Outcome.FAILING
            case State.HELD if self.reason is not Reason.NONE:
                return Outcome.FAILING
            case State.NEW | State.SENDING | State.HELD:
                return Outcome.ON_ITS_WAY
            case _:
                return Outcome.LEFT_OUT


@dataclass(frozen=True, slots=True)
class Activity:
    """Everybody who joined within `DAYS` days, counted once: by day, and by where and why they stand.

    Of a campaign that more people joined than are counted, these are the newest; `counted_since` is when the oldest
    of them joined, None if all are counted.
    """

    days: Mapping[date, Counter[Outcome]]
    standing: Counter[tuple[Outcome, State, Reason]]
    counted_since: datetime | None

    @property
    def totals(self) -> Counter[Outcome]:
        """Of all days together."""
        return sum(self.days.values(), Counter[Outcome]())


def beginning(now: datetime, zone: ZoneInfo) -> datetime:
    """When the first of the days begins where the campaign lives."""
    first = now.astimezone(zone).date() - timedelta(days=DAYS - 1)
    return datetime(first.year, first.month, first.day, tzinfo=zone)


def counted(people: Iterable[Joined], now: datetime, zone: ZoneInfo, most: int) -> Activity:
    """Count people, newest first, but not more than `most`."""
    first = beginning(now, zone).date()
    days = {first + timedelta(days=number): Counter[Outcome]() for number in range(DAYS)}
    standing = Counter[tuple[Outcome, State, Reason]]()
    seen = list(people)
    for one in seen[:most]:
        # Who joined by a clock that is ahead of ours, joined today.
        day = min(one.at.astimezone(zone).date(), now.astimezone(zone).date())
        if day in days:
            days[day][one.outcome] += 1
            standing[one.outcome, one.state, one.reason] += 1
    return Activity(days, standing, seen[most - 1].at if len(seen) > most else None)
