"""What the demo plays: who joins, who is known to HubSpot, and what a salesperson changes.

Everything follows from the seed; only ids and addresses carry the run, so that a stack can play it again.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from simulators.demo.plans import PLANS, CampaignPlan
from simulators.platform.people import people


class Known(StrEnum):
    """How HubSpot knows a person from before the referral."""

    NOT = "not"
    PRIMARY = "by their address"
    SECONDARY = "by a secondary address"


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    ALREADY_IN_HUBSPOT = "already in HubSpot"
    ONE_OF_TWO = "one of two with one e-mail"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class PlannedLead:
    """A lead, and what becomes of it.

    `becomes` is the value that a salesperson sets on its contact or deal, if any; `unheard`: HubSpot tells nobody of
    that; `left_again`: the deal is moved on afterwards.
    """

    campaign: CampaignPlan
    data: dict[str, Any]
    known: Known
    outcome: Outcome
    becomes: str | None = None
    unheard: bool = False
    left_again: bool = False

    @property
    def lead_id(self) -> str:
        return str(self.data["lead_id"])

    @property
    def email(self) -> str:
        return str(self.data["email"])

    @property
    def address(self) -> str:
        """The address as HubSpot writes it; blank if there is none."""
        return str(self.data.get("email") or "").strip().lower()

    @property
    def qualifies(self) -> bool:
        return self.becomes == self.campaign.rule_value and self.outcome in (Outcome.CREATED, Outcome.UPDATED)


@dataclass(frozen=True, slots=True)
class Scenario:
    """`messages` are entries of the platform's publish request, in the order they are sent.

    They are of the campaigns that make contacts; those of the others are sent while HubSpot is away.
    """

    account_id: str
    campaigns: tuple[CampaignPlan, ...]
    leads: tuple[PlannedLead, ...]
    messages: tuple[dict[str, Any], ...]
    messages_while_away: tuple[dict[str, Any], ...]

    def joining_contacts(self) -> list[PlannedLead]:
        """Leads that become contacts, those that end otherwise included."""
        return [lead for lead in self.leads if not lead.campaign.makes_deals]

    def joining_deals(self) -> list[PlannedLead]:
        """Leads that become deals."""
        return [lead for lead in self.leads if lead.campaign.makes_deals]

    def known_people(self) -> Iterator[PlannedLead]:
        return (lead for lead in self.leads if lead.known is not Known.NOT)

    def changes(self) -> Iterator[PlannedLead]:
        return (lead for lead in self.leads if lead.becomes)


def make_scenario(run: str, joined_at: datetime, plans: tuple[CampaignPlan, ...] = PLANS, seed: int = 1) -> Scenario:
    """The whole play. The same `run`, `joined_at` and seed give the same events, down to their ids."""
    random = Random(seed)
    account_id = f"demo-{run}"
    leads: list[PlannedLead] = []
    messages: list[dict[str, Any]] = []
    while_away: list[dict[str, Any]] = []
    for plan in plans:
        planned = list(_leads(plan, account_id, run, joined_at))
        joined = [_joined(lead, joined_at) for lead in planned]
        # A repetition is the same message again, as a queue that delivers at least once would make it.
        repeated = random.sample(joined[: plan.shares.new], plan.shares.repeated)
        leads += planned
        sent_then = while_away if plan.makes_deals else messages
        sent_then += joined + repeated + list(_malformed(plan, account_id))
    random.shuffle(messages)
    random.shuffle(while_away)
    return Scenario(account_id, plans, tuple(leads), tuple(messages), tuple(while_away))


def _leads(plan: CampaignPlan, account_id: str, run: str, joined_at: datetime) -> Iterator[PlannedLead]:
    shares, sales = plan.shares, plan.sales
    made = people(
        account_id=account_id,
        campaign_id=plan.campaign_id,
        campaign_name=plan.name,
        count=shares.events,
        seed=f"{plan.campaign_id}-{run}",
        joined_at=joined_at,
    )
    when_known = Outcome.ALREADY_IN_HUBSPOT if plan.duplicates == "skip" else Outcome.UPDATED
    single = shares.new - shares.second_with_same_email
    for number, data in enumerate(islice(made, single)):
        becomes = plan.rule_value if number < sales.new else None
        if sales.new <= number < sales.new + sales.new_to_another_value:
            becomes = plan.another_value
        unheard = number < sales.unheard
        left_again = sales.new - sales.left_again <= number < sales.new
        yield PlannedLead(plan, data, Known.NOT, Outcome.CREATED, becomes, unheard, left_again)
    firsts = list(islice(made, shares.second_with_same_email))
    for data in firsts:
        yield PlannedLead(plan, data, Known.NOT, Outcome.ONE_OF_TWO)
    for number, data in enumerate(islice(made, shares.known)):
        becomes = plan.rule_value if number < sales.known else None
        yield PlannedLead(plan, data, Known.PRIMARY, when_known, becomes)
    for number, data in enumerate(islice(made, shares.known_by_secondary)):
        becomes = plan.rule_value if number < sales.known_by_secondary else None
        yield PlannedLead(plan, data, Known.SECONDARY, when_known, becomes)
    for first, data in zip(firsts, islice(made, len(firsts)), strict=True):
        yield PlannedLead(plan, {**data, "email": f"  {first['email'].upper()} "}, Known.NOT, Outcome.ONE_OF_TWO)
    for number, data in enumerate(islice(made, shares.without_usable_email)):
        email = ("", "not an address", None)[number % 3]
        without = {name: value for name, value in data.items() if name != "email"}
        yield PlannedLead(plan, without if email is None else {**data, "email": email}, Known.NOT, Outcome.REJECTED)


def _joined(lead: PlannedLead, at: datetime) -> dict[str, Any]:
    name = f"{lead.data['account_id']}/{lead.campaign.campaign_id}/{lead.lead_id}"
    return {
        "type": "lead.joined.v1",
        "id": str(uuid5(NAMESPACE_URL, name)),
        "time": at.isoformat(),
        "data": lead.data,
    }


def _malformed(plan: CampaignPlan, account_id: str) -> Iterator[dict[str, Any]]:
    for number in range(plan.shares.unreadable):
        yield {"raw": json.dumps({"specversion": "1.0", "id": f"cut-{number}"})[:-9], "group": account_id}
    for number in range(plan.shares.without_lead_id):
        data = {"account_id": account_id, "campaign_id": plan.campaign_id, "email": f"nobody.{number}@example.com"}
        yield {"type": "lead.joined.v1", "data": data}
