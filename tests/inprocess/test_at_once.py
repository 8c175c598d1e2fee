"""Several workers at the same work: one contact, one decision, one end."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from functions.lead_joined import app
from referral_hubspot.domain.people import State
from referral_hubspot.domain.settings import Duplicates
from referral_hubspot.events.platform import command, read
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.receiving import ReceivingWiring
from tests.inprocess.test_leads import stored
from tests.world import World, lead_joined_event
from tests.world import world as make_world

WORKERS = 5


def at_once(*batches: list[dict[str, Any]]) -> None:
    """Each batch by a worker of its own, all at the same time."""

    def work(batch: list[dict[str, Any]]) -> None:
        worker = ReceivingWiring(app.environment())
        commands = [command(read(json.dumps(event)), clients.now()) for event in batch]
        for _ in range(5):
            if not worker.receive.take(commands).retry:
                return

    with ThreadPoolExecutor(len(batches)) as pool:
        list(pool.map(work, batches))


@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_one_event_delivered_to_five_workers_at_once_is_one_lead(world: World, duplicates: Duplicates) -> None:
    world.serve(duplicates)
    event = lead_joined_event("l1", "ada@example.com")

    at_once(*[[event]] * WORKERS)

    lead = stored(world, "l1")
    [contact] = world.contacts("ada@example.com")
    assert (lead.state, lead.record_id, lead.version) == (State.SENT, contact["id"], 2)


@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_of_two_leads_with_one_address_at_once_one_has_the_credit(world: World, duplicates: Duplicates) -> None:
    world.serve(duplicates)

    at_once(*[[lead_joined_event(f"l{n}", "ada@example.com")] for n in range(WORKERS)])

    states = sorted(stored(world, f"l{n}").state for n in range(WORKERS))
    assert states == sorted([State.SENT] + [State.ALREADY_REFERRED] * (WORKERS - 1))
    assert len(world.contacts("ada@example.com")) == 1


def test_a_backlog_goes_through_the_enforced_rate_limit_without_a_single_429(aws_url: str) -> None:
    with make_world(aws_url, BUDGET_PER_SECOND="10", BUDGET_BURST="8") as world:
        world.serve(Duplicates.SKIP)
        batches = [
            [lead_joined_event(f"l{batch}-{n}", f"p{batch}-{n}@example.com") for n in range(100)] for batch in range(50)
        ]
        world.forget_calls()

        for start in range(0, len(batches), WORKERS):
            at_once(*batches[start : start + WORKERS])

        answers = world.sim("journal")["requests"]
        assert world.dead_letters() == []
        assert [answer["status"] for answer in answers if answer["status"] >= 400] == []
        assert len(answers) <= 110
        held = world.wiring.people.count_waiting("acme", "spring")
        assert held == 0
        assert stored(world, "l49-99").state is State.SENT
