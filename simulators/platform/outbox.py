"""Events the platform owes and sends by itself, each when it is due: in the background, all the time."""

import heapq
import logging
import time
from collections.abc import Callable, Sequence
from itertools import count
from threading import Condition, Thread
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from simulators.platform.messages import PublishRefusedError

log = logging.getLogger(__name__)

MakeEvent = Callable[[], dict[str, Any]]
PAUSE_AFTER_FAULT_SECONDS = 1.0
EVENTS_AT_ONCE = 100


class Outbox:
    """An event is made when it is due, and owed until it is sent."""

    def __init__(self, send: Callable[[Sequence[dict[str, Any]]], None]) -> None:
        self._send = send
        self._changed = Condition()
        self._owed: list[tuple[float, int, MakeEvent]] = []
        self._numbers = count()
        self._stopped = False
        self._thread = Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def put(self, make: MakeEvent, after_seconds: float = 0) -> None:
        with self._changed:
            heapq.heappush(self._owed, (time.monotonic() + after_seconds, next(self._numbers), make))
            self._changed.notify()

    def forget(self) -> None:
        with self._changed:
            self._owed.clear()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while due := self._due():
            try:
                self._send([make() for make in due])
            except (BotoCoreError, ClientError, PublishRefusedError) as error:
                log.warning("outbox_unreachable error=%s", type(error).__name__)
                for make in due:
                    self.put(make, PAUSE_AFTER_FAULT_SECONDS)

    def _due(self) -> list[MakeEvent]:
        """Those due, waiting for at least one; none once it is stopped."""
        with self._changed:
            while not self._stopped:
                moment = time.monotonic()
                due: list[MakeEvent] = []
                while self._owed and self._owed[0][0] <= moment and len(due) < EVENTS_AT_ONCE:
                    due.append(heapq.heappop(self._owed)[2])
                if due:
                    return due
                self._changed.wait(self._owed[0][0] - moment if self._owed else None)
            return []
