"""Keep referrers as the platform tells of them: the highest revision stays, in whatever order they come.

A sync's return fields become due by it; HubSpot is told nothing else.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.people import Person, PersonKey
from referral_hubspot.domain.syncs import marked
from referral_hubspot.usecases.due_returns import DueReturns
from referral_hubspot.usecases.people import Change, People, Register

_ATTEMPTS = 5


class EarlyUpdates(Protocol):
    """What was told of referrers before they joined; see `storage.early_updates`."""

    def keep(self, updates: Iterable[Person], now: datetime) -> None:
        """Keep what was told of each of these for a day, unless something newer is kept."""
        ...

    def read(self, joined: Collection[Person]) -> dict[PersonKey, Person]:
        """What was told of these people before they joined, strongly consistent."""
        ...


class UpdateReferrers:
    """Takes in what the platform tells of its referrers."""

    def __init__(
        self,
        register: Register,
        people: People,
        early: EarlyUpdates,
        due_returns: DueReturns,
        clock: Callable[[], datetime],
    ) -> None:
        self._register = register
        self._people = people
        self._early = early
        self._due_returns = due_returns
        self._clock = clock

    def update(self, told: Iterable[Person]) -> set[PersonKey]:
        """Write what is newer over who is stored, and keep it for whoever of a served campaign has yet to join.

        Returns:
            Those whose rows others kept writing meanwhile: their messages have to come again.
        """
        newest = _newest(told)
        if not newest:
            return set()
        intake = self._register.read(list(newest.values()))
        newest = {key: person for key, person in newest.items() if key not in intake.erased}
        early = [
            person
            for key, person in newest.items()
            if key not in intake.stored and intake.campaigns[key.campaign].served
        ]
        self._early.keep(early, self._clock())
        # Who joined meanwhile had not seen what is kept now.
        joined = self._people.load(person.key for person in early)
        return self._catch_up({**intake.stored, **joined}, newest)

    def catch_up(self, joined: Collection[Person]) -> set[PersonKey]:
        """See to it that nothing newer was told of people who were just stored; otherwise as `update`."""
        if not joined:
            return set()
        newest = _newest([*joined, *self._early.read(joined).values()])
        return self._catch_up(self._people.load(newest), newest)

    def _catch_up(self, stored: Mapping[PersonKey, Person], newest: Mapping[PersonKey, Person]) -> set[PersonKey]:
        behind = stored
        for _ in range(_ATTEMPTS):
            now = self._clock()
            changes = [
                Change(person, after.noted())
                for key, person in behind.items()
                if key in newest and (after := marked(person.caught_up(newest[key]), now)) != person
            ]
            refused = self._people.apply(changes)
            due = [change.after.key.campaign for change in changes if change.after.return_due_at]
            due += [person.key.campaign for person in behind.values() if person.return_due_at]
            self._due_returns.ask(due)
            behind = {key: refusal.stored for key, refusal in refused.items() if refusal.stored is not None}
            if not behind:
                return set()
        return set(behind)


def _newest(told: Iterable[Person]) -> dict[PersonKey, Person]:
    """The highest revision of each person."""
    return {person.key: person for person in sorted(told, key=lambda person: person.revision)}
