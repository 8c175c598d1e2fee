"""Announcing again: a period that makes sense, every row of it, and no end before the bus took all."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from referral_hubspot.usecases.announce_again import AnnounceAgain, Period, Told, ToldRow
from referral_hubspot.usecases.command import CommandRefusedError

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PERIOD = Period(NOW - 2 * HOUR, NOW)


def row(number: int, changed_at: datetime | None = NOW - HOUR) -> ToldRow:
    return ToldRow({"dynamodb": {"SequenceNumber": str(number)}, "name": number}, changed_at)


class FakeRows:
    def __init__(self, *pages: Sequence[ToldRow]) -> None:
        self._pages = pages

    def page(self, after: str) -> tuple[Sequence[ToldRow], str]:
        index = int(after or 0)
        return self._pages[index], str(index + 1) if index + 1 < len(self._pages) else ""


class FakeBus:
    """Refuses as often as it is told to, each time from the second record on."""

    def __init__(self, refusals: int = 0) -> None:
        self.told: list[int] = []
        self._refusals = refusals

    def announce(self, records: Sequence[dict[str, Any]]) -> str | None:
        if self._refusals and len(records) > 1:
            self._refusals -= 1
            self.told.append(records[0]["name"])
            return str(records[1]["dynamodb"]["SequenceNumber"])
        self.told += [record["name"] for record in records]
        return None


class FakeArchive:
    def __init__(self) -> None:
        self.asked: list[tuple[datetime, datetime]] = []

    def replay(self, since: datetime, until: datetime) -> str:
        self.asked.append((since, until))
        return "replay-1"


def again(*pages: Sequence[ToldRow], bus: FakeBus | None = None, archive: FakeArchive | None = None) -> AnnounceAgain:
    return AnnounceAgain(FakeRows(*pages), bus or FakeBus(), archive or FakeArchive(), lambda: NOW, lambda _: None)


@pytest.mark.parametrize(
    ("since", "until", "period"),
    [
        ("2026-11-25T10:00Z", "", Period(NOW - 2 * HOUR, NOW)),
        ("2026-11-25T10:00", "2026-11-25T12:00+01:00", Period(NOW - 2 * HOUR, NOW - HOUR)),
        ("2026-11-25T10:00Z", "2027-01-01", Period(NOW - 2 * HOUR, NOW)),
        ("2020-01-01", "", Period(datetime(2020, 1, 1, tzinfo=UTC), NOW)),
    ],
)
def test_a_period_ends_now_if_nothing_else_is_said(since: str, until: str, period: Period) -> None:
    assert again([]).period(since, until, archived=False) == period


@pytest.mark.parametrize(
    ("since", "until", "archived", "said"),
    [
        ("", "", False, "No SINCE was given, so nothing was announced. Write it as 2026-11-25T11:00Z."),
        ("yesterday", "", False, "SINCE=yesterday cannot be read, so nothing was announced."),
        ("2026-11-25T10:00Z", "noon", False, "UNTIL=noon cannot be read, so nothing was announced."),
        ("2026-11-25T13:00Z", "", False, "SINCE must be before UNTIL and before now (2026-11-25T12:00Z)."),
        ("2026-11-25T11:00Z", "2026-11-25T10:00Z", False, "SINCE must be before UNTIL"),
        ("2026-10-01", "", True, "The archive goes back to 2026-10-26T12:00Z"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused_with_what_would(
    since: str, until: str, archived: bool, said: str
) -> None:
    with pytest.raises(CommandRefusedError) as refused:
        again([]).period(since, until, archived=archived)

    assert refused.value.lines[0].startswith(said)


def test_who_changed_in_the_period_is_announced_and_who_does_not_say_when() -> None:
    bus = FakeBus()
    pages = [row(1), row(2, NOW - 3 * HOUR)], [row(3, None), row(4, NOW + HOUR)]

    told = again(*pages, bus=bus).from_table(PERIOD, Told(0), lambda: True)

    assert (bus.told, told) == ([1, 3], Told(2))


def test_without_time_left_it_says_where_to_go_on() -> None:
    bus = FakeBus()
    work = again([row(1)], [row(2)], bus=bus)

    first = work.from_table(PERIOD, Told(0), lambda: False)
    second = work.from_table(PERIOD, first, lambda: False)

    assert (first, second, bus.told) == (Told(1, "1"), Told(2), [1, 2])


def test_a_busy_bus_is_asked_again_from_what_it_did_not_take() -> None:
    bus = FakeBus(refusals=2)

    assert again([row(1), row(2), row(3)], bus=bus).from_table(PERIOD, Told(0), lambda: True) == Told(3)

    assert bus.told == [1, 2, 3]


def test_a_bus_that_stays_busy_ends_it_with_what_it_took() -> None:
    page = [row(number) for number in range(9)]

    with pytest.raises(CommandRefusedError) as refused:
        again([row(0)], page, bus=FakeBus(refusals=99)).from_table(PERIOD, Told(0), lambda: True)

    assert refused.value.lines[0].startswith("The bus took 1 and is busy: run it again later")


def test_the_archive_is_replayed_for_the_period() -> None:
    archive = FakeArchive()

    assert again([], archive=archive).from_archive(PERIOD) == "replay-1"

    assert archive.asked == [(PERIOD.since, PERIOD.until)]
