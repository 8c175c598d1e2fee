"""What the demo prints at its end: the table, a timeline per outcome, the last line, the addresses to explore."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from simulators.demo.evidence import Seen
from simulators.demo.expectations import ALWAYS_SHOWN, LABELS, LeadKey, Numbers, key
from simulators.demo.measures import Delay
from simulators.demo.scenario import Known, Outcome, PlannedLead, Scenario

Timelines = Mapping[str, dict[str, Any]]


def print_table(console: Console, wanted: Numbers, seen: Seen) -> None:
    """Numbers that must be none are shown only when they are some."""
    table = Table("", "Seen", "Must be", title="The main job")
    for column in table.columns[1:]:
        column.justify = "right"
    must = asdict(wanted)
    for name, value in asdict(seen.numbers).items():
        if name in ALWAYS_SHOWN or value != must[name]:
            table.add_row(LABELS[name], str(value), str(must[name]), style=None if value == must[name] else "bold red")
    table.add_section()
    table.add_row("From event to HubSpot", _delay(seen.event_to_hubspot), "")
    table.add_row("From change to announcement", _delay(seen.change_to_announcement), "")
    console.print(table)


def examples(scenario: Scenario, states: Mapping[LeadKey, str | None]) -> dict[str, PlannedLead]:
    """One lead for each outcome, under the words a reader knows it by."""
    found: dict[str, PlannedLead] = {}
    for lead in scenario.leads:
        found.setdefault(_outcome(lead, states.get(key(lead))), lead)
    return found


def _outcome(lead: PlannedLead, state: str | None) -> str:
    if state == "already_referred":
        return "Already referred by someone else"
    if lead.qualifies:
        return "Known before, updated, then qualified" if lead.known is not Known.NOT else "Created, then qualified"
    if lead.becomes:
        return (
            "Known before, changed to the rule's value: does not count"
            if lead.known is not Known.NOT
            else ("Created, changed to another value")
        )
    return {
        Outcome.CREATED: "Created, not qualified yet",
        Outcome.UPDATED: "Known before, updated",
        Outcome.ALREADY_IN_HUBSPOT: "Already in HubSpot",
        Outcome.ONE_OF_TWO: "First of two with one e-mail",
        Outcome.REJECTED: "Rejected",
    }[lead.outcome]


def print_timelines(console: Console, timelines: Timelines) -> None:
    for title, lead in timelines.items():
        label = lead.get("state_label") or lead.get("state")
        console.print(f"\n{title} ({lead['lead_id']}): {label}", highlight=False, markup=False, style="bold")
        for entry in lead.get("timeline", []):
            console.print(f"  {entry['at']}  {entry['text']}", highlight=False, markup=False, soft_wrap=True)
        if lead.get("record_link"):
            console.print(f"  {lead['record_link']}", highlight=False, markup=False, soft_wrap=True)
        if lead.get("next_step"):
            console.print(f"  Next: {lead['next_step']}", highlight=False, markup=False, soft_wrap=True)


def print_differences(console: Console, differences: list[str], remarks: list[str], at_most: int = 20) -> None:
    for line in [*differences, *remarks[:at_most]]:
        console.print(f"DIFFERS  {line}", highlight=False, markup=False, soft_wrap=True)
    if len(remarks) > at_most:
        console.print(f"DIFFERS  … and {len(remarks) - at_most} more leads", highlight=False, markup=False)


def _delay(measured: Delay | None) -> str:
    return str(measured) if measured else "nothing measured"
