"""What comes up by itself: held people whose reason ended, erasures and clean-ups that are due."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.gate import gate
from referral_hubspot.domain.people import Person, PersonKey, State
from referral_hubspot.domain.settings import CampaignState
from referral_hubspot.usecases.clean_up import CleanUpReport
from referral_hubspot.usecases.erase import Erase
from referral_hubspot.usecases.people import Waiting
from referral_hubspot.usecases.send_people import SendPeople

SHARDS = 8
_SLICE = 100  # one HubSpot batch


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
        erasures = self._erase.run_due(time_left)
        clean_ups = self._clean_ups.run_due(self._clock())
        return Swept(self._release(time_left, None), erasures, clean_ups)

    def campaign(self, account_id: str, campaign_id: str, time_left: Callable[[], bool]) -> Swept:
        """Release the held people of one campaign."""
        return Swept(self._release(time_left, (account_id, campaign_id)))

    def _release(self, time_left: Callable[[], bool], campaign: tuple[str, str] | None) -> int:
        closed: set[str] = set()
        return sum(self._release_shard(shard, campaign, closed, time_left) for shard in range(SHARDS))

    def _release_shard(
        self, shard: int, campaign: tuple[str, str] | None, closed: set[str], time_left: Callable[[], bool]
    ) -> int:
        """Go through one shard group by group; a group whose gate is closed costs one query, however long it is."""
        released = 0
        position = ""
        while time_left() and (page := self._people.waiting(shard, position, _SLICE, campaign)):
            group = page[0].group
            mine = [entry for entry in page if entry.group == group]
            position = mine[-1].position
            if group in closed:
                position = f"{group}~"
                continue
            sent = self._release_slice([entry.key for entry in mine])
            released += len(sent)
            if len(sent) < len(mine):
                # HubSpot, the connection or the settings hold somebody back: so they would the others.
                closed.add(group)
                position = f"{group}~"
        return released

    def _release_slice(self, keys: list[PersonKey]) -> list[PersonKey]:
        """Who is held no more; those whom the index still shows although they went count as that, too."""
        people = self._people.load(keys)
        campaigns = self._campaigns.load({key.campaign for key in keys})
        held = [person for person in people.values() if person.state is State.HELD]
        going = [
            person
            for person in held
            if gate(person, campaigns[person.key.campaign], erased=False).state is not State.HELD
        ]
        outcomes = self._send_people.send(going)
        still_held = {person.key for person in held} - {person.key for person in going}
        still_held |= {outcome.key for outcome in outcomes if outcome.state in {State.HELD, State.SENDING}}
        return [key for key in keys if key not in still_held]
