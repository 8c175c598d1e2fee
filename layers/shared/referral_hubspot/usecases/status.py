"""Whether this system does its work, as any user of the platform may know it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from referral_hubspot.domain.settings import DELETED, Campaign
from referral_hubspot.usecases.ports import CampaignStates

SWEEP_IS_LATE = timedelta(minutes=15)

_OURS = "Nothing to do: whoever runs this integration is told of it."


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `next_step` is blank where all is well."""

    name: str
    ok: bool
    message: str
    next_step: str = ""


class Counts(Protocol):
    """How many dead letters there are; see `runtime.health`."""

    def dead_letters(self) -> Mapping[str, int]: ...

    def late_queues(self) -> Collection[str]:
        """The queues whose oldest message is older than it may be."""
        ...


class SweepTimes(Protocol):
    """When the sweep came by; see `storage.sweep_times`."""

    def finished_at(self) -> datetime | None: ...


class CampaignReader(CampaignStates, Protocol):
    """Reads campaigns; see `storage.campaigns`."""

    def campaigns(self, account_id: str) -> Sequence[Campaign]: ...


class ReadStatus:
    """Looks at what everyone shares, and at what is paused of one account; it tells of no other customer."""

    def __init__(
        self, counts: Counts, sweep: SweepTimes, campaigns: CampaignReader, clock: Callable[[], datetime]
    ) -> None:
        self._counts = counts
        self._sweep = sweep
        self._campaigns = campaigns
        self._clock = clock

    def __call__(self, account_id: str, campaign_ids: Collection[str] | None) -> list[Check]:
        """All checks, always the same ones in the same order.

        Args:
            campaign_ids: The campaigns that the caller may see, None for all of the account.
        """
        return [*self._queues(), self._dead_letters(), self._swept(), self._paused(account_id, campaign_ids)]

    def _queues(self) -> list[Check]:
        late = self._counts.late_queues()
        return [
            _check("leads", "lead" not in late, "Leads are taken in at once.", "Leads are taken in late.", _OURS),
            _check(
                "referrers",
                "referrer" not in late,
                "Referrers are taken in at once.",
                "Referrers are taken in late.",
                _OURS,
            ),
            _check(
                "changes",
                "change" not in late,
                "Changes in HubSpot are looked at as they come.",
                "Changes in HubSpot are looked at late, so referrals qualify late.",
                _OURS,
            ),
            _check(
                "syncs",
                "sync" not in late,
                "Syncs run as they are due.",
                "Syncs are late, and so are the links and counts that referrers' contacts get in HubSpot.",
                _OURS,
            ),
        ]

    def _dead_letters(self) -> Check:
        number = sum(self._counts.dead_letters().values())
        found = f"{number} messages could not be processed; what they tell is missing until they are."
        return _check("dead_letters", number == 0, "Every message could be processed.", found, _OURS)

    def _swept(self) -> Check:
        finished = self._sweep.finished_at()
        late = finished is not None and self._clock() - finished > SWEEP_IS_LATE
        since = f"{finished:%Y-%m-%d %H:%M}Z" if finished else ""
        well = f"HubSpot was last looked through at {since}." if since else "HubSpot was not looked through yet."
        return _check(
            "sweep",
            not late,
            well,
            f"HubSpot was last looked through at {since}: waiting leads may wait longer.",
            _OURS,
        )

    def _paused(self, account_id: str, campaign_ids: Collection[str] | None) -> Check:
        mine = [
            campaign
            for campaign in self._campaigns.campaigns(account_id)
            if campaign.state != DELETED and (campaign_ids is None or campaign.campaign_id in campaign_ids)
        ]
        states = self._campaigns.load((account_id, campaign.campaign_id) for campaign in mine)
        paused = sorted(state.campaign.name for state in states.values() if state.campaign and state.paused)
        names = ", ".join(paused)
        return _check(
            "paused",
            not paused,
            "Nothing of yours is paused.",
            f"HubSpot is paused for {names}: leads wait.",
            "Nothing to do: they go out by themselves after the pause.",
        )


def _check(name: str, ok: bool, well: str, otherwise: str, next_step: str) -> Check:
    return Check(name, ok, well) if ok else Check(name, False, otherwise, next_step)
