"""What a lead costs: HubSpot calls by the simulator's journal, AWS calls by the client's own events."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from referral_hubspot.domain.settings import Action, Duplicates
from tests.world import World, lead_joined_event

LEADS = 1_000


@contextmanager
def aws_calls(world: World) -> Iterator[Counter[str]]:
    """Counts the AWS calls of the delivery workers' clients while the block runs."""
    calls: Counter[str] = Counter()

    def called(model: Any, **_: Any) -> None:
        calls[model.name] += 1

    for client in (world.wiring.dynamodb, world.referrer_wiring.dynamodb, world.sqs):
        client.meta.events.register("before-call", called)
    yield calls


def batches(prefix: str, leads: int) -> list[list[dict[str, Any]]]:
    """Full batches of leads, each with a referrer of its own."""
    events = [
        lead_joined_event(
            f"{prefix}{n}",
            f"{prefix}{n}@example.com",
            referrer={"id": f"r-{prefix}{n}", "email": f"r-{prefix}{n}@example.com", "first_name": "Grace"},
        )
        for n in range(leads)
    ]
    return [events[start : start + 100] for start in range(0, leads, 100)]


@pytest.mark.parametrize(
    ("action", "duplicates", "most"),
    [
        (Action.CREATE_CONTACT, Duplicates.UPDATE, 11),
        (Action.CREATE_CONTACT, Duplicates.SKIP, 22),
        (Action.CREATE_DEAL, Duplicates.UPDATE, 22),
        (Action.CREATE_DEAL, Duplicates.SKIP, 33),
    ],
)
def test_a_thousand_leads_cost_hardly_more_than_hubspots_own_limit(
    world: World, action: Action, duplicates: Duplicates, most: int
) -> None:
    world.serve(duplicates, action=action)
    world.deliver(lead_joined_event("warm-up", "warm@example.com"))
    world.forget_calls()

    with aws_calls(world) as calls:
        for batch in batches("p", LEADS):
            assert world.deliver(*batch) == []

    made = f"{len(world.calls())} HubSpot calls, {calls.total() / LEADS:.3f} AWS calls a lead: {calls}"
    print(f"{action}, {duplicates}: {made}")
    assert len(world.calls()) <= most
    assert calls.total() / LEADS <= 0.12
    assert len(world.deals(limit="2000")) == (LEADS + 1 if action is Action.CREATE_DEAL else 0)
