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

import requests
from rich.console import Console

from simulators.demo.admin_side import ApiRefusedError
from simulators.demo.consent import ConsentError
from simulators.demo.expectations import differences, expected
from simulators.demo.narrator import Narrator
from simulators.demo.play import NotReadyError, Play
from simulators.demo.report import examples, print_differences, print_table, print_timelines
from simulators.demo.scenario import Scenario, make_scenario
from simulators.demo.waiting import StillMissingError
from simulators.local import LocalStackError, Stack, down, up
from simulators.local.folder import DEFAULT_NAME

FAULTS = (StillMissingError, NotReadyError, ApiRefusedError, ConsentError, LocalStackError, requests.RequestException)


def main() -> int:
    options = _options()
    console = Console()
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
        description="Brings a local stack up and plays the main job on it: 1,000 leads of two campaigns reach HubSpot, "
        "some of them qualify there, and every number is checked. Exits with 1 when one is not what it must be.",
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
    stack = up(name, owned=once, say=lambda line: narrator.say(f"  {line}"))
    try:
        yield stack
    finally:
        if once:
            down(name)


def perform(scenario: Scenario, stack: Stack, narrator: Narrator) -> list[str]:
    """Play, print, and return the numbers that differ."""
    console = narrator.console
    play = Play(scenario, stack, narrator)
    seen = play.perform()
    wanted = expected(scenario)
    print_timelines(console, {title: play.explain(lead) for title, lead in examples(scenario, play.states()).items()})
    console.print()
    print_table(console, wanted, seen)
    differing = differences(wanted, seen.numbers)
    print_differences(console, differing, seen.remarks)
    console.print(str(seen.economy), style="bold", highlight=False)
    return differing


def print_addresses(narrator: Narrator, scenario: Scenario, stack: Stack) -> None:
    who = json.dumps({"account_id": scenario.account_id})
    narrator.say(f"The stack stays up (make down{_suffix(stack.name)} stops it). To explore:")
    for title, address in (
        ("Referral platform", stack.platform_url),
        ("HubSpot (simulated)", stack.hubspot_url),
        ("The integration's API", f"{stack.api_url}/v1/campaigns/{scenario.campaigns[0].campaign_id}/leads"),
        ("A token for it", f"curl -s {stack.platform_url}/_sim/token --json '{who}'"),
    ):
        narrator.say(f"  {title}: {address}")


def _suffix(name: str) -> str:
    return "" if name == DEFAULT_NAME else f" STACK={name}"


if __name__ == "__main__":
    sys.exit(main())
