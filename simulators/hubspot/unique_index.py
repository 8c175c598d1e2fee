"""Which contact has an e-mail address (any of its own) or another unique value."""

from __future__ import annotations

from collections.abc import Iterable

from simulators.hubspot.contact import Contact

NOBODY = 0


class UniqueIndex:
    def __init__(self) -> None:
        self._by_email: dict[str, int] = {}
        self._by_value: dict[str, dict[str, int]] = {}

    def by_email(self, email: str) -> int:
        """The contact's id, or `NOBODY`."""
        return self._by_email.get(email, NOBODY)

    def by_value(self, name: str, value: str) -> int:
        return self._by_value.get(name, {}).get(value, NOBODY)

    def add(self, contact: Contact, unique: Iterable[str]) -> None:
        """`unique`: the names of the properties whose values nobody else may have."""
        for email in contact.emails():
            self._by_email[email] = contact.id
        for name in unique:
            if value := contact.properties.get(name):
                self._by_value.setdefault(name, {})[value] = contact.id

    def remove(self, contact: Contact) -> None:
        for email in contact.emails():
            if self._by_email.get(email) == contact.id:
                del self._by_email[email]
        for name, values in self._by_value.items():
            value = contact.properties.get(name, "")
            if values.get(value) == contact.id:
                del values[value]
