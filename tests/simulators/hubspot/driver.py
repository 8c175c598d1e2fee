"""What the tests of the simulator share: an app that is connected, and an address that webhooks reach."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from simulators.hubspot import HubSpotSimulator
from tests.simulators.hubspot.openapi import ENVIRONMENT, Specs

Json = dict[str, Any]

EU, US = 1001001, 1001002
REDIRECT = "http://127.0.0.1:9/callback"
SCOPES = "oauth crm.objects.contacts.read crm.objects.contacts.write crm.schemas.contacts.read"
CLIENT = {"client_id": "sim-client-id", "client_secret": "sim-client-secret-0001"}
AUTHORIZE = {"client_id": "sim-client-id", "redirect_uri": REDIRECT, "scope": SCOPES, "state": "s-1"}
CONTACTS = "/crm/objects/2026-09/contacts"
DEALS = "/crm/objects/2026-09/deals"
DEAL_SCOPES = (
    "crm.objects.deals.read crm.objects.deals.write crm.schemas.deals.read crm.schemas.deals.write "
    "crm.objects.owners.read"
)
"""What a customer additionally allows who wants deals."""

LISTS = "/crm/lists/2026-09"
LIST_SCOPE = "crm.lists.read"

SPECS = Specs(Path(folder)) if (folder := os.environ.get(ENVIRONMENT)) else None


class Driver:
    """Talks to one simulator; every answer is held against the specs where they are at hand."""

    def __init__(self, simulator: HubSpotSimulator) -> None:
        self.simulator = simulator
        self.url = simulator.url
        self.session = requests.Session()
        self.session.trust_env = False
        if SPECS is not None:
            self.session.hooks["response"].append(SPECS.hook)

    def approve(self, portal: int = EU, **fields: str) -> requests.Response:
        data = AUTHORIZE | {"account": str(portal), "decision": "approve"} | fields
        return self.session.post(self.url + "/oauth/authorize", data=data, allow_redirects=False, timeout=10)

    def code(self, portal: int = EU, **fields: str) -> str:
        location = self.approve(portal, **fields).headers["location"]
        return parse_qs(urlsplit(location).query)["code"][0]

    def token(self, version: str = "2026-09", **form: str) -> requests.Response:
        return self.session.post(f"{self.url}/oauth/{version}/token", data=CLIENT | form, timeout=10)

    def exchange(self, code: str, **form: str) -> requests.Response:
        return self.token(grant_type="authorization_code", code=code, **({"redirect_uri": REDIRECT} | form))

    def refresh(self, refresh_token: str) -> requests.Response:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token)

    def connect(self, portal: int = EU, **fields: str) -> Account:
        answer = self.exchange(self.code(portal, **fields))
        assert answer.status_code == 200, answer.text
        return Account(self, portal, answer.json())

    def control(self, path: str, body: Json | None = None, *, method: str = "POST") -> Any:
        """What `/_sim/{path}` answers; it must succeed."""
        answer = self.session.request(method, f"{self.url}/_sim/{path}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def look(self, path: str) -> Any:
        return self.control(path, method="GET")

    def switch(self, **values: Any) -> None:
        self.control("switches", values)

    def journal(self) -> list[Json]:
        rows: list[Json] = self.look("journal")["requests"]
        return rows

    def seed(self, *rows: Json, portal: int = EU) -> list[str]:
        """Each row is the properties of a contact, or a whole seed row."""
        contacts = [row if "properties" in row else {"properties": row} for row in rows]
        ids: list[str] = self.control("seed", {"portal": portal, "contacts": contacts})["ids"]
        return ids

    def make_list(self, *members: str, portal: int = EU, **more: Any) -> str:
        """A list that is called "VIPs" unless `more` says otherwise; its id."""
        wish = {"name": "VIPs"} | ({} if "rule" in more else {"members": list(members)}) | more
        made: Json = self.control(f"portals/{portal}/lists", wish)
        return str(made["id"])

    def change_list(self, list_id: str, *, add: Any = (), remove: Any = (), portal: int = EU) -> int:
        """Of a static list; how many members it has then."""
        changed: Json = self.control(f"portals/{portal}/lists/{list_id}", {"add": add, "remove": remove})
        return int(changed["size"])

    def seed_deal(
        self, *contacts: str, stage: str = "appointmentscheduled", portal: int = EU, **properties: str
    ) -> str:
        """A deal in the first pipeline with these contacts (ids or addresses); its id."""
        values = {"dealname": "Ada", "pipeline": "default", "dealstage": stage} | properties
        row = {"properties": values, "contacts": list(contacts)}
        ids: list[str] = self.control("seed", {"portal": portal, "deals": [row]})["ids"]
        return ids[0]


class Account:
    """A connected portal."""

    def __init__(self, driver: Driver, portal: int, tokens: Json) -> None:
        self.driver = driver
        self.portal = portal
        self.tokens = tokens

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return self.driver.session.request(
            method, self.driver.url + path, json=body, params=query, headers=headers, timeout=10
        )

    def post(self, path: str, body: Any) -> requests.Response:
        """On contacts: `/batch/read`, `/search` …"""
        return self.call("POST", CONTACTS + path, body)

    def get(self, path: str = "", **query: Any) -> requests.Response:
        return self.call("GET", CONTACTS + path, **query)

    def upsert(self, *rows: Json) -> requests.Response:
        return self.post("/batch/upsert", {"inputs": list(rows)})

    def read_by_email(self, *emails: str, **more: Any) -> requests.Response:
        inputs = [{"id": email} for email in emails]
        body = {"idProperty": "email", "inputs": inputs, "properties": ["email"], "propertiesWithHistory": []}
        return self.post("/batch/read", body | more)

    def search(self, name: str, operator: str, **more: Any) -> requests.Response:
        rule = {"propertyName": name, "operator": operator} | {
            key: more.pop(key) for key in ("value", "values", "highValue") if key in more
        }
        body = {"filterGroups": [{"filters": [rule]}], "properties": [name], "limit": 100, "sorts": [], "after": "0"}
        return self.post("/search", body | more)

    def lists(self, **body: Any) -> requests.Response:
        return self.call("POST", f"{LISTS}/search", body)

    def members(self, list_id: str, order: str = "", **query: Any) -> requests.Response:
        """A page by record id, or with "/join-order" by joining."""
        return self.call("GET", f"{LISTS}/{list_id}/memberships{order}", **query)

    def member_ids(self, list_id: str, order: str = "/join-order", **query: Any) -> list[str]:
        answer = self.members(list_id, order, **query)
        assert answer.status_code == 200, answer.text
        return [row["recordId"] for row in answer.json()["results"]]


def deal(*contacts: str, **properties: str) -> Json:
    """A new deal as its creation names it, with these contacts (ids)."""
    values = {"dealname": "Ada", "pipeline": "default", "dealstage": "appointmentscheduled"} | properties
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}]
    return {"properties": values, "associations": [{"to": {"id": contact}, "types": types} for contact in contacts]}


def row(trace: str | None, email: str, /, **properties: str) -> Json:
    """An input of an upsert by e-mail."""
    made: Json = {"idProperty": "email", "id": email, "properties": properties}
    return made if trace is None else made | {"objectWriteTraceId": trace}


class WebhookReceiver:
    """An address that webhooks reach. `answers`: statuses to give first, then 204 for ever."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.delay_s = 0.0
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhook"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def events(self) -> list[Json]:
        with self._lock:
            return [event for _, body in self.requests for event in json.loads(body)]

    def wait_for(self, enough: Callable[[list[Json]], bool], timeout_s: float = 5.0) -> list[Json]:
        """The events so far, once there are enough."""
        end = time.monotonic() + timeout_s
        while not enough(events := self.events()):
            assert time.monotonic() < end, f"still waiting; so far {events}"
            time.sleep(0.01)
        return events

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.receive(dict(self.headers.items()), body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
                """Silent."""

        return Handler

    def receive(self, headers: dict[str, str], body: bytes) -> int:
        with self._lock:
            self.requests.append((headers, body))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            status = self.answers.pop(0) if self.answers else 204
        time.sleep(self.delay_s)
        with self._lock:
            self._at_once -= 1
        return status
