"""HubSpot accounts and lists of very many contacts, at twenty times HubSpot's rate."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import batched

from referral_hubspot.domain.settings import Action, Campaign, SideSettings
from referral_hubspot.domain.syncs import Bookmark, Plan, Sync
from tests.syncing import FIELDS, RETURNS
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, World

SCALE = 20
PACE = {"BUDGET_PER_SECOND": str(10 * SCALE), "BUDGET_BURST": str(8 * SCALE)}
"""The functions' environment: the rate budget of the template, so many times."""

_REFERRALS = {
    "name": "referrals",
    "label": "Referrals",
    "type": "number",
    "fieldType": "number",
    "groupName": "contactinformation",
}


def serve_syncs(world: World) -> None:
    """A connected campaign, in an account whose search knows at once what was written."""
    world.sim("switches", {"rate_scale": SCALE, "search_lag_s": 0})
    world.sim(f"portals/{PORTAL}/properties", {"create": [_REFERRALS]})
    world.wiring.campaigns.put_campaign(Campaign(ACCOUNT, CAMPAIGN, "Spring", "live", version=1))
    world.connect()
    world.sim("scopes", {"portal": PORTAL, "add": ["crm.lists.read"]})
    world.save(SideSettings(0, Action.NONE))


def seed(world: World, count: int, start: int = 1) -> list[str]:
    """Ids of contacts that are simply there, numbered from `start`."""
    properties = {"email": "c{n}@example.com", "firstname": "C{n}"}
    ids: list[str] = []
    for first in range(start, start + count, 1000):
        body = {"portal": PORTAL, "count": min(1000, start + count - first), "start": first, "properties": properties}
        ids += world.sim("seed", body)["ids"]
    return ids


def a_list(world: World, members: Sequence[str], at_once: int = 10_000) -> str:
    """Its id; its members joined as with `join`."""
    list_id = str(world.sim(f"portals/{PORTAL}/lists", {"name": "Customers"})["id"])
    join(world, list_id, members, at_once)
    return list_id


def join(world: World, list_id: str, members: Sequence[str], at_once: int = 100) -> None:
    """Let contacts join a list, so many of them in the same millisecond."""
    for group in batched(members, at_once, strict=False):
        world.sim(f"portals/{PORTAL}/lists/{list_id}", {"add": group})


def ongoing(list_id: str = "") -> Plan:
    """A plan for a list, or for all contacts."""
    return Plan(list_id, "Customers" if list_id else "", FIELDS, RETURNS, 15)


def begun_before(sync: Sync) -> Sync:
    """A sync of all contacts whose first run began, and ended, before the links of another one were written."""
    mark = Bookmark(modified_since=sync.started_at)
    return replace(sync, sync_id="all", plan=ongoing(), bookmark=mark, looked_at=sync.started_at, version=0)
