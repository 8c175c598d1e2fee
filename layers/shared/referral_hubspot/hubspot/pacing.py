"""Waiting for a slot of the rate budget, a few reserved at a time."""

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from threading import Lock
from typing import Literal, Protocol, get_args

from referral_hubspot.domain.errors import NoSlotError
from referral_hubspot.domain.lanes import Lane

Kind = Literal["general", "search"]
_KINDS: tuple[Kind, ...] = get_args(Kind)

_MOST_AHEAD = 4  # a worker that dies wastes no more than these
_CAREFUL_S = 30.0
_SHORTEST_S = 0.001  # so that a wait rounded to nothing still lets time pass


class Slot(Protocol):
    """One call, from `date` until `until` (epoch seconds)."""

    @property
    def date(self) -> float: ...

    @property
    def until(self) -> float: ...


class Budget(Protocol):
    """The shared budget; see `storage.budget`."""

    def reserve(
        self, portal_id: int, kind: str, lane: Lane, count: int, *, now: float, max_wait_s: float
    ) -> Sequence[Slot]:
        """Between one and `count` slots, or NoSlotError when the first is further than `max_wait_s`."""
        ...

    def penalise(self, portal_id: int, kind: str, seconds: float, *, now: float) -> None:
        """Give out no slot for `seconds`."""
        ...

    def pause(self, portal_id: int, seconds: float, *, now: float) -> None:
        """Stop every kind of call."""
        ...


class SlotBook:
    """Slots in hand for one portal, kind and lane."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._slots: deque[Slot] = deque()
        self._passed_at = float("-inf")

    def wanted(self, expected: int, now: float) -> int:
        """How many to reserve for a caller that expects `expected` calls.

        One at a time for a while after a slot has passed unused: that slot was lost to every worker.
        """
        return 1 if now - self._passed_at < _CAREFUL_S else max(1, min(expected, _MOST_AHEAD))

    def put(self, slots: Sequence[Slot]) -> None:
        """Keep what was reserved, or give back what cannot be waited for; earliest first."""
        self._slots.extendleft(reversed(slots))

    def next(self, now: float) -> Slot | None:
        """The next slot that has not passed."""
        while self._slots:
            slot = self._slots.popleft()
            if slot.until >= now:
                return slot
            self._passed_at = now
        return None

    def clear(self) -> None:
        """Forget what is in hand: HubSpot asked us to stop."""
        with self.lock:
            self._slots.clear()


class Pacer:
    """Lets a caller through at the date of its slot. One per process; threads share it."""

    def __init__(
        self,
        budget: Budget,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        patience_s: float = 2.0,
    ) -> None:
        self._budget = budget
        self._clock = clock
        self._sleep = sleep
        self._patience_s = patience_s
        self._books: dict[tuple[int, Kind, Lane], SlotBook] = {}

    def take(self, portal_id: int, kind: Kind, lane: Lane, expected: int = 1) -> None:
        """Return when the next call may be made, after `patience_s` at most.

        Raises:
            NoSlotError: no slot comes up in that time; `wait_s` says when one may.
        """
        book = self._books.setdefault((portal_id, kind, lane), SlotBook())
        give_up = self._clock() + self._patience_s
        while True:
            try:
                slot = self._slot(book, portal_id, kind, lane, expected, give_up)
            except NoSlotError as refused:
                if self._clock() + refused.wait_s > give_up:
                    raise
                self._sleep(max(refused.wait_s, _SHORTEST_S))
                continue
            wait = slot.date - self._clock()
            if wait > 0:
                self._sleep(wait)
            if self._clock() <= slot.until:
                return

    def penalise(self, portal_id: int, kind: Kind, seconds: float) -> None:
        """HubSpot asked us to slow down: no worker gets a slot of this portal and kind for `seconds`."""
        self._drop(portal_id, (kind,))
        self._budget.penalise(portal_id, kind, seconds, now=self._clock())

    def pause(self, portal_id: int, seconds: float) -> None:
        """No call of any kind to this portal for `seconds`."""
        self._drop(portal_id)
        self._budget.pause(portal_id, seconds, now=self._clock())

    def _slot(self, book: SlotBook, portal_id: int, kind: Kind, lane: Lane, expected: int, give_up: float) -> Slot:
        with book.lock:
            now = self._clock()
            slot = book.next(now)
            if slot is None:
                count = book.wanted(expected, now)
                patience_s = max(0.0, give_up - now)
                slots = self._budget.reserve(portal_id, kind, lane, count, now=now, max_wait_s=patience_s)
                slot = slots[0]
                book.put(slots[1:])
            if slot.date > give_up:
                book.put([slot])
                raise NoSlotError(portal_id, slot.date - now)
            return slot

    def _drop(self, portal_id: int, kinds: Collection[Kind] = _KINDS) -> None:
        for (portal, kind, _), book in list(self._books.items()):
            if portal == portal_id and kind in kinds:
                book.clear()
