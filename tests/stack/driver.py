"""A campaign on the deployed stack, driven from outside as its admin and its platform do it."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from simulators.demo.consent import consent
from simulators.local import Stack
from tests.stack.hubspot_account import HTTP, HubSpotAccount
from tests.stack.waiting import wait_until
from tests.stack.workers import lead_queue_is_empty

MAPPING: list[dict[str, str]] = [
    {"kind": "dynamic", "source": "email", "property": "email"},
    {"kind": "dynamic", "source": "first_name", "property": "firstname"},
    {"kind": "dynamic", "source": "referral_code", "property": "referral_code"},
    {"kind": "dynamic", "source": "referrer.first_name", "property": "referred_by"},
]
DEAL_MAPPING: list[dict[str, str]] = [
    {"kind": "fixed", "value": "default", "property": "pipeline"},
    {"kind": "fixed", "value": "appointmentscheduled", "property": "dealstage"},
    {"kind": "dynamic", "source": "first_name", "property": "dealname"},
    {"kind": "dynamic", "source": "referral_code", "property": "referral_code"},
]
CUSTOMER = {"kind": "contact_property", "property": "lifecyclestage", "value": "customer"}
WON = {"kind": "deal_stage", "property": "dealstage", "value": "closedwon"}
NO_RULE = {"kind": "none"}
CONTACTS: dict[str, Any] = {"action": "create_contact"}
DEALS: dict[str, Any] = {"action": "create_deal", "mapping": DEAL_MAPPING, "rule": WON}
DEALS_WITH_CONTACTS: dict[str, Any] = {**DEALS, "with_contact": True, "contact_mapping": MAPPING}
NOTHING: dict[str, Any] = {"action": "none", "mapping": [], "rule": NO_RULE}


def new_id(prefix: str) -> str:
    """An id that no other test has."""
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


def new_address(name: str = "ada") -> str:
    """An e-mail address that no other test has."""
    return f"{new_id(name)}@example.com"


@dataclass
class Driver:
    """One campaign of one account: what its platform publishes, what its admin does, what came of it.

    Everything has ids of its own, so that tests share a stack. HubSpot's side is `hubspot`.
    """

    stack: Stack
    hubspot: HubSpotAccount
    account: str = field(default_factory=lambda: new_id("account"))
    campaign: str = field(default_factory=lambda: new_id("campaign"))

    @classmethod
    def new(cls, stack: Stack, **ids: Any) -> "Driver":
        """A campaign and a HubSpot account that nobody else uses; nothing is registered yet."""
        return cls(stack, **({"hubspot": HubSpotAccount.new(stack)} | ids))

    @classmethod
    def ready(cls, stack: Stack, duplicates: str = "skip", **settings: Any) -> "Driver":
        """A campaign that is registered, connected and completely set up."""
        made = cls.new(stack)
        made.register()
        made.connect()
        assert not made.save(duplicates=duplicates, **settings)["setup_required"]
        return made

    # As the platform

    def register(self, state: str = "live", **asked: Any) -> None:
        """Publish campaign.updated with the next version; returns when the stack has its name (unless deleted)."""
        campaign = {"account_id": self.account, "campaign_id": self.campaign, "name": "Spring", "state": state}
        told = {**campaign, **asked}
        self.platform("campaigns", told)
        if state != "deleted":
            wait_until("the campaign in the API", lambda: self.ask("GET", "").json().get("name") == told["name"])

    def publish(self, *events: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Publish events ({type, data} or {raw}); receipts {event_id, message_id, …}.

        Those about referrers go to the referrer queue, all others to the lead queue.
        """
        grouped = [{"group": self.account, **event} for event in events]
        return list(self.platform("publish", {"events": grouped})["published"])

    def joined(self, email: str | None, lead_id: str | None = None, **data: Any) -> dict[str, Any]:
        """A lead.joined.v1 to publish; `data` is laid over what it usually carries."""
        lead = {
            "account_id": self.account,
            "campaign_id": self.campaign,
            "campaign_name": "Spring",
            "lead_id": lead_id or new_id("lead"),
            "email": email,
            "first_name": "Ada",
            "referral_code": "L4F2A1",
            "source": "email",
            "referral_link": "https://refer.example.com/spring/L4F2A1",
            "referrer": {
                "id": "referrer-7",
                "first_name": "Grace",
                "email": "grace@example.org",
                "referral_code": "R00007",
                "referral_link": "https://refer.example.com/spring/R00007",
                "referrals_count": 3,
            },
            "fields": {},
            "joined_at": datetime.now(UTC).isoformat(),
        }
        return {"type": "lead.joined.v1", "data": lead | data}

    def join(self, email: str | None, lead_id: str | None = None, **data: Any) -> str:
        """Publish a lead.joined; its lead id."""
        event = self.joined(email, lead_id, **data)
        self.publish(event)
        return str(event["data"]["lead_id"])

    def publish_referrer(self, email: str, **changes: Any) -> dict[str, Any]:
        """Publish a referrer: as joined, or as updated when the platform knows it; its `data`."""
        asked = {"account_id": self.account, "campaign_id": self.campaign, "emails": [email], "changes": changes}
        made: dict[str, Any] = self.platform("referrers", asked)["referrers"][0]
        return made

    def close(self, lead_id: str, reason: str = "rejected") -> None:
        """Publish lead.closed."""
        ids = {"account_id": self.account, "campaign_id": self.campaign, "lead_id": lead_id}
        self.publish({"type": "lead.closed.v1", "data": {**ids, "reason": reason}})

    def forget(self, **identity: str) -> None:
        """Publish person.erased; `email=` or `id=`."""
        self.publish({"type": "person.erased.v1", "data": {"account_id": self.account, **identity}})

    def queue_is_empty(self) -> bool:
        """Whether every message on the lead queue is done with, also those that a worker has or that come again."""
        return lead_queue_is_empty(self.stack)

    def announcements(self, kind: str = "lead.changed.v1", **filters: str) -> list[dict[str, Any]]:
        """CloudEvents of the campaign that the platform received, each id once (`repeats` counts the others)."""
        query = {"type": kind, "account_id": self.account, "campaign_id": self.campaign, **filters}
        answer = HTTP.get(f"{self.stack.platform_url}/_sim/announcements", params=query, timeout=30)
        return list(answer.raise_for_status().json()["announcements"])

    def told(self, lead_id: str) -> list[str]:
        """The states of a lead that the platform was told, by rising version."""
        events = sorted(self.announcements(lead_id=lead_id), key=lambda event: event["data"]["version"])
        return [event["data"]["state"] for event in events]

    def state(self, lead_id: str) -> str | None:
        """The state of a lead that the platform was told last, None before the first."""
        return next(reversed(self.told(lead_id)), None)

    def states(self, *lead_ids: str) -> dict[str, str | None]:
        """The told state of each of these leads, with one request."""
        query = {"account_id": self.account, "campaign_id": self.campaign}
        answer = HTTP.get(f"{self.stack.platform_url}/_sim/leads", params=query, timeout=30)
        found = {row["lead_id"]: row["state"] for row in answer.raise_for_status().json()["leads"]}
        return {lead_id: found.get(lead_id) for lead_id in lead_ids}

    def wait(self, lead_id: str, *states: str, seconds: float = 30) -> str:
        """Wait until the platform is told that a lead is in one of these states; which."""

        def look() -> str | None:
            seen.append(self.state(lead_id))
            return seen[-1] if seen[-1] in states else None

        seen: list[str | None] = []
        try:
            return wait_until(f"{lead_id} announced as {' or '.join(states)}", look, seconds=seconds) or ""
        except AssertionError as error:
            raise AssertionError(f"{error}; told so far: {self.told(lead_id)}") from None

    def wait_for_all(self, leads: Iterable[str], *states: str, seconds: float = 30) -> None:
        """Wait until the platform is told that each of these leads is in one of these states."""
        asked = list(leads)
        seen: dict[str, str | None] = {}

        def all_there() -> bool:
            seen.update(self.states(*asked))
            return set(seen.values()) <= set(states)

        try:
            wait_until(f"all announced as {' or '.join(states)}", all_there, seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{error} {seen}") from None

    # As an admin

    def connect(self, hubspot: HubSpotAccount | None = None, *, without: Sequence[str] = ()) -> None:
        """Go through the real redirects and HubSpot's consent page; `hubspot` becomes another one's if given.

        Args:
            without: Optional permissions that are left out there.
        """
        self.hubspot = hubspot or self.hubspot
        page = f"{self.stack.platform_url}/campaigns/{self.campaign}"
        started = self.api("POST", "hubspot/connect", {"return_url": page})
        consent(started["connect_url"], self.hubspot.id, without=without)
        assert self.api("GET", "hubspot")["status"] == "connected"

    def save(
        self,
        *,
        action: str | None = "create_contact",
        duplicates: str = "skip",
        mapping: Sequence[Mapping[str, str]] = MAPPING,
        rule: Mapping[str, str] = CUSTOMER,
        **deals: Any,
    ) -> Any:
        """Save lead settings over the current version; the answer with its gaps.

        Args:
            deals: What only deals have, `with_contact` and `contact_mapping`.
        """
        version = self.api("GET", "hubspot/leads")["version"]
        form = {"action": action, "duplicates": duplicates, "mapping": list(mapping), "rule": rule, **deals}
        return self.api("PUT", "hubspot/leads", {"version": version, **form})

    def save_referrers(self, *, mapping: Sequence[Mapping[str, str]], duplicates: str = "update") -> Any:
        """Save referrer settings over the current version; the answer with its gaps."""
        version = self.api("GET", "hubspot/referrers")["version"]
        form = {"action": "create_contact", "duplicates": duplicates, "mapping": list(mapping)}
        return self.api("PUT", "hubspot/referrers", {"version": version, **form})

    def sweep(self) -> None:
        """Let the sweep come by for this campaign, as it does after every save and answer."""
        self.stack.invoke("SweepFunction", {"account_id": self.account, "campaign_id": self.campaign})

    def asked(self, side: str = "lead") -> dict[str, Any]:
        """What the admin is asked now about a side: the question by its code."""
        questions = self.api("GET", "hubspot/questions")["questions"]
        return {question["code"]: question for question in questions if question["side"] == side}

    def answer(self, code: str, reply: str, **side: str) -> None:
        """Answer a question about leads, or about the `side` named."""
        self.api("POST", f"hubspot/questions/{code}", {"answer": reply, **side})

    def lead(self, lead_id: str) -> Any:
        """A lead as the API tells it: state, reason, timeline, next_step …"""
        return self.api("GET", f"leads/{lead_id}")

    def token(self, **claims: Any) -> str:
        """A token of the platform for an admin of the account; `role`, `campaign_ids`, … as asked."""
        asked = {"account_id": self.account, "sub": "user-1", "name": "Vera Admin", **claims}
        return str(self.platform("token", asked)["token"])

    def ask(self, method: str, path: str, body: Any = None, **claims: Any) -> httpx.Response:
        """A call of the HTTP API on this campaign, whatever it answers."""
        headers = {"Authorization": f"Bearer {self.token(**claims)}"}
        url = f"{self.stack.api_url}/v1/campaigns/{self.campaign}/{path}".removesuffix("/")
        return HTTP.request(method, url, json=body, headers=headers, timeout=60)

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the HTTP API that must succeed; its content."""
        answer = self.ask(method, path, body)
        assert answer.is_success, f"{method} {path} was answered with {answer.status_code}: {answer.text[:500]}"
        return answer.json() if answer.content else None

    def platform(self, path: str, body: Mapping[str, Any]) -> Any:
        """A POST to the platform simulator's control API."""
        answer = HTTP.post(f"{self.stack.platform_url}/_sim/{path}", json=body, timeout=60)
        return answer.raise_for_status().json()
