"""The row of pauses, which whoever delivers reads too."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.storage.campaigns import CampaignRepository
from referral_hubspot.storage.pauses import PauseTable
from referral_hubspot.usecases.pause import Pause
from tests.tables import CAMPAIGNS, local_tables

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
PAUSE = Pause("account:acme", NOW, "asked to")


class Both:
    def __init__(self, table: PauseTable, campaigns: CampaignRepository) -> None:
        self.table = table
        self._campaigns = campaigns

    def covered(self) -> frozenset[str]:
        """The targets as a delivery sees them."""
        return self._campaigns.load([("acme", "spring")])["acme", "spring"].pauses.targets


@pytest.fixture
def both() -> Iterator[Both]:
    with local_tables() as client:
        yield Both(PauseTable(CAMPAIGNS, client), CampaignRepository(CAMPAIGNS, client))


def test_nothing_is_paused_at_first(both: Both) -> None:
    assert (both.table.pauses(), both.covered()) == ([], frozenset())


def test_a_pause_is_seen_by_deliveries_and_says_since_when_and_why(both: Both) -> None:
    both.table.begin(PAUSE)
    both.table.begin(Pause("portal:7", NOW))

    assert sorted(both.table.pauses(), key=lambda pause: pause.target) == [PAUSE, Pause("portal:7", NOW)]
    assert both.covered() == {"account:acme", "portal:7"}


def test_a_pause_that_holds_stays_as_it_is(both: Both) -> None:
    both.table.begin(PAUSE)
    both.table.begin(Pause(PAUSE.target, NOW + timedelta(hours=1), "again"))

    assert both.table.pauses() == [PAUSE]


def test_a_pause_ends_once_and_alone(both: Both) -> None:
    both.table.begin(PAUSE)
    both.table.begin(Pause("all", NOW))

    assert [both.table.end("all"), both.table.end("all"), both.table.end("portal:7")] == [True, False, False]

    assert (both.table.pauses(), both.covered()) == ([PAUSE], frozenset({"account:acme"}))


def test_a_pause_can_begin_anew(both: Both) -> None:
    both.table.begin(PAUSE)
    both.table.end(PAUSE.target)
    later = Pause(PAUSE.target, NOW + timedelta(hours=1), "again")
    both.table.begin(later)

    assert both.table.pauses() == [later]
