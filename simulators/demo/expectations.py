"""What the scenario must give, to the last number, and how it differs from what was seen."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simulators.demo.scenario import Outcome, PlannedLead, Scenario

STATES_AFTER_DELIVERY = {
    Outcome.CREATED: "sent",
    Outcome.UPDATED: "sent",
    Outcome.ALREADY_IN_HUBSPOT: "duplicate",
    Outcome.REJECTED: "rejected",
}

LeadKey = tuple[str, str]


def key(lead: PlannedLead) -> LeadKey:
    return lead.campaign.campaign_id, lead.lead_id


@dataclass(frozen=True, slots=True)
class Numbers:
    """One column of the demo's table, either as it must be or as it was seen."""

    sent: int
    created: int
    updated: int
    already_in_hubspot: int
    already_referred: int
    rejected: int
    dead_letters: int
    qualified: int
    rewards: int
    connections: int
    touched_though_known: int = 0
    unexpected_states: int = 0
    unexpected_qualified: int = 0
    refused_by_rate_limit: int = 0
    unreadable_announcements: int = 0


# Shown even when they are as they must be; the others are all zero then.
ALWAYS_SHOWN = (
    "sent",
    "created",
    "updated",
    "already_in_hubspot",
    "already_referred",
    "rejected",
    "dead_letters",
    "qualified",
)

LABELS = {
    "sent": "Events sent",
    "created": "Created in HubSpot",
    "updated": "Updated in HubSpot",
    "already_in_hubspot": "Already in HubSpot",
    "already_referred": "Already referred by someone else",
    "rejected": "Rejected (no usable e-mail)",
    "dead_letters": "Unreadable, in the dead letters",
    "qualified": "Qualified",
    "rewards": "Rewards paid",
    "connections": "HubSpot connections announced",
    "touched_though_known": "Known people touched under 'Do nothing'",
    "unexpected_states": "Leads in another state than planned",
    "unexpected_qualified": "Leads qualified though they must not, or not though they must",
    "refused_by_rate_limit": "HubSpot answers 429",
    "unreadable_announcements": "Announcements the platform could not read",
}


def expected(scenario: Scenario) -> Numbers:
    outcomes = Counter(lead.outcome for lead in scenario.leads)
    second = sum(plan.shares.second_with_same_email for plan in scenario.campaigns)
    qualified = sum(lead.qualifies for lead in scenario.leads)
    return Numbers(
        sent=len(scenario.messages),
        created=outcomes[Outcome.CREATED] + outcomes[Outcome.ONE_OF_TWO] - second,
        updated=outcomes[Outcome.UPDATED],
        already_in_hubspot=outcomes[Outcome.ALREADY_IN_HUBSPOT],
        already_referred=second,
        rejected=outcomes[Outcome.REJECTED],
        dead_letters=sum(plan.shares.malformed for plan in scenario.campaigns),
        qualified=qualified,
        rewards=qualified,
        connections=len(scenario.campaigns),
    )


def differences(wanted: Numbers, seen: Numbers) -> list[str]:
    """One line for each number that is not what it must be."""
    return [
        f"{label}: {getattr(seen, name)}, must be {getattr(wanted, name)}"
        for name, label in LABELS.items()
        if getattr(seen, name) != getattr(wanted, name)
    ]


def in_another_state(scenario: Scenario, states: Mapping[LeadKey, str | None], *, after_sales: bool) -> list[str]:
    """Leads whose announced state is not the planned one, each as a line that says so.

    Of two leads with one e-mail the one stored first is sent, whichever that is.
    """
    lines = []
    pairs: dict[tuple[str, str], list[str | None]] = {}
    for lead in scenario.leads:
        state = states.get(key(lead))
        if lead.outcome is Outcome.ONE_OF_TWO:
            pairs.setdefault((lead.campaign.campaign_id, lead.email.strip().lower()), []).append(state)
            continue
        wanted = "qualified" if after_sales and lead.qualifies else STATES_AFTER_DELIVERY[lead.outcome]
        if state != wanted:
            lines.append(f"{lead.campaign.campaign_id}/{lead.lead_id}: {state}, must be {wanted}")
    lines += [
        f"two leads of {campaign} with one e-mail: {states_of_both}, must be one sent and one already_referred"
        for (campaign, _), states_of_both in pairs.items()
        if sorted(map(str, states_of_both)) != ["already_referred", "sent"]
    ]
    return lines


def wrongly_qualified(scenario: Scenario, qualified: Iterable[LeadKey]) -> list[str]:
    """Leads that qualified twice, or though they must not, or did not though they must."""
    seen = Counter(qualified)
    wanted = Counter(key(lead) for lead in scenario.leads if lead.qualifies)
    return [
        f"{campaign}/{lead}: qualified {seen[(campaign, lead)]} times, must be {wanted[(campaign, lead)]}"
        for campaign, lead in sorted(seen.keys() | wanted.keys())
        if seen[(campaign, lead)] != wanted[(campaign, lead)]
    ]
