from dataclasses import replace
from typing import Any

import pytest

from simulators.demo.evidence import conclude
from simulators.demo.expectations import expected, key
from simulators.demo.measures import Delay, delay, delivery_calls, economy
from simulators.demo.numbers import differences
from simulators.demo.scenario import Outcome, Scenario
from simulators.demo.syncing import Synced
from tests.demo.conftest import announcement, evidence

Fields = dict[str, Any]


def differing(scenario: Scenario, fields: Fields, **changes: Any) -> list[str]:
    return differences(expected(scenario), conclude(scenario, evidence(fields, **changes)).numbers)


def test_a_faultless_system_differs_in_nothing(scenario: Scenario, faultless: Fields) -> None:
    seen = conclude(scenario, evidence(faultless))

    assert differences(expected(scenario), seen.numbers) == []
    assert seen.remarks == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"published": 999}, "Events sent: 999, must be 1000"),
        ({"dead_letters": 23}, "Unreadable, in the dead letters: 23, must be 22"),
        ({"published_while_away": 229}, "Events sent meanwhile: 229, must be 230"),
        ({"waited": 213}, "Leads waiting for HubSpot: 213, must be 214"),
        ({"never_told": 4}, "Changes that HubSpot told nobody of: 4, must be 5"),
        ({"condition_lost": []}, "Won deal moved on again: 0, must be 1"),
        ({"synced": Synced(2000, 24, 1, 0, 0)}, "Joined the list later: 24, must be 25"),
        ({"synced": Synced(1999, 25, 1, 0, 0)}, "Contacts with their link: 1999, must be 2000"),
        ({"synced": Synced(2000, 25, 0, 0, 0)}, "Worker killed in the middle: 0, must be 1"),
        ({"synced": Synced(2000, 25, 1, 0, 1)}, "Doubled: 1, must be 0"),
        ({"rewards": 97}, "Rewards paid: 97, must be 96"),
        ({"connections": 1}, "HubSpot connections announced: 1, must be 3"),
        ({"refused_by_rate_limit": 1}, "HubSpot answers 429: 1, must be 0"),
        ({"unreadable_announcements": 1}, "Announcements the platform could not read: 1, must be 0"),
    ],
)
def test_each_number_that_differs_is_named(scenario: Scenario, faultless: Fields, change: Fields, named: str) -> None:
    assert differing(scenario, faultless, **change) == [named]


def test_a_missing_contact_is_noticed(scenario: Scenario, faultless: Fields) -> None:
    faultless["delivered"].pop(next(key(lead) for lead in scenario.leads if lead.outcome is Outcome.CREATED))

    assert differing(scenario, faultless) == ["Created in HubSpot: 809, must be 810"]


def test_a_second_contact_for_one_person_is_noticed(scenario: Scenario, faultless: Fields) -> None:
    second = next(lead for lead in scenario.leads if lead.outcome is Outcome.ONE_OF_TWO and lead.email != lead.address)
    faultless["delivered"][key(second)] = replace(faultless["delivered"][key(second)], id="another")

    assert differing(scenario, faultless) == ["Created in HubSpot: 811, must be 810"]


def test_a_known_person_written_under_do_nothing_is_noticed(scenario: Scenario, faultless: Fields) -> None:
    place = next(key(lead) for lead in scenario.leads if lead.outcome is Outcome.ALREADY_IN_HUBSPOT)
    written = replace(faultless["delivered"][place], properties={"referral_campaign": "Spring referrals"})

    assert differing(scenario, faultless, delivered={**faultless["delivered"], place: written}) == [
        "Known people touched under 'Do nothing': 1, must be 0"
    ]


def test_the_right_number_of_the_wrong_leads_is_noticed(scenario: Scenario, faultless: Fields) -> None:
    must_not = next(lead for lead in scenario.leads if lead.becomes and not lead.qualifies)
    unheard, heard, *others = faultless["qualified"]
    wrong = [unheard, announcement(must_not), *others]
    assert heard["data"]["seen_by"] == "webhook"

    seen = conclude(scenario, evidence(faultless, qualified=wrong))

    assert differences(expected(scenario), seen.numbers) == [
        "Leads qualified though they must not, or not though they must: 2, must be 0"
    ]
    assert f"spring/{must_not.lead_id}: qualified 1 times, must be 0" in seen.remarks


def test_a_deal_that_is_lost_doubled_or_made_beside_a_contact_too_many_is_noticed(
    scenario: Scenario, faultless: Fields
) -> None:
    lead = scenario.joining_deals()[0]
    compared = replace(faultless["compared"], lost=[lead], doubled=2, linked=19)

    seen = conclude(scenario, evidence(faultless, compared=compared))

    assert differences(expected(scenario), seen.numbers) == [
        "Lost: 1, must be 0",
        "Doubled: 2, must be 0",
        "Deals beside a known contact: 19, must be 20",
    ]
    assert seen.remarks == [f"winter/{lead.lead_id}: lacks its contact or its deal in HubSpot"]


def test_a_deal_lead_that_still_waits_is_noticed(scenario: Scenario, faultless: Fields) -> None:
    place = key(scenario.joining_deals()[-1])
    leads = {**faultless["leads"], place: {**faultless["leads"][place], "state": "held"}}

    assert "Still waiting afterwards: 1, must be 0" in differing(scenario, faultless, leads=leads)


def test_only_what_the_sweep_found_counts_as_found_by_the_sweep(scenario: Scenario, faultless: Fields) -> None:
    by_webhook = [{**one, "data": {**one["data"], "seen_by": "webhook"}} for one in faultless["qualified"]]

    assert differing(scenario, faultless, qualified=by_webhook) == ["Qualified by the sweep: 0, must be 5"]


def test_a_sweep_that_comes_by_itself_and_is_first_changes_no_number(scenario: Scenario, faultless: Fields) -> None:
    by_sweep = [{**one, "data": {**one["data"], "seen_by": "sweep"}} for one in faultless["qualified"]]

    assert differing(scenario, faultless, qualified=by_sweep) == []


def test_the_wrong_deal_said_to_have_left_its_stage_is_named(scenario: Scenario, faultless: Fields) -> None:
    lead = next(lead for lead in scenario.joining_deals() if not lead.left_again)

    seen = conclude(scenario, evidence(faultless, condition_lost=[announcement(lead)]))

    assert seen.numbers.unexpected_qualified == 1
    assert seen.remarks == [f"winter/{lead.lead_id}: said to have left its stage"]


def test_a_lead_in_another_state_is_named(scenario: Scenario, faultless: Fields) -> None:
    lead = scenario.leads[0]
    states = {**faultless["states_before_sales"], key(lead): "held"}

    seen = conclude(scenario, evidence(faultless, states_before_sales=states))

    assert seen.numbers.unexpected_states == 1
    assert seen.remarks == [f"spring/{lead.lead_id}: held, must be sent"]


def test_either_of_two_leads_with_one_address_may_be_the_sent_one(scenario: Scenario, faultless: Fields) -> None:
    first, second = (
        key(lead)
        for lead in scenario.leads
        if lead.outcome is Outcome.ONE_OF_TWO and lead.campaign.campaign_id == "spring"
    )
    before, rows = faultless["states_before_sales"], faultless["leads"]
    swapped = {**before, first: before[second], second: before[first]}

    seen = conclude(
        scenario,
        evidence(faultless, states_before_sales=swapped, leads={**rows, first: rows[second], second: rows[first]}),
    )

    assert seen.remarks == []


def test_times_run_from_publishing_to_hubspots_own_time(scenario: Scenario, faultless: Fields) -> None:
    seen = conclude(scenario, evidence(faultless))

    assert seen.event_to_hubspot == Delay(2.0, 2.0, 865)
    assert seen.change_to_announcement == Delay(1.0, 1.0, 96 - 5), "what no webhook told of is not measured"


def test_percentiles_are_values_that_were_measured() -> None:
    assert delay(range(1, 101)) == Delay(50, 99, 100)
    assert delay([7.0]) == Delay(7.0, 7.0, 1)
    assert delay([]) is None


def test_one_at_a_time_counts_what_each_person_costs_alone(scenario: Scenario) -> None:
    skip_new, skip_known, skip_secondary = 410 * 2, 40 * 1, 5 * 3
    update_new_or_known, update_secondary = 450 * 1, 5 * 2

    assert str(economy(scenario, 21)) == (
        "910 people in 21 HubSpot calls; one at a time it takes "
        f"{skip_new + skip_known + skip_secondary + update_new_or_known + update_secondary} calls"
    )


def test_only_calls_that_read_or_write_contacts_count() -> None:
    kinds = ("contacts.batch_upsert", "contacts.read", "contacts.search", "properties.list", "oauth.refresh")

    assert delivery_calls({"kind": kind} for kind in kinds) == 2
