"""Every hour: do the saved settings still fit the HubSpot accounts that they are used with?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from referral_hubspot.domain.errors import PermanentError, RetryableError
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import SIDES
from referral_hubspot.usecases.apart import Apart
from referral_hubspot.usecases.fit import Fit

_EVERY = timedelta(hours=1)


class FittedTimes(Protocol):
    """When it was done last; see `storage.fitted`."""

    def fitted_at(self, portals: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], datetime]:
        """When it was done for each (account, HubSpot account); where it never was, nothing is said."""
        ...

    def fitted(self, account_id: str, portal_id: int, at: datetime) -> None:
        """Note that it is done."""
        ...


class Refit:
    """Holds settings against HubSpot, account by account, each at most once an hour."""

    def __init__(
        self,
        times: FittedTimes,
        fit: Fit,
        notice: Callable[[RetryableError | PermanentError], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._times = times
        self._fit = fit
        self._notice = notice
        self._clock = clock

    def __call__(self, routes: Sequence[Route], time_left: Callable[[], bool], apart: Apart) -> int:
        """Look at all that is due; how many HubSpot accounts were looked at whole.

        One that cannot be asked now is due again with the next sweep.
        """
        portals: dict[tuple[str, int], list[Route]] = {}
        for route in routes:
            portals.setdefault((route.account_id, route.portal_id), []).append(route)
        times = self._times.fitted_at(portals)
        now = self._clock()
        due = [portal for portal in portals if portal not in times or now - times[portal] >= _EVERY]
        # Longest ago first: where time runs out before the end, each has its turn all the same.
        due.sort(key=lambda portal: (portal in times, times.get(portal, now)))
        return sum(apart.run(partial(self._whole, portal, portals[portal], time_left), 0) for portal in due)

    def _whole(self, portal: tuple[str, int], routes: Sequence[Route], time_left: Callable[[], bool]) -> int:
        for route in routes:
            if not time_left():
                return 0
            try:
                for side in SIDES:
                    self._fit(route.account_id, route.campaign_id, side)
            except (RetryableError, PermanentError) as fault:
                self._notice(fault)
                return 0
        self._times.fitted(*portal, self._clock())
        return 1
