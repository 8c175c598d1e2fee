"""The records of one type in one portal, found by id, by any e-mail address and by unique values."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from simulators.hubspot.lists import Lists
from simulators.hubspot.object_types import ObjectType
from simulators.hubspot.record import Record, Source
from simulators.hubspot.record_event import RecordEvent
from simulators.hubspot.schema import Schema
from simulators.hubspot.unique_index import UniqueIndex

FIRST_ID = 20_001
CALCULATED = Source("CALCULATED", "")


class RecordStore:
    """Writes are already checked when they come here.

    Ids start at the same number in every portal and for every type, because nothing says that they differ. `follow`
    gives the values that follow from those being written.
    """

    def __init__(
        self,
        object_type: ObjectType,
        schema: Schema,
        tell: Callable[[RecordEvent], None],
        lag_ms: Callable[[], int],
        follow: Callable[[Mapping[str, str]], Mapping[str, str]] = lambda _: {},
    ) -> None:
        self.type = object_type
        self.schema = schema
        self._tell_app = tell
        self._lag_ms = lag_ms
        self._follow = follow
        self._next_id = FIRST_ID
        self._live: dict[int, Record] = {}
        self._ids: list[int] = []
        self._index = UniqueIndex()
        self._merged_into: dict[int, int] = {}
        self.archived: dict[int, Record] = {}
        self.blocked_emails: set[str] = set()
        self.lists = Lists()

    def __len__(self) -> int:
        return len(self._live)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._live.values())

    def by_ids(self) -> list[Record]:
        """All live records in the order of their ids."""
        return [self._live[record_id] for record_id in self._ids]

    def after(self, last_id: int, count: int) -> list[Record]:
        """The next live records by id."""
        start = bisect_left(self._ids, last_id + 1)
        return [self._live[record_id] for record_id in self._ids[start : start + count]]

    def newest(self, count: int) -> list[Record]:
        return [self._live[record_id] for record_id in reversed(self._ids[-count:])]

    def by_id(self, record_id: int) -> Record | None:
        """The live record of this id, or the one it was merged into."""
        while record_id in self._merged_into:
            record_id = self._merged_into[record_id]
        return self._live.get(record_id)

    def by_number(self, text: str) -> Record | None:
        """As `by_id`, for what a caller has written."""
        return self.by_id(int(text)) if text.isascii() and text.isdigit() else None

    def was_merged_away(self, record_id: int) -> bool:
        return record_id in self._merged_into

    def by_email(self, email: str, *, secondary: bool = True) -> Record | None:
        record = self._live.get(self._index.by_email(email.strip().lower()))
        if record is not None and not secondary and record.email != email.strip().lower():
            return None
        return record

    def by_unique(self, name: str, value: str) -> Record | None:
        return self._live.get(self._index.by_value(name, value))

    def add(
        self,
        properties: Mapping[str, str],
        *,
        at_ms: int,
        source: Source,
        created_ms: int | None = None,
        additional_emails: Iterable[str] = (),
        announce: bool = True,
        property_changes: bool = True,
    ) -> Record:
        created = at_ms if created_ms is None else created_ms
        values = {name: value for name, value in {**properties, **self._follow(properties)}.items() if value}
        record = Record(self.type, self._next_id, values, created, created, source)
        record.additional_emails = [email.strip().lower() for email in additional_emails]
        self._next_id += 1
        self._put_in(record)
        self.lists.saw(record)
        if not announce:
            return record
        self._lagging(record, None, at_ms)
        self._tell("creation", record.id, at_ms, source, changeFlag="NEW")
        if property_changes:
            for name in record.properties:
                self._tell_change(record, name, at_ms, source)
        return record

    def change(
        self, record: Record, properties: Mapping[str, str], *, at_ms: int, source: Source, announce: bool = True
    ) -> list[str]:
        """Set values (a blank clears) and say which of them differ from before."""
        properties = {**properties, **self._follow(properties)}
        changed = [name for name, value in properties.items() if value != (record.properties.get(name) or "")]
        if not changed:
            return []
        former = record.snapshot() if self._lag_ms() else None
        self._index.remove(record)
        for name in changed:
            record.record(name, properties[name], at_ms, source)
        if record.email in record.additional_emails:
            record.additional_emails.remove(record.email or "")
            if former_email := record.history["email"][-2].value:
                record.additional_emails.append(former_email)
        record.updated_ms = max(at_ms, record.updated_ms + 1)
        self._index.add(record, self.schema.unique_properties)
        self.lists.saw(record)
        if former is not None:
            self._lagging(record, former, at_ms)
        if announce:
            for name in changed:
                self._tell_change(record, name, at_ms, source)
        return changed

    def archive(self, record: Record, *, at_ms: int, source: Source) -> None:
        """To the recycle bin: ninety days from gone."""
        self._take_out(record)
        self.lists.lost(record)
        record.archived_ms = at_ms
        self.archived[record.id] = record
        self._tell("deletion", record.id, at_ms, source, changeFlag="DELETED")

    def restore(self, record: Record, *, at_ms: int, source: Source) -> None:
        """Out of the recycle bin."""
        del self.archived[record.id]
        record.archived_ms = None
        record.updated_ms = max(at_ms, record.updated_ms + 1)
        self._put_in(record)
        self.lists.saw(record)
        self._tell("restore", record.id, at_ms, source)

    def erase(self, record: Record, *, at_ms: int, source: Source, privacy_first: bool) -> None:
        """For good, as the law demands."""
        if record.id in self._live:
            self._take_out(record)
            self.lists.lost(record)
        self.archived.pop(record.id, None)
        kinds = ["privacyDeletion", "deletion"] if privacy_first else ["deletion", "privacyDeletion"]
        for kind in kinds:
            self._tell(kind, record.id, at_ms, source, changeFlag="DELETED")

    def merge(
        self,
        primary: Record,
        other: Record,
        *,
        at_ms: int,
        source: Source,
        keep_primary_id: bool,
        more_events: bool = False,
    ) -> Record:
        """Make one record of two; the other's addresses become additional ones."""
        values = self._merged_values(primary, other)
        moved = [name for name, value in values.items() if primary.properties.get(name) != value]
        emails = [email for email in dict.fromkeys(primary.emails() + other.emails()) if email != values.get("email")]
        self._take_out(primary)
        self._take_out(other)
        survivor = primary
        if not keep_primary_id:
            survivor = Record(self.type, self._next_id, {}, 0, 0, primary.origin, history=primary.history)
            self._next_id += 1
        survivor.merged_ids = [*primary.merged_ids, *other.merged_ids, primary.id, other.id]
        survivor.created_ms = min(primary.created_ms, other.created_ms)
        survivor.updated_ms = at_ms
        survivor.properties = dict(primary.properties)
        for name in moved:
            survivor.record(name, values[name], at_ms, source)
        survivor.additional_emails = emails
        self._put_in(survivor)
        gone = [record.id for record in (primary, other) if record.id != survivor.id]
        for record_id in gone:
            self._merged_into[record_id] = survivor.id
        self.lists.merged(survivor, gone)
        self._tell(
            "merge",
            survivor.id,
            at_ms,
            source,
            primaryObjectId=primary.id,
            mergedObjectIds=[other.id] if keep_primary_id else [primary.id, other.id],
            newObjectId=survivor.id,
            numberOfPropertiesMoved=len(moved),
        )
        if more_events:
            for record_id in gone:
                self._tell("deletion", record_id, at_ms, source, changeFlag="DELETED")
            for name in moved:
                self._tell_change(survivor, name, at_ms, source)
        return survivor

    def _merged_values(self, primary: Record, other: Record) -> dict[str, str]:
        """The primary's values win, blanks are filled, the lifecycle stage is the further of the two."""
        values = {**other.properties, **primary.properties}
        stage = self.schema.properties.get("lifecyclestage")
        order = [option.value for option in stage.options] if stage else []
        stages = [record.properties.get("lifecyclestage") for record in (primary, other)]
        if known := [stage for stage in stages if stage in order]:
            values["lifecyclestage"] = max(known, key=order.index)
        return values

    def _tell(self, kind: str, record_id: int, at_ms: int, source: Source, **details: Any) -> None:
        self._tell_app(RecordEvent(self.type, kind, record_id, at_ms, source, details))

    def _tell_change(self, record: Record, name: str, at_ms: int, source: Source) -> None:
        value = record.properties.get(name, "")
        self._tell("propertyChange", record.id, at_ms, source, propertyName=name, propertyValue=value)
        if name == "email":
            domain = record.get("hs_email_domain") or ""
            details = {"propertyName": "hs_email_domain", "propertyValue": domain}
            self._tell("propertyChange", record.id, at_ms, CALCULATED, **details)

    def _lagging(self, record: Record, former: Record | None, at_ms: int) -> None:
        if lag_ms := self._lag_ms():
            record.remember_for_search(at_ms, lag_ms, former)

    def _put_in(self, record: Record) -> None:
        self._live[record.id] = record
        self._ids.insert(bisect_left(self._ids, record.id), record.id)
        self._index.add(record, self.schema.unique_properties)

    def _take_out(self, record: Record) -> None:
        self._index.remove(record)
        del self._live[record.id]
        del self._ids[bisect_left(self._ids, record.id)]
