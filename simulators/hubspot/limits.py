"""HubSpot's rate limits: 110 requests in any ten seconds for (app, portal), five searches a second for a portal."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from simulators.hubspot.problems import RefusalError, too_many_requests
from simulators.hubspot.switches import Switches

BURST, BURST_SECONDS = 110, 10.0
SEARCHES, SEARCH_SECONDS = 5, 1.0


class Limits:
    """A rolling window each. What is refused does not count."""

    def __init__(self, switches: Switches, clock: Callable[[], float] = time.monotonic) -> None:
        self._switches = switches
        self.clock = clock
        self._requests: dict[int, deque[float]] = {}
        self._searches: dict[int, deque[float]] = {}

    def spend(self, portal_id: int, *, search: bool, cost: int = 1) -> dict[str, str]:
        """The rate-limit headers of the answer; searches have none.

        Raises:
            RefusalError: 429.
        """
        scale = self._switches.rate_scale
        if scale <= 0:
            return {}
        if search:
            window = self._searches.setdefault(portal_id, deque())
            self._admit(window, max(1, int(SEARCHES * scale)), SEARCH_SECONDS, cost, "SECONDLY")
            return {}
        window = self._requests.setdefault(portal_id, deque())
        most = max(1, int(BURST * scale))
        remaining = self._admit(window, most, BURST_SECONDS, cost, "TEN_SECONDLY_ROLLING")
        return _headers(most, remaining)

    def _admit(self, window: deque[float], most: int, seconds: float, cost: int, policy: str) -> int:
        now = self.clock()
        while window and window[0] <= now - seconds:
            window.popleft()
        if len(window) + cost > most:
            raise self._refusal(policy, most, seconds - (now - window[0]) if window else seconds)
        window.extend([now] * cost)
        return most - len(window)

    def _refusal(self, policy: str, most: int, wait_s: float) -> RefusalError:
        headers = {} if policy == "SECONDLY" else _headers(most, 0)
        if self._switches.retry_after_on_429:
            headers["Retry-After"] = str(max(1, round(wait_s)))
        return too_many_requests(policy, headers)


def _headers(most: int, remaining: int) -> dict[str, str]:
    return {
        "X-HubSpot-RateLimit-Max": str(most),
        "X-HubSpot-RateLimit-Remaining": str(remaining),
        "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(BURST_SECONDS * 1000)),
    }
