"""Records in HubSpot and the people they belong to, as the use cases see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.people import PersonKey
from referral_hubspot.domain.qualification import PropertyChange


@dataclass(frozen=True, slots=True)
class Record:
    """One record as one customer account sees it."""

    account_id: str
    portal_id: int
    object_type: ObjectType
    record_id: str

    @property
    def in_portal(self) -> "PortalRecord":
        """The record, whoever sees it."""
        return PortalRecord(self.portal_id, self.object_type, self.record_id)


@dataclass(frozen=True, slots=True)
class PortalRecord:
    """One record of a HubSpot account."""

    portal_id: int
    object_type: ObjectType
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

    def unclaimed(self, records: Iterable[PortalRecord], now: datetime) -> list[PropertyChange]:
        """Changes kept for these records, strongly consistent."""
        ...

    def leave_forgotten(self, records: Iterable[PortalRecord], now: datetime) -> None:
        """Keep for a day that the people of these records asked HubSpot's owner to be forgotten."""
        ...

    def forgotten(self, records: Iterable[PortalRecord], now: datetime) -> set[PortalRecord]:
        """Which of these records are known to be such, strongly consistent."""
        ...
