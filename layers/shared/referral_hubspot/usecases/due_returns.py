"""Have the return fields of campaigns written: a message each, however many of its referrers are due."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from referral_hubspot.usecases.sync_ports import SyncQueue, Turns

LINGER = timedelta(seconds=5)
"""Fewer than a hundred due wait so long for more, because a call takes a hundred."""


class DueReturns:
    """Asks for workers that write return fields."""

    def __init__(self, turns: Turns, queue: SyncQueue, clock: Callable[[], datetime]) -> None:
        self._turns = turns
        self._queue = queue
        self._clock = clock

    def ask(self, campaigns: Iterable[tuple[str, str]], after: timedelta = LINGER) -> None:
        """Have a worker come, unless one was asked for already."""
        now = self._clock()
        for account_id, campaign_id in dict.fromkeys(campaigns):
            if self._turns.ask(account_id, campaign_id, now + after, now):
                self._queue.write_returns(account_id, campaign_id, after)

    def again(self, account_id: str, campaign_id: str) -> None:
        """Have a worker come in place of one that could do nothing."""
        self._turns.expect(account_id, campaign_id, self._clock() + LINGER)
        self._queue.write_returns(account_id, campaign_id, LINGER)
