"""The contacts of one portal, found by id, by any of their addresses and by unique values."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping

from simulators.hubspot.contact import Contact, Source
from simulators.hubspot.contact_event import ContactEvent
from simulators.hubspot.unique_index import UniqueIndex

FIRST_ID = 20_001


class ContactStore:
    """Writes are already checked when they come here.

    Ids start at the same number in every portal, because nothing says that they differ.
    """

    def __init__(self, tell: Callable[[ContactEvent], None], lag_ms: Callable[[], int]) -> None:
        self._tell = tell
        self._lag_ms = lag_ms
        self._next_id = FIRST_ID
        self._live: dict[int, Contact] = {}
        self._ids: list[int] = []
        self._index = UniqueIndex()
        self._merged_into: dict[int, int] = {}
        self.archived: dict[int, Contact] = {}
        self.blocked_emails: set[str] = set()

    def __len__(self) -> int:
        return len(self._live)

    def __iter__(self) -> Iterator[Contact]:
        return iter(self._live.values())

    def after(self, last_id: int, count: int) -> list[Contact]:
        """The next live contacts by id."""
        start = bisect_left(self._ids, last_id + 1)
        return [self._live[contact_id] for contact_id in self._ids[start : start + count]]

    def newest(self, count: int) -> list[Contact]:
        return [self._live[contact_id] for contact_id in reversed(self._ids[-count:])]

    def by_id(self, contact_id: int) -> Contact | None:
        """The live contact of this id, or the one it was merged into."""
        while contact_id in self._merged_into:
            contact_id = self._merged_into[contact_id]
        return self._live.get(contact_id)

    def was_merged_away(self, contact_id: int) -> bool:
        return contact_id in self._merged_into

    def by_email(self, email: str, *, secondary: bool = True) -> Contact | None:
        contact = self._live.get(self._index.by_email(email.strip().lower()))
        if contact is not None and not secondary and contact.email != email.strip().lower():
            return None
        return contact

    def by_unique(self, name: str, value: str) -> Contact | None:
        return self._live.get(self._index.by_value(name, value))

    def add(
        self,
        properties: Mapping[str, str],
        *,
        at_ms: int,
        source: Source,
        unique: Iterable[str] = (),
        created_ms: int | None = None,
        additional_emails: Iterable[str] = (),
        announce: bool = True,
        property_changes: bool = True,
    ) -> Contact:
        created = at_ms if created_ms is None else created_ms
        contact = Contact(
            self._next_id, {name: value for name, value in properties.items() if value}, created, created, source
        )
        contact.additional_emails = [email.strip().lower() for email in additional_emails]
        self._next_id += 1
        self._live[contact.id] = contact
        self._ids.append(contact.id)
        self._index.add(contact, unique)
        if not announce:
            return contact
        self._lagging(contact, None, at_ms)
        self._tell(ContactEvent("creation", contact.id, at_ms, source, {"changeFlag": "NEW"}))
        if property_changes:
            for name in contact.properties:
                self._tell_change(contact, name, at_ms, source)
        return contact

    def change(
        self,
        contact: Contact,
        properties: Mapping[str, str],
        *,
        at_ms: int,
        source: Source,
        unique: Iterable[str] = (),
        announce: bool = True,
    ) -> list[str]:
        """Set values (a blank clears) and say which of them differ from before."""
        changed = [name for name, value in properties.items() if value != (contact.properties.get(name) or "")]
        if not changed:
            return []
        former = contact.snapshot() if self._lag_ms() else None
        self._index.remove(contact)
        for name in changed:
            contact.record(name, properties[name], at_ms, source)
        if contact.email in contact.additional_emails:
            contact.additional_emails.remove(contact.email or "")
            if former_email := contact.history["email"][-2].value:
                contact.additional_emails.append(former_email)
        contact.updated_ms = max(at_ms, contact.updated_ms + 1)
        self._index.add(contact, unique)
        if former is not None:
            self._lagging(contact, former, at_ms)
        if announce:
            for name in changed:
                self._tell_change(contact, name, at_ms, source)
        return changed

    def archive(self, contact: Contact, *, at_ms: int, source: Source) -> None:
        """To the recycle bin: ninety days from gone."""
        self._take_out(contact)
        contact.archived_ms = at_ms
        self.archived[contact.id] = contact
        self._tell(ContactEvent("deletion", contact.id, at_ms, source, {"changeFlag": "DELETED"}))

    def erase(self, contact: Contact, *, at_ms: int, source: Source, privacy_first: bool) -> None:
        """For good, as the law demands."""
        if contact.id in self._live:
            self._take_out(contact)
        self.archived.pop(contact.id, None)
        kinds = ["privacyDeletion", "deletion"] if privacy_first else ["deletion", "privacyDeletion"]
        for kind in kinds:
            self._tell(ContactEvent(kind, contact.id, at_ms, source, {"changeFlag": "DELETED"}))

    def merge(
        self,
        primary: Contact,
        other: Contact,
        values: Mapping[str, str],
        *,
        at_ms: int,
        source: Source,
        keep_primary_id: bool,
        unique: Iterable[str] = (),
        more_events: bool = False,
    ) -> Contact:
        """Make one contact of two, with these values; the other's addresses become additional ones."""
        moved = [name for name, value in values.items() if primary.properties.get(name) != value]
        emails = [email for email in dict.fromkeys(primary.emails() + other.emails()) if email != values.get("email")]
        self._take_out(primary)
        self._take_out(other)
        survivor = primary
        if not keep_primary_id:
            survivor = Contact(self._next_id, {}, 0, 0, primary.origin, history=primary.history)
            self._next_id += 1
        survivor.merged_ids = [*primary.merged_ids, *other.merged_ids, primary.id, other.id]
        survivor.created_ms = min(primary.created_ms, other.created_ms)
        survivor.updated_ms = at_ms
        survivor.properties = dict(primary.properties)
        for name in moved:
            survivor.record(name, values[name], at_ms, source)
        survivor.additional_emails = emails
        self._live[survivor.id] = survivor
        self._ids.insert(bisect_left(self._ids, survivor.id), survivor.id)
        self._index.add(survivor, unique)
        gone = [contact.id for contact in (primary, other) if contact.id != survivor.id]
        for contact_id in gone:
            self._merged_into[contact_id] = survivor.id
        details = {
            "primaryObjectId": primary.id,
            "mergedObjectIds": [other.id] if keep_primary_id else [primary.id, other.id],
            "newObjectId": survivor.id,
            "numberOfPropertiesMoved": len(moved),
        }
        self._tell(ContactEvent("merge", survivor.id, at_ms, source, details))
        if more_events:
            for contact_id in gone:
                self._tell(ContactEvent("deletion", contact_id, at_ms, source, {"changeFlag": "DELETED"}))
            for name in moved:
                self._tell_change(survivor, name, at_ms, source)
        return survivor

    def _tell_change(self, contact: Contact, name: str, at_ms: int, source: Source) -> None:
        value = contact.properties.get(name, "")
        self._tell(
            ContactEvent("propertyChange", contact.id, at_ms, source, {"propertyName": name, "propertyValue": value})
        )
        if name == "email":
            domain = contact.get("hs_email_domain") or ""
            details = {"propertyName": "hs_email_domain", "propertyValue": domain}
            self._tell(ContactEvent("propertyChange", contact.id, at_ms, Source("CALCULATED", ""), details))

    def _lagging(self, contact: Contact, former: Contact | None, at_ms: int) -> None:
        if lag_ms := self._lag_ms():
            contact.remember_for_search(at_ms, lag_ms, former)

    def _take_out(self, contact: Contact) -> None:
        self._index.remove(contact)
        del self._live[contact.id]
        del self._ids[bisect_left(self._ids, contact.id)]
