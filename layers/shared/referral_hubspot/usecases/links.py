"""Records in HubSpot and the people they belong to, as the use cases see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.people import PersonKey
from referral_hubspot.domain.qualification import PropertyChange


@dataclass(frozen=True, slots=True)
class Record:
    """One contact as one customer account sees it."""

    account_id: str
    portal_id: int
    record_id: str


class Links(Protocol):
    """Record links and unclaimed changes; see `storage.links`."""

    def add(self, links: Iterable[tuple[Record, PersonKey]]) -> None:
        """Say whose records these are; saying it again changes nothing."""
        ...

    def people(self, records: Iterable[Record]) -> dict[Record, list[PersonKey]]:
        """Whose records these are, strongly consistent; a record of nobody is left out."""
        ...

    def leave_unclaimed(self, changes: Iterable[PropertyChange], now: datetime) -> None:
        """Keep changes of records that nobody is linked to yet, for a day."""
        ...

    def unclaimed(self, records: Iterable[tuple[int, str]], now: datetime) -> list[PropertyChange]:
        """Changes kept for these (portal, record id), strongly consistent."""
        ...
