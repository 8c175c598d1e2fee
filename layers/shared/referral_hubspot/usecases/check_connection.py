"""Check a campaign's connection line by line; each line that fails says what to do."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from referral_hubspot.domain import scopes
from referral_hubspot.domain.connection_check import Line, Topic
from referral_hubspot.domain.errors import (
    AppMisconfiguredError,
    ConnectionLostError,
    NoSlotError,
    NotConnectedError,
    PermanentError,
    RequestRefusedError,
    RetryableError,
    ScopeMissingError,
    TokenRefusedError,
)
from referral_hubspot.domain.lanes import Lane, Usage
from referral_hubspot.domain.settings import (
    Binding,
    BindingState,
    CampaignState,
    GapCode,
    Rule,
    Side,
    SideSettings,
    gaps,
)
from referral_hubspot.usecases.ports import CampaignStates, Crm, CrmDirectory
from referral_hubspot.usecases.read_progress import Progress
from referral_hubspot.usecases.round_trip import NothingToChangeError
from referral_hubspot.usecases.status import SWEEP_IS_LATE, SweepTimes

_TIME_BEFORE_WEBHOOK = timedelta(seconds=10)
"""With HubSpot slower than this until then, waiting for a webhook would outlast the request."""

_RECONNECT = "Reconnect HubSpot: what waits then goes out by itself."
_OURS = "Nothing to do: whoever runs this integration is told of it."
_LATER = "Nothing to do: leads wait and go out by themselves. Check again in a few minutes."
_AGAIN = "Check again in a few minutes."
_NO_WEBHOOK = (
    "Nothing is lost: changes that HubSpot does not tell of are found some minutes later. "
    "If the next check says the same, tell whoever runs this integration."
)
_ABOUT_CONNECTION = frozenset({GapCode.NOT_CONNECTED, GapCode.MISSING_SCOPE})


_NEED_A_CONNECTION = (Topic.GRANT, Topic.PERMISSIONS, Topic.SETTINGS, Topic.WEBHOOKS, Topic.BUDGET)


class Fit(Protocol):
    """Holds saved names against HubSpot; see `usecases.fit`."""

    def __call__(self, account_id: str, campaign_id: str, side: Side) -> SideSettings | None: ...


class RoundTrip(Protocol):
    """Waits for a webhook; see `usecases.round_trip`."""

    def __call__(self, crm: Crm, portal_id: int) -> float | None: ...


class Budget(Protocol):
    """HubSpot's rate budget; see `storage.budget`."""

    def usage(self, portal_id: int, kind: str, *, now: float) -> Usage: ...


class Reading(Protocol):
    """How far HubSpot was read; see `usecases.read_progress`."""

    def __call__(self, account_id: str, portal_id: int, campaign_id: str, rules: tuple[Rule, ...]) -> Progress: ...


class CheckConnection:
    """Asks HubSpot as little as proves that each part works."""

    def __init__(
        self,
        campaigns: CampaignStates,
        directory: CrmDirectory,
        fit: Fit,
        round_trip: RoundTrip,
        budget: Budget,
        sweep: SweepTimes,
        reading: Reading,
        clock: Callable[[], datetime],
        notice: Callable[[RetryableError | PermanentError], None],
    ) -> None:
        self._campaigns = campaigns
        self._directory = directory
        self._fit = fit
        self._round_trip = round_trip
        self._budget = budget
        self._sweep = sweep
        self._reading = reading
        self._clock = clock
        self._notice = notice

    def __call__(self, account_id: str, campaign_id: str) -> list[Line]:
        """Every line, always in the same order; no fault of HubSpot or of the connection is raised."""
        begun = self._clock()
        state = self._campaigns.load([(account_id, campaign_id)])[account_id, campaign_id]
        binding = state.binding
        if binding is None or binding.state is BindingState.LOST:
            why = "It takes a connection that works."
            untried = [Line(code, None, why) for code in _NEED_A_CONNECTION]
            return [_not_connected(binding), *untried, self._swept(state)]
        usage = self._budget.usage(binding.portal_id, "general", now=begun.timestamp())
        grant, settings, webhooks = self._asked(state, binding, begun)
        return [
            Line(Topic.CONNECTED, True, f"Connected to {binding.portal_name} by {binding.connected_by}."),
            grant,
            _permitted(state.leads, binding),
            settings,
            webhooks,
            _spent(usage),
            self._swept(state),
        ]

    def _asked(self, state: CampaignState, binding: Binding, begun: datetime) -> list[Line]:
        """The lines that take calls; where HubSpot fails one, it is not asked for the next."""
        why = "HubSpot is paused for this campaign by whoever runs this integration." if state.paused else ""
        questions: list[tuple[Topic, Callable[[], Line]]] = [
            (Topic.GRANT, lambda: self._granted(binding)),
            (Topic.SETTINGS, lambda: self._fits(state.leads, binding)),
            (Topic.WEBHOOKS, lambda: self._tells(binding, begun)),
        ]
        lines: list[Line] = []
        for code, ask in questions:
            if why:
                lines.append(Line(code, None, why))
                continue
            try:
                lines.append(ask())
            except (RetryableError, PermanentError) as fault:
                lines.append(_failed(code, fault))
                why = "HubSpot failed the question before this one."
                if not isinstance(fault, NothingToChangeError | ScopeMissingError):
                    self._notice(fault)
        return lines

    def _granted(self, binding: Binding) -> Line:
        account = self._directory.open(binding.account_id, binding.portal_id, Lane.LIVE).account()
        return Line(Topic.GRANT, True, f"HubSpot answers as {account.name}.")

    def _fits(self, settings: SideSettings, binding: Binding) -> Line:
        now = self._fit(binding.account_id, binding.campaign_id, "lead") or settings
        missing = [gap for gap in gaps(now, binding) if gap.code not in _ABOUT_CONNECTION]
        if missing:
            return Line(Topic.SETTINGS, False, " ".join(gap.message for gap in missing), missing[0].next_step)
        return Line(Topic.SETTINGS, True, "HubSpot has everything that the Leads settings name.")

    def _tells(self, binding: Binding, begun: datetime) -> Line:
        if self._clock() - begun > _TIME_BEFORE_WEBHOOK:
            return Line(Topic.WEBHOOKS, None, "HubSpot answers too slowly to try this now.", _AGAIN)
        crm = self._directory.open(binding.account_id, binding.portal_id, Lane.LIVE)
        seconds = self._round_trip(crm, binding.portal_id)
        if seconds is None:
            return Line(
                Topic.WEBHOOKS, False, "A contact was changed, and HubSpot did not tell us in time.", _NO_WEBHOOK
            )
        return Line(Topic.WEBHOOKS, True, f"A contact was changed, and HubSpot told us {seconds:.1f} s later.")

    def _swept(self, state: CampaignState) -> Line:
        finished = self._sweep.finished_at()
        if finished is None:
            return Line(Topic.SWEEP, None, "HubSpot was not looked through yet.", _AGAIN)
        message = f"HubSpot was last looked through at {_at(finished)}."
        if self._clock() - finished > SWEEP_IS_LATE:
            return Line(Topic.SWEEP, False, f"{message} That is long ago: what waits may wait longer.", _OURS)
        if state.binding is not None and state.leads.rules:
            one = state.binding
            read = self._reading(one.account_id, one.portal_id, one.campaign_id, state.leads.rules).read_until
            message += f" Changes that it did not tell of are known up to {_at(read)}." if read else ""
        return Line(Topic.SWEEP, True, message)


def _not_connected(binding: Binding | None) -> Line:
    if binding is None:
        return Line(Topic.CONNECTED, False, "HubSpot is not connected.", "Connect HubSpot.")
    return Line(Topic.CONNECTED, False, f"The connection to {binding.portal_name} is lost.", _RECONNECT)


def _permitted(settings: SideSettings, binding: Binding) -> Line:
    missing = scopes.missing(settings.scopes, binding.scopes)
    if not missing:
        return Line(Topic.PERMISSIONS, True, "HubSpot allows all that the Leads settings take.")
    message = f"HubSpot does not allow us {scopes.doings(missing)}, which the Leads settings take."
    return Line(Topic.PERMISSIONS, False, message, "Reconnect HubSpot, and leave these permissions ticked there.")


def _spent(usage: Usage) -> Line:
    if usage.wait_s > 0:
        message = f"Our calls to this HubSpot account are used up for the next {math.ceil(usage.wait_s)} s."
        return Line(Topic.BUDGET, False, message, _LATER)
    free = f"{1 - usage.share:.0%}"
    return Line(Topic.BUDGET, True, f"{free} of the calls that HubSpot allows us are free at this moment.")


def _failed(code: Topic, fault: RetryableError | PermanentError) -> Line:
    match fault:
        case ConnectionLostError() | NotConnectedError():
            return Line(code, False, "HubSpot no longer accepts the connection.", _RECONNECT)
        case ScopeMissingError():
            return Line(code, None, f"HubSpot does not allow us {scopes.doings(fault.scopes)}.", _RECONNECT)
        case NothingToChangeError():
            return Line(code, None, "This HubSpot account lets us change no contact that it would tell us of.")
        case NoSlotError():
            wait_s = math.ceil(fault.wait_s)
            return Line(code, None, f"No call to this HubSpot account is free for the next {wait_s} s.", _AGAIN)
        case AppMisconfiguredError() | TokenRefusedError() | RequestRefusedError():
            return Line(code, False, "HubSpot refuses this integration as such.", _OURS)
        case _:
            return Line(code, False, "HubSpot does not answer.", _LATER)


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%d %B %Y, %H:%M} UTC"
