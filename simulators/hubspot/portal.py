"""One HubSpot account: its settings, its records, and what its people can choose from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulators.hubspot.associations import Associations
from simulators.hubspot.catalogue import contact_properties
from simulators.hubspot.deal_catalogue import deal_properties
from simulators.hubspot.object_types import CONTACT, DEAL, ObjectType
from simulators.hubspot.owners import Owner, new_owners
from simulators.hubspot.pipelines import Pipelines
from simulators.hubspot.record import Record
from simulators.hubspot.record_event import RecordEvent
from simulators.hubspot.record_store import RecordStore
from simulators.hubspot.schema import Schema

Json = dict[str, Any]


@dataclass(slots=True)
class Portal:
    id: int
    name: str
    ui_domain: str
    hosting: str
    contacts: RecordStore
    deals: RecordStore
    pipelines: Pipelines
    time_zone: str = "Europe/Berlin"
    currency: str = "EUR"
    account_type: str = "STANDARD"
    associations: Associations = field(default_factory=Associations)
    owners: dict[int, Owner] = field(default_factory=new_owners)

    @property
    def website(self) -> str:
        """The customer's own domain: the only name of an account that HubSpot's API gives."""
        return f"{self.name.lower().replace(' ', '-')}.example.com"

    def store(self, object_type: ObjectType) -> RecordStore:
        return self.deals if object_type is DEAL else self.contacts

    def record_url(self, record: Record) -> str:
        return f"https://{self.ui_domain}/contacts/{self.id}/record/{record.type.id}/{record.id}"

    def details(self) -> Json:
        offset_h = {"Europe/Berlin": 1, "America/New_York": -5}.get(self.time_zone, 0)
        return {
            "portalId": self.id,
            "accountType": self.account_type,
            "timeZone": self.time_zone,
            "companyCurrency": self.currency,
            "additionalCurrencies": [],
            "utcOffset": f"{'-' if offset_h < 0 else '+'}{abs(offset_h):02d}:00",
            "utcOffsetMilliseconds": offset_h * 3_600_000,
            "uiDomain": self.ui_domain,
            "dataHostingLocation": self.hosting,
        }


def new_portal(
    portal_id: int,
    name: str,
    *,
    tell: Callable[[int, RecordEvent], None],
    lag_ms: Callable[[], int],
    european: bool,
) -> Portal:
    def told(event: RecordEvent) -> None:
        tell(portal_id, event)

    pipelines, deals = Pipelines(), Schema.of(deal_properties())
    pipelines.publish(deals)
    return Portal(
        portal_id,
        name,
        "app-eu1.hubspot.com" if european else "app.hubspot.com",
        "eu1" if european else "na1",
        RecordStore(CONTACT, Schema.of(contact_properties()), told, lag_ms),
        RecordStore(DEAL, deals, told, lag_ms, pipelines.closing),
        pipelines,
        "Europe/Berlin" if european else "America/New_York",
        "EUR" if european else "USD",
    )
