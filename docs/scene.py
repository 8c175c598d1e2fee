"""What the screenshots show: a campaign of an account of its own on a running stack, whose leads went various ways."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any

import requests

from simulators.demo.admin_side import AdminSide, ApiRefusedError
from simulators.demo.consent import consent
from simulators.demo.hubspot_side import HubSpotSide
from simulators.demo.plans import PLANS, CampaignPlan
from simulators.demo.platform_side import PlatformSide
from simulators.demo.waiting import wait_until
from simulators.local import Stack
from simulators.platform.people import FIRST_NAMES, people

LIST_NAME = "Happy customers"
ROWS = 25  # of the console's tables, before more are asked for
_MEMBERS = 600  # of whom a sync reads 250 before it asks for more
_DAYS, _LEADS = 30, 90
_TIMEOUT_SECONDS = 60
_SETTLED = {"sent", "duplicate", "rejected"}


@dataclass(frozen=True)
class Scene:
    """A campaign, and the leads of it that a picture is about."""

    stack: Stack
    account_id: str
    plan: CampaignPlan
    known_lead: str

    @contextmanager
    def sync_in_its_middle(self) -> Iterator[None]:
        """Meanwhile HubSpot lets a sync read the first of the list's contacts, and keeps it waiting for the others."""
        hold = f"screenshots-{self.plan.portal_id}"
        fault = {"portal": self.plan.portal_id, "kind": "lists.join_order", "skip": 1, "times": None, "hold": hold}
        _post(f"{self.stack.hubspot_url}/_sim/faults", fault)
        try:
            yield
        finally:
            _post(f"{self.stack.hubspot_url}/_sim/release", {"name": hold})

    def wait_for_the_first_referrers(self) -> None:
        """Until the console's table has a page full of those whom a sync has read."""
        url = f"{self.stack.api_url}/v1/campaigns/{self.plan.campaign_id}/referrers"

        def look() -> tuple[bool, str]:
            token = PlatformSide(self.stack.platform_url).token(self.account_id)
            answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT_SECONDS)
            number = len(answer.json()["referrers"])
            return number >= ROWS, f"{number} referrers"

        wait_until("referrers of the sync", look, seconds=60, look_at="the logs of list_sync and referrer_joined")


def set_the_scene(stack: Stack) -> Scene:
    """Connect a campaign, let people join it over the last days, and let a salesperson win some of them."""
    number = time.time_ns() // 1_000_000 % 1_000_000_000
    account_id = f"screenshots-{number}"
    plan = replace(PLANS[0], portal_id=2_000_000 + number)
    platform, hubspot = PlatformSide(stack.platform_url), HubSpotSide(stack.hubspot_url)
    admin = AdminSide(stack.api_url, lambda: platform.token(account_id))
    _post(f"{stack.hubspot_url}/_sim/portals", {"id": plan.portal_id, "name": "Acme EU"})
    platform.register(account_id, plan)
    wait_until("the campaign", lambda: _answers(admin, plan), seconds=60, look_at="the log of lead_joined")
    consent(admin.connect(plan.campaign_id, platform.page(account_id, plan.campaign_id)), plan.portal_id)
    admin.save_settings(plan)
    admin.return_properties(plan.campaign_id)

    leads = list(_leads(account_id, plan))
    known = leads[::-9]
    _seed(stack, plan, [{"properties": {"email": lead["email"], "firstname": lead["first_name"]}} for lead in known])
    for lead in leads[4::30]:
        lead["email"] = "not an address"
    platform.publish([{"type": "lead.joined.v1", "data": lead} for lead in leads])
    _wait_for_states(platform, account_id, [lead["lead_id"] for lead in leads], _SETTLED)
    _win(platform, hubspot, account_id, plan, leads[::4])

    _seed(stack, plan, list(_members()))
    hubspot.make_list(plan.portal_id, LIST_NAME, [one["properties"]["email"] for one in _members()])
    return Scene(stack, account_id, plan, known[0]["lead_id"])


def _leads(account_id: str, plan: CampaignPlan) -> Iterator[dict[str, Any]]:
    """More of them every week, the newest now."""
    now = datetime.now(UTC)
    campaign = {"account_id": account_id, "campaign_id": plan.campaign_id, "campaign_name": plan.name}
    made = people(**campaign, count=_LEADS, seed="", joined_at=now)
    for number, lead in enumerate(made, 1):
        ago = timedelta(days=(_DAYS - 2) * (1 - (number / _LEADS) ** 0.7))
        email = f"{lead['first_name'].lower()}.{number}@example.com"
        yield lead | {"email": email, "lead_id": f"lead-{number:05d}", "joined_at": (now - ago).isoformat()}


def _members() -> Iterator[dict[str, Any]]:
    for number, name in enumerate(islice(cycle(FIRST_NAMES), _MEMBERS), 1):
        yield {"properties": {"email": f"{name.lower()}.{number}@example.org", "firstname": name}}


def _win(
    platform: PlatformSide, hubspot: HubSpotSide, account_id: str, plan: CampaignPlan, leads: Sequence[dict[str, Any]]
) -> None:
    """Let contacts of these leads, if they are new, become customers."""
    states = {one["lead_id"]: one["state"] for one in platform.leads(account_id)}
    sent = {lead["email"]: lead["lead_id"] for lead in leads if states[lead["lead_id"]] == "sent"}
    for contact in hubspot.contacts(plan.portal_id):
        if contact.emails[0] in sent:
            hubspot.change(plan.portal_id, "contacts", contact.id, plan.rule_property, plan.rule_value)
    _wait_for_states(platform, account_id, list(sent.values()), {"qualified"})


def _wait_for_states(platform: PlatformSide, account_id: str, leads: Sequence[str], states: set[str]) -> None:
    def look() -> tuple[bool, str]:
        told = {one["lead_id"]: one["state"] for one in platform.leads(account_id)}
        there = sum(told.get(lead) in states for lead in leads)
        return there == len(leads), f"{there} of {len(leads)} leads"

    wait_until(f"leads that are {' or '.join(sorted(states))}", look, seconds=60, look_at=f"{platform.url}/")


def _answers(admin: AdminSide, plan: CampaignPlan) -> tuple[bool, str]:
    try:
        return True, str(admin.connection(plan.campaign_id)["status"])
    except ApiRefusedError as error:
        return False, str(error)


def _seed(stack: Stack, plan: CampaignPlan, contacts: Sequence[dict[str, Any]]) -> None:
    since = (datetime.now(UTC) - timedelta(days=400)).isoformat(timespec="milliseconds")
    rows = [{**contact, "createdate": since} for contact in contacts]
    _post(f"{stack.hubspot_url}/_sim/seed", {"portal": plan.portal_id, "contacts": rows})


def _post(url: str, body: dict[str, Any]) -> None:
    requests.post(url, json=body, timeout=_TIMEOUT_SECONDS).raise_for_status()
