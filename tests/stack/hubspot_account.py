"""A HubSpot account of a test's own in the simulator: its records, its faults, and what it was asked."""

import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from simulators.local import Stack
from tests.stack.waiting import wait_until

LONG_AGO = "2020-01-01T00:00:00Z"
_ON_THEIR_WAY = 2
# Above the simulator's own two, and different in each run on one stack.
_NUMBERS = itertools.count(random.randrange(2_000_000, 900_000_000))

HTTP = httpx.Client(timeout=60)
"""One client for all: each call of `httpx.get` reads the CA certificates anew, which costs 40 ms."""


@dataclass(frozen=True)
class HubSpotAccount:
    """Contacts, deals, faults and the journal of one account; other accounts of the simulator are not touched."""

    url: str
    id: int

    @classmethod
    def new(cls, stack: Stack, name: str = "Acme Test") -> "HubSpotAccount":
        """An empty account that nobody else uses."""
        made = cls(stack.hubspot_url, next(_NUMBERS))
        made.control("portals", {"id": made.id, "name": name})
        return made

    def control(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The simulator's control API: POST with a body, else GET."""
        url = f"{self.url}/_sim/{path}"
        answer = HTTP.get(url, timeout=30) if body is None else HTTP.post(url, json=body, timeout=30)
        return answer.raise_for_status().json()

    # Records

    def seed(self, email: str, *, created: str = LONG_AGO, additional: tuple[str, ...] = (), **properties: str) -> str:
        """A contact that is simply there, since long ago if not said otherwise; its id."""
        row = {
            "properties": {"email": email, **properties},
            "createdate": created,
            "additional_emails": list(additional),
        }
        ids: list[str] = self.control("seed", {"portal": self.id, "contacts": [row]})["ids"]
        return ids[0]

    def contacts(self, email: str) -> list[dict[str, Any]]:
        """Contacts with this address, primary or not: {id, properties, additional_emails, merged_ids, history}."""
        found = HTTP.get(f"{self.url}/_sim/portals/{self.id}/contacts", params={"email": email}, timeout=30)
        return list(found.raise_for_status().json()["contacts"])

    def contact(self, email: str) -> dict[str, Any]:
        """The one contact with this address."""
        (found,) = self.contacts(email)
        return found

    def size(self) -> int:
        """How many contacts the account has."""
        return int(self.control(f"portals/{self.id}/contacts?limit=1")["count"])

    def change(self, contact: str, **properties: str) -> None:
        """As a salesperson does on a contact's page; `contact` is its id or an address."""
        self.control(f"portals/{self.id}/contacts/{contact}", {"properties": properties})

    def deals(self, **properties: str) -> list[dict[str, Any]]:
        """Deals with these values: {id, properties, merged_ids, contacts: [ids], history}; without any the newest."""
        found = HTTP.get(f"{self.url}/_sim/portals/{self.id}/deals", params=properties, timeout=30)
        return list(found.raise_for_status().json()["deals"])

    def deal(self, name: str) -> dict[str, Any]:
        """The one deal of this name."""
        (found,) = self.deals(dealname=name)
        return found

    def move(self, deal: str, stage: str) -> None:
        """As a salesperson who drags a deal (its id) to another stage."""
        self.control(f"portals/{self.id}/deals/{deal}", {"properties": {"dealstage": stage}})

    def merge(self, primary: str, other: str, record: str = "contacts") -> str:
        """Make two records one; the survivor's id."""
        asked = {"object": record, "primary": primary, "other": other}
        return str(self.control(f"portals/{self.id}/merge", asked)["id"])

    def remove(self, record_id: str, record: str = "contacts", *, privacy: bool = False) -> None:
        """Delete a record; with `privacy` a contact is gone for good."""
        address = f"{self.url}/_sim/portals/{self.id}/{record}/{record_id}"
        HTTP.delete(address, params={"privacy": "true"} if privacy else {}, timeout=30).raise_for_status()

    def restore(self, record_id: str, record: str = "contacts") -> None:
        """Bring a deleted record back."""
        self.control(f"portals/{self.id}/{record}/{record_id}/restore", {})

    def delete_list(self, list_id: str) -> None:
        """Delete a list."""
        HTTP.delete(f"{self.url}/_sim/portals/{self.id}/lists/{list_id}", timeout=30).raise_for_status()

    def properties(self, **changes: Any) -> None:
        """Change the account's properties: create, archive, restore, options, labels, require, remove_options."""
        self.control(f"portals/{self.id}/properties", changes)

    def pipelines(self, **changes: Any) -> None:
        """Change the account's pipelines: add, archive, restore, add_stages, archive_stages, restore_stages."""
        self.control(f"portals/{self.id}/pipelines", changes)

    # Webhooks and faults

    def lose_webhooks(self) -> None:
        """From now on HubSpot's webhooks about this account are lost on their way."""
        self.control("webhooks/lose", {"portal": self.id})

    def deliver_webhooks(self) -> None:
        """Lose no further webhook; those that were lost stay lost."""
        HTTP.delete(f"{self.url}/_sim/webhooks/lose", params={"portal": self.id}, timeout=30).raise_for_status()

    def fault(self, kind: str, **rule: Any) -> None:
        """A fault for calls of a kind (contacts.batch_upsert …); once, if `times` does not say otherwise."""
        self.control("faults", {"portal": self.id, "kind": kind, **rule})

    def be_away(self) -> None:
        """Answer no call any more. The first that were on their way are carried out all the same."""
        away = {"portal": self.id, "path": "/crm/", "status": 503}
        self.control("faults", {**away, "times": _ON_THEIR_WAY, "after_commit": True})
        self.control("faults", {**away, "times": None})

    def come_back(self) -> None:
        """Answer again; every fault of the simulator ends with that."""
        HTTP.delete(f"{self.url}/_sim/faults", timeout=30).raise_for_status()

    def hold(self, kind: str, *, after_commit: bool = False, **rule: Any) -> "Hold":
        """Let calls of a kind wait until released: before the write, or with `after_commit` after it."""
        name = f"hold-{self.id}-{next(_NUMBERS)}"
        self.fault(kind, hold=name, after_commit=after_commit, **rule)
        return Hold(self, name)

    def expire_tokens(self) -> None:
        """Let every access token of the account end now."""
        self.control("expire", {"portal": self.id})

    # What it was asked

    def calls(self, *prefixes: str) -> list[dict[str, Any]]:
        """Requests in their order, of these kinds (by how they begin) or all."""
        requests = self.control(f"journal?portal={self.id}")["requests"]
        return [request for request in requests if not prefixes or request["kind"].startswith(prefixes)]


@dataclass(frozen=True)
class Hold:
    """Calls that wait at a HubSpot account until they are let go."""

    account: HubSpotAccount
    name: str

    def count(self) -> int:
        """How many wait now."""
        return int(self.account.control("state")["held"].get(self.name, 0))

    def wait(self, number: int = 1, seconds: float = 30) -> None:
        """Wait until so many calls are held."""
        wait_until(f"{number} calls held by HubSpot", lambda: self.count() >= number, seconds=seconds)

    def release(self) -> None:
        """Let them go on, and hold no more."""
        self.account.control("release", {"name": self.name})
