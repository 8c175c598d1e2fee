"""Read in HubSpot what webhooks missed, or never tell of: for everyone by and by, for one campaign at once."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from referral_hubspot.domain import scopes
from referral_hubspot.domain.errors import PermanentError, RequestRefusedError, RetryableError, ScopeMissingError
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.people import PersonKey
from referral_hubspot.domain.reading import Place, Target, Watermark
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import BindingState, CampaignState, Part, Rule, RuleKind
from referral_hubspot.usecases.apart import Apart
from referral_hubspot.usecases.changed_before import ChangedBefore
from referral_hubspot.usecases.ports import CampaignStates, Crm, CrmDirectory
from referral_hubspot.usecases.reading import Reading
from referral_hubspot.usecases.search_pass import SearchPass, begins
from referral_hubspot.usecases.slow_pass import SlowPass

_PORTALS_AT_ONCE = 4
_NEVER = datetime.min.replace(tzinfo=UTC)


class BoundCampaigns(CampaignStates, Protocol):
    """Which campaigns are bound where; see `storage.campaigns`."""

    def account_routes(self, account_id: str, portal_id: int) -> Sequence[Route]:
        """The account's campaigns that are bound to the HubSpot account."""
        ...


@dataclass(frozen=True, slots=True)
class Read:
    """What reading brought."""

    qualified: int = 0


@dataclass(frozen=True, slots=True)
class _View:
    """One HubSpot account as one account sees it, with the campaigns to be read for."""

    account_id: str
    portal_id: int
    routes: tuple[Route, ...]

    @property
    def targets(self) -> dict[Target, dict[str, Rule]]:
        """What is searched for, each once however many campaigns have it in a rule."""
        found: dict[Target, dict[str, Rule]] = {}
        for route in self.routes:
            for rule in route.rules:
                found.setdefault(Target.of(self.account_id, self.portal_id, rule), {})[route.campaign_id] = rule
        return found


class ReadBack:
    """Searches what changed since it last did, then takes a turn of the slow pass.

    Whoever cannot be read now (connection lost, paused, HubSpot away) keeps their watermark, so that all of
    it is read when they can be.
    """

    def __init__(
        self,
        campaigns: BoundCampaigns,
        directory: CrmDirectory,
        reading: Reading,
        search_pass: SearchPass,
        slow_pass: SlowPass,
        changed_before: ChangedBefore,
        clock: Callable[[], datetime],
        notice: Callable[[RetryableError | PermanentError], None],
    ) -> None:
        self._campaigns = campaigns
        self._directory = directory
        self._reading = reading
        self._search_pass = search_pass
        self._slow_pass = slow_pass
        self._changed_before = changed_before
        self._clock = clock
        self._notice = notice

    def everyone(self, routes: Sequence[Route], time_left: Callable[[], bool], apart: Apart) -> Read:
        """Read for all these campaigns; first where reading came least far.

        What HubSpot fails or refuses is noticed and stops nobody else; what is our own fault is told to `apart`.
        """
        return self._read(self._views(routes), time_left, apart)

    def campaign(self, account_id: str, campaign_id: str, time_left: Callable[[], bool], apart: Apart) -> Read:
        """Read for one campaign, and for those that have a target in common with it."""
        view = self._view_of(account_id, campaign_id)
        return self._read([view], time_left, apart, only=campaign_id) if view else Read()

    def already_changed(self, account_id: str, campaign_id: str, time_left: Callable[[], bool]) -> int | None:
        """How many changed as the campaign's rule says after joining, but before the rule was there.

        None when that cannot be told yet: ask again.
        """
        return self._looking_back(account_id, campaign_id, self._changed_before.count, time_left, None)

    def qualify_changed(self, account_id: str, campaign_id: str, time_left: Callable[[], bool]) -> bool:
        """Let those count; False when that is not done for all yet: do it again."""
        return self._looking_back(account_id, campaign_id, self._changed_before.qualify, time_left, False)

    def _looking_back[R](
        self,
        account_id: str,
        campaign_id: str,
        work: Callable[[Crm, Route, Rule, Callable[[], bool]], R],
        time_left: Callable[[], bool],
        otherwise: R,
    ) -> R:
        rule = self._state(account_id, campaign_id).leads.rule
        view = self._view_of(account_id, campaign_id)
        route = next((one for one in view.routes if one.campaign_id == campaign_id), None) if view else None
        if view is None or route is None or rule not in route.rules:
            return otherwise

        def goes_on() -> bool:
            """There may be so many that the campaign is saved, paused or disconnected meanwhile."""
            if not time_left():
                return False
            now = self._state(account_id, campaign_id)
            return now.leads.rule == rule and _readable(rule, route, now)

        try:
            return work(self._directory.open(account_id, view.portal_id, Lane.BULK), route, rule, goes_on)
        except (RetryableError, PermanentError) as fault:
            self._notice(fault)
            return otherwise

    def _state(self, account_id: str, campaign_id: str) -> CampaignState:
        return self._campaigns.load([(account_id, campaign_id)])[account_id, campaign_id]

    def _view_of(self, account_id: str, campaign_id: str) -> _View | None:
        binding = self._state(account_id, campaign_id).binding
        if binding is None:
            return None
        views = self._views(self._campaigns.account_routes(account_id, binding.portal_id))
        return next(iter(views), None)

    def _views(self, routes: Sequence[Route]) -> list[_View]:
        """Campaigns with a rule that can be read now, by account and HubSpot account."""
        states = self._campaigns.load((one.account_id, one.campaign_id) for one in routes if one.rules)
        views: dict[tuple[str, int], list[Route]] = {}
        for route in routes:
            state = states.get((route.account_id, route.campaign_id))
            rules = tuple(rule for rule in route.rules if state is not None and _readable(rule, route, state))
            if rules:
                views.setdefault((route.account_id, route.portal_id), []).append(replace(route, rules=rules))
        return [_View(*key, tuple(mine)) for key, mine in views.items()]

    def _read(
        self, views: Sequence[_View], time_left: Callable[[], bool], apart: Apart, only: str | None = None
    ) -> Read:
        qualified: list[PersonKey] = []
        watermarks = self._reading.watermarks(target for view in views for target in view.targets)
        places = self._reading.places((one.account_id, one.campaign_id) for view in views for one in view.routes)

        def search(view: _View) -> Crm | None:
            return self._search(view, watermarks, qualified, time_left, only)

        def look(view: _View, crm: Crm | None) -> None:
            if crm is not None:
                self._look(view, crm, places, qualified, time_left, only)

        in_turn = sorted(views, key=lambda view: self._oldest(view, watermarks))
        with ThreadPoolExecutor(_PORTALS_AT_ONCE) as pool:
            opened = list(pool.map(lambda view: apart.run(lambda: search(view), None), in_turn))
            # Another order: when the time does not suffice for all, it would be the same ones each time.
            turns = sorted(zip(in_turn, opened, strict=True), key=lambda turn: _last_look(turn[0], places))
            list(pool.map(lambda turn: apart.run(lambda: look(*turn), None), turns))
        return Read(len(qualified))

    def _oldest(self, view: _View, watermarks: Mapping[Target, Watermark]) -> datetime:
        now = self._clock()
        return min(begins(rules, watermarks[target], now) for target, rules in view.targets.items())

    def _search(
        self,
        view: _View,
        watermarks: Mapping[Target, Watermark],
        qualified: list[PersonKey],
        time_left: Callable[[], bool],
        only: str | None,
    ) -> Crm | None:
        """Search for every target; HubSpot for the slow pass, None if it cannot be read now."""
        if not time_left():
            return None
        try:
            crm = self._directory.open(view.account_id, view.portal_id, Lane.BULK)
            for target, rules in view.targets.items():
                if only is None or only in rules:
                    try:
                        self._search_pass(crm, target, rules, watermarks[target], qualified, time_left)
                    except _OF_THIS_ONLY as fault:
                        self._notice(fault)
        except (RetryableError, PermanentError) as fault:
            self._notice(fault)
            return None
        return crm

    def _look(
        self,
        view: _View,
        crm: Crm,
        places: Mapping[tuple[str, str], Place],
        qualified: list[PersonKey],
        time_left: Callable[[], bool],
        only: str | None,
    ) -> None:
        mine = [route for route in view.routes if only in (None, route.campaign_id)]
        try:
            for route in sorted(mine, key=lambda one: _seen_at(one, places)):
                if not time_left():
                    return
                try:
                    self._slow_pass(crm, route, places[route.account_id, route.campaign_id], qualified)
                except _OF_THIS_ONLY as fault:
                    self._notice(fault)
        except (RetryableError, PermanentError) as fault:
            self._notice(fault)


def _last_look(view: _View, places: Mapping[tuple[str, str], Place]) -> datetime:
    """When the leads of some campaign of the view were looked at that has waited the longest for it."""
    return min(_seen_at(route, places) for route in view.routes)


def _seen_at(route: Route, places: Mapping[tuple[str, str], Place]) -> datetime:
    return places[route.account_id, route.campaign_id].seen_at or _NEVER


_OF_THIS_ONLY = (RequestRefusedError, ScopeMissingError)
"""Faults that are about what was asked for, and keep nothing else in that HubSpot account from being read."""

_READ_DEALS = ("crm.objects.deals.read",)


def _readable(rule: Rule, route: Route, state: CampaignState) -> bool:
    """Whether HubSpot can be asked about a rule of a campaign now."""
    binding = state.binding
    if binding is None or binding.portal_id != route.portal_id or binding.state is BindingState.LOST:
        return False
    if rule.kind is RuleKind.DEAL_STAGE and scopes.missing(_READ_DEALS, binding.scopes):
        return False
    broken = any(
        one.part is Part.RULE and one.property == rule.property and one.value in ("", rule.value)
        for one in state.leads.broken
    )
    return state.served and not state.paused and not broken
