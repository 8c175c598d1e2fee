"""What the demo prints at its end: the table, a timeline per outcome, the last line, the addresses to explore."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from simulators.demo.evidence import Seen
from simulators.demo.expectations import LeadKey, key
from simulators.demo.hubspot_side import Deal
from simulators.demo.measures import Delay
from simulators.demo.numbers import QUIET, SECTIONS, Numbers
from simulators.demo.scenario import Known, Outcome, PlannedLead, Scenario

LABEL_WIDTH, TABLE_WIDTH = 36, 118

Timelines = Mapping[str, dict[str, Any]]


def print_table(console: Console, wanted: Numbers, seen: Seen) -> None:
    """Every number beside what it must be; what must be none of is shown only when there is some."""
    wrong = {name: row for name, row in QUIET.items() if getattr(seen.numbers, name) != getattr(wanted, name)}
    sections = [*SECTIONS.items(), *([("What must not be", wrong)] if wrong else [])]
    for title, rows in sections:
        table = Table(title=title, title_style="bold", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        table.width = min(console.width, TABLE_WIDTH)
        table.add_column(min_width=LABEL_WIDTH)
        for heading in ("Seen", "Must be"):
            table.add_column(heading, justify="right", min_width=len("Must be"), no_wrap=True)
        table.add_column("In plain words", ratio=1)
        for name, row in rows.items():
            shown, must = getattr(seen.numbers, name), getattr(wanted, name)
            table.add_row(row.label, str(shown), str(must), row.words, style=None if shown == must else "bold red")
        console.print(table)
    console.print(f"From event to HubSpot: {_delay(seen.event_to_hubspot)}", highlight=False)
    console.print(f"From change in HubSpot to the platform: {_delay(seen.change_to_announcement)}", highlight=False)
    console.print(str(seen.economy), highlight=False)


def examples(
    scenario: Scenario, states: Mapping[LeadKey, str | None], deals: Mapping[str, Sequence[Deal]]
) -> dict[str, PlannedLead]:
    """One lead for each outcome, under the words a reader knows it by.

    Args:
        states: Where each lead stands.
        deals: The deals of each lead by its address.
    """
    made = [lead for lead in scenario.joining_deals() if lead.address in deals]
    # The first ones were created by the call that HubSpot did not answer, the last ones as all others are.
    made.sort(key=lambda lead: deals[lead.address][0].created_at)
    heard = [lead for lead in (*scenario.joining_contacts(), *reversed(made)) if not lead.unheard]
    found: dict[str, PlannedLead] = {}
    for lead in (*heard, *scenario.leads):
        found.setdefault(_outcome(lead, states.get(key(lead))), lead)
    if untouched := [lead for lead in made if not lead.becomes]:
        found["Deal that HubSpot created without saying so: found, not made twice"] = untouched[0]
    return found


def _outcome(lead: PlannedLead, state: str | None) -> str:
    if state == "already_referred":
        return "Already referred by someone else"
    if lead.unheard:
        return "Met the rule, but the webhook never came: found by the sweep"
    if lead.campaign.makes_deals:
        return _outcome_of_deal(lead)
    if lead.qualifies:
        return "Known before, updated, then qualified" if lead.known is not Known.NOT else "Created, then qualified"
    if lead.becomes:
        return (
            "Known before, changed to the rule's value: does not count"
            if lead.known is not Known.NOT
            else "Created, changed to another value"
        )
    return {
        Outcome.CREATED: "Created, not qualified yet",
        Outcome.UPDATED: "Known before, updated",
        Outcome.ALREADY_IN_HUBSPOT: "Already in HubSpot",
        Outcome.ONE_OF_TWO: "First of two with one e-mail",
        Outcome.REJECTED: "Rejected",
    }[lead.outcome]


def _outcome_of_deal(lead: PlannedLead) -> str:
    if lead.left_again:
        return "Deal won, then moved on again: condition lost"
    if lead.qualifies:
        return "Deal won: qualified"
    if lead.becomes:
        return "Deal moved to another stage: not qualified yet"
    return "Joined while HubSpot was away: held, then sent as a deal"


def print_timelines(console: Console, timelines: Timelines) -> None:
    for title, lead in timelines.items():
        label = lead.get("state_label") or lead.get("state")
        console.print(f"\n{title} ({lead['lead_id']}): {label}", highlight=False, markup=False, style="bold")
        for entry in lead.get("timeline", []):
            at = datetime.fromisoformat(entry["at"])
            console.print(f"  {at:%H:%M:%S}  {entry['text']}", highlight=False, markup=False, soft_wrap=True)
        if lead.get("record_link"):
            console.print(f"  {lead['record_link']}", highlight=False, markup=False, soft_wrap=True)
        if lead.get("announced"):
            told = "; ".join(lead["announced"])
            console.print(f"  Announced: {told}", highlight=False, markup=False, soft_wrap=True)
        if lead.get("next_step"):
            console.print(f"  Next: {lead['next_step']}", highlight=False, markup=False, soft_wrap=True)


def print_differences(console: Console, differences: list[str], remarks: list[str], at_most: int = 20) -> None:
    for line in [*differences, *remarks[:at_most]]:
        console.print(f"DIFFERS  {line}", highlight=False, markup=False, soft_wrap=True)
    if len(remarks) > at_most:
        console.print(f"DIFFERS  … and {len(remarks) - at_most} more leads", highlight=False, markup=False)


def _delay(measured: Delay | None) -> str:
    return str(measured) if measured else "nothing measured"
