"""What syncs cost in HubSpot calls, by the simulator's journal, at twenty times HubSpot's rate.

Token refreshes come on top in a real pass: one in 25 minutes for all that calls an account.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from referral_hubspot.domain.errors import NoSlotError
from referral_hubspot.domain.syncs import RunKind
from tests.many_contacts import PACE, a_list, begun_before, join, ongoing, seed, serve_syncs
from tests.syncs_in_memory import ManyContacts
from tests.world import ACCOUNT, CAMPAIGN, World, world

MANY = 100_000


@pytest.fixture(name="world")
def _world(aws_url: str) -> Iterator[World]:
    with world(aws_url, **PACE) as made:
        serve_syncs(made)
        yield made


def spent(world: World, what: str) -> Counter[str]:
    """The HubSpot calls since the last time, none of which was one too many for the rate limit."""
    journal = world.sim("journal")["requests"]
    calls = Counter(entry["kind"] for entry in journal)
    print(f"{what}: {calls.total()} HubSpot calls, {dict(calls)}")
    assert {entry["status"] for entry in journal} <= {200}
    world.forget_calls()
    return calls


@pytest.mark.no_cover  # a hundred thousand times the same lines, which others cover
def test_a_hundred_thousand_members_cost_hardly_more_than_hubspots_own_limit(world: World) -> None:
    list_id = a_list(world, seed(world, MANY))
    many = ManyContacts(world)
    world.forget_calls()

    sync = many.start(ongoing(list_id))
    assert spent(world, "everybody").total() <= 2450
    [past] = many.syncs.past
    assert (past.counts.read, past.joined, past.unanswered) == (MANY, MANY, 0)
    assert world.contacts(f"c{MANY}@example.com")[0]["properties"]["referral_link"]

    many.tick(sync)
    assert spent(world, "nobody new").total() <= 2

    join(world, list_id, seed(world, 300, start=MANY + 1))
    many.tick(sync)
    assert spent(world, "300 new").total() <= 10
    assert many.syncs.past[-1].joined == 300

    many.tick(many.syncs.put(begun_before(sync)))
    assert spent(world, "all contacts").total() <= 2
    seen = many.syncs.get(ACCOUNT, CAMPAIGN, "all")
    assert seen is not None
    assert seen.looked_at != sync.started_at
    # Where the machine is busy a slot may pass unused, and is waited for again.
    assert {type(fault) for fault in many.faults} <= {NoSlotError}


def test_a_pass_over_all_contacts_costs_as_much_as_what_is_new(world: World) -> None:
    seed(world, 2_000)
    many = ManyContacts(world)
    world.forget_calls()

    sync = many.start(ongoing())
    assert spent(world, "everybody").total() <= 41
    many.tick(sync)
    assert spent(world, "nobody new").total() <= 2
    seed(world, 300, start=10_001)
    many.tick(sync)
    assert spent(world, "300 new").total() <= 10
    assert many.syncs.past[-1].joined == 300


def test_a_list_whose_newest_members_stand_first_costs_no_more(world: World) -> None:
    world.sim("switches", {"join_order_newest_first": True})
    list_id = a_list(world, seed(world, 2_000), at_once=100)
    many = ManyContacts(world)
    world.forget_calls()

    sync = many.start(ongoing(list_id))
    assert spent(world, "everybody").total() <= 50
    many.tick(sync)
    assert spent(world, "nobody new").total() <= 2
    join(world, list_id, seed(world, 300, start=10_001))
    many.tick(sync)
    assert spent(world, "300 new").total() <= 10
    assert (many.syncs.past[-1].kind, many.syncs.past[-1].joined) == (RunKind.NEWCOMERS, 300)
