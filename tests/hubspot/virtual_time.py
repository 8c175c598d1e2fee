"""Time that passes only when everybody sleeps: workers in threads, one at a time, in an order that repeats."""

import heapq
import itertools
import threading
from collections.abc import Callable, Sequence

START = 1_800_000_000.0


class VirtualTime:
    """A clock and a sleep for threads started by `run`; without it, sleeping just moves the clock."""

    def __init__(self) -> None:
        self._now = START
        self._order = itertools.count()
        self._asleep: list[tuple[float, int, threading.Event]] = []
        self._mine = threading.local()

    def clock(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        mine: threading.Event | None = getattr(self._mine, "event", None)
        if mine is None:
            self._now += seconds
            return
        mine.clear()
        heapq.heappush(self._asleep, (self._now + seconds, next(self._order), mine))
        self._wake_next()
        mine.wait(60)

    def run(self, workers: Sequence[Callable[[], None]]) -> None:
        """Run all workers to their end; the first error of one is raised."""
        errors: list[BaseException] = []
        threads = []
        for worker in workers:
            event = threading.Event()
            heapq.heappush(self._asleep, (self._now, next(self._order), event))
            threads.append(threading.Thread(target=self._work, args=(worker, event, errors), daemon=True))
        for thread in threads:
            thread.start()
        self._wake_next()
        for thread in threads:
            thread.join(120)
            assert not thread.is_alive()
        if errors:
            raise errors[0]

    def _work(self, worker: Callable[[], None], event: threading.Event, errors: list[BaseException]) -> None:
        self._mine.event = event
        event.wait(60)
        try:
            worker()
        except BaseException as error:  # raised again in the test's own thread
            errors.append(error)
        finally:
            self._wake_next()

    def _wake_next(self) -> None:
        if self._asleep:
            wake, _, event = heapq.heappop(self._asleep)
            self._now = max(self._now, wake)
            event.set()


def most_within(times: Sequence[float], seconds: float) -> int:
    """The largest number of `times` in any closed window of that length."""
    ordered = sorted(round(time * 1_000_000) for time in times)
    length = round(seconds * 1_000_000)
    most = start = 0
    for end, time in enumerate(ordered):
        while time - ordered[start] > length:
            start += 1
        most = max(most, end - start + 1)
    return most
