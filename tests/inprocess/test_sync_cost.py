"""What syncs cost in HubSpot calls, by the simulator's journal, at twenty times HubSpot's rate.

Token refreshes come on top in a real pass: one in 25 minutes for all that calls an account.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import batched

import pytest

from referral_hubspot.domain.settings import Action, Campaign, SideSettings
from referral_hubspot.domain.syncs import Bookmark, Plan, RunKind
from tests.syncing import FIELDS, RETURNS
from tests.syncs_in_memory import ManyContacts
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, World, world

MANY = 100_000
PROPERTY = {"label": "Referrals", "type": "number", "fieldType": "number", "groupName": "contactinformation"}


@pytest.fixture(name="world")
def _world(aws_url: str) -> Iterator[World]:
    with world(aws_url, BUDGET_PER_SECOND="200", BUDGET_BURST="160") as made:
        made.sim("switches", {"rate_scale": 20, "search_lag_s": 0})
        made.sim(f"portals/{PORTAL}/properties", {"create": [PROPERTY | {"name": "referrals"}]})
        made.wiring.campaigns.put_campaign(Campaign(ACCOUNT, CAMPAIGN, "Spring", "live", version=1))
        made.connect()
        made.sim("scopes", {"portal": PORTAL, "add": ["crm.lists.read"]})
        made.save(SideSettings(0, Action.NONE))
        yield made


def seed(world: World, count: int, start: int = 1) -> list[str]:
    """Ids of contacts that are simply there."""
    properties = {"email": "c{n}@example.com", "firstname": "C{n}"}
    ids: list[str] = []
    for first in range(start, start + count, 1000):
        body = {"portal": PORTAL, "count": min(1000, start + count - first), "start": first, "properties": properties}
        ids += world.sim("seed", body)["ids"]
    return ids


def a_list(world: World, members: list[str], at_once: int = 10_000) -> str:
    """Its id. So many members at the most joined in the same millisecond."""
    list_id = str(world.sim(f"portals/{PORTAL}/lists", {"name": "Customers"})["id"])
    for group in batched(members, at_once, strict=False):
        world.sim(f"portals/{PORTAL}/lists/{list_id}", {"add": group})
    return list_id


def ongoing(list_id: str = "") -> Plan:
    return Plan(list_id, "Customers" if list_id else "", FIELDS, RETURNS, 15)


def spent(world: World, what: str) -> Counter[str]:
    """The HubSpot calls since the last time, none of which was one too many for the rate limit."""
    journal = world.sim("journal")["requests"]
    calls = Counter(entry["kind"] for entry in journal)
    print(f"{what}: {calls.total()} HubSpot calls, {dict(calls)}")
    assert {entry["status"] for entry in journal} <= {200}
    world.forget_calls()
    return calls


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

    late = seed(world, 300, start=MANY + 1)
    world.sim(f"portals/{PORTAL}/lists/{list_id}", {"add": late})
    many.tick(sync)
    assert spent(world, "300 new").total() <= 10
    assert many.syncs.past[-1].joined == 300

    # One of all contacts, whose first run began before all these links were written.
    mark = Bookmark(modified_since=sync.started_at)
    before = replace(sync, sync_id="s2", plan=ongoing(), bookmark=mark, looked_at=sync.started_at, version=0)
    everybody = many.syncs.put(before)
    many.tick(everybody)
    assert spent(world, "all contacts").total() <= 2
    seen = many.syncs.get(ACCOUNT, CAMPAIGN, "s2")
    assert seen is not None
    assert seen.looked_at != sync.started_at
    assert not many.faults


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
    world.sim(f"portals/{PORTAL}/lists/{list_id}", {"add": seed(world, 300, start=10_001)})
    many.tick(sync)
    assert spent(world, "300 new").total() <= 10
    assert (many.syncs.past[-1].kind, many.syncs.past[-1].joined) == (RunKind.NEWCOMERS, 300)
