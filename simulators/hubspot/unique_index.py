"""Which record has an e-mail address (any of its own) or another unique value."""

from __future__ import annotations

from collections.abc import Iterable

from simulators.hubspot.record import Record

NOBODY = 0


class UniqueIndex:
    def __init__(self) -> None:
        self._by_email: dict[str, int] = {}
        self._by_value: dict[str, dict[str, int]] = {}

    def by_email(self, email: str) -> int:
        """The record's id, or `NOBODY`."""
        return self._by_email.get(email, NOBODY)

    def by_value(self, name: str, value: str) -> int:
        return self._by_value.get(name, {}).get(value, NOBODY)

    def add(self, record: Record, unique: Iterable[str]) -> None:
        """`unique`: the names of the properties whose values nobody else may have."""
        for email in record.emails():
            self._by_email[email] = record.id
        for name in unique:
            if value := record.properties.get(name):
                self._by_value.setdefault(name, {})[value] = record.id

    def remove(self, record: Record) -> None:
        for email in record.emails():
            if self._by_email.get(email) == record.id:
                del self._by_email[email]
        for name, values in self._by_value.items():
            value = record.properties.get(name, "")
            if values.get(value) == record.id:
                del values[value]
