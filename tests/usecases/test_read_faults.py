"""Faults of the log, each kind once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.usecases.command import CommandRefusedError
from referral_hubspot.usecases.read_faults import Fault, ReadFaults

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


class FakeLog:
    def __init__(self, *faults: Fault) -> None:
        self._faults = faults

    def since(self, moment: datetime) -> Sequence[Fault]:
        return [fault for fault in self._faults if fault.at >= moment]


def fault(minutes_ago: int, event: str, **facts: str) -> Fault:
    return Fault(NOW - timedelta(minutes=minutes_ago), "ERROR", event, facts)


LOG = FakeLog(
    fault(1, "delivery_stopped", error="TokenRefusedError", detail="portal 7"),
    fault(9, "delivery_stopped", error="TokenRefusedError", detail="portal 8"),
    fault(5, "delivery_stopped", error="ConnectionLostError"),
    fault(90, "sweep_broke"),
)


def test_the_last_hour_is_told_and_the_latest_facts_of_each_kind() -> None:
    assert ReadFaults(LOG)("", NOW) == [
        "2 x delivery_stopped (ERROR, last 2026-11-25 09:59:00Z)  error=TokenRefusedError detail=portal 7",
        "1 x delivery_stopped (ERROR, last 2026-11-25 09:55:00Z)  error=ConnectionLostError",
    ]


def test_another_time_can_be_asked_for() -> None:
    assert len(ReadFaults(LOG)("120", NOW)) == 3
    assert ReadFaults(FakeLog())("2", NOW) == ["No warning and no error in the last 2 minutes."]


@pytest.mark.parametrize("minutes", ["0", "-5", "an hour", "20161", "9" * 40])
def test_a_time_that_is_none_is_refused(minutes: str) -> None:
    with pytest.raises(CommandRefusedError):
        ReadFaults(LOG)(minutes, NOW)
