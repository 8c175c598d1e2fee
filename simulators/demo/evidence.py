"""From what was found on both sides after the play to the numbers of the table."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from simulators.demo.comparison import Comparison
from simulators.demo.expectations import OPEN_STATES, LeadKey, in_another_state, key, wrongly_lost, wrongly_qualified
from simulators.demo.hubspot_side import Contact, Deal
from simulators.demo.measures import Delay, Economy, delay, delivery_calls, economy, seconds_between
from simulators.demo.numbers import Numbers
from simulators.demo.scenario import PlannedLead, Scenario
from simulators.demo.syncing import Synced

MARK = "referral_campaign"  # a property that only a delivered lead's contact has


@dataclass(frozen=True, slots=True)
class Evidence:
    """What both sides showed.

    `delivered` are the contacts as they were before sales changed anything, `delivery` the API's calls while contacts
    were delivered; `compared` holds HubSpot's records against the leads that became deals, in the end.
    """

    states_before_sales: Mapping[LeadKey, str | None]
    delivered: Mapping[LeadKey, Contact]
    delivery: Sequence[Mapping[str, Any]]
    published: int
    published_while_away: int
    waited: int
    compared: Comparison
    changed_at: Mapping[LeadKey, str]
    never_told: int
    synced: Synced
    leads: Mapping[LeadKey, Mapping[str, Any]]
    qualified: Sequence[Mapping[str, Any]]
    condition_lost: Sequence[Mapping[str, Any]]
    rewards: int
    connections: int
    refused_by_rate_limit: int
    dead_letters: int
    unreadable_announcements: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What is reported. `remarks` name the leads that are not as planned; `deals` are those of each address."""

    numbers: Numbers
    deals: Mapping[str, Sequence[Deal]]
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
    qualified = [_lead(announcement) for announcement in found.qualified]
    wrong_qualified = [
        *wrongly_qualified(scenario, qualified),
        *wrongly_lost(scenario, map(_lead, found.condition_lost)),
    ]
    contacts, deals = ({key(lead) for lead in some} for some in (scenario.joining_contacts(), scenario.joining_deals()))
    unheard = {key(lead) for lead in scenario.leads if lead.unheard}
    known = {key(lead): lead for lead in scenario.known_people()}
    written = {
        lead: contact for lead, contact in found.delivered.items() if lead in contacts and MARK in contact.properties
    }
    updated = {lead for lead in written.keys() & known.keys() if known[lead].campaign.duplicates == "update"}
    counts = [states.get(lead) for lead in contacts]
    compared = found.compared
    numbers = Numbers(
        sent=found.published,
        created=len({(campaign, written[campaign, lead].id) for campaign, lead in written.keys() - known.keys()}),
        updated=len(updated),
        already_in_hubspot=counts.count("duplicate"),
        already_referred=counts.count("already_referred"),
        rejected=counts.count("rejected"),
        dead_letters=found.dead_letters,
        qualified=sum(lead in contacts for lead in qualified),
        sent_while_away=found.published_while_away,
        waited=found.waited,
        still_waiting=sum(states.get(lead) in OPEN_STATES for lead in deals),
        lost=len(compared.lost),
        doubled=compared.doubled,
        deals=len({deal.key for some in compared.deals.values() for deal in some}),
        contacts_linked=compared.linked,
        deals_qualified=sum(lead in deals for lead in qualified),
        condition_lost=len(found.condition_lost),
        never_told=found.never_told,
        seen_by_sweep=sum(_lead(one) in unheard and one["data"]["seen_by"] == "sweep" for one in found.qualified),
        synced=found.synced.members,
        synced_later=found.synced.newcomers,
        sync_workers_killed=min(1, found.synced.killed),
        sync_lost=found.synced.lost,
        sync_doubled=found.synced.doubled,
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
        compared.deals,
        economy(scenario, delivery_calls(found.delivery)),
        _event_to_hubspot(found, written, known.keys(), states),
        _change_to_announcement(found),
        [*dict.fromkeys(wrong_states), *wrong_qualified, *map(_lacking, compared.lost)],
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
    """From the salesperson's change, where a webhook told of it, to the platform's hearing that it qualified."""
    return delay(
        seconds_between(found.changed_at[lead], announcement["received_at"])
        for announcement in found.qualified
        if (lead := _lead(announcement)) in found.changed_at and announcement["data"]["seen_by"] == "webhook"
    )


def _lead(announcement: Mapping[str, Any]) -> LeadKey:
    return announcement["data"]["campaign_id"], announcement["data"]["lead_id"]


def _lacking(lead: PlannedLead) -> str:
    return f"{lead.campaign.campaign_id}/{lead.lead_id}: lacks its contact or its deal in HubSpot"
