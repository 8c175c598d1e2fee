"""Saved settings are held against HubSpot once an hour, whatever one account's HubSpot does."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from referral_hubspot.domain.errors import CrmUnavailableError, PermanentError, RetryableError
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import Side
from referral_hubspot.usecases.apart import Apart
from referral_hubspot.usecases.fit import Fit
from referral_hubspot.usecases.refit import Refit

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
ROUTES = [Route(7, "acme", "spring"), Route(7, "acme", "autumn"), Route(7, "zeta", "one"), Route(8, "acme", "winter")]


class Times:
    """When it was done last."""

    def __init__(self) -> None:
        self.done: dict[tuple[str, int], datetime] = {}

    def fitted_at(self, portals: Iterable[tuple[str, int]]) -> dict[tuple[str, int], datetime]:
        return {portal: self.done[portal] for portal in portals if portal in self.done}

    def fitted(self, account_id: str, portal_id: int, at: datetime) -> None:
        self.done[account_id, portal_id] = at


class World:
    """A clock, and a `Fit` that remembers what it was asked, and fails as it is told."""

    def __init__(self) -> None:
        self.now = NOW
        self.times = Times()
        self.asked: list[tuple[str, str]] = []
        self.referrers: list[tuple[str, str]] = []
        self.faults: dict[str, Exception] = {}
        self.noticed: list[RetryableError | PermanentError] = []
        self.refit = Refit(self.times, cast("Fit", self.fit), self.noticed.append, lambda: self.now)

    def fit(self, account_id: str, campaign_id: str, side: Side) -> None:
        self.asked += [(account_id, campaign_id)] if side == "lead" else []
        self.referrers += [(account_id, campaign_id)] if side == "referrer" else []
        if error := self.faults.get(campaign_id):
            raise error

    def run(self, slices: int = 99) -> int:
        left = iter([True] * slices)
        with Apart() as apart:
            return self.refit(ROUTES, lambda: next(left, False), apart)


def test_both_sides_of_a_campaign_are_looked_at() -> None:
    world = World()

    world.run()

    assert world.referrers == world.asked
    assert len(world.referrers) == len(ROUTES)


def test_every_campaign_is_looked_at_once_an_hour() -> None:
    world = World()

    first = world.run()
    world.now += timedelta(minutes=59)
    early = world.run()
    world.now += timedelta(minutes=1)

    assert (first, early, world.run()) == (3, 0, 3)
    assert world.asked[:4] == [(route.account_id, route.campaign_id) for route in ROUTES]
    assert len(world.asked) == 8


def test_what_cannot_be_asked_now_is_asked_by_the_next_sweep_and_keeps_nobody_else() -> None:
    world = World()
    world.faults["spring"] = CrmUnavailableError(status=503)

    first = world.run()
    world.faults.clear()

    assert (first, world.run()) == (2, 1)
    assert world.asked[-2:] == [("acme", "spring"), ("acme", "autumn")]
    assert [type(fault) for fault in world.noticed] == [CrmUnavailableError]


def test_a_fault_of_ours_is_told_and_keeps_nobody_else() -> None:
    world = World()
    world.faults["spring"] = KeyError("ours")

    with pytest.raises(ExceptionGroup):
        world.run()

    assert set(world.times.done) == {("zeta", 7), ("acme", 8)}
    assert world.noticed == []


def test_where_time_runs_out_the_others_come_first_the_next_time() -> None:
    world = World()
    world.run()
    world.now += timedelta(hours=2)
    world.asked.clear()
    world.run(slices=2)
    first = set(world.asked)
    world.asked.clear()

    world.run(slices=2)

    assert len(world.asked) == 2
    assert not first & set(world.asked)
