"""What an admin does with a sync while its worker writes it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from referral_hubspot.domain.errors import ContendedError
from referral_hubspot.domain.settings import Campaign
from referral_hubspot.domain.syncs import PastRun, Plan, Status, Sync
from referral_hubspot.usecases.manage_syncs import ManageSyncs
from tests.syncs_in_memory import SyncsInMemory

NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
CAMPAIGN = Campaign("acme", "spring")
SYNC = Sync("acme", "spring", "s1", 42, Plan("", "", {}, {}, 15), "Ada", NOW)
LONGEST_WAIT_S = 10.0  # of a request that may take 29


class Written(SyncsInMemory):
    """A sync whose worker writes it between reading and writing, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        super().put(SYNC)
        self.times = times

    def put(self, sync: Sync, past: PastRun | None = None) -> Sync:
        if self.times:
            self.times -= 1
            stored = self.get("acme", "spring", "s1")
            assert stored is not None
            super().put(replace(stored, people=stored.people + 1))
        return super().put(sync, past)


class NoSchedules:
    """The port `Schedules`."""

    def put(self, sync: Sync) -> None:
        pass

    def remove(self, sync: Sync) -> None:
        pass


class Desk:
    """An admin, and how long each pause between two attempts was."""

    def __init__(self, times: int) -> None:
        self.syncs = Written(times)
        self.pauses: list[float] = []
        none = cast("Any", None)
        self.manage = ManageSyncs(
            cast("Any", self.syncs),
            none,
            none,
            none,
            none,
            NoSchedules(),
            none,
            lambda: NOW,
            10,
            sleep=self.pauses.append,
        )


Act = Callable[[ManageSyncs], Sync]
ACTS: dict[str, tuple[Act, Status]] = {
    "pause": (lambda manage: manage.pause(CAMPAIGN, "s1"), Status.PAUSED),
    "stop": (lambda manage: manage.stop(CAMPAIGN, "s1"), Status.STOPPED),
    "another rate": (lambda manage: manage.change_rate(CAMPAIGN, "s1", 60), Status.ACTIVE),
}


@pytest.mark.parametrize(("act", "status"), ACTS.values(), ids=ACTS)
def test_a_run_that_writes_its_sync_meanwhile_is_waited_for(act: Act, status: Status) -> None:
    here = Desk(times=12)

    changed = act(here.manage)

    assert (changed.status, changed.people) == (status, 12)
    assert len(here.pauses) == 12
    assert all(0 < pause < 0.5 for pause in here.pauses)
    assert len(set(here.pauses)) > 1, "at random, or it might come in step with the worker"


@pytest.mark.parametrize(("act", "status"), ACTS.values(), ids=ACTS)
def test_what_nobody_else_writes_is_not_waited_for(act: Act, status: Status) -> None:
    here = Desk(times=0)

    assert act(here.manage).status is status
    assert here.pauses == []


@pytest.mark.parametrize("act", [act for act, _ in ACTS.values()], ids=ACTS)
def test_who_is_overtaken_every_time_is_told_before_the_request_runs_out(act: Act) -> None:
    here = Desk(times=1000)

    with pytest.raises(ContendedError):
        act(here.manage)

    assert sum(here.pauses) < LONGEST_WAIT_S
    stored = here.syncs.get("acme", "spring", "s1")
    assert stored is not None
    assert (stored.status, stored.plan.every_minutes) == (Status.ACTIVE, 15)
