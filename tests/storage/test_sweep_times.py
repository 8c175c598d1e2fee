"""When a sweep was last finished."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.storage.sweep_times import SweepTimes
from tests.tables import CAMPAIGNS, local_tables

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.fixture
def times() -> Iterator[SweepTimes]:
    with local_tables() as client:
        yield SweepTimes(CAMPAIGNS, client)


def test_before_the_first_sweep_there_is_no_time(times: SweepTimes) -> None:
    assert times.finished_at() is None


def test_a_sweep_that_ends_late_does_not_set_the_time_back(times: SweepTimes) -> None:
    times.finished(NOW)
    times.finished(NOW - timedelta(minutes=4))

    assert times.finished_at() == NOW
