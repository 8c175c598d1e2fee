import json
from collections import Counter

import pytest

from simulators.demo.expectations import expected
from simulators.demo.scenario import Outcome, Scenario, make_scenario
from tests.demo.conftest import BEGIN


def test_the_same_run_is_the_same_play(scenario: Scenario) -> None:
    assert make_scenario("run", BEGIN) == scenario


def test_another_run_shares_no_lead_address_or_event_with_it(scenario: Scenario) -> None:
    other = make_scenario("other", BEGIN)

    def traces(of: Scenario) -> set[str]:
        leads = {lead.lead_id for lead in of.leads} | {
            str(lead.data.get("email")) for lead in of.leads if "@" in str(lead.data.get("email"))
        }
        messages = (*of.messages, *of.messages_while_away)
        return leads | {str(message["id"]) for message in messages if "id" in message} | {of.account_id}

    assert not traces(scenario) & traces(other)


def test_a_thousand_events_are_published_and_two_hundred_while_hubspot_is_away(scenario: Scenario) -> None:
    assert len(scenario.messages) == 1000
    assert len(scenario.messages_while_away) == 230


def test_the_numbers_are_those_that_the_scenario_must_give(scenario: Scenario) -> None:
    wanted = expected(scenario)

    assert (wanted.created, wanted.updated, wanted.already_in_hubspot) == (810, 55, 45)
    assert (wanted.already_referred, wanted.rejected, wanted.dead_letters) == (2, 16, 22)
    assert (wanted.qualified, wanted.deals_qualified, wanted.rewards) == (72, 24, 96)
    assert (wanted.waited, wanted.still_waiting, wanted.lost, wanted.doubled) == (214, 0, 0, 0)
    assert (wanted.deals, wanted.contacts_linked, wanted.condition_lost) == (214, 20, 1)
    assert (wanted.never_told, wanted.seen_by_sweep) == (5, 5)


def test_every_event_is_accounted_for(scenario: Scenario) -> None:
    wanted = expected(scenario)
    repeated = sum(plan.shares.repeated for plan in scenario.campaigns if not plan.makes_deals)
    repeated_while_away = sum(plan.shares.repeated for plan in scenario.campaigns if plan.makes_deals)

    ends = wanted.created + wanted.updated + wanted.already_in_hubspot + wanted.already_referred + wanted.rejected

    assert ends + repeated + wanted.dead_letters == wanted.sent
    assert wanted.deals + repeated_while_away == wanted.sent_while_away
    assert [plan.shares.events for plan in scenario.campaigns] == [500, 500, 230]


def test_a_repeated_event_keeps_its_id(scenario: Scenario) -> None:
    messages = (*scenario.messages, *scenario.messages_while_away)
    times = Counter(message["id"] for message in messages if "id" in message)

    assert Counter(times.values()) == {1: len(scenario.leads) - 66, 2: 66}


def test_a_change_that_nobody_is_told_of_or_that_is_taken_back_would_qualify(scenario: Scenario) -> None:
    unheard = [lead for lead in scenario.leads if lead.unheard]
    left_again = [lead for lead in scenario.leads if lead.left_again]

    assert [lead.campaign.campaign_id for lead in unheard] == ["spring", "autumn", "winter", "winter", "winter"]
    assert all(lead.qualifies for lead in (*unheard, *left_again))
    assert not any(lead.unheard for lead in left_again), "else nobody would be told of what is taken back"
    assert all(lead.campaign.makes_deals for lead in left_again)


def test_two_leads_share_an_address_that_differs_in_writing_only(scenario: Scenario) -> None:
    pairs = [lead for lead in scenario.leads if lead.outcome is Outcome.ONE_OF_TWO]

    assert len(pairs) == 4
    for campaign in ("spring", "autumn"):
        first, second = (lead for lead in pairs if lead.campaign.campaign_id == campaign)
        assert first.email != second.email
        assert first.email == second.email.strip().lower()


def test_no_unreadable_message_is_json(scenario: Scenario) -> None:
    raw = [message["raw"] for message in scenario.messages if "raw" in message]

    assert len(raw) == 12
    for body in raw:
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)


def test_nobody_qualifies_who_was_known_under_do_nothing(scenario: Scenario) -> None:
    stopped = [lead for lead in scenario.changes() if lead.outcome is Outcome.ALREADY_IN_HUBSPOT]

    assert len(stopped) == 6
    assert not any(lead.qualifies for lead in stopped)
