"""What the scenario must give, to the last number, and which leads are not as planned."""

from collections import Counter
from collections.abc import Iterable, Mapping

from simulators.demo.numbers import Numbers
from simulators.demo.plans import MEMBERS, NEWCOMERS
from simulators.demo.scenario import Known, Outcome, PlannedLead, Scenario

OPEN_STATES = (None, "sending", "held")
STATES_AFTER_DELIVERY = {
    Outcome.CREATED: "sent",
    Outcome.UPDATED: "sent",
    Outcome.ALREADY_IN_HUBSPOT: "duplicate",
    Outcome.REJECTED: "rejected",
}

LeadKey = tuple[str, str]


def key(lead: PlannedLead) -> LeadKey:
    return lead.campaign.campaign_id, lead.lead_id


def expected(scenario: Scenario) -> Numbers:
    contacts, deals = scenario.joining_contacts(), scenario.joining_deals()
    outcomes = Counter(lead.outcome for lead in contacts)
    second = sum(plan.shares.second_with_same_email for plan in scenario.campaigns)
    qualified = sum(lead.qualifies for lead in contacts)
    deals_qualified = sum(lead.qualifies for lead in deals)
    unheard = sum(lead.unheard for lead in scenario.leads)
    return Numbers(
        sent=len(scenario.messages),
        created=outcomes[Outcome.CREATED] + outcomes[Outcome.ONE_OF_TWO] - second,
        updated=outcomes[Outcome.UPDATED],
        already_in_hubspot=outcomes[Outcome.ALREADY_IN_HUBSPOT],
        already_referred=second,
        rejected=outcomes[Outcome.REJECTED],
        dead_letters=sum(plan.shares.malformed for plan in scenario.campaigns),
        qualified=qualified,
        sent_while_away=len(scenario.messages_while_away),
        waited=len(deals),
        still_waiting=0,
        lost=0,
        doubled=0,
        deals=len(deals),
        contacts_linked=sum(lead.known is not Known.NOT for lead in deals),
        deals_qualified=deals_qualified,
        condition_lost=sum(lead.left_again for lead in deals),
        never_told=unheard,
        seen_by_sweep=unheard,
        synced=MEMBERS,
        synced_later=NEWCOMERS,
        sync_workers_killed=1,
        sync_lost=0,
        sync_doubled=0,
        rewards=qualified + deals_qualified,
        connections=len(scenario.campaigns),
    )


def in_another_state(scenario: Scenario, states: Mapping[LeadKey, str | None], *, after_sales: bool) -> list[str]:
    """Leads whose announced state is not the planned one, each as a line that says so.

    Of two leads with one e-mail the one stored first is sent, whichever that is.
    """
    lines = []
    pairs: dict[tuple[str, str], list[str | None]] = {}
    for lead in scenario.leads:
        state = states.get(key(lead))
        if lead.outcome is Outcome.ONE_OF_TWO:
            pairs.setdefault((lead.campaign.campaign_id, lead.address), []).append(state)
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


def wrongly_lost(scenario: Scenario, lost: Iterable[LeadKey]) -> list[str]:
    """Leads whose deal is said to have left the rule's stage though it has not."""
    left = {key(lead) for lead in scenario.leads if lead.left_again}
    return [
        f"{campaign}/{lead}: said to have left its stage" for campaign, lead in lost if (campaign, lead) not in left
    ]
