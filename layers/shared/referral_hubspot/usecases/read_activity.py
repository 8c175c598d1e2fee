"""What became of the leads of the last weeks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.activity import Activity, Joined, Outcome, beginning, counted
from referral_hubspot.domain.mapping import zone
from referral_hubspot.domain.people import Person, PersonKey, Reason, State
from referral_hubspot.domain.settings import Side
from referral_hubspot.domain.wording import Names, label, next_step
from referral_hubspot.usecases.find_campaign import KnownCampaign

MOST = 10_000
"""People that are counted, the newest; each hundred of them is a read."""


class JoinedReader(Protocol):
    """Reads who joined; see `storage.people`."""

    def joined_since(
        self, account_id: str, campaign_id: str, side: Side, since: datetime, limit: int
    ) -> Sequence[Joined]:
        """Who joined since then, newest first, at most `limit`; test leads are not among them."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """People who stand in one place for one reason, in the words of their list."""

    outcome: Outcome
    state: State
    reason: Reason
    label: str
    next_step: str
    count: int


class ReadActivity:
    """Counts leads out of their rows: nothing is written for it when a lead changes."""

    def __init__(self, people: JoinedReader, platform: str, clock: Callable[[], datetime], most: int = MOST) -> None:
        self._people = people
        self._platform = platform
        self._clock = clock
        self._most = most

    def __call__(self, known: KnownCampaign) -> tuple[Activity, list[Standing]]:
        """The days, and who stands where, the most frequent first."""
        campaign, now = known.campaign, self._clock()
        here = zone(campaign.time_zone)
        since = beginning(now, here)
        joined = self._people.joined_since(campaign.account_id, campaign.campaign_id, "lead", since, self._most + 1)
        activity = counted(joined, now, here, self._most)
        return activity, [self._told(known, now, *place, count) for place, count in activity.standing.most_common()]

    def _told(
        self, known: KnownCampaign, now: datetime, outcome: Outcome, state: State, reason: Reason, count: int
    ) -> Standing:
        key = PersonKey(known.campaign.account_id, known.campaign.campaign_id, "lead", "")
        one = Person(key, joined_at=now, received_at=now, state=state, reason=reason)
        step = next_step(one, known.leads, known.binding, Names())
        return Standing(outcome, state, reason, label(one, self._platform), step, count)
