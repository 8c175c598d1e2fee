"""What the tests of syncs begin with: contacts and lists in HubSpot, and what became of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

import requests

from referral_hubspot.domain.syncs import PastRun
from tests.syncing import Syncing, syncing
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, World

REFERRALS = {
    "name": "referrals",
    "label": "Referrals",
    "type": "number",
    "fieldType": "number",
    "groupName": "contactinformation",
}


@contextmanager
def here_is(world: World) -> Iterator[Syncing]:
    """A connected campaign and a HubSpot account with the property that counts go to."""
    with syncing(world) as made:
        world.sim(f"portals/{PORTAL}/properties", {"create": [REFERRALS]})
        yield made


def seed(world: World, count: int, start: int = 1, **properties: str) -> list[str]:
    """Ids of contacts that are simply there."""
    usual = {"email": "c{n}@example.com", "firstname": "C{n}"} | properties
    found: list[str] = []
    for first in range(start, start + count, 1000):  # the simulator tells no more ids at once
        some = {"portal": PORTAL, "count": min(1000, start + count - first), "start": first, "properties": usual}
        found += world.sim("seed", some)["ids"]
    return found


def a_list(world: World, members: Sequence[str]) -> str:
    """A static list whose members join in this order."""
    return str(world.sim(f"portals/{PORTAL}/lists", {"name": "Customers", "members": list(members)})["id"])


def change_list(world: World, list_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
    """Let contacts leave a list, and others join it."""
    world.sim(f"portals/{PORTAL}/lists/{list_id}", {"remove": list(remove), "add": list(add)})


def delete_contact(world: World, contact: str) -> None:
    """Somebody deletes a contact in HubSpot."""
    url = f"{world.hubspot.url}/_sim/portals/{PORTAL}/contacts/{contact}"
    requests.delete(url, timeout=10).raise_for_status()


def merge(world: World, primary: str, other: str) -> str:
    """Somebody merges two contacts; the id of the one that is left."""
    return str(world.sim(f"portals/{PORTAL}/merge", {"primary": primary, "other": other})["id"])


def change_contact(world: World, contact: str, **properties: str) -> None:
    """Somebody changes a contact in HubSpot."""
    world.sim(f"portals/{PORTAL}/contacts/{contact}", {"properties": properties})


def all_contacts(world: World) -> dict[str, Mapping[str, str]]:
    """Properties of every contact, by id."""
    found = world.sim(f"portals/{PORTAL}/contacts?limit=1000000")["contacts"]
    return {one["id"]: one["properties"] for one in found}


def linked(world: World, contacts: Iterable[str]) -> set[str]:
    """Those of these contacts that have a link."""
    there = all_contacts(world)
    return {one for one in contacts if there.get(one, {}).get("referral_link")}


def enrolment_ids(contacts: Iterable[str]) -> list[str]:
    """The ids that contacts are asked for under, sorted."""
    return sorted(f"{CAMPAIGN}:{PORTAL}:{one}" for one in contacts)


def runs(here: Syncing, sync_id: str = "s1") -> list[PastRun]:
    """Runs that ended, newest first."""
    return here.wiring.syncs.runs(ACCOUNT, CAMPAIGN, sync_id, 50)


def next_run(here: Syncing, sync_id: str = "s1", after: timedelta = timedelta(minutes=15)) -> None:
    """The schedule's next message, and all that follows from it."""
    here.pass_by(after)
    here.tick(sync_id)
    here.settle()
