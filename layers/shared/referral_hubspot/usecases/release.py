"""Let held people go whose reason to wait has ended, and give those up who waited too long."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import merge
from typing import Protocol

from referral_hubspot.domain.gate import Gate, gate
from referral_hubspot.domain.people import SHARDS, Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.usecases.apart import Apart
from referral_hubspot.usecases.people import Change, People, Wait, Waiting
from referral_hubspot.usecases.ports import CampaignStates
from referral_hubspot.usecases.send_people import SendPeople

GIVEN_UP_AFTER = timedelta(days=90)

_SLICE = 100  # one HubSpot batch


class WaitingPeople(People, Protocol):
    """Held people; see `storage.people`."""

    def waiting(self, shard: int, after: str, limit: int, campaign: tuple[str, str] | None = None) -> list[Waiting]:
        """Held people of one shard, grouped by what they wait for, behind the position `after`."""
        ...


@dataclass(slots=True)
class Released:
    """What came of those who waited. `waits` says where people still do, and what for.

    `whole`: everyone was looked at, so that nobody waits who is not in `waits`.
    """

    released: int = 0
    expired: int = 0
    waits: set[Wait] = field(default_factory=set)
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Slice:
    """What came of some people of a group; `closed`: nobody else of the group could go now."""

    released: int
    expired: int
    waits: set[Wait]
    closed: bool


class Release:
    """Goes through everyone who waits, group by group; a closed gate costs a few reads, however many wait at it.

    Within a group the oldest come first, so that those who waited too long are found at a closed gate, too.
    """

    def __init__(
        self,
        people: WaitingPeople,
        campaigns: CampaignStates,
        send_people: SendPeople,
        clock: Callable[[], datetime],
    ) -> None:
        self._people = people
        self._campaigns = campaigns
        self._send_people = send_people
        self._clock = clock

    def __call__(
        self, time_left: Callable[[], bool], apart: Apart, campaign: tuple[str, str] | None = None
    ) -> Released:
        """Go through everyone, or one campaign's people, until the time is up."""
        done = Released()
        closed: set[str] = set()
        for group, keys in self._slices(campaign, closed):
            if not time_left():
                return done
            for part in apart.halved(keys, self._slice):
                done.released += part.released
                done.expired += part.expired
                done.waits |= part.waits
                if part.closed:
                    closed.add(group)
        done.whole = True
        return done

    def _slices(self, campaign: tuple[str, str] | None, closed: set[str]) -> Iterator[tuple[str, Sequence[PersonKey]]]:
        """People of one group at a time, the oldest first, out of all shards together: a few make one batch."""
        shards = [self._shard(shard, campaign, closed) for shard in range(SHARDS)]
        slice_: list[Waiting] = []
        for entry in merge(*shards, key=lambda entry: entry.position):
            if slice_ and (entry.group != slice_[0].group or len(slice_) == _SLICE):
                yield slice_[0].group, [one.key for one in slice_]
                slice_ = []
            # The gate may have been found closed since the entry was read.
            if entry.group not in closed:
                slice_.append(entry)
        if slice_:
            yield slice_[0].group, [one.key for one in slice_]

    def _shard(self, shard: int, campaign: tuple[str, str] | None, closed: set[str]) -> Iterator[Waiting]:
        position = ""
        while page := self._people.waiting(shard, position, _SLICE, campaign):
            for entry in page:
                position = entry.position
                if entry.group in closed:
                    position = f"{entry.group}~"
                    break
                yield entry

    def _slice(self, keys: Sequence[PersonKey]) -> _Slice:
        people = self._people.load(keys)
        campaigns = self._campaigns.load({key.campaign for key in keys})
        now = self._clock()
        old: list[Person] = []
        stay: list[Person] = []
        going: list[Person] = []
        # Whoever was being released when a worker died is on the list, too.
        for person in (one for one in people.values() if one.state in {State.HELD, State.SENDING}):
            judged = gate(person, campaigns[person.key.campaign], erased=False, now=now)
            lists = old if _is_given_up(person, judged, now) else stay if _stays(person, judged) else going
            lists.append(person)
        expired = self._given_up(old, now)
        outcomes = self._send_people.send(going) if going else []
        waits = {(person.key.campaign, person.key.side, person.reason) for person in stay}
        held = [outcome for outcome in outcomes if outcome.state is State.HELD]
        waits |= {(outcome.key.campaign, outcome.key.side, outcome.reason) for outcome in held}
        return _Slice(
            released=sum(outcome.state not in {State.HELD, State.SENDING} for outcome in outcomes),
            expired=expired,
            waits=waits,
            # Settings or connection hold these back: so they would the others.
            closed=any(outcome.stopped for outcome in outcomes) or bool(stay and not going),
        )

    def _given_up(self, people: Sequence[Person], now: datetime) -> int:
        """Store that these are not sent any more; who changed meanwhile is looked at by the next sweep."""
        entry = Entry(now, Happening.EXPIRED)
        changes = [Change(one, one.became(State.EXPIRED, Reason.WAITED_TOO_LONG, entry)) for one in people]
        return len(changes) - len(self._people.apply(changes)) if changes else 0


def _is_given_up(person: Person, judged: Gate, now: datetime) -> bool:
    """Held so long, and not to be sent now either; who is being sent is not stopped half-way."""
    held = person.state is State.HELD and judged.state is State.HELD
    return held and person.held_since is not None and now - person.held_since >= GIVEN_UP_AFTER


def _stays(person: Person, judged: Gate) -> bool:
    """Whether the person would wait on for the very reason that it shows."""
    return (judged.state, judged.reason) == (person.state, person.reason) and judged.state is State.HELD
