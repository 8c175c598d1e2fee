"""One HubSpot account: its settings, its property definitions and its contacts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulators.hubspot.catalogue import contact_properties
from simulators.hubspot.contact_event import ContactEvent
from simulators.hubspot.contact_store import ContactStore
from simulators.hubspot.definitions import Property

Json = dict[str, Any]


@dataclass(slots=True)
class Portal:
    """`required` are the contact properties without which none is created; `conditional` rows say that a property
    with a value asks for another: (property, value, what is then required)."""

    id: int
    name: str
    ui_domain: str
    hosting: str
    contacts: ContactStore
    time_zone: str = "Europe/Berlin"
    currency: str = "EUR"
    account_type: str = "STANDARD"
    properties: dict[str, Property] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    conditional: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def unique_properties(self) -> list[str]:
        return [prop.name for prop in self.properties.values() if prop.unique]

    @property
    def website(self) -> str:
        """The customer's own domain: the only name of an account that HubSpot's API gives."""
        return f"{self.name.lower().replace(' ', '-')}.example.com"

    def property(self, name: str) -> Property | None:
        """The definition, unless it is archived."""
        prop = self.properties.get(name)
        return None if prop is None or prop.archived else prop

    def record_url(self, contact_id: int) -> str:
        return f"https://{self.ui_domain}/contacts/{self.id}/record/0-1/{contact_id}"

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
    tell: Callable[[int, ContactEvent], None],
    lag_ms: Callable[[], int],
    european: bool,
) -> Portal:
    portal = Portal(
        portal_id,
        name,
        "app-eu1.hubspot.com" if european else "app.hubspot.com",
        "eu1" if european else "na1",
        ContactStore(lambda event: tell(portal_id, event), lag_ms),
        "Europe/Berlin" if european else "America/New_York",
        "EUR" if european else "USD",
    )
    portal.properties = {prop.name: prop for prop in contact_properties()}
    return portal
