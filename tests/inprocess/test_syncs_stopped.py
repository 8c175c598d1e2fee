"""What keeps a sync from going on is said, with what was done so far; after the mend it goes on, and nobody is lost."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import boto3
import pytest
import requests

from referral_hubspot.domain.settings import Campaign
from referral_hubspot.domain.syncs import Cause, RunKind, Status
from referral_hubspot.storage.pauses import PauseTable
from referral_hubspot.usecases.pause import Pause
from tests.inprocess.syncs import a_list, change_list, enrolment_ids, linked, next_run, runs, seed
from tests.syncing import Syncing
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, World, referrer_event

OTHER_PORTAL = 1001002
HALFWAY = {"path": "join-order", "skip": 1, "times": 1, "status": 503}
"""HubSpot goes away for a moment when the second page is read."""


@pytest.fixture(autouse=True)
def _small_pages() -> Iterator[None]:
    """So few members that a short list has several pages, and that nobody waits for a full hundred."""
    with (
        patch("referral_hubspot.hubspot.lists._MOST_MEMBERS", 20),
        patch("referral_hubspot.usecases.sync_contacts.HUNDRED", 20),
    ):
        yield


def properties(world: World, **change: list[Any]) -> None:
    world.sim(f"portals/{PORTAL}/properties", change)


def scopes(world: World, **change: list[str]) -> None:
    world.sim("scopes", {"portal": PORTAL, **change})


def change_type(world: World, name: str, kind: str, field_type: str) -> None:
    definition = {"name": name, "label": name, "type": kind, "fieldType": field_type, "groupName": "contactinformation"}
    properties(world, create=[definition])


def disconnect(world: World) -> None:
    world.wiring.disconnect(ACCOUNT, CAMPAIGN, "test")


MENDABLE: dict[str, tuple[Callable[[World], object], Callable[[World], object], tuple[Cause, str]]] = {
    "a property that is read is archived": (
        lambda world: properties(world, archive=["firstname"]),
        lambda world: properties(world, restore=["firstname"]),
        (Cause.PROPERTY_GONE, "firstname"),
    ),
    "a property that is written is archived": (
        lambda world: properties(world, archive=["referral_link"]),
        lambda world: properties(world, restore=["referral_link"]),
        (Cause.PROPERTY_GONE, "referral_link"),
    ),
    "a property changes its type": (
        lambda world: change_type(world, "referral_link", "number", "number"),
        lambda world: change_type(world, "referral_link", "string", "text"),
        (Cause.PROPERTY_CHANGED, "referral_link"),
    ),
    "a permission is taken away": (
        lambda world: scopes(world, remove=["crm.lists.read"]),
        lambda world: scopes(world, add=["crm.lists.read"]),
        (Cause.MISSING_SCOPE, "crm.lists.read"),
    ),
    "the campaign is disconnected": (disconnect, lambda world: world.connect(), (Cause.NOT_CONNECTED, "")),
    "the campaign moves to another account": (
        lambda world: world.connect(portal=OTHER_PORTAL),
        lambda world: world.connect(),
        (Cause.OTHER_ACCOUNT, ""),
    ),
    "our app is removed in HubSpot": (
        lambda world: world.sim("revoke", {"portal": PORTAL}),
        lambda world: world.connect(),
        (Cause.RECONNECT, ""),
    ),
}


@pytest.mark.parametrize("what", MENDABLE)
@pytest.mark.parametrize("every_minutes", [0, 15], ids=["one-time", "ongoing"])
def test_a_sync_stops_with_the_cause_and_goes_on_after_the_mend(here: Syncing, what: str, every_minutes: int) -> None:
    breaking, mending, said = MENDABLE[what]
    world, contacts = here.world, seed(here.world, 40)
    world.sim("faults", HALFWAY)
    here.start(here.plan(a_list(world, contacts), every_minutes))
    here.step()
    done = set(here.platform.asked)
    breaking(world)
    here.pass_by(timedelta(minutes=1))
    here.tick()
    while here.jobs and here.sync().status is Status.ACTIVE:
        here.step()
    here.answers()

    sync = here.sync()
    assert (sync.status, (sync.cause, sync.about)) == (Status.BROKEN, said)
    assert done, "a page was dealt with before"
    assert set(here.platform.asked) >= done
    [stopped] = runs(here)
    assert ((stopped.cause, stopped.about), stopped.counts.asked) == (said, len(here.platform.asked))
    for _ in range(3):
        here.pass_by(timedelta(minutes=15))
        here.tick()
        here.step()
    [again] = runs(here)
    assert again.ended_at == stopped.ended_at, "what keeps a run is told once"

    mending(world)
    here.tick()
    here.pass_by(timedelta(days=1))  # until then nobody is written on another account
    here.settle()

    assert here.sync().status is (Status.ACTIVE if every_minutes else Status.FINISHED)
    assert (here.sync().cause, here.sync().about) == (Cause.NONE, "")
    assert sorted(here.platform.asked) == enrolment_ids(contacts)
    assert linked(world, contacts) == set(contacts)
    [ended] = runs(here)
    assert (ended.cause, ended.counts.asked, ended.joined) == (Cause.NONE, 40, 40)


def test_a_list_that_is_deleted_stops_the_sync_and_what_was_done_stays(here: Syncing) -> None:
    contacts = seed(here.world, 20)
    list_id = a_list(here.world, contacts)
    here.start(here.plan(list_id, 15))
    here.settle()
    url = f"{here.world.hubspot.url}/_sim/portals/{PORTAL}/lists/{list_id}"
    requests.delete(url, timeout=10).raise_for_status()

    next_run(here)

    assert (here.sync().status, here.sync().cause) == (Status.BROKEN, Cause.LIST_GONE)
    assert runs(here)[0].cause is Cause.LIST_GONE
    assert linked(here.world, contacts) == set(contacts)


def test_a_sync_of_all_contacts_stops_when_a_property_is_archived_although_hubspot_reads_it_as_blank(
    here: Syncing,
) -> None:
    contacts = seed(here.world, 20)
    here.world.sim("switches", {"search_lag_s": 0})
    here.start(here.plan(every_minutes=15))
    here.settle()
    newcomer = {"properties": {"email": "late@example.com", "firstname": "L"}, "createdate": here.now().isoformat()}
    contacts += here.world.sim("seed", {"portal": PORTAL, "contacts": [newcomer]})["ids"]
    properties(here.world, archive=["firstname"])

    next_run(here)
    assert (here.sync().cause, here.sync().about) == (Cause.PROPERTY_GONE, "firstname")
    properties(here.world, restore=["firstname"])
    next_run(here)

    assert here.sync().status is Status.ACTIVE
    assert sorted(here.platform.asked) == enrolment_ids(contacts)


def test_a_deleted_campaign_ends_its_syncs_for_good(here: Syncing) -> None:
    contacts = seed(here.world, 20)
    list_id = a_list(here.world, contacts)
    here.start(here.plan(list_id, 15))
    here.settle()
    sync = here.sync()
    boto3.client("scheduler").create_schedule_group(Name="syncs")
    here.wiring.schedules.put(sync)
    here.world.wiring.campaigns.put_campaign(Campaign(ACCOUNT, CAMPAIGN, "Spring", "deleted", version=2))
    change_list(here.world, list_id, add=seed(here.world, 3, 500))

    next_run(here)

    assert (here.sync().status, here.sync().cause) == (Status.STOPPED, Cause.CAMPAIGN_DELETED)
    assert len(here.platform.asked) == 20
    next_run(here)
    assert here.jobs == []
    assert boto3.client("scheduler").list_schedules(GroupName="syncs")["Schedules"] == []


@pytest.mark.parametrize("status", [500, 502, 429, 423])
def test_a_hubspot_that_is_away_is_waited_for(here: Syncing, status: int) -> None:
    contacts = seed(here.world, 120)
    fault = {"path": "contacts|lists", "status": status, "headers": {"Retry-After": "0.1"}}
    here.world.sim("faults", {"faults": [{**fault, "times": 5}, {**fault, "skip": 2, "times": 4}]})

    here.start(here.plan(a_list(here.world, contacts)))
    here.settle()

    assert here.sync().status is Status.FINISHED
    assert sorted(here.platform.asked) == enrolment_ids(contacts), "nobody is asked for again because HubSpot was away"
    assert linked(here.world, contacts) == set(contacts)
    assert (runs(here)[0].counts.asked, runs(here)[0].joined) == (120, 120)


def test_a_pause_of_whoever_is_on_call_holds_a_start_and_ticks_do_not_add_up(here: Syncing) -> None:
    contacts = seed(here.world, 20)
    pauses = PauseTable(here.world.campaign_table, here.world.wiring.dynamodb)
    pauses.begin(Pause("all", here.now()))
    here.start(here.plan(a_list(here.world, contacts), 15))
    for _ in range(3):
        began = here.now()
        while here.now() < began + timedelta(minutes=15):
            assert here.step()
        here.tick()
    assert here.platform.asked == []
    assert len(here.jobs) <= 2

    pauses.end("all")
    here.settle()

    assert sorted(here.platform.asked) == enrolment_ids(contacts)
    assert linked(here.world, contacts) == set(contacts)


def test_a_one_time_sync_that_is_started_in_a_pause_starts_when_it_is_over(here: Syncing) -> None:
    contacts = seed(here.world, 5)
    pauses = PauseTable(here.world.campaign_table, here.world.wiring.dynamodb)
    pauses.begin(Pause("all", here.now()))
    here.start(here.plan(a_list(here.world, contacts)))
    here.step()
    here.step()
    pauses.end("all")

    here.settle()

    assert here.sync().status is Status.FINISHED
    assert sorted(here.platform.asked) == enrolment_ids(contacts)


def test_a_finished_sync_enrols_nobody_whatever_breaks_and_mends(here: Syncing) -> None:
    contacts = seed(here.world, 5)
    list_id = a_list(here.world, contacts)
    here.start(here.plan(list_id))
    here.settle()
    change_list(here.world, list_id, add=seed(here.world, 2, 500))
    for breaking, mending, _ in MENDABLE.values():
        breaking(here.world)
        here.pass_by(timedelta(minutes=2))
        version = here.sync().version + 50 + here.sent
        told = referrer_event("updated", f"r-{contacts[0]}", "", version, referrals_count=version)
        assert not here.world.tell(told)
        for _ in range(4):
            here.step()
        assert here.sync().status is Status.FINISHED
        mending(here.world)
        here.tick()
        here.pass_by(timedelta(days=1))
        here.settle()
        assert here.contact(contacts[0])["referrals"] == str(version)

    assert here.sync().status is Status.FINISHED
    assert sorted(here.platform.asked) == enrolment_ids(contacts)
    assert [past.kind for past in runs(here)] == [RunKind.EVERYBODY]
