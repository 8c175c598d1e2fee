"""From what was found on both sides after the play to the numbers of the table."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from simulators.demo.expectations import LeadKey, Numbers, in_another_state, key, wrongly_qualified
from simulators.demo.hubspot_side import Contact
from simulators.demo.measures import Delay, Economy, delay, delivery_calls, economy, seconds_between
from simulators.demo.scenario import Scenario

MARK = "referral_campaign"  # a property that only a delivered lead's contact has


@dataclass(frozen=True, slots=True)
class Evidence:
    """What both sides showed.

    `delivered` and `delivery` are the contacts and the API's calls as they were before sales changed anything.
    """

    states_before_sales: Mapping[LeadKey, str | None]
    delivered: Mapping[LeadKey, Contact]
    delivery: Sequence[Mapping[str, Any]]
    changed_at: Mapping[LeadKey, str]
    leads: Mapping[LeadKey, Mapping[str, Any]]
    qualified: Sequence[Mapping[str, Any]]
    rewards: int
    connections: int
    refused_by_rate_limit: int
    dead_letters: int
    unreadable_announcements: int
    published: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What is reported. `remarks` name the leads that are not as planned."""

    numbers: Numbers
    economy: Economy
    event_to_hubspot: Delay | None
    change_to_announcement: Delay | None
    remarks: list[str] = field(default_factory=list)


def conclude(scenario: Scenario, found: Evidence) -> Seen:
    states = {lead: row["state"] for lead, row in found.leads.items()}
    wrong_states = [
        *in_another_state(scenario, found.states_before_sales, after_sales=False),
        *in_another_state(scenario, states, after_sales=True),
    ]
    wrong_qualified = wrongly_qualified(scenario, map(_announced_lead, found.qualified))
    known = {key(lead): lead for lead in scenario.known_people()}
    written = {lead: contact for lead, contact in found.delivered.items() if MARK in contact.properties}
    updated = {lead for lead in written.keys() & known.keys() if known[lead].campaign.duplicates == "update"}
    counts = list(states.values())
    numbers = Numbers(
        sent=found.published,
        created=len({(campaign, written[campaign, lead].id) for campaign, lead in written.keys() - known.keys()}),
        updated=len(updated),
        already_in_hubspot=counts.count("duplicate"),
        already_referred=counts.count("already_referred"),
        rejected=counts.count("rejected"),
        dead_letters=found.dead_letters,
        qualified=len(found.qualified),
        rewards=found.rewards,
        connections=found.connections,
        touched_though_known=len(written.keys() & known.keys() - updated),
        unexpected_states=len(set(wrong_states)),
        unexpected_qualified=len(wrong_qualified),
        refused_by_rate_limit=found.refused_by_rate_limit,
        unreadable_announcements=found.unreadable_announcements,
    )
    return Seen(
        numbers,
        economy(scenario, delivery_calls(found.delivery)),
        _event_to_hubspot(found, written, known.keys(), states),
        _change_to_announcement(found),
        [*dict.fromkeys(wrong_states), *wrong_qualified],
    )


def _event_to_hubspot(
    found: Evidence,
    written: Mapping[LeadKey, Contact],
    known: Set[LeadKey],
    states: Mapping[LeadKey, str | None],
) -> Delay | None:
    """From the platform's publishing to HubSpot's own time of creation or change."""
    return delay(
        seconds_between(found.leads[lead]["published_at"], contact.updated_at if lead in known else contact.created_at)
        for lead, contact in written.items()
        if lead in found.leads and states[lead] != "already_referred"
    )


def _change_to_announcement(found: Evidence) -> Delay | None:
    """From the salesperson's change to the arrival of referral.qualified at the platform."""
    return delay(
        seconds_between(found.changed_at[lead], announcement["received_at"])
        for announcement in found.qualified
        if (lead := _announced_lead(announcement)) in found.changed_at
    )


def _announced_lead(announcement: Mapping[str, Any]) -> LeadKey:
    return announcement["data"]["campaign_id"], announcement["data"]["lead_id"]
