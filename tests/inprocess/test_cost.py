"""What a lead costs: HubSpot calls by the simulator's journal, AWS calls by the client's own events."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from referral_hubspot.domain.settings import Duplicates
from tests.world import World, lead_joined_event

LEADS = 1_000


@contextmanager
def aws_calls(world: World) -> Iterator[Counter[str]]:
    """Counts the AWS calls of the delivery worker's clients while the block runs."""
    calls: Counter[str] = Counter()

    def called(model: Any, **_: Any) -> None:
        calls[model.name] += 1

    for client in (world.wiring.dynamodb, world.sqs):
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


@pytest.mark.parametrize(("duplicates", "most"), [(Duplicates.UPDATE, 11), (Duplicates.SKIP, 22)])
def test_a_thousand_leads_cost_hardly_more_than_hubspots_own_limit(
    world: World, duplicates: Duplicates, most: int
) -> None:
    world.serve(duplicates)
    world.deliver(lead_joined_event("warm-up", "warm@example.com"))
    world.forget_calls()

    with aws_calls(world) as calls:
        for batch in batches("p", LEADS):
            assert world.deliver(*batch) == []

    print(f"{duplicates}: {len(world.calls())} HubSpot calls, {calls.total() / LEADS:.3f} AWS calls a lead: {calls}")
    assert len(world.calls()) <= most
    assert calls.total() / LEADS <= 0.12
