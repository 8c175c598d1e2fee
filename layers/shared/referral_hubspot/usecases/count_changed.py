"""Count whom an admin is to be asked about after a rule changed: who had changed in HubSpot already."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import batched
from typing import Protocol

from referral_hubspot.domain.people import State
from referral_hubspot.domain.questions import Code, Remembered
from referral_hubspot.domain.settings import CampaignState, RuleKind, Side
from referral_hubspot.usecases.apart import Apart
from referral_hubspot.usecases.ports import CampaignStates
from referral_hubspot.usecases.questions import QuestionStore

Campaign = tuple[str, str]

_AT_ONCE = 20  # campaigns whose rows one read takes


class SentCount(Protocol):
    """How many people stand where; see `storage.people`."""

    def count_standing(self, account_id: str, campaign_id: str, side: Side, state: State) -> int: ...


class PastChanges(Protocol):
    """What changed in HubSpot before a rule was new; see `usecases.read_back`."""

    def already_changed(self, account_id: str, campaign_id: str, time_left: Callable[[], bool]) -> int | None:
        """How many changed to the rule's value after joining; None when that cannot be told yet."""
        ...


class CountChanged:
    """Counts once for each rule; where it could not come to an end it goes on the next time."""

    def __init__(
        self,
        store: QuestionStore,
        people: SentCount,
        campaigns: CampaignStates,
        past: PastChanges,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._people = people
        self._campaigns = campaigns
        self._past = past
        self._clock = clock

    def __call__(self, campaigns: Sequence[Campaign], time_left: Callable[[], bool], apart: Apart) -> None:
        """Count for each of these campaigns whose rule was not counted for yet."""
        for some in batched(campaigns, _AT_ONCE, strict=False):
            states = self._campaigns.load(some)
            kept = self._store.load(some, [Code.CHANGED])
            for campaign in some:
                if not time_left():
                    return
                former = kept[campaign, Code.CHANGED]
                apart.run(partial(self._count, former, states[campaign], time_left), None)

    def _count(self, former: Remembered, state: CampaignState, time_left: Callable[[], bool]) -> None:
        rule = state.leads.rule
        if rule.kind is RuleKind.NONE or state.binding is None or former.counts(rule):
            return
        found: int | None = 0
        if self._people.count_standing(*former.campaign, "lead", State.SENT):
            found = self._past.already_changed(*former.campaign, time_left)
        if found is None:
            return
        blank = Remembered(*former.campaign, Code.CHANGED, former.version)
        self._store.store(replace(blank, rule=rule, count=found, counted_at=self._clock()))
