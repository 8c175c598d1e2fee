"""What the demo prints in the end, for whoever wants to go on by hand."""

import io
from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit

import requests
from rich.console import Console

from simulators.demo.__main__ import print_addresses
from simulators.demo.narrator import Narrator
from simulators.demo.scenario import Scenario
from simulators.local import Stack
from simulators.platform import PlatformSimulator
from simulators.platform.demonstration_page import Shown
from simulators.platform.stack import Stack as PlatformsStack
from simulators.platform.world import Campaign


def test_the_first_address_is_the_demonstrations_page_of_the_first_campaign(scenario: Scenario) -> None:
    plan = scenario.campaigns[0]
    with PlatformSimulator() as simulator:
        known: dict[str, Any] = {field.name: "" for field in fields(Stack)}
        stack = Stack(
            **known | {"name": "demo", "platform_url": simulator.url, "hubspot_url": "http://hubspot.example"}
        )
        simulator.platform.attach(PlatformsStack(console_url="http://console.example", hubspot_url=stack.hubspot_url))
        simulator.platform.world.register(Campaign(scenario.account_id, plan.campaign_id, plan.name))

        first = printed(scenario, stack)[0]
        answer = requests.get(first, timeout=10)

    assert urlsplit(first).path == "/demonstration"
    assert answer.status_code == 200
    assert f"http://hubspot.example/?portal={plan.portal_id}" in answer.text
    assert f"campaign={plan.campaign_id}" in answer.text
    qualifies_by = Shown.model_fields
    assert (plan.rule_property, plan.rule_value) == (qualifies_by["property"].default, qualifies_by["value"].default)


def printed(scenario: Scenario, stack: Stack) -> list[str]:
    """The addresses, in their order."""
    out = io.StringIO()
    print_addresses(Narrator(Console(file=out)), scenario, stack)
    return [line.partition(": ")[2] for line in out.getvalue().splitlines() if line.startswith("  ")]
