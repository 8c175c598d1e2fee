"""Messages of the sync queue: one worker at a time, a next one while work is left, and no more messages than that."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from functions.list_sync import app as list_sync
from referral_hubspot.domain.people import PersonKey
from referral_hubspot.domain.syncs import Status, SyncChangedError
from referral_hubspot.runtime.sync_queue import SqsSyncQueue
from referral_hubspot.storage.enrolments import EnrolmentRepository
from referral_hubspot.usecases.sync_contacts import LEASE
from tests.dying import Died
from tests.inprocess.syncs import a_list, change_list, enrolment_ids, linked, next_run, runs, seed
from tests.syncing import Syncing
from tests.world import ACCOUNT, CAMPAIGN, Context

SLICE = timedelta(seconds=20)


@pytest.mark.parametrize("every_minutes", [0, 15], ids=["one-time", "ongoing"])
def test_the_same_message_any_number_of_times_is_one_run(here: Syncing, every_minutes: int) -> None:
    contacts = seed(here.world, 120)
    here.start(here.plan(a_list(here.world, contacts), every_minutes))
    here.jobs *= 4

    here.settle()

    assert sorted(here.platform.asked) == enrolment_ids(contacts)
    [past] = runs(here)
    assert (past.counts.read, past.counts.asked, past.joined) == (120, 120, 120)
    assert linked(here.world, contacts) == set(contacts)


def test_a_second_worker_at_once_does_nothing_and_ends_no_chain(here: Syncing) -> None:
    contacts = seed(here.world, 120)
    here.start(here.plan(a_list(here.world, contacts)))
    message = here.jobs[0][1]
    find = EnrolmentRepository.find
    met = Counter[str]()

    def finding(self: Any, *args: Any) -> Any:
        if not met["twin"]:
            met["twin"] += 1
            jobs = len(here.jobs)
            here.work(message)
            assert len(here.jobs) == jobs + 1, "whoever holds the sync may die: the message comes again"
        return find(self, *args)

    with patch.object(EnrolmentRepository, "find", finding):
        here.settle()

    assert met["twin"]
    assert sorted(here.platform.asked) == enrolment_ids(contacts)
    assert here.sync().status is Status.FINISHED


def test_a_worker_whose_lease_ran_out_while_it_was_slow_asks_for_nobody(here: Syncing) -> None:
    contacts = seed(here.world, 120)
    here.start(here.plan(a_list(here.world, contacts)))
    message = here.jobs[0][1]
    find = EnrolmentRepository.find
    met = Counter[str]()

    def finding(self: Any, *args: Any) -> Any:
        met["calls"] += 1
        if met["calls"] == 1:
            here.pass_by(SLICE + LEASE)
            here.work(message)  # another worker takes over, and does all of it
        return find(self, *args)

    with patch.object(EnrolmentRepository, "find", finding):
        here.settle()

    assert sorted(here.platform.asked) == enrolment_ids(contacts)
    assert (runs(here)[0].counts.asked, runs(here)[0].joined) == (120, 120)


def test_ticks_during_a_run_begin_no_other_and_do_not_add_up(here: Syncing) -> None:
    contacts = seed(here.world, 30)
    here.platform.answer = lambda _: None  # the run waits for a quarter of an hour
    here.start(here.plan(a_list(here.world, contacts), 15))
    here.step()
    for _ in range(8):
        here.tick()
        here.step()
        here.step()
    assert len(here.jobs) <= 3

    sent = here.sent
    here.settle()

    assert len(runs(here)) == 1
    assert here.sent - sent <= 15 * 60 / 5 + 10, "one message in five seconds, however many ticks there were"
    assert sorted(here.platform.asked) == enrolment_ids(contacts)


def test_while_hubspot_is_away_for_long_messages_do_not_add_up(here: Syncing) -> None:
    contacts = seed(here.world, 5)
    here.start(here.plan(a_list(here.world, contacts), 15))
    here.world.sim("faults", {"path": "crm", "status": 503, "times": None})
    began = here.now()
    for quarter in range(1, 3):
        while here.now() < began + timedelta(minutes=15) * quarter:
            assert here.step()
        here.tick()
    assert len(here.jobs) <= 2
    assert here.sent <= 1800 / 15 * 1.1

    here.world.end_faults()
    here.settle()

    assert linked(here.world, contacts) == set(contacts)


def test_a_message_that_breaks_the_code_finds_the_sync_free_when_it_comes_again(here: Syncing) -> None:
    contacts = seed(here.world, 30)
    here.start(here.plan(a_list(here.world, contacts)))
    message = here.jobs.pop()[1]
    with patch.object(EnrolmentRepository, "find", side_effect=ValueError("a bug")):
        assert _fails(here, message)

    assert here.sync().held_until is None
    here.jobs.append((here.now() + timedelta(seconds=15), message))
    here.settle()

    assert here.sync().status is Status.FINISHED
    assert sorted(here.platform.asked) == enrolment_ids(contacts)


def test_a_message_about_return_fields_that_breaks_the_code_finds_the_turn_free(here: Syncing) -> None:
    contacts = seed(here.world, 3)
    here.start(here.plan(a_list(here.world, contacts)))
    here.step()
    here.answers()
    while here.next() != "returns":
        here.step()
    message = here.jobs.pop(0)[1]
    with patch("referral_hubspot.usecases.return_fields.calls", side_effect=ValueError("a bug")):
        here.pass_by(timedelta(seconds=10))
        assert _fails(here, message)

    here.work(message)

    assert linked(here.world, contacts) == set(contacts)


def _fails(here: Syncing, body: str) -> bool:
    """Whether a message has to come again."""
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "0"}
    record = {"messageId": "m", "receiptHandle": "r", "body": body, "attributes": attributes}
    with (
        patch("referral_hubspot.runtime.batch.Queue.expect_back"),
        patch("referral_hubspot.runtime.batch.Queue.postpone"),
    ):
        return bool(list_sync.lambda_handler({"Records": [record]}, Context())["batchItemFailures"])


def test_an_admin_who_pauses_and_resumes_under_a_worker_s_hands_loses_no_run(here: Syncing) -> None:
    contacts = seed(here.world, 120)
    here.start(here.plan(a_list(here.world, contacts)))
    find = EnrolmentRepository.find
    met = Counter[str]()

    def finding(self: Any, *args: Any) -> Any:
        if not met["admin"]:
            met["admin"] += 1
            here.wiring.syncs.put(replace(here.sync(), status=Status.PAUSED))  # held as it was
            here.wiring.syncs.put(here.sync().going())
            here.wiring.sync_queue.go_on(here.sync(), due=True)
        return find(self, *args)

    with patch.object(EnrolmentRepository, "find", finding):
        here.settle()

    assert here.sync().status is Status.FINISHED
    assert sorted(here.platform.asked) == enrolment_ids(contacts)


def test_a_sync_that_is_removed_under_a_worker_s_hands_asks_for_nobody(here: Syncing) -> None:
    contacts = seed(here.world, 120)
    here.start(here.plan(a_list(here.world, contacts)))
    find = EnrolmentRepository.find

    def finding(self: Any, *args: Any) -> Any:
        here.wiring.syncs.remove(here.sync())
        return find(self, *args)

    with patch.object(EnrolmentRepository, "find", finding):
        here.settle()

    assert here.platform.asked == []
    assert here.jobs == []


def test_two_syncs_that_ask_for_one_contact_at_once_both_get_their_fields(here: Syncing) -> None:
    contacts = seed(here.world, 30)
    here.start(here.plan(a_list(here.world, contacts)))
    here.start(here.plan(a_list(here.world, contacts)), "s2")
    find = EnrolmentRepository.find
    met = Counter[str]()

    def finding(self: Any, *args: Any) -> Any:
        if not met["other"]:
            met["other"] += 1
            here.step()  # the other sync asks, and the platform answers it, before this one asks
            here.answers()
        return find(self, *args)

    with patch.object(EnrolmentRepository, "find", finding):
        here.settle()

    assert Counter(here.platform.asked) == Counter(enrolment_ids(contacts))
    referrer = here.wiring.people.get(PersonKey(ACCOUNT, CAMPAIGN, "referrer", f"r-{contacts[0]}"))
    assert referrer is not None
    assert set(referrer.syncs) == {"s1", "s2"}


def test_a_version_that_somebody_else_stored_is_not_written_over(here: Syncing) -> None:
    here.start(here.plan(a_list(here.world, seed(here.world, 3))))
    stale = here.sync()
    here.wiring.syncs.put(stale)

    with pytest.raises(SyncChangedError):
        here.wiring.syncs.put(stale)


@pytest.mark.parametrize("at", range(9))
@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_a_worker_that_dies_at_any_call_of_the_end_of_a_run_leaves_it_to_the_next(
    here: Syncing, at: int, after: bool
) -> None:
    contacts = seed(here.world, 3)
    list_id = a_list(here.world, contacts)
    here.start(here.plan(list_id, 15))
    here.step()
    here.answers()
    while here.next() != "sync":
        here.step()
    here.kill(at, after=after)

    here.settle()
    change_list(here.world, list_id, add=(new := seed(here.world, 1, 500)))
    next_run(here)

    assert sorted(here.platform.asked) == enrolment_ids(contacts + new)
    assert linked(here.world, contacts + new) == {*contacts, *new}
    assert [past.joined for past in runs(here)] == [1, 3]


def test_a_worker_that_dies_is_replaced_after_its_lease_by_its_own_message(here: Syncing) -> None:
    contacts = seed(here.world, 120)
    here.start(here.plan(a_list(here.world, contacts)))
    with (
        pytest.raises(Died),
        patch.object(EnrolmentRepository, "find", side_effect=Died()),
    ):
        here.step()
    died_at = here.now()

    here.step()

    assert here.now() - died_at >= SLICE + LEASE
    assert sorted(here.platform.asked) == enrolment_ids(contacts)


def test_return_fields_whose_message_died_with_its_sender_are_asked_for_by_the_run(here: Syncing) -> None:
    contacts = seed(here.world, 3)
    here.start(here.plan(a_list(here.world, contacts)))
    here.step()
    with (
        pytest.raises(Died),
        patch.object(SqsSyncQueue, "write_returns", side_effect=Died()),
    ):
        here.answers()
    here.world.new_worker()

    here.settle()

    assert linked(here.world, contacts) == set(contacts)
    assert here.jobs == []
