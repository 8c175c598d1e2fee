import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from simulators.demo.__main__ import main
from simulators.demo.evidence import conclude
from simulators.demo.expectations import differences, expected
from simulators.demo.report import examples, print_differences, print_table, print_timelines
from simulators.demo.scenario import Scenario
from tests.demo.conftest import evidence


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=120)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_table_shows_what_was_seen_beside_what_must_be(
    console: Console, scenario: Scenario, faultless: dict[str, Any]
) -> None:
    print_table(console, expected(scenario), conclude(scenario, evidence(faultless)))

    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed(console).splitlines() if "│" in line]
    assert ["Events sent", "1000", "1000"] in rows
    assert ["Qualified", "72", "72"] in rows
    assert ["From event to HubSpot", "p50 2.0 s, p99 2.0 s", ""] in rows
    assert "429" not in printed(console), "what must be none is not shown while it is none"


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
    assert set(examples(scenario, faultless["states_before_sales"])) == {
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
    }


def test_a_timeline_says_when_and_why(console: Console) -> None:
    lead = {
        "lead_id": "l1",
        "state": "duplicate",
        "state_label": "Already in HubSpot",
        "timeline": [{"at": "2026-11-22T10:00:00Z", "event": "duplicate", "text": "In HubSpot since 2025"}],
        "record_link": "https://app.hubspot.com/contacts/1/record/0-1/2",
        "next_step": "Choose Update to let it count",
    }

    print_timelines(console, {"Already in HubSpot": lead})

    assert printed(console).strip().splitlines() == [
        "Already in HubSpot (l1): Already in HubSpot",
        "  2026-11-22T10:00:00Z  In HubSpot since 2025",
        "  https://app.hubspot.com/contacts/1/record/0-1/2",
        "  Next: Choose Update to let it count",
    ]


def test_without_its_stack_it_says_so_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", ["demo", "--once"])
    monkeypatch.setenv("STACK_FILE", str(tmp_path / "stack.json"))

    assert main() == 1
    assert "bring the stack up first" in capsys.readouterr().out
