"""HubSpot merged or deleted records: the people they belong to are followed, noted or forgotten."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.errors import ContendedError
from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, State
from referral_hubspot.domain.qualification import Deletion, Merge
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.syncs import Enrolment
from referral_hubspot.usecases.erase import Erase
from referral_hubspot.usecases.links import Links, PortalRecord, Record
from referral_hubspot.usecases.people import Change, People
from referral_hubspot.usecases.qualify import Qualify, Routes

_ATTEMPTS = 5
_CONFIRMED = "confirmed"

Later = Mapping[PortalRecord, tuple[PortalRecord, ...]]
"""What became of merged records: each with all that followed it, the surviving one last."""


class Enrolments(Protocol):
    """Contacts that syncs made referrers of; see `storage.enrolments`."""

    def load(self, account_id: str, campaign_id: str, portal_id: int, contacts: Iterable[str]) -> dict[str, Enrolment]:
        """What became of contacts, strongly consistent; who was never found is left out."""
        ...


class FollowRecords:
    """Takes people along to the record that survived, and says of the others that theirs is gone.

    Each step may be repeated, in any order. A merge that comes before the person is linked, or never, is
    found by the slow pass, which calls this as well.
    """

    def __init__(
        self,
        routes: Routes,
        people: People,
        links: Links,
        qualify: Qualify,
        erase: Erase,
        enrolments: Enrolments,
        clock: Callable[[], datetime],
    ) -> None:
        self._routes = routes
        self._people = people
        self._links = links
        self._qualify = qualify
        self._erase = erase
        self._enrolments = enrolments
        self._clock = clock

    def __call__(self, events: Sequence[Merge | Deletion]) -> None:
        """Follow what HubSpot reported, for every account with a campaign bound to that HubSpot account.

        Raises:
            ContendedError: somebody's row kept changing; all of it may be done again.
        """
        for portal_id in sorted({event.portal_id for event in events}):
            routes = self._routes.routes(portal_id)
            if not routes:
                continue
            mine = [event for event in events if event.portal_id == portal_id]
            forgotten = {_of(event) for event in mine if isinstance(event, Deletion) and event.privacy}
            if forgotten:
                # Kept before anybody looks: whoever is linked to the record afterwards is found by it.
                self._links.leave_forgotten(forgotten, self._clock())
            for account_id in sorted({route.account_id for route in routes}):
                self.in_account(account_id, [route for route in routes if route.account_id == account_id], mine)

    def in_account(self, account_id: str, routes: Sequence[Route], events: Sequence[Merge | Deletion]) -> None:
        """Follow what became of records of one HubSpot account, for the people of one account.

        Args:
            routes: The account's campaigns that are bound to it.
        """
        self._merged(account_id, routes, [event for event in events if isinstance(event, Merge)])
        deletions = [event for event in events if isinstance(event, Deletion)]
        forgotten = {_of(event) for event in deletions if event.privacy}
        self._forget(account_id, forgotten)
        self._forget_synced(routes, [one for one in forgotten if one.object_type is ObjectType.CONTACT])
        self._gone(account_id, {_of(event): event.confirmed for event in deletions if not event.privacy})

    def _merged(self, account_id: str, routes: Sequence[Route], merges: Sequence[Merge]) -> None:
        later = _chains(merges)
        linked = self._linked(account_id, later)
        if not linked:
            return
        self._links.add(
            (_seen_by(account_id, record), key)
            for former, keys in linked.items()
            for key in keys
            for record in later[former]
        )
        people = self._rewritten(account_id, linked, lambda person: _moved(person, later, self._clock()))
        self._qualify.settle_credit(people)
        rules = {(route.account_id, route.campaign_id): route.rules for route in routes}
        self._qualify.linked(people, {person.key.campaign: rules.get(person.key.campaign, ()) for person in people})
        survivors = {record for former in linked for record in later[former]}
        self._forget(account_id, self._links.forgotten(survivors, self._clock()))

    def _forget(self, account_id: str, records: Iterable[PortalRecord]) -> None:
        linked = self._linked(account_id, records)
        for person in self._people.load(_everyone(linked)).values():
            if person.state is not State.ERASED:
                self._erase.person(account_id, email=person.email, person_id=person.key.person_id)

    def _forget_synced(self, routes: Iterable[Route], contacts: Sequence[PortalRecord]) -> None:
        """Forget referrers whom a sync made of these contacts: a hundred thousand of them have no links."""
        for route in routes:
            ids = [contact.record_id for contact in contacts if contact.portal_id == route.portal_id]
            place = route.account_id, route.campaign_id
            found = self._enrolments.load(*place, route.portal_id, ids) if ids else {}
            keys = [PersonKey(*place, "referrer", one.referrer_id) for one in found.values() if one.referrer_id]
            for person in self._people.load(keys).values():
                if person.state is not State.ERASED:
                    self._erase.person(route.account_id, email=person.email, person_id=person.key.person_id)

    def _gone(self, account_id: str, records: Mapping[PortalRecord, bool]) -> None:
        linked = self._linked(account_id, records)
        if not linked:
            return
        self._forget(account_id, self._links.forgotten(linked, self._clock()))
        self._rewritten(account_id, linked, lambda person: _without_record(person, records, self._clock()))

    def _linked(self, account_id: str, records: Iterable[PortalRecord]) -> dict[PortalRecord, list[PersonKey]]:
        wanted = [_seen_by(account_id, record) for record in records]
        if not wanted:
            return {}
        return {record.in_portal: keys for record, keys in self._links.people(wanted).items()}

    def _rewritten(
        self,
        account_id: str,
        linked: Mapping[PortalRecord, Sequence[PersonKey]],
        change: Callable[[Person], Person | None],
    ) -> list[Person]:
        """Apply a change to each row as it is, though others write it meanwhile; everyone as they stand then."""
        standing = self._people.load(_everyone(linked))
        pending = set(standing)
        for _ in range(_ATTEMPTS):
            changes = [Change(standing[key], after) for key in pending if (after := change(standing[key])) is not None]
            if not changes:
                return list(standing.values())
            refused = self._people.apply(changes)
            standing |= {one.after.key: one.after for one in changes if one.after.key not in refused}
            standing |= {key: refusal.stored for key, refusal in refused.items() if refusal.stored is not None}
            pending = {key for key, refusal in refused.items() if refusal.stored is not None}
        raise ContendedError(account_id)


def is_gone(person: Person) -> bool:
    """Whether HubSpot has the person's own record no more, and said so when it was asked."""
    return person.deletion is not None and _CONFIRMED in person.deletion.facts


def _chains(merges: Sequence[Merge]) -> Later:
    next_of = {
        PortalRecord(merge.portal_id, merge.object_type, former): _of(merge)
        for merge in sorted(merges, key=lambda merge: merge.at)
        for former in merge.former_ids
    }
    chains: dict[PortalRecord, tuple[PortalRecord, ...]] = {}
    for former in next_of:
        chain = [former]
        while (following := next_of.get(chain[-1])) is not None and following not in chain:
            chain.append(following)
        chains[former] = tuple(chain[1:])
    return chains


def _moved(person: Person, later: Later, at: datetime) -> Person | None:
    """The person at the surviving records, its own and the contact beside its deal; None if they stay."""
    after, entries = person, []
    if own := later.get(PortalRecord(person.portal_id, person.record_type, person.record_id)):
        record_id = own[-1].record_id
        page, _, _ = person.record_link.rpartition("/")
        after = replace(after, record_id=record_id, record_link=f"{page}/{record_id}")
        entries.append(_merged_entry(at, person.record_type, person.record_id, record_id))
    if beside := later.get(PortalRecord(person.portal_id, ObjectType.CONTACT, person.contact_id)):
        after = replace(after, contact_id=beside[-1].record_id)
        entries.append(_merged_entry(at, ObjectType.CONTACT, person.contact_id, beside[-1].record_id))
    return after.noted(*entries) if entries else None


def _merged_entry(at: datetime, object_type: ObjectType, former: str, record_id: str) -> Entry:
    return Entry(at, Happening.MERGED, {"object": str(object_type), "from": former, "to": record_id})


def _without_record(person: Person, gone: Mapping[PortalRecord, bool], at: datetime) -> Person | None:
    """The pending person with the note that its record is deleted, once; None if it has it, or another record."""
    own = PortalRecord(person.portal_id, person.record_type, person.record_id)
    if person.state is not State.SENT or own not in gone:
        return None
    noted, confirmed = person.deletion, gone[own]
    if noted is None:
        facts = {"object": str(person.record_type), "record_id": person.record_id}
        return person.noted(Entry(at, Happening.DELETED, facts | ({_CONFIRMED: "yes"} if confirmed else {})))
    if not confirmed or _CONFIRMED in noted.facts:
        return None
    sure = replace(noted, facts={**noted.facts, _CONFIRMED: "yes"})
    timeline = tuple(sure if entry is noted else entry for entry in person.timeline)
    return replace(person, version=person.version + 1, timeline=timeline)


def _everyone(linked: Mapping[PortalRecord, Sequence[PersonKey]]) -> set[PersonKey]:
    return {key for keys in linked.values() for key in keys}


def _of(event: Merge | Deletion) -> PortalRecord:
    return PortalRecord(event.portal_id, event.object_type, event.record_id)


def _seen_by(account_id: str, record: PortalRecord) -> Record:
    return Record(account_id, record.portal_id, record.object_type, record.record_id)
