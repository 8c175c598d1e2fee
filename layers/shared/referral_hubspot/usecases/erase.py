"""Forget people: their own rows, what others' rows say of them, and whatever comes later."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import batched
from typing import Protocol

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.errors import ContendedError
from referral_hubspot.domain.people import Person, PersonKey, State
from referral_hubspot.domain.settings import SIDES, Campaign, Side
from referral_hubspot.usecases.apart import Apart
from referral_hubspot.usecases.links import Record
from referral_hubspot.usecases.people import Change, Refusal

SECOND_LOOK_AFTER = timedelta(minutes=5)
"""A worker that had read before the erasure was marked may still write, and indexes lag: look again."""

_ATTEMPTS = 5
_LOOK_AT = 100  # rows that one read takes


@dataclass(frozen=True, slots=True)
class Erasure:
    """Someone, or everyone of a campaign, to be erased. An address is known by its keyed hash only."""

    account_id: str
    email_hash: str = ""
    person_id: str = ""
    campaign_id: str = ""


class Forgettable(Protocol):
    """People as an erasure finds them; see `storage.people`."""

    def identity(self, value: str) -> str:
        """The keyed hash that stands for an address or an id."""
        ...

    def load(self, people: Iterable[PersonKey]) -> dict[PersonKey, Person]:
        """People by key, strongly consistent; who is not stored is left out."""
        ...

    def apply(self, changes: Sequence[Change]) -> dict[PersonKey, Refusal]:
        """Store changes; answers those that were not stored."""
        ...

    def with_email(self, account_id: str, email_hash: str) -> list[PersonKey]:
        """Everyone of an account who joined with this address."""
        ...

    def referred_by_email(self, account_id: str, email_hash: str) -> list[PersonKey]:
        """Everyone whose referrer has this address."""
        ...

    def referred_by(self, account_id: str, referrer_id: str) -> list[PersonKey]:
        """Everyone whose referrer has this id."""
        ...

    def of_campaign(self, account_id: str, campaign_id: str, side: Side) -> Iterator[PersonKey]:
        """Everyone of a campaign, in no order."""
        ...


class Erasures(Protocol):
    """Marks of erased people, and erasures still to be looked at again; see `storage.erasures`."""

    def mark(self, account_id: str, identities: Iterable[str]) -> None:
        """Remember keyed hashes for good: later events of these people are refused."""
        ...

    def schedule(self, erasure: Erasure, due: datetime) -> None:
        """Have it looked at (again) when `due`."""
        ...

    def due(self, now: datetime) -> list[tuple[str, Erasure]]:
        """Erasures to be looked at now, each with its handle."""
        ...

    def done(self, handle: str) -> None:
        """Forget an erasure that was looked at."""
        ...


class Unlink(Protocol):
    """Takes people off HubSpot records; see `storage.links`."""

    def remove(self, record: Record, person: PersonKey) -> None:
        """Forget that the record belongs to the person."""
        ...


class EarlyUpdates(Protocol):
    """What was told of referrers before they joined; see `storage.early_updates`."""

    def drop(self, people: Iterable[PersonKey]) -> None:
        """Forget what was told of these people."""
        ...

    def of_campaign(self, account_id: str, campaign_id: str) -> Iterator[PersonKey]:
        """Every referrer of a campaign of whom something is kept, in no order."""
        ...


class CampaignDirectory(Protocol):
    """Which campaigns an account has; see `storage.campaigns`."""

    def campaigns(self, account_id: str) -> Sequence[Campaign]:
        """All campaigns that the platform told of."""
        ...


class Erase:
    """Erases at once, and once more after every worker that knew of nothing has ended."""

    def __init__(
        self,
        people: Forgettable,
        erasures: Erasures,
        links: Unlink,
        early: EarlyUpdates,
        campaigns: CampaignDirectory,
        clock: Callable[[], datetime],
    ) -> None:
        self._people = people
        self._erasures = erasures
        self._links = links
        self._early = early
        self._campaigns = campaigns
        self._clock = clock

    def person(self, account_id: str, *, email: str = "", person_id: str = "") -> None:
        """Forget one person of an account."""
        erasure = Erasure(account_id, self._people.identity(email) if email else "", person_id)
        self._erasures.mark(account_id, self._identities(erasure))
        self._erasures.schedule(erasure, self._clock() + SECOND_LOOK_AFTER)
        self._person(erasure)

    def campaign(self, account_id: str, campaign_id: str) -> None:
        """Forget everyone of a deleted campaign; the sweep does it, as there may be many."""
        now = self._clock()
        for due in (now, now + SECOND_LOOK_AFTER):
            self._erasures.schedule(Erasure(account_id, campaign_id=campaign_id), due)

    def run_due(self, time_left: Callable[[], bool], apart: Apart) -> int:
        """Carry out erasures that are due; one that is cut short is done again from its start.

        People go before campaigns, which may take several sweeps, and none fails or waits for another.

        Returns:
            How many were finished.
        """
        due = sorted(self._erasures.due(self._clock()), key=lambda one: bool(one[1].campaign_id))
        return sum(apart.run(partial(self._finish, handle, erasure, time_left), 0) for handle, erasure in due)

    def _finish(self, handle: str, erasure: Erasure, time_left: Callable[[], bool]) -> int:
        if not (self._campaign(erasure, time_left) if erasure.campaign_id else self._person(erasure)):
            return 0
        self._erasures.done(handle)
        return 1

    def _campaign(self, erasure: Erasure, time_left: Callable[[], bool]) -> bool:
        for keys in batched(self._early.of_campaign(erasure.account_id, erasure.campaign_id), _LOOK_AT, strict=False):
            if not time_left():
                return False
            self._early.drop(keys)
        for side in SIDES:
            everyone = self._people.of_campaign(erasure.account_id, erasure.campaign_id, side)
            # Cut short, it starts again: those who are erased must then cost next to nothing.
            for keys in batched(everyone, _LOOK_AT, strict=False):
                for person in self._people.load(keys).values():
                    if person.state is State.ERASED:
                        continue
                    if not time_left():
                        return False
                    self._erase(person)
        return True

    def _person(self, erasure: Erasure) -> bool:
        account_id = erasure.account_id
        own = set(self._people.with_email(account_id, erasure.email_hash)) if erasure.email_hash else set()
        own |= set(self._by_id(account_id, erasure.person_id)) if erasure.person_id else set()
        found = self._people.load(own)
        # Who was named by id joined elsewhere with the same address: that is the same person.
        hashes = {self._people.identity(person.email) for person in found.values() if person.email}
        ids = {key.person_id for key in found} | ({erasure.person_id} if erasure.person_id else set())
        self._erasures.mark(account_id, hashes | {self._people.identity(one) for one in ids})
        for email_hash in hashes | ({erasure.email_hash} if erasure.email_hash else set()):
            own |= set(self._people.with_email(account_id, email_hash))
            self._forget_referrer(self._people.referred_by_email(account_id, email_hash))
        for person_id in ids:
            self._forget_referrer(self._people.referred_by(account_id, person_id))
        self._early.drop(own)
        for person in self._people.load(own).values():
            self._erase(person)
        return True

    def _by_id(self, account_id: str, person_id: str) -> list[PersonKey]:
        return [
            PersonKey(account_id, campaign.campaign_id, side, person_id)
            for campaign in self._campaigns.campaigns(account_id)
            for side in SIDES
        ]

    def _erase(self, person: Person) -> None:
        def erased(person: Person) -> Change | None:
            if person.state is State.ERASED:
                return None
            for record in _records(person):
                self._links.remove(record, person.key)
            return Change(person, person.erased(self._clock()), releases=person.email)

        self._change(person, erased)

    def _forget_referrer(self, keys: Iterable[PersonKey]) -> None:
        for person in self._people.load(keys).values():
            self._change(person, lambda lead: Change(lead, lead.without_referrer()) if lead.referred else None)

    def _change(self, person: Person, change: Callable[[Person], Change | None]) -> None:
        """Apply a change to the row as it is, though others write it meanwhile.

        Raises:
            ContendedError: they did so each time.
        """
        stored: Person | None = person
        for _ in range(_ATTEMPTS):
            if stored is None or (wanted := change(stored)) is None:
                return
            refused = self._people.apply([wanted])
            if not refused:
                return
            stored = refused[person.key].stored
        raise ContendedError(person.key.account_id)

    def _identities(self, erasure: Erasure) -> set[str]:
        by_id = {self._people.identity(erasure.person_id)} if erasure.person_id else set()
        return by_id | ({erasure.email_hash} if erasure.email_hash else set())


def _records(person: Person) -> list[Record]:
    """The person's record in HubSpot, and the contact beside a deal."""
    found = [(person.record_type, person.record_id), (ObjectType.CONTACT, person.contact_id)]
    return [
        Record(person.key.account_id, person.portal_id, object_type, record_id)
        for object_type, record_id in found
        if record_id
    ]
