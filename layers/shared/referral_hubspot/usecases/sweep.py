"""What comes up by itself, in the order in which it matters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from referral_hubspot.domain.routes import Route
from referral_hubspot.usecases.apart import Apart
from referral_hubspot.usecases.attention import Attend
from referral_hubspot.usecases.carry_out import CarryOut
from referral_hubspot.usecases.clean_up import CleanUpReport
from referral_hubspot.usecases.count_changed import CountChanged
from referral_hubspot.usecases.erase import Erase
from referral_hubspot.usecases.read_back import Read, ReadBack
from referral_hubspot.usecases.refit import Refit
from referral_hubspot.usecases.release import Release, Released

_FOR_ERASURES = timedelta(seconds=60)
"""A deleted campaign may have a great many people, and those who wait are not to wait for all of them."""
_FOR_FITTING = timedelta(seconds=20)
_FOR_ANSWERS = timedelta(seconds=30)
_FOR_RELEASING = timedelta(seconds=60)
_FOR_COUNTING = timedelta(seconds=20)
"""Of the three and a half minutes that a sweep has, enough is left for reading, however many wait."""


class Routes(Protocol):
    """Which campaigns are connected; see `storage.campaigns`."""

    def every_route(self) -> Sequence[Route]:
        """Every campaign that is bound to a HubSpot account; the index lags a little behind connecting."""
        ...


class CleanUps(Protocol):
    """Grants to be given back; see `usecases.clean_up`."""

    def run_due(self, now: datetime) -> CleanUpReport:
        """Give back the grants that are due."""
        ...


class SweepTimes(Protocol):
    """When the sweep came by; see `storage.sweep_times`."""

    def finished(self, at: datetime) -> None:
        """Note that a sweep for everyone got to its end."""
        ...


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep got done."""

    released: Released = field(default_factory=Released)
    read: Read = field(default_factory=Read)
    fitted: int = 0
    erasures: int = 0
    clean_ups: CleanUpReport = field(default_factory=CleanUpReport)


class Sweep:
    """Runs every few minutes for everyone, and for one campaign right after it was connected, saved or answered for."""

    def __init__(
        self,
        routes: Routes,
        erase: Erase,
        clean_ups: CleanUps,
        refit: Refit,
        carry_out: CarryOut,
        release: Release,
        read_back: ReadBack,
        count_changed: CountChanged,
        attend: Attend,
        times: SweepTimes,
        clock: Callable[[], datetime],
    ) -> None:
        self._routes = routes
        self._erase = erase
        self._clean_ups = clean_ups
        self._refit = refit
        self._carry_out = carry_out
        self._release = release
        self._read_back = read_back
        self._count_changed = count_changed
        self._attend = attend
        self._times = times
        self._clock = clock

    def everyone(self, time_left: Callable[[], bool]) -> Swept:
        """All that is due, until the time is up; the next sweep goes on."""
        with Apart() as apart:
            erasures = apart.run(lambda: self._erase.run_due(self._within(_FOR_ERASURES, time_left), apart), 0)
            clean_ups = apart.run(lambda: self._clean_ups.run_due(self._clock()), CleanUpReport())
            routes: Sequence[Route] = apart.run(self._routes.every_route, ())
            fitted = apart.run(lambda: self._refit(routes, self._within(_FOR_FITTING, time_left), apart), 0)
            apart.run(lambda: self._carry_out.everyone(self._within(_FOR_ANSWERS, time_left), apart), None)
            released = apart.run(lambda: self._release(self._within(_FOR_RELEASING, time_left), apart), Released())
            connected = [(route.account_id, route.campaign_id) for route in routes]
            with_rules = [(route.account_id, route.campaign_id) for route in routes if route.rules]
            counting = self._within(_FOR_COUNTING, time_left)
            apart.run(lambda: self._count_changed(with_rules, counting, apart), None)
            # Last of what takes long: it goes on where it stopped, and may use all the time there is.
            read = apart.run(lambda: self._read_back.everyone(routes, time_left, apart), Read())
            apart.run(lambda: self._attend.everyone(connected, released.waits, whole=released.whole, apart=apart), None)
            apart.run(lambda: self._times.finished(self._clock()), None)
            return Swept(released, read, fitted, erasures, clean_ups)

    def campaign(self, account_id: str, campaign_id: str, time_left: Callable[[], bool]) -> Swept:
        """What was asked of one campaign, its people and what is to be read for it."""
        campaign = (account_id, campaign_id)
        with Apart() as apart:
            apart.run(lambda: self._carry_out.campaign(campaign, time_left), None)
            released = apart.run(lambda: self._release(time_left, apart, campaign), Released())
            read = apart.run(lambda: self._read_back.campaign(account_id, campaign_id, time_left, apart), Read())
            apart.run(lambda: self._count_changed([campaign], time_left, apart), None)
            apart.run(lambda: self._attend.campaign(campaign, released.waits, whole=released.whole, apart=apart), None)
            return Swept(released, read)

    def _within(self, time: timedelta, time_left: Callable[[], bool]) -> Callable[[], bool]:
        until = self._clock() + time
        return lambda: time_left() and self._clock() < until
