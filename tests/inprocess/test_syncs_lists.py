"""Syncs of one list: who is new is found at once, whoever else is found by the daily comparison."""

from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest

from referral_hubspot.domain.syncs import EnrolmentState, RunKind, Status
from tests.inprocess.syncs import (
    a_list,
    change_contact,
    change_list,
    delete_contact,
    enrolment_ids,
    linked,
    merge,
    next_run,
    runs,
    seed,
)
from tests.syncing import Syncing
from tests.world import ACCOUNT, CAMPAIGN, PORTAL

DAY = timedelta(days=1)


@pytest.fixture(name="newest_first", params=[False, True], ids=["oldest first", "newest first"])
def _newest_first(here: Syncing, request: pytest.FixtureRequest) -> bool:
    here.world.sim("switches", {"join_order_newest_first": request.param})
    return bool(request.param)


@pytest.fixture(autouse=True)
def _small_pages() -> Iterator[None]:
    """Pages of so few members that short lists have many."""
    with patch("referral_hubspot.hubspot.lists._MOST_MEMBERS", 10):
        yield


def start(here: Syncing, members: list[str]) -> str:
    """An ongoing sync of a list whose members joined in their order, one after another; the list's id."""
    list_id = a_list(here.world, [])
    for at in range(0, len(members), 4):
        change_list(here.world, list_id, add=members[at : at + 4])
    here.start(here.plan(list_id, 15))
    here.settle()
    return list_id


@pytest.mark.usefixtures("newest_first")
@pytest.mark.parametrize("size", [0, 1, 10, 11, 25])
def test_whoever_joins_later_is_asked_for_by_the_next_run(here: Syncing, size: int) -> None:
    contacts = seed(here.world, size)
    list_id = start(here, contacts)
    assert sorted(here.platform.asked) == enrolment_ids(contacts)

    for round_, count in enumerate((1, 3, 0)):
        new = seed(here.world, count, 10_000 + 1_000 * round_)
        change_list(here.world, list_id, add=new)
        contacts += new
        next_run(here)

        assert sorted(here.platform.asked) == enrolment_ids(contacts)
        assert linked(here.world, contacts) == set(contacts)


@pytest.mark.usefixtures("newest_first")
def test_a_pass_with_nothing_new_costs_one_call(here: Syncing) -> None:
    start(here, seed(here.world, 53))
    next_run(here)

    here.world.forget_calls()
    next_run(here)

    assert here.world.calls("list", "contact", "propert") == ["lists.join_order"]
    assert len(runs(here)) == 1, "a run that found nobody is not worth telling"


@pytest.mark.usefixtures("newest_first")
def test_a_pass_over_many_who_joined_in_one_instant_costs_two_calls(here: Syncing) -> None:
    members = seed(here.world, 70)
    list_id = a_list(here.world, members)
    here.start(here.plan(list_id, 15))
    here.settle()

    here.world.forget_calls()
    next_run(here)
    assert len(here.world.calls("list", "contact", "propert")) <= 2

    change_list(here.world, list_id, add=seed(here.world, 1, 5_000))
    next_run(here)
    assert len(here.platform.asked) == 71


@pytest.mark.usefixtures("newest_first")
def test_new_ones_cost_as_much_as_they_are_many(here: Syncing) -> None:
    list_id = start(here, seed(here.world, 52))
    change_list(here.world, list_id, add=seed(here.world, 12, 5_000))

    here.world.forget_calls()
    next_run(here)

    assert len(here.world.calls("list")) <= 3
    assert len(here.world.calls("contact")) <= 3


@pytest.mark.usefixtures("newest_first")
def test_whoever_joins_while_the_list_is_read_is_not_missed(here: Syncing) -> None:
    contacts = seed(here.world, 60)
    list_id = a_list(here.world, contacts)
    late = seed(here.world, 5, 5_000)
    here.world.sim("faults", {"path": "join-order", "skip": 1, "times": 1, "status": 503})
    here.start(here.plan(list_id, 15))
    here.step()
    change_list(here.world, list_id, add=late)

    here.settle()
    next_run(here)

    assert sorted(here.platform.asked) == enrolment_ids(contacts + late)
    first = runs(here)[-1]
    assert (first.kind, first.joined) == (RunKind.EVERYBODY, first.counts.asked)


@pytest.mark.usefixtures("newest_first")
def test_a_rejoiner_is_known_and_whoever_leaves_stays_a_referrer(here: Syncing) -> None:
    contacts = seed(here.world, 30)
    list_id = start(here, contacts)

    change_list(here.world, list_id, remove=contacts[:2])
    next_run(here)
    change_list(here.world, list_id, add=contacts[:1])
    next_run(here)
    next_run(here, after=DAY)

    assert sorted(here.platform.asked) == enrolment_ids(contacts)
    assert linked(here.world, contacts) == set(contacts)


@pytest.mark.usefixtures("newest_first")
def test_the_daily_comparison_finds_late_addresses_and_whoever_was_missed(here: Syncing) -> None:
    contacts, blank = seed(here.world, 30), seed(here.world, 3, 900, email="")
    list_id = start(here, [*contacts[:15], *blank, *contacts[15:]])
    change_contact(here.world, blank[0], email="late@example.com")
    survivor = merge(here.world, contacts[10], contacts[11])

    next_run(here)
    assert blank[0] not in linked(here.world, blank)
    next_run(here, after=DAY)

    assert set(enrolment_ids([*contacts, blank[0], survivor])) == set(here.platform.asked)
    assert len(here.platform.asked) == len(contacts) + 2
    newest = runs(here)[0]
    assert newest.kind is RunKind.COMPARISON
    assert newest.counts.without_email == 2
    assert linked(here.world, [blank[0], survivor]) == {blank[0], survivor}
    assert here.sync().status is Status.ACTIVE
    change_list(here.world, list_id, add=seed(here.world, 1, 7_000))
    next_run(here)
    assert runs(here)[0].kind is RunKind.NEWCOMERS


def test_a_bookmark_that_hubspot_no_longer_knows_begins_again_at_the_first_page(here: Syncing) -> None:
    contacts = seed(here.world, 53)
    list_id = start(here, contacts)
    bookmark = here.sync().bookmark
    assert (bookmark.tail != "", bookmark.newest) == (True, None)
    refusal = {"status": "error", "message": "after is not a cursor", "category": "VALIDATION_ERROR"}
    here.world.sim("faults", {"path": "join-order", "times": 1, "status": 400, "body": refusal})
    change_list(here.world, list_id, add=(new := seed(here.world, 2, 5_000)))

    next_run(here)

    assert here.sync().status is Status.ACTIVE
    assert sorted(here.platform.asked) == enrolment_ids(contacts + new)


def test_places_that_hubspot_never_knows_stop_the_sync_instead_of_keeping_it_busy(here: Syncing) -> None:
    contacts = seed(here.world, 52)
    refusal = {"status": "error", "message": "after is not a cursor", "category": "VALIDATION_ERROR"}
    fault = {"path": "join-order", "times": 1, "status": 400, "body": refusal}
    here.world.sim("faults", {"faults": [fault | {"skip": 1}, fault | {"skip": 2}]})  # the second page, and again

    here.start(here.plan(a_list(here.world, contacts), 15))
    here.settle()

    assert here.sync().status is Status.BROKEN
    assert len(here.world.calls("list")) <= 4


def test_a_contact_that_is_deleted_or_merged_while_it_waits_for_a_full_hundred_stops_nobody(here: Syncing) -> None:
    contacts = seed(here.world, 130)
    here.world.sim("faults", {"path": "join-order", "skip": 12, "times": 1, "status": 503})
    here.start(here.plan(a_list(here.world, contacts), 15))
    here.step()
    waiting = here.sync().run
    assert waiting is not None
    deleted, merged, known = waiting.carried[0], waiting.carried[1], contacts[0]
    delete_contact(here.world, deleted)
    here.world.sim("switches", {"merge_keeps_primary_id": True})
    assert merge(here.world, known, merged) == known

    here.settle()

    assert sorted(here.platform.asked) == enrolment_ids(set(contacts) - {deleted, merged})
    assert runs(here)[0].counts.asked == runs(here)[0].joined == 128


def test_whoever_has_no_address_is_shown_nowhere_but_in_the_count(here: Syncing) -> None:
    blank = seed(here.world, 2, email="")
    odd = seed(here.world, 1, 50, email="not-an-address")
    start(here, [*blank, *odd])

    assert here.platform.asked == []
    assert runs(here)[0].counts.without_email == 3
    found = here.wiring.enrolments.load(ACCOUNT, CAMPAIGN, PORTAL, blank)
    assert {one.state for one in found.values()} == {EnrolmentState.WITHOUT_EMAIL}
