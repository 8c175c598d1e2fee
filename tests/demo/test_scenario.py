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
        return leads | {str(message["id"]) for message in of.messages if "id" in message} | {of.account_id}

    assert not traces(scenario) & traces(other)


def test_a_thousand_events_are_published(scenario: Scenario) -> None:
    assert len(scenario.messages) == 1000


def test_the_numbers_are_those_that_the_scenario_must_give(scenario: Scenario) -> None:
    wanted = expected(scenario)

    assert (wanted.created, wanted.updated, wanted.already_in_hubspot) == (810, 55, 45)
    assert (wanted.already_referred, wanted.rejected, wanted.dead_letters) == (2, 16, 22)
    assert (wanted.qualified, wanted.rewards) == (72, 72)


def test_every_event_is_accounted_for(scenario: Scenario) -> None:
    wanted = expected(scenario)
    repeated = sum(plan.shares.repeated for plan in scenario.campaigns)

    ends = wanted.created + wanted.updated + wanted.already_in_hubspot + wanted.already_referred + wanted.rejected

    assert ends + repeated + wanted.dead_letters == wanted.sent
    assert all(plan.shares.total == 500 for plan in scenario.campaigns)


def test_a_repeated_event_keeps_its_id(scenario: Scenario) -> None:
    times = Counter(message["id"] for message in scenario.messages if "id" in message)

    assert Counter(times.values()) == {1: len(scenario.leads) - 50, 2: 50}


def test_two_leads_share_an_address_that_differs_in_writing_only(scenario: Scenario) -> None:
    pairs = [lead for lead in scenario.leads if lead.outcome is Outcome.ONE_OF_TWO]

    assert len(pairs) == 4
    for plan in scenario.campaigns:
        first, second = (lead for lead in pairs if lead.campaign is plan)
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
