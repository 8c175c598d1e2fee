"""The demo's hands in HubSpot: what is there, a salesperson's changes, what goes wrong, what the API was asked."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from simulators.demo.scenario import Known, PlannedLead

TIMEOUT_SECONDS = 60
TYPED_BY_SALES = "Typed by sales"
DEAL_KEY = "referral_lead_key"  # the unique property that tells the integration's deals apart

# HubSpot goes away at the worst moment: it carries out one last call that creates deals, and does not say so.
AWAY: list[dict[str, Any]] = [
    {"kind": "deals.batch_create", "status": 503, "after_commit": True},
    {"kind": "contacts.batch_upsert", "status": 503, "skip": 1, "times": None},
    {"path": "^(?!.*/contacts/batch/(upsert|update)$)", "status": 503, "times": None},
]


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as HubSpot has it now; times as HubSpot writes them."""

    id: str
    emails: tuple[str, ...]
    properties: dict[str, str]
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as HubSpot has it now; `contacts` are the ids of those beside it."""

    id: str
    key: str
    contacts: tuple[str, ...]
    created_at: str


class HubSpotSide:
    def __init__(self, url: str) -> None:
        self.url = url

    def seed(self, portal_id: int, people: Iterable[PlannedLead], created_at: str) -> int:
        """Make these people known since `created_at`, each with a first name that sales has typed."""
        contacts = [_known(lead, created_at) for lead in people]
        self._post("/_sim/seed", {"portal": portal_id, "contacts": contacts})
        return len(contacts)

    def seed_many(self, portal_id: int, address: str, count: int, start: int = 1) -> None:
        """Contacts that are simply there, numbered from `start` where `address` has {n}."""
        properties = {"email": address, "firstname": "Member {n}"}
        self._post("/_sim/seed", {"portal": portal_id, "count": count, "start": start, "properties": properties})

    def make_list(self, portal_id: int, name: str, members: Sequence[str]) -> str:
        """A static list of the contacts with these addresses; its id."""
        return str(self._post(f"/_sim/portals/{portal_id}/lists", {"name": name, "members": members})["id"])

    def join_list(self, portal_id: int, list_id: str, members: Sequence[str]) -> None:
        """Let contacts join a static list."""
        self._post(f"/_sim/portals/{portal_id}/lists/{list_id}", {"add": members})

    def contacts(self, portal_id: int) -> list[Contact]:
        """Every contact of the account."""
        found = self._get(f"/_sim/portals/{portal_id}/contacts", limit=1_000_000)
        return [_contact(one) for one in found["contacts"]]

    def deals(self, portal_id: int) -> list[Deal]:
        """Every deal of the account."""
        found = self._get(f"/_sim/portals/{portal_id}/deals", limit=1_000_000)
        return [_deal(one) for one in found["deals"]]

    def change(self, portal_id: int, objects: str, record_id: str, name: str, value: str) -> None:
        """As a salesperson does on the page of one of these `objects`, contacts or deals."""
        self._post(f"/_sim/portals/{portal_id}/{objects}/{record_id}", {"properties": {name: value}})

    @contextmanager
    def away(self) -> Iterator[None]:
        """Let HubSpot's API answer 503 to all accounts until the end; see `AWAY`."""
        self._post("/_sim/faults", {"faults": AWAY})
        try:
            yield
        finally:
            self.answer_again()

    def answer_again(self) -> None:
        self._ask("DELETE", "/_sim/faults")

    def lose_webhooks(self) -> None:
        """From now on HubSpot tells nobody of what changes."""
        self._post("/_sim/webhooks/lose", {})

    def send_webhooks_again(self) -> int:
        """Tell of what changes from now on; how many events are lost for good."""
        return int(self._ask("DELETE", "/_sim/webhooks/lose")["lost"])

    def last_call(self) -> int:
        """The number of the newest request so far."""
        return int(self._get("/_sim/journal", limit=1)["last_seq"])

    def calls_since(self, number: int) -> list[dict[str, Any]]:
        return list(self._get("/_sim/journal", since=number)["requests"])

    def _get(self, path: str, **query: str | int) -> Any:
        return self._ask("GET", path, params=query)

    def _post(self, path: str, body: Any) -> Any:
        return self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **given: Any) -> Any:
        answer = requests.request(method, self.url + path, timeout=TIMEOUT_SECONDS, **given)
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


def _deal(one: dict[str, Any]) -> Deal:
    properties = one["properties"]
    return Deal(str(one["id"]), properties.get(DEAL_KEY) or "", tuple(one["contacts"]), properties["createdate"])
