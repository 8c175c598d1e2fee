"""One record as HubSpot keeps it: values, where each came from, and what search may still believe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from simulators.hubspot.moments import iso
from simulators.hubspot.object_types import ObjectType

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Who wrote: `kind` as HubSpot names it (INTEGRATION, CRM_UI, IMPORT …), `id` which one."""

    kind: str
    id: str

    @property
    def user_id(self) -> int | None:
        prefix, _, number = self.id.partition(":")
        return int(number) if prefix == "userId" and number.isdigit() else None


@dataclass(frozen=True, slots=True)
class Version:
    """A value that a property had from `at_ms` on."""

    value: str
    at_ms: int
    source: Source

    def as_json(self) -> Json:
        body: Json = {
            "value": self.value,
            "timestamp": iso(self.at_ms),
            "sourceType": self.source.kind,
            "sourceId": self.source.id,
        }
        if self.source.user_id is not None:
            body["updatedByUserId"] = self.source.user_id
        return body


COMPUTED = frozenset(
    {
        "hs_object_id",
        "createdate",
        "lastmodifieddate",
        "hs_lastmodifieddate",
        "hs_additional_emails",
        "hs_merged_object_ids",
        "hs_email_domain",
    }
)
"""What nobody writes; every other property is read as it was written."""


@dataclass(slots=True)
class Record:
    """`properties` holds what people and apps wrote, never a blank; HubSpot's own values are computed. Only contacts
    have e-mail addresses."""

    type: ObjectType
    id: int
    properties: dict[str, str]
    created_ms: int
    updated_ms: int
    origin: Source
    additional_emails: list[str] = field(default_factory=list)
    merged_ids: list[int] = field(default_factory=list)
    history: dict[str, list[Version]] = field(default_factory=dict)
    archived_ms: int | None = None
    earlier: list[tuple[int, Record | None]] = field(default_factory=list)

    @property
    def email(self) -> str | None:
        return self.properties.get("email")

    def emails(self) -> list[str]:
        return [*([self.email] if self.email else []), *self.additional_emails]

    def get(self, name: str) -> str | None:
        if name not in COMPUTED:
            return self.properties.get(name)
        match name:
            case "hs_object_id":
                return str(self.id)
            case "createdate":
                return iso(self.created_ms)
            case self.type.modified:
                return iso(self.updated_ms)
            case "hs_additional_emails":
                return ";".join(self.additional_emails) or None
            case "hs_merged_object_ids":
                return ";".join(map(str, self.merged_ids)) or None
            case "hs_email_domain":
                return self.email.partition("@")[2] if self.email else None
            case _:
                return self.properties.get(name)

    def versions(self, name: str) -> list[Version]:
        """Newest first. What was never changed has one version, from the record's beginning."""
        if name in self.history:
            return self.history[name][::-1]
        value = self.get(name)
        return [Version(value, self.created_ms, self.origin)] if value is not None else []

    def record(self, name: str, value: str, at_ms: int, source: Source) -> None:
        """Set a value, or clear it with a blank one, and remember that it was so."""
        if name not in self.history:
            self.history[name] = self.versions(name)
        self.history[name].append(Version(value, at_ms, source))
        if value:
            self.properties[name] = value
        else:
            self.properties.pop(name, None)

    def snapshot(self) -> Record:
        return replace(
            self, properties=dict(self.properties), additional_emails=list(self.additional_emails), earlier=[]
        )

    def as_indexed(self, at_ms: int) -> Record | None:
        """This record as a search index that knows nothing after `at_ms` shows it."""
        for replaced_ms, former in self.earlier:
            if replaced_ms > at_ms:
                return former
        return self

    def remember_for_search(self, at_ms: int, lag_ms: int, former: Record | None) -> None:
        self.earlier = [entry for entry in self.earlier if entry[0] > at_ms - lag_ms]
        self.earlier.append((at_ms, former))

    def as_json(self, names: Iterable[str], *, known: Iterable[str] = (), history: Iterable[str] = ()) -> Json:
        """HubSpot's object with these properties; those of `known` that have no value are null."""
        shown: dict[str, str | None] = {}
        known = frozenset(known)
        for name in (*names, *self.type.always_shown):
            value = self.get(name)
            if value is not None or name in known:
                shown[name] = value
        body: Json = {
            "id": str(self.id),
            "properties": shown,
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.updated_ms),
            "archived": self.archived_ms is not None,
        }
        if self.archived_ms is not None:
            body["archivedAt"] = iso(self.archived_ms)
        with_history = [name for name in history if name in known]
        if with_history:
            body["propertiesWithHistory"] = {
                name: [version.as_json() for version in self.versions(name)] for name in with_history
            }
        return body
