"""The play itself, act by act, and what was seen."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

from simulators.demo.admin_side import AdminSide, ApiRefusedError
from simulators.demo.consent import consent
from simulators.demo.dead_letters import dead_letters
from simulators.demo.evidence import Evidence, Seen, conclude
from simulators.demo.expectations import LeadKey, expected, key
from simulators.demo.hubspot_side import Contact, HubSpotSide
from simulators.demo.narrator import Narrator
from simulators.demo.platform_side import PlatformSide
from simulators.demo.scenario import CampaignPlan, PlannedLead, Scenario
from simulators.demo.waiting import wait_until
from simulators.local import Stack

PUBLISH_AT_ONCE = 100
KNOWN_SINCE = timedelta(days=400)
SETTLING_SECONDS = 3.0  # long enough for an announcement too many to arrive
OPEN_STATES = (None, "sending", "held")


class NotReadyError(Exception):
    """A campaign cannot be played, for connecting it or saving its settings did not do what it should."""


@dataclass(frozen=True, slots=True)
class BeforeSales:
    """What there was when every lead was answered and sales had not begun."""

    states: Mapping[LeadKey, str | None]
    contacts: Mapping[LeadKey, Contact]
    calls: Sequence[Mapping[str, Any]]


class Play:
    def __init__(self, scenario: Scenario, stack: Stack, narrator: Narrator) -> None:
        self.scenario = scenario
        self.stack = stack
        self.platform = PlatformSide(stack.platform_url)
        self.hubspot = HubSpotSide(stack.hubspot_url)
        self.admin = AdminSide(stack.api_url, lambda: self.platform.token(scenario.account_id))
        self._narrator = narrator
        self._expected = expected(scenario)
        self._dead_before = sum(dead_letters(stack).values())
        self._unreadable_before = self.platform.unreadable()
        self._published = 0

    def perform(self) -> Seen:
        for plan in self.scenario.campaigns:
            self.connect(plan)
        self.seed()
        first_call = self.hubspot.last_call()
        self.publish()
        self.wait_for_delivery()
        before = BeforeSales(self.states(), self._contacts(), self.hubspot.calls_since(first_call))
        changed_at = self.sell(before.contacts)
        self.wait_for_qualification()
        return conclude(self.scenario, self._evidence(before, first_call, changed_at))

    def connect(self, plan: CampaignPlan) -> None:
        """Register the campaign, connect it through HubSpot's consent page, save its settings."""
        account, campaign = self.scenario.account_id, plan.campaign_id
        self._narrator.say(f"Connecting {plan.name} to HubSpot account {plan.portal_id} through its consent page")
        self.platform.register(account, plan)
        wait_until(
            f"campaign {campaign} in the integration",
            lambda: self._knows(campaign),
            seconds=60,
            look_at="the log of lead_joined, which takes campaign.updated.v1 from the lead queue",
        )
        consent(self.admin.connect(campaign, self.platform.page(account, campaign)), plan.portal_id)
        connection = self.admin.connection(campaign)
        if connection["status"] != "connected":
            raise NotReadyError(f"after consent, campaign {campaign} is {connection['status']}, must be connected")
        saved = self.admin.save_settings(plan)
        self._narrator.say(
            f"  connected to {connection['account']['name']}; duplicates: {plan.duplicates}; "
            f"rule: {plan.rule_property} becomes {plan.rule_value}"
        )
        if saved["setup_required"]:
            raise NotReadyError(f"campaign {campaign} is not set up after saving: {saved['gaps']}")

    def _knows(self, campaign_id: str) -> tuple[bool, str]:
        try:
            return True, str(self.admin.connection(campaign_id)["status"])
        except ApiRefusedError as error:
            if error.status != 404:
                raise
            return False, str(error)

    def seed(self) -> None:
        since = (datetime.now(UTC) - KNOWN_SINCE).isoformat(timespec="milliseconds")
        for plan in self.scenario.campaigns:
            people = [lead for lead in self.scenario.known_people() if lead.campaign is plan]
            count = self.hubspot.seed(plan.portal_id, people, since)
            self._narrator.say(f"{count} of the people of {plan.name} have been in HubSpot for over a year")

    def publish(self) -> None:
        with self._narrator.meter("Publishing events", len(self.scenario.messages)) as meter:
            for chunk in batched(self.scenario.messages, PUBLISH_AT_ONCE, strict=False):
                self._published += self.platform.publish(chunk)
                meter.at(self._published)

    def wait_for_delivery(self) -> None:
        total = len(self.scenario.leads)
        with self._narrator.meter("Leads answered", total) as meter:

            def look() -> tuple[bool, str]:
                answered = sum(state not in OPEN_STATES for state in self.states().values())
                meter.at(answered)
                return answered >= total, f"{answered} of {total} leads answered"

            wait_until(
                "the announcement lead.changed.v1 of every lead",
                look,
                seconds=180,
                look_at=f"{self.stack.platform_url}/ and the dead letters {dead_letters(self.stack)}",
            )
        wait_until(
            f"{self._expected.dead_letters} malformed events in the dead letters",
            self._dead_letters_came,
            seconds=30,
            look_at="the log of lead_joined",
        )

    def _dead_letters_came(self) -> tuple[bool, str]:
        came = sum(dead_letters(self.stack).values()) - self._dead_before
        return came >= self._expected.dead_letters, f"{came} more than before"

    def sell(self, contacts: Mapping[LeadKey, Contact]) -> dict[LeadKey, str]:
        """Change properties as a salesperson would; returns when each lead's change was made."""
        changes = [(lead, contact) for lead in self.scenario.changes() if (contact := contacts.get(key(lead)))]
        changed_at: dict[LeadKey, str] = {}
        with self._narrator.meter("A salesperson at work in HubSpot", len(changes)) as meter:
            for number, (lead, contact) in enumerate(changes, 1):
                changed_at[key(lead)] = datetime.now(UTC).isoformat()
                plan = lead.campaign
                self.hubspot.change(plan.portal_id, contact.id, plan.rule_property, str(lead.becomes))
                meter.at(number)
        return changed_at

    def wait_for_qualification(self) -> None:
        total = self._expected.qualified
        with self._narrator.meter("Referrals qualified", total) as meter:

            def look() -> tuple[bool, str]:
                found = len(self.platform.announcements(self.scenario.account_id, "referral.qualified.v1"))
                meter.at(found)
                return found >= total, f"{found} of {total} announced"

            wait_until(
                "referral.qualified.v1 of every lead that must qualify",
                look,
                seconds=120,
                look_at=f"{self.stack.hubspot_url} (webhooks) and the dead letters {dead_letters(self.stack)}",
            )
        time.sleep(SETTLING_SECONDS)

    def _evidence(self, before_sales: BeforeSales, first_call: int, changed_at: Mapping[LeadKey, str]) -> Evidence:
        account = self.scenario.account_id
        calls = self.hubspot.calls_since(first_call)
        return Evidence(
            states_before_sales=before_sales.states,
            delivered=before_sales.contacts,
            delivery=before_sales.calls,
            changed_at=changed_at,
            leads={(one["campaign_id"], one["lead_id"]): one for one in self.platform.leads(account)},
            qualified=self.platform.announcements(account, "referral.qualified.v1"),
            rewards=len(self.platform.rewards(account)),
            connections=len(self.platform.announcements(account, "connection.established.v1")),
            refused_by_rate_limit=sum(call["status"] == 429 for call in calls),
            dead_letters=sum(dead_letters(self.stack).values()) - self._dead_before,
            unreadable_announcements=self.platform.unreadable() - self._unreadable_before,
            published=self._published,
        )

    def explain(self, lead: PlannedLead) -> dict[str, Any]:
        """The lead as the integration's API shows it, with its timeline."""
        return self.admin.lead(lead.campaign.campaign_id, lead.lead_id)

    def states(self) -> dict[LeadKey, str | None]:
        found: dict[LeadKey, str | None] = {key(lead): None for lead in self.scenario.leads}
        for one in self.platform.leads(self.scenario.account_id):
            found[(one["campaign_id"], one["lead_id"])] = one["state"]
        return found

    def _contacts(self) -> dict[LeadKey, Contact]:
        """The contact of each lead that has one in HubSpot, found by any of its addresses."""
        found: dict[LeadKey, Contact] = {}
        for plan in self.scenario.campaigns:
            by_email = {email: one for one in self.hubspot.contacts(plan.portal_id) for email in one.emails}
            for lead in self.scenario.leads:
                contact = by_email.get(str(lead.data.get("email") or "").strip().lower())
                if lead.campaign is plan and contact:
                    found[key(lead)] = contact
        return found
