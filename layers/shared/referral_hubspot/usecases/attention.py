"""Notes when a campaign begins to wait for its admin, and when that is over."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

from referral_hubspot.domain.attention import Attention, needs_attention
from referral_hubspot.domain.people import Reason
from referral_hubspot.domain.settings import SIDES, Action, CampaignState, Side, gaps
from referral_hubspot.usecases.apart import Apart
from referral_hubspot.usecases.people import Wait
from referral_hubspot.usecases.ports import CampaignStates

Campaign = tuple[str, str]


class AttentionStore(Protocol):
    """What campaigns wait for; see `storage.attention`."""

    def load(self, campaigns: Iterable[Campaign]) -> Mapping[Campaign, Attention]:
        """What each campaign waits or waited for; who never did is left out."""
        ...

    def open(self) -> Sequence[Campaign]:
        """Every campaign that waits for its admin; the index lags a little behind."""
        ...

    def store(self, campaign: Campaign, attention: Attention) -> bool:
        """Store what follows version `attention.version - 1`; False when something else does already."""
        ...


class WaitingCount(Protocol):
    """How many are held; see `storage.people`."""

    def count_waiting(self, account_id: str, campaign_id: str) -> int: ...


class SettledCampaigns(CampaignStates, Protocol):
    """What is known of campaigns; see `storage.campaigns`."""

    def first_complete(self, account_id: str, campaign_id: str, side: Side, now: datetime) -> datetime:
        """Remember that a side's setup is complete, if it is for the first time; since when it is."""
        ...


class Attend:
    """Keeps each campaign's row as it should be; what changes there is announced."""

    def __init__(
        self, store: AttentionStore, people: WaitingCount, campaigns: SettledCampaigns, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._people = people
        self._campaigns = campaigns
        self._clock = clock

    def everyone(self, connected: Iterable[Campaign], waits: Collection[Wait], *, whole: bool, apart: Apart) -> None:
        """Look at every connected campaign, and at those that waited for their admin while they were.

        Args:
            waits: Which campaigns have people waiting, and for what.
            whole: Whether `waits` is all; where it is not, nothing is over for want of people who wait.
        """
        self._settle({*connected, *self._store.open(), *(campaign for campaign, _, _ in waits)}, waits, whole, apart)

    def campaign(self, campaign: Campaign, waits: Collection[Wait], *, whole: bool, apart: Apart) -> None:
        """Look at one campaign."""
        self._settle({campaign}, waits, whole, apart)

    def _settle(self, campaigns: set[Campaign], waits: Collection[Wait], whole: bool, apart: Apart) -> None:
        states = self._campaigns.load(campaigns)
        attentions = self._store.load(campaigns)
        reasons: dict[Campaign, set[tuple[Side, Reason]]] = {}
        for campaign, side, reason in waits:
            reasons.setdefault(campaign, set()).add((side, reason))
        for campaign in sorted(campaigns):
            state, mine = states[campaign], reasons.get(campaign, set())
            apart.run(partial(self._look, campaign, state, attentions.get(campaign), mine, whole), None)

    def _look(
        self,
        campaign: Campaign,
        state: CampaignState,
        before: Attention | None,
        waits: set[tuple[Side, Reason]],
        known: bool,
    ) -> None:
        self._remember_complete(campaign, state)
        reason = needs_attention(state, waits)
        opened = before if before is not None and before.open else None
        if reason is (opened.reason if opened else None) or (reason is None and not known):
            return
        now, waiting = self._clock(), self._people.count_waiting(*campaign)
        version = before.version + 1 if before else 1
        if reason is not None:
            after = Attention(reason, now, waiting, open=True, version=version, changed_at=now)
        else:
            assert opened is not None, "nothing began, and nothing was open"
            after = replace(opened, waiting=waiting, open=False, version=version, changed_at=now)
        # Where another sweep was faster, it saw the same.
        self._store.store(campaign, after)

    def _remember_complete(self, campaign: Campaign, state: CampaignState) -> None:
        """A side that worked once is missed when it breaks, also if nobody has joined it so far."""
        if not state.served or state.binding is None:
            return
        for side in SIDES:
            settings = state.settings(side)
            if state.choices_of(side).complete_since is not None or settings.action in (None, Action.NONE):
                continue
            if not gaps(settings, state.binding):
                self._campaigns.first_complete(*campaign, side, self._clock())
