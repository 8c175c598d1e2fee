import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from simulators.demo.__main__ import main
from simulators.demo.evidence import conclude
from simulators.demo.expectations import expected, key
from simulators.demo.numbers import differences
from simulators.demo.report import examples, print_differences, print_table, print_timelines
from simulators.demo.scenario import Scenario
from tests.demo.conftest import evidence


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=140)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_table_shows_what_was_seen_beside_what_must_be(
    console: Console, scenario: Scenario, faultless: dict[str, Any]
) -> None:
    print_table(console, expected(scenario), conclude(scenario, evidence(faultless)))

    rows = [re.split(r" {2,}", line.strip()) for line in printed(console).splitlines()]
    assert ["Events sent", "1000", "1000", "some of them twice, as queues deliver now and then"] in rows
    assert ["Lost", "0", "0", "leads without their contact or their deal"] in rows
    assert ["From event to HubSpot: half in 2.0 s, 99 % in 2.0 s"] in rows
    assert "429" not in printed(console), "what must be none is not shown while it is none"


def test_on_a_narrow_terminal_the_words_give_way_and_not_the_numbers(
    scenario: Scenario, faultless: dict[str, Any]
) -> None:
    narrow = Console(file=io.StringIO(), width=80)

    print_table(narrow, expected(scenario), conclude(scenario, evidence(faultless)))

    assert re.search(r"Events sent +1000 +1000 +some of them", printed(narrow))
    assert re.search(r"Changes that HubSpot told nobody of +5 +5 +contacts", printed(narrow))


def test_a_number_that_must_be_none_is_shown_when_it_is_some(
    console: Console, scenario: Scenario, faultless: dict[str, Any]
) -> None:
    seen = conclude(scenario, evidence(faultless, refused_by_rate_limit=3))

    print_table(console, expected(scenario), seen)
    print_differences(console, differences(expected(scenario), seen.numbers), seen.remarks)

    assert "DIFFERS  HubSpot answers 429: 3, must be 0" in printed(console)
    assert printed(console).count("429") == 2


def test_many_leads_that_differ_are_not_all_listed(console: Console) -> None:
    print_differences(console, [], [f"lead {number}" for number in range(30)])

    assert len(printed(console).splitlines()) == 21
    assert "and 10 more leads" in printed(console)


def test_there_is_an_example_for_each_outcome(scenario: Scenario, faultless: dict[str, Any]) -> None:
    shown = examples(scenario, faultless["states_before_sales"], faultless["compared"].deals)

    assert set(shown) == {
        "Created, then qualified",
        "Created, changed to another value",
        "Created, not qualified yet",
        "First of two with one e-mail",
        "Already referred by someone else",
        "Known before, updated",
        "Known before, updated, then qualified",
        "Known before, changed to the rule's value: does not count",
        "Already in HubSpot",
        "Rejected",
        "Met the rule, but the webhook never came: found by the sweep",
        "Joined while HubSpot was away: held, then sent as a deal",
        "Deal that HubSpot created without saying so: found, not made twice",
        "Deal won: qualified",
        "Deal won, then moved on again: condition lost",
        "Deal moved to another stage: not qualified yet",
    }


def test_the_deal_made_first_was_made_as_hubspot_went_away(scenario: Scenario, faultless: dict[str, Any]) -> None:
    lead = [lead for lead in scenario.joining_deals() if not lead.becomes][-1]
    deals = faultless["compared"].deals
    earliest = [replace(deals[lead.address][0], created_at="2026-11-22T09:00:00Z")]

    shown = examples(scenario, faultless["states_before_sales"], {**deals, lead.address: earliest})

    assert key(shown["Deal that HubSpot created without saying so: found, not made twice"]) == key(lead)
    assert key(shown["Joined while HubSpot was away: held, then sent as a deal"]) != key(lead)


def test_a_timeline_says_when_and_why(console: Console) -> None:
    lead = {
        "lead_id": "l1",
        "state": "duplicate",
        "state_label": "Already in HubSpot",
        "timeline": [{"at": "2026-11-22T10:00:00Z", "event": "duplicate", "text": "In HubSpot since 2025"}],
        "record_link": "https://app.hubspot.com/contacts/1/record/0-1/2",
        "announced": ["referral.qualified.v1, seen by sweep"],
        "next_step": "Choose Update to let it count",
    }

    print_timelines(console, {"Already in HubSpot": lead})

    assert printed(console).strip().splitlines() == [
        "Already in HubSpot (l1): Already in HubSpot",
        "  10:00:00  In HubSpot since 2025",
        "  https://app.hubspot.com/contacts/1/record/0-1/2",
        "  Announced: referral.qualified.v1, seen by sweep",
        "  Next: Choose Update to let it count",
    ]


def test_without_its_stack_it_says_so_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", ["demo", "--once"])
    monkeypatch.setenv("STACK_FILE", str(tmp_path / "stack.json"))

    assert main() == 1
    assert "bring the stack up first" in capsys.readouterr().out
