"""Syncs of all contacts: newcomers are found by search, however late the index and the address."""

from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest

from referral_hubspot.domain.syncs import RunKind, Status
from tests.inprocess.syncs import change_contact, enrolment_ids, linked, next_run, runs, seed
from tests.syncing import Syncing
from tests.world import PORTAL


def newcomers(here: Syncing, count: int, start: int, **values: str) -> list[str]:
    """Contacts that are made now, as far as the functions' clock goes."""
    return seed(here.world, count, start, createdate=here.now().isoformat(), **values)


@pytest.fixture(name="no_lag")
def _no_lag(here: Syncing) -> None:
    here.world.sim("switches", {"search_lag_s": 0})


@pytest.fixture(name="small_pages")
def _small_pages() -> Iterator[None]:
    with (
        patch("referral_hubspot.hubspot.lists._MOST_CONTACTS", 7),
        patch("referral_hubspot.hubspot.lists._MOST_FOUND", 7),
    ):
        yield


@pytest.mark.usefixtures("no_lag", "small_pages")
@pytest.mark.parametrize("ordered", [True, False], ids=["by id", "in no order"])
def test_everybody_is_asked_for_once_and_then_whoever_is_new(here: Syncing, ordered: bool) -> None:
    here.world.sim("switches", {"list_ordered_by_id": ordered})
    contacts = seed(here.world, 30)
    here.start(here.plan(every_minutes=15))
    here.settle()
    for start, count in ((500, 1), (600, 16), (700, 7)):
        here.pass_by(timedelta(minutes=5))
        contacts += newcomers(here, count, start)
        next_run(here)
        assert runs(here)[0].counts.asked == count

    next_run(here)

    assert sorted(here.platform.asked) == enrolment_ids(contacts)
    assert linked(here.world, contacts) == set(contacts)
    assert [past.kind for past in runs(here)] == [RunKind.NEWCOMERS] * 3 + [RunKind.EVERYBODY]


@pytest.mark.usefixtures("no_lag")
def test_a_pass_with_nothing_new_costs_one_call(here: Syncing) -> None:
    seed(here.world, 120)
    here.start(here.plan(every_minutes=15))
    here.settle()

    here.world.forget_calls()
    next_run(here)

    calls = here.world.calls("contacts", "lists", "propert")
    assert calls == ["contacts.search"], calls
    assert len(runs(here)) == 1


def test_what_the_index_tells_late_is_found_by_a_later_run(here: Syncing) -> None:
    contacts = seed(here.world, 5)
    here.start(here.plan(every_minutes=15))
    here.settle()
    here.world.sim("switches", {"search_lag_s": 3})
    rows = [{"properties": {"email": f"late-{n}@example.com"}} for n in (1, 2)]
    late = here.world.sim("seed", {"portal": PORTAL, "contacts": rows, "webhooks": True})["ids"]
    next_run(here, after=timedelta(seconds=0))
    assert sorted(here.platform.asked) == enrolment_ids(contacts)
    here.world.sim("switches", {"search_lag_s": 0})

    next_run(here, after=timedelta(minutes=1))

    assert sorted(here.platform.asked) == enrolment_ids(contacts + late)


@pytest.mark.usefixtures("no_lag")
def test_an_address_that_comes_late_is_found(here: Syncing) -> None:
    contacts, blank = seed(here.world, 5), seed(here.world, 2, 500, email="")
    here.start(here.plan(every_minutes=15))
    here.settle()
    assert runs(here)[0].counts.without_email == 2
    here.pass_by(timedelta(minutes=3))
    now = {"properties": {"email": "late@example.com"}, "occurred_at": here.now().isoformat()}
    here.world.sim(f"portals/{PORTAL}/contacts/{blank[0]}", now)

    next_run(here)

    assert sorted(here.platform.asked) == enrolment_ids([*contacts, blank[0]])
    assert linked(here.world, blank) == {blank[0]}
    assert (runs(here)[0].counts.asked, runs(here)[0].counts.without_email) == (1, 0)


@pytest.mark.usefixtures("no_lag")
def test_whoever_has_a_link_already_is_not_asked_for_by_a_pass_for_newcomers(here: Syncing) -> None:
    contacts = seed(here.world, 5)
    here.start(here.plan(every_minutes=15))
    here.settle()
    here.pass_by(timedelta(minutes=1))
    newcomers(here, 2, 500, referral_link="https://refer.example.com/by-hand")

    next_run(here)

    assert sorted(here.platform.asked) == enrolment_ids(contacts)


@pytest.mark.usefixtures("small_pages")
def test_a_contact_that_changes_while_everybody_is_read_is_asked_for_once(here: Syncing) -> None:
    contacts = seed(here.world, 30)
    here.world.sim("faults", {"kind": "contacts.list", "skip": 2, "times": 1, "status": 503})
    here.start(here.plan())
    here.step()
    change_contact(here.world, contacts[0], firstname="Another")
    late = seed(here.world, 3, 500)

    here.settle()

    assert here.sync().status is Status.FINISHED
    assert sorted(here.platform.asked) == enrolment_ids(contacts + late)
