"""What comes up by itself: held people whose reason ended, erasures and clean-ups that are due."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from referral_hubspot.domain.gate import gate
from referral_hubspot.domain.people import Person, PersonKey, State
from referral_hubspot.domain.settings import CampaignState
from referral_hubspot.usecases.apart import Apart
from referral_hubspot.usecases.clean_up import CleanUpReport
from referral_hubspot.usecases.erase import Erase
from referral_hubspot.usecases.people import Waiting
from referral_hubspot.usecases.send_people import SendPeople

SHARDS = 8
_SLICE = 100  # one HubSpot batch
_TIME_FOR_ERASURES = timedelta(seconds=60)
"""A deleted campaign may have a great many people, and those who wait are not to wait for all of them."""


class WaitingPeople(Protocol):
    """Held people; see `storage.people`."""

    def waiting(self, shard: int, after: str, limit: int, campaign: tuple[str, str] | None = None) -> list[Waiting]:
        """Held people of one shard, grouped by what they wait for, behind the position `after`."""
        ...

    def load(self, people: Iterable[PersonKey]) -> dict[PersonKey, Person]:
        """People by key, strongly consistent; who is not stored is left out."""
        ...


class CampaignStates(Protocol):
    """What is known of campaigns; see `storage.campaigns`."""

    def load(self, campaigns: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], CampaignState]:
        """Each campaign asked for, known or not."""
        ...


class CleanUps(Protocol):
    """Grants to be given back; see `usecases.clean_up`."""

    def run_due(self, now: datetime) -> CleanUpReport:
        """Give back the grants that are due."""
        ...


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep got done."""

    released: int = 0
    erasures: int = 0
    clean_ups: CleanUpReport = field(default_factory=CleanUpReport)


@dataclass(frozen=True, slots=True)
class _Slice:
    """What came of some people of a group; `closed`: nobody else of the group could go now."""

    released: int
    closed: bool


class Sweep:
    """Runs every few minutes for everyone, and for one campaign right after it was connected or saved."""

    def __init__(
        self,
        people: WaitingPeople,
        campaigns: CampaignStates,
        send_people: SendPeople,
        erase: Erase,
        clean_ups: CleanUps,
        clock: Callable[[], datetime],
    ) -> None:
        self._people = people
        self._campaigns = campaigns
        self._send_people = send_people
        self._erase = erase
        self._clean_ups = clean_ups
        self._clock = clock

    def everyone(self, time_left: Callable[[], bool]) -> Swept:
        """All that is due, until the time is up; the next sweep goes on."""
        until = self._clock() + _TIME_FOR_ERASURES
        with Apart() as apart:
            erasures = apart.run(lambda: self._erase.run_due(lambda: time_left() and self._clock() < until), 0)
            clean_ups = apart.run(lambda: self._clean_ups.run_due(self._clock()), CleanUpReport())
            return Swept(self._release(time_left, None, apart), erasures, clean_ups)

    def campaign(self, account_id: str, campaign_id: str, time_left: Callable[[], bool]) -> Swept:
        """Release the held people of one campaign."""
        with Apart() as apart:
            return Swept(self._release(time_left, (account_id, campaign_id), apart))

    def _release(self, time_left: Callable[[], bool], campaign: tuple[str, str] | None, apart: Apart) -> int:
        closed: set[str] = set()
        return sum(self._release_shard(shard, campaign, closed, time_left, apart) for shard in range(SHARDS))

    def _release_shard(
        self,
        shard: int,
        campaign: tuple[str, str] | None,
        closed: set[str],
        time_left: Callable[[], bool],
        apart: Apart,
    ) -> int:
        """Go through one shard group by group; a group whose gate is closed costs one query, however long it is."""
        released = 0
        position = ""
        while time_left() and (page := self._people.waiting(shard, position, _SLICE, campaign)):
            group = page[0].group
            mine = [entry.key for entry in page if entry.group == group]
            position = page[len(mine) - 1].position
            if group not in closed:
                for slice_ in apart.halved(mine, self._release_slice):
                    released += slice_.released
                    if slice_.closed:
                        closed.add(group)
            if group in closed:
                position = f"{group}~"
        return released

    def _release_slice(self, keys: Sequence[PersonKey]) -> _Slice:
        people = self._people.load(keys)
        campaigns = self._campaigns.load({key.campaign for key in keys})
        # Whoever was being released when a worker died is on the list, too.
        waiting = [person for person in people.values() if person.state in {State.HELD, State.SENDING}]
        going = [person for person in waiting if not _stays(person, campaigns[person.key.campaign])]
        if not going:
            # Settings or connection hold these back: so they would the others.
            return _Slice(0, closed=bool(waiting))
        outcomes = self._send_people.send(going)
        released = sum(outcome.state not in {State.HELD, State.SENDING} for outcome in outcomes)
        return _Slice(released, closed=any(outcome.stopped for outcome in outcomes))


def _stays(person: Person, campaign: CampaignState) -> bool:
    """Whether the person would wait on for the very reason that it shows."""
    judged = gate(person, campaign, erased=False)
    return (judged.state, judged.reason) == (person.state, person.reason) and judged.state is State.HELD
