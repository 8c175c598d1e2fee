"""Who takes part in the play: the referral platform, the campaigns' admin, HubSpot, and who tells of it."""

from collections.abc import Iterable
from typing import Any

from simulators.demo.admin_side import AdminSide
from simulators.demo.comparison import Records
from simulators.demo.dead_letters import dead_letters
from simulators.demo.expectations import LeadKey, key
from simulators.demo.hubspot_side import Contact, HubSpotSide
from simulators.demo.narrator import Narrator
from simulators.demo.platform_side import PlatformSide
from simulators.demo.scenario import PlannedLead, Scenario
from simulators.local import Stack


class Cast:
    """Everyone at hand, and what several acts want to know of them."""

    def __init__(self, scenario: Scenario, stack: Stack, narrator: Narrator) -> None:
        self.scenario = scenario
        self.stack = stack
        self.narrator = narrator
        self.platform = PlatformSide(stack.platform_url)
        self.hubspot = HubSpotSide(stack.hubspot_url)
        self.admin = AdminSide(stack.api_url, lambda: self.platform.token(scenario.account_id))

    def states(self, leads: Iterable[PlannedLead]) -> dict[LeadKey, str | None]:
        """Where each lead stands as the platform was told; None before the first word."""
        told = {(one["campaign_id"], one["lead_id"]): one["state"] for one in self.leads()}
        return {key(lead): told.get(key(lead)) for lead in leads}

    def leads(self) -> list[dict[str, Any]]:
        """Every lead of the account as the platform knows it."""
        return self.platform.leads(self.scenario.account_id)

    def announced(self, kind: str) -> list[dict[str, Any]]:
        """The announcements of this kind that the platform received for the account, each once."""
        return self.platform.announcements(self.scenario.account_id, kind)

    def story(self, lead: PlannedLead) -> dict[str, Any]:
        """The lead as the integration's API shows it, with its timeline, and what was `announced` beside its state."""
        shown = self.admin.lead(lead.campaign.campaign_id, lead.lead_id)
        told = [
            f"{kind}, seen by {one['data']['seen_by']}" if "seen_by" in one["data"] else kind
            for kind in ("referral.qualified.v1", "referral.condition_lost.v1")
            for one in self.announced(kind)
            if one["data"]["lead_id"] == lead.lead_id
        ]
        return {**shown, "announced": told}

    def contacts(self) -> dict[LeadKey, Contact]:
        """The contact of each lead that has one in HubSpot, found by any of its addresses."""
        by_email = {
            (portal, email): contact
            for portal in {plan.portal_id for plan in self.scenario.campaigns}
            for contact in self.hubspot.contacts(portal)
            for email in contact.emails
        }
        return {
            key(lead): contact
            for lead in self.scenario.leads
            if (contact := by_email.get((lead.campaign.portal_id, lead.address)))
        }

    def records(self) -> Records:
        """What is in the HubSpot account of the campaign that makes deals."""
        portal = next(plan.portal_id for plan in self.scenario.campaigns if plan.makes_deals)
        return Records(self.hubspot.contacts(portal), self.hubspot.deals(portal))

    def dead_letters(self) -> int:
        """How many messages the stack has given up on so far."""
        return sum(dead_letters(self.stack).values())
