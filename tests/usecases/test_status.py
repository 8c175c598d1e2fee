"""The status: what everyone shares, and of customers only the caller's own pauses."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.domain.pauses import Pauses
from referral_hubspot.domain.settings import DELETED, Campaign, CampaignState
from referral_hubspot.usecases.status import ReadStatus

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


@dataclass
class Around:
    """How everything stands; well, unless a test says otherwise."""

    letters: dict[str, int] = field(default_factory=lambda: {"lead": 0, "sweep": 0})
    late: set[str] = field(default_factory=set)
    swept: datetime | None = NOW - timedelta(minutes=3)
    paused: frozenset[str] = frozenset()

    def dead_letters(self) -> Mapping[str, int]:
        return self.letters

    def late_queues(self) -> Collection[str]:
        return self.late

    def finished_at(self) -> datetime | None:
        return self.swept

    def campaigns(self, account_id: str) -> Sequence[Campaign]:
        names = {"spring": "live", "autumn": "live", "old": DELETED}
        return [Campaign(account_id, name, name.title(), state) for name, state in names.items()]

    def load(self, campaigns: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], CampaignState]:
        return {pair: CampaignState(Campaign(*pair, pair[1].title()), pauses=Pauses(self.paused)) for pair in campaigns}

    def wrong(self, account_id: str = "acme", campaigns: Collection[str] | None = None) -> dict[str, str]:
        """The checks that are not well, with what they say; each has a next step, the others none."""
        checks = ReadStatus(self, self, self, lambda: NOW)(account_id, campaigns)
        assert [check.name for check in checks] == [
            "leads", "referrers", "changes", "syncs", "dead_letters", "sweep", "paused",
        ]  # fmt: skip
        assert all(bool(check.next_step) is not check.ok for check in checks)
        return {check.name: check.message for check in checks if not check.ok}


def test_all_is_well() -> None:
    assert Around().wrong() == {}


def test_a_stack_that_was_never_swept_is_new_and_not_late() -> None:
    assert Around(swept=None).wrong() == {}


def test_a_late_queue_a_dead_letter_and_a_late_sweep_are_told() -> None:
    wrong = Around({"lead": 2, "sweep": 1}, {"lead", "referrer", "change", "sync"}, NOW - timedelta(minutes=16)).wrong()

    assert wrong == {
        "leads": "Leads are taken in late.",
        "referrers": "Referrers are taken in late.",
        "changes": "Changes in HubSpot are looked at late, so referrals qualify late.",
        "syncs": "Syncs are late, and so are the links and counts that referrers' contacts get in HubSpot.",
        "dead_letters": "3 messages could not be processed; what they tell is missing until they are.",
        "sweep": "HubSpot was last looked through at 2026-11-25 09:44Z: waiting leads may wait longer.",
    }


@pytest.mark.parametrize(
    ("queue", "check"),
    [("lead", "leads"), ("referrer", "referrers"), ("change", "changes"), ("sync", "syncs")],
)
def test_a_late_queue_is_told_of_what_goes_through_it_and_of_nothing_else(queue: str, check: str) -> None:
    assert list(Around(late={queue}).wrong()) == [check]


def test_a_pause_is_told_to_whom_it_concerns() -> None:
    here = Around(paused=frozenset({"campaign:acme/spring"}))

    assert here.wrong() == {"paused": "HubSpot is paused for Spring: leads wait."}
    assert here.wrong(campaigns={"spring"}) == here.wrong()
    assert here.wrong(campaigns={"autumn"}) == {}
    assert here.wrong("other") == {}


def test_a_pause_of_everything_concerns_every_campaign_that_there_is() -> None:
    assert Around(paused=frozenset({"all"})).wrong("other") == {
        "paused": "HubSpot is paused for Autumn, Spring: leads wait."
    }
