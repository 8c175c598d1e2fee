from dataclasses import dataclass

import pytest

from referral_hubspot.domain.errors import NoSlotError
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.hubspot.pacing import Pacer
from tests.hubspot.virtual_time import START, VirtualTime

PORTAL = 42


@dataclass(frozen=True)
class Slot:
    date: float
    until: float


class ScriptedBudget:
    """Gives what the test wrote down, as (date, until) from the start, or refuses with a time to wait."""

    def __init__(self, *reservations: list[tuple[float, float]] | float) -> None:
        self.reservations = list(reservations)
        self.asked: list[tuple[int, float]] = []
        self.stopped: list[tuple[str, float, float]] = []

    def reserve(
        self, portal_id: int, kind: str, lane: Lane, count: int, *, now: float, max_wait_s: float
    ) -> list[Slot]:
        self.asked.append((count, round(max_wait_s, 3)))
        reservation = self.reservations.pop(0)
        if isinstance(reservation, float):
            raise NoSlotError(portal_id, reservation)
        return [Slot(START + date, START + until) for date, until in reservation]

    def penalise(self, portal_id: int, kind: str, seconds: float, *, now: float) -> None:
        self.stopped.append((kind, seconds, now))

    def pause(self, portal_id: int, seconds: float, *, now: float) -> None:
        self.stopped.append(("all", seconds, now))


def pacer(*reservations: list[tuple[float, float]] | float) -> tuple[Pacer, ScriptedBudget, VirtualTime]:
    time, budget = VirtualTime(), ScriptedBudget(*reservations)
    return Pacer(budget, clock=time.clock, sleep=time.sleep), budget, time


def take(subject: Pacer, expected: int = 1) -> None:
    subject.take(PORTAL, "general", Lane.LIVE, expected)


def test_a_caller_goes_at_the_date_of_its_slot() -> None:
    subject, _, time = pacer([(0.4, 0.9)])

    take(subject)

    assert time.clock() == START + 0.4


def test_slots_in_hand_are_used_before_new_ones_are_reserved() -> None:
    subject, budget, time = pacer([(0.0, 0.5), (0.1, 0.6), (0.2, 0.7)])

    for _ in range(3):
        take(subject, expected=3)

    assert time.clock() == START + 0.2
    assert budget.asked == [(3, 2.0)]


def test_no_more_than_four_are_reserved_ahead() -> None:
    subject, budget, _ = pacer([(0.0, 0.5)])

    take(subject, expected=100)

    assert budget.asked == [(4, 2.0)]


def test_a_slot_that_has_passed_is_not_used_and_none_are_reserved_ahead_for_a_while() -> None:
    subject, budget, time = pacer([(0.0, 0.5), (0.1, 0.6)], [(1.0, 1.5)], [(40.0, 40.5)])
    take(subject, expected=2)
    time.sleep(1.0)

    take(subject, expected=2)
    time.sleep(39.0)
    take(subject, expected=2)

    assert [count for count, _ in budget.asked] == [2, 1, 2]


def test_a_slot_that_passes_while_we_sleep_is_not_used() -> None:
    _, budget, time = pacer([(0.1, 0.6)], [(1.2, 1.7)])
    sleeps = iter([1.0])

    def oversleep(seconds: float) -> None:
        time.sleep(next(sleeps, seconds))

    Pacer(budget, clock=time.clock, sleep=oversleep).take(PORTAL, "general", Lane.LIVE)

    assert time.clock() == START + 1.2
    assert budget.asked == [(1, 2.0), (1, 1.0)]


def test_a_refusal_that_is_short_enough_is_waited_for() -> None:
    subject, budget, time = pacer(0.5, 0.0, [(0.6, 1.1)])

    take(subject)

    assert time.clock() == START + 0.6
    assert [patience for _, patience in budget.asked] == [2.0, 1.5, 1.499]


def test_waiting_ends_after_two_seconds() -> None:
    subject, _, time = pacer(0.9, 0.9, 0.9)

    with pytest.raises(NoSlotError) as raised:
        take(subject)

    assert raised.value.wait_s == 0.9
    assert time.clock() <= START + 2.0


def test_a_slot_in_hand_that_is_too_far_away_stays_in_hand() -> None:
    subject, budget, time = pacer([(1.9, 2.4), (2.1, 2.6)])

    def second() -> None:
        with pytest.raises(NoSlotError) as raised:
            take(subject)
        assert raised.value.wait_s == pytest.approx(2.1)
        time.sleep(1.0)
        take(subject)
        assert time.clock() == START + 2.1

    time.run([lambda: take(subject, expected=2), second])

    assert budget.asked == [(2, 2.0)]


@pytest.mark.parametrize("stop", ["penalise", "pause"])
def test_what_is_in_hand_is_forgotten_when_hubspot_says_stop(stop: str) -> None:
    subject, budget, _ = pacer([(0.0, 0.5), (0.1, 0.6)], [(0.0, 0.5)], [(10.0, 10.5)])
    take(subject, expected=2)
    subject.take(7, "general", Lane.LIVE)

    if stop == "pause":
        subject.pause(PORTAL, 600.0)
    else:
        subject.penalise(PORTAL, "general", 10.0)
    with pytest.raises(NoSlotError):
        take(subject)

    assert budget.stopped == [("all", 600.0, START) if stop == "pause" else ("general", 10.0, START)]


def test_lanes_and_portals_do_not_share_slots_in_hand() -> None:
    subject, budget, _ = pacer([(0.0, 0.5), (0.0, 0.5)], [(0.0, 0.5)], [(0.0, 0.5)])

    take(subject, expected=2)
    subject.take(PORTAL, "general", Lane.BULK)
    subject.take(7, "general", Lane.LIVE)

    assert len(budget.asked) == 3


def test_slots_in_hand_outlast_a_stop_of_searches() -> None:
    subject, budget, _ = pacer([(0.0, 0.5), (0.1, 0.6)])
    take(subject, expected=2)

    subject.penalise(PORTAL, "search", 10.0)
    take(subject)

    assert len(budget.asked) == 1
    assert budget.stopped == [("search", 10.0, START)]
