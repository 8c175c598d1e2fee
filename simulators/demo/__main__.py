"""`python -m simulators.demo`: bring a stack up, play the main job on it, check every number."""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import requests
from rich.console import Console

from simulators.demo.admin_side import ApiRefusedError
from simulators.demo.cast import Cast
from simulators.demo.consent import ConsentError
from simulators.demo.expectations import expected
from simulators.demo.narrator import Narrator
from simulators.demo.numbers import differences
from simulators.demo.play import Play
from simulators.demo.report import examples, print_differences, print_table, print_timelines
from simulators.demo.scenario import Scenario, make_scenario
from simulators.demo.setting import NotReadyError
from simulators.demo.waiting import StillMissingError
from simulators.local import LocalStackError, Stack, down, up
from simulators.local.folder import DEFAULT_NAME

# What waits for HubSpot is seen in seconds, not in minutes; a message is not left to the sweep during the play.
PACES = {
    "HoldAfterSeconds": "5",
    "RetryDelaysSeconds": "1,2,3",
    "ReleaseMessageAfterSeconds": "60",
    "SyncSliceSeconds": "3",
}
WIDTH = 140  # of what is printed to a file

FAULTS = (StillMissingError, NotReadyError, ApiRefusedError, ConsentError, LocalStackError, requests.RequestException)


def main() -> int:
    options = _options()
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    narrator = Narrator(console)
    started = time.monotonic()
    try:
        with stack_to_play_on(options.stack, options.once, narrator) as stack:
            up_after = time.monotonic() - started
            now = datetime.now(UTC)
            scenario = make_scenario(run=f"{now:%m%d%H%M%S}", joined_at=now)
            differing = perform(scenario, stack, narrator)
            took = time.monotonic() - started
            narrator.say(f"The demo took {took:.0f} s, of which the stack needed {up_after:.0f} s to come up.")
            if not options.once:
                print_addresses(narrator, scenario, stack)
    except FAULTS as error:
        console.print(f"The demo stopped. {error}", style="bold red", markup=False, highlight=False, soft_wrap=True)
        return 1
    return 1 if differing else 0


def _options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(
        prog="python -m simulators.demo",
        description="Brings a local stack up and plays the main job on it: leads of three campaigns reach HubSpot as "
        "contacts and deals, HubSpot goes away and comes back, some of them qualify there, a list of contacts becomes "
        "referrers. Checks every number, and exits with 1 when one is not what it must be.",
    )
    arguments.add_argument("--stack", help=f"its name ({DEFAULT_NAME}, or the one whose file STACK_FILE names)")
    arguments.add_argument("--once", action="store_true", help="stop the stack afterwards")
    return arguments.parse_args()


@contextmanager
def stack_to_play_on(name: str | None, once: bool, narrator: Narrator) -> Iterator[Stack]:
    """The stack of this name, brought up; the one that STACK_FILE names belongs to somebody else and is only used."""
    if name is None and (file := os.environ.get("STACK_FILE")):
        yield Stack.read(Path(file))
        return
    name = name or DEFAULT_NAME
    narrator.say(f"Bringing up the stack {name!r}")
    stack = up(name, parameters=PACES, owned=once, say=lambda line: narrator.say(f"  {line}"))
    try:
        yield stack
    finally:
        if once:
            down(name)


def perform(scenario: Scenario, stack: Stack, narrator: Narrator) -> list[str]:
    """Play, print, and return the numbers that differ."""
    console = narrator.console
    cast = Cast(scenario, stack, narrator)
    seen = Play(cast).perform()
    wanted = expected(scenario)
    shown = examples(scenario, cast.states(scenario.leads), seen.deals)
    narrator.act("A lead's story as its admin reads it, for each way that one can go (times are UTC)")
    print_timelines(console, {title: cast.story(lead) for title, lead in shown.items()})
    console.print()
    print_table(console, wanted, seen)
    differing = differences(wanted, seen.numbers)
    print_differences(console, differing, seen.remarks)
    return differing


def print_addresses(narrator: Narrator, scenario: Scenario, stack: Stack) -> None:
    plan, who = scenario.campaigns[0], json.dumps({"account_id": scenario.account_id})
    shown = {"account_id": scenario.account_id, "campaign_id": plan.campaign_id, "portal": plan.portal_id}
    narrator.say(f"The stack stays up (make down{_suffix(stack.name)} stops it). To explore:")
    for title, address in (
        ("All three side by side", f"{stack.platform_url}/demonstration?{urlencode(shown)}"),
        ("Referral platform", stack.platform_url),
        ("HubSpot (simulated)", stack.hubspot_url),
        ("The integration's API", f"{stack.api_url}/v1/campaigns/{plan.campaign_id}/leads"),
        ("A token for it", f"curl -s {stack.platform_url}/_sim/token --json '{who}'"),
    ):
        narrator.say(f"  {title}: {address}")


def _suffix(name: str) -> str:
    return "" if name == DEFAULT_NAME else f" STACK={name}"


if __name__ == "__main__":
    sys.exit(main())
