"""Does a campaign wait for its admin, and what began or ended with that?"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from referral_hubspot.domain.people import Reason
from referral_hubspot.domain.settings import SIDES, BindingState, CampaignState, Side, gaps


class AttentionReason(StrEnum):
    """What an admin has to see to."""

    SETUP = "setup"
    RECONNECT = "reconnect"
    ASKS_FIRST = "asks_first"


@dataclass(frozen=True, slots=True)
class Attention:
    """A campaign waits for its admin, or did if it is not `open` any more; `version` rises with each change.

    `waiting` is how many people were held at `changed_at`.
    """

    reason: AttentionReason
    since: datetime
    waiting: int
    open: bool
    version: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class AttentionChange:
    """One change of what a campaign waits for."""

    account_id: str
    campaign_id: str
    before: Attention | None
    after: Attention

    def ended(self) -> Attention | None:
        """What is over, with how many wait now; without a `before`, of what the row itself says."""
        before, after = self.before, self.after
        if before is None:
            return None if after.open else after
        if not before.open or (after.open and after.reason is before.reason):
            return None
        return replace(before, waiting=after.waiting, version=after.version)

    def began(self) -> Attention | None:
        """What is new."""
        before, after = self.before, self.after
        known = before is not None and before.open and before.reason is after.reason
        return after if after.open and not known else None


def needs_attention(campaign: CampaignState, waits: Collection[tuple[Side, Reason]]) -> AttentionReason | None:
    """What the admin has to see to, if anything.

    A campaign that is still being set up, and that nobody waits for, is its admin's own affair; so is
    one that was disconnected.

    Args:
        waits: Why people of which side are held; empty if nobody is.
    """
    if not campaign.served or campaign.binding is None:
        return None
    waiting = {side for side, _ in waits}
    missed = [side for side in SIDES if side in waiting or campaign.choices_of(side).complete_since is not None]
    if missed and campaign.binding.state is BindingState.LOST:
        return AttentionReason.RECONNECT
    if any(gaps(campaign.settings(side), campaign.binding) for side in missed):
        return AttentionReason.SETUP
    return AttentionReason.ASKS_FIRST if any(reason is Reason.ASKS_FIRST for _, reason in waits) else None
