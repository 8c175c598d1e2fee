"""The demo's hands in HubSpot: people known from before, a salesperson's changes, and what the API was asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import requests

from simulators.demo.scenario import Known, PlannedLead

TIMEOUT_SECONDS = 60
TYPED_BY_SALES = "Typed by sales"


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as HubSpot has it now; times as HubSpot writes them."""

    id: str
    emails: tuple[str, ...]
    properties: dict[str, str]
    created_at: str
    updated_at: str


class HubSpotSide:
    def __init__(self, url: str) -> None:
        self.url = url

    def seed(self, portal_id: int, people: Iterable[PlannedLead], created_at: str) -> int:
        """Make these people known since `created_at`, each with a first name that sales has typed."""
        contacts = [_known(lead, created_at) for lead in people]
        self._post("/_sim/seed", {"portal": portal_id, "contacts": contacts})
        return len(contacts)

    def contacts(self, portal_id: int) -> list[Contact]:
        """Every contact of the account."""
        found = self._get(f"/_sim/portals/{portal_id}/contacts", limit=1_000_000)
        return [_contact(one) for one in found["contacts"]]

    def change(self, portal_id: int, contact_id: str, name: str, value: str) -> None:
        """As a salesperson does on the contact's page."""
        self._post(f"/_sim/portals/{portal_id}/contacts/{contact_id}", {"properties": {name: value}})

    def last_call(self) -> int:
        """The number of the newest request so far."""
        return int(self._get("/_sim/journal", limit=1)["last_seq"])

    def calls_since(self, number: int) -> list[dict[str, Any]]:
        return list(self._get("/_sim/journal", since=number)["requests"])

    def _get(self, path: str, **query: str | int) -> Any:
        answer = requests.get(self.url + path, params=query, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def _post(self, path: str, body: Any) -> Any:
        answer = requests.post(self.url + path, json=body, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()


def _known(lead: PlannedLead, created_at: str) -> dict[str, Any]:
    other = f"private.{lead.lead_id}@example.net"
    by_secondary = lead.known is Known.SECONDARY
    return {
        "properties": {"email": other if by_secondary else lead.email, "firstname": TYPED_BY_SALES},
        "createdate": created_at,
        "additional_emails": [lead.email] if by_secondary else [],
    }


def _contact(one: dict[str, Any]) -> Contact:
    properties = dict(one["properties"])
    created, updated = properties["createdate"], properties["lastmodifieddate"]
    emails = (properties.get("email", ""), *one["additional_emails"])
    return Contact(str(one["id"]), tuple(filter(None, emails)), properties, created, updated)
