"""Syncs, what they found, and whose return fields are due."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral_hubspot.domain.people import Person, PersonKey, State
from referral_hubspot.domain.syncs import (
    Bookmark,
    Cause,
    Counts,
    Enrolment,
    EnrolmentState,
    Newcomer,
    Plan,
    Return,
    Run,
    RunKind,
    Status,
    Sync,
    attached,
    marked,
    named,
    returns_of,
)

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
DAY = timedelta(days=1)
RETURNS = {Return.LINK: "link", Return.REFERRALS: "count"}
PLAN = Plan("1", "Customers", {"email": "email", "first_name": "firstname"}, RETURNS, 15)
SYNC = Sync("acme", "spring", "s1", 7, PLAN, "Ana", NOW)
REFERRER = Person(
    PersonKey("acme", "spring", "referrer", "r1"),
    NOW,
    NOW,
    state=State.SENT,
    version=3,
    details={"referral_link": "https://x.example.com/1", "referrals_count": "2", "first_name": "Ada"},
)


@given(
    st.text("abz09_.:@-", min_size=1, max_size=20),
    st.integers(1, 10**12),
    st.text("0123456789", min_size=1, max_size=15),
)
def test_an_enrolment_id_names_what_it_was_made_of(campaign: str, portal: int, contact: str) -> None:
    made = Enrolment("acme", campaign, portal, contact, "s1", "r1", EnrolmentState.ASKED, NOW)

    assert named(made.enrolment_id) == (campaign, portal, contact)


@pytest.mark.parametrize("text", ["", "spring", "spring:7", "spring:x:1", "spring:7:", ":7:1", "spring:²:1"])
def test_what_is_no_enrolment_id_names_nothing(text: str) -> None:
    assert named(text) is None


def test_a_contact_counts_as_what_was_found_of_it() -> None:
    found = Enrolment("acme", "spring", 7, "1", "s1", "r1", EnrolmentState.ASKED, NOW)

    assert found.counted == Counts(asked=1)
    assert replace(found, state=EnrolmentState.DECLINED).counted == Counts(asked=1)
    assert replace(found, state=EnrolmentState.WITHOUT_EMAIL).counted == Counts(without_email=1)
    assert replace(found, state=EnrolmentState.JOINED, already=True).counted == Counts(already=1)


def test_the_first_run_looks_at_everybody_later_ones_at_newcomers_and_one_a_day_at_every_id() -> None:
    def kind(sync: Sync, at: datetime) -> RunKind:
        run = sync.opened(at).run
        assert run is not None
        return run.kind

    looked = replace(SYNC, looked_at=NOW, compared_at=NOW)
    assert kind(SYNC, NOW) is RunKind.EVERYBODY
    assert kind(looked, NOW + timedelta(hours=23)) is RunKind.NEWCOMERS
    assert kind(looked, NOW + DAY) is RunKind.COMPARISON
    assert kind(replace(looked, plan=replace(PLAN, list_id="")), NOW + DAY) is RunKind.NEWCOMERS


@pytest.mark.parametrize(
    ("bookmark", "after"),
    [
        (Bookmark(tail="t"), "t"),
        (Bookmark(newest=NOW), ""),
        (Bookmark(tail="t", newest=NOW), ""),
        (Bookmark(), ""),
    ],
)
def test_a_run_for_newcomers_begins_at_the_bookmark(bookmark: Bookmark, after: str) -> None:
    run = replace(SYNC, looked_at=NOW, compared_at=NOW, bookmark=bookmark).opened(NOW + timedelta(minutes=15)).run

    assert run is not None
    assert run.after == after


def test_a_run_that_is_open_goes_on() -> None:
    run = Run("r0", RunKind.COMPARISON, NOW - DAY, after="x")

    assert replace(SYNC, run=run).opened(NOW).run == run


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Status.ACTIVE, Status.BROKEN),
        (Status.BROKEN, Status.BROKEN),
        (Status.PAUSED, Status.PAUSED),
        (Status.FINISHED, Status.FINISHED),
        (Status.STOPPED, Status.STOPPED),
    ],
)
def test_what_breaks_is_broken_but_what_a_person_stopped_stays_so(before: Status, after: Status) -> None:
    at_work = replace(SYNC, status=before, held_until=NOW, expected_at=NOW)

    stopped = at_work.stopped_by(Cause.PROPERTY_GONE, "link")

    assert (stopped.status, stopped.cause, stopped.about) == (after, Cause.PROPERTY_GONE, "link")
    assert (stopped.held_until, stopped.expected_at) == (None, None)


def test_a_message_is_expected_until_shortly_before_its_time() -> None:
    waiting = replace(SYNC, expected_at=NOW)

    assert waiting.expects(NOW - timedelta(seconds=3))
    assert not waiting.expects(NOW - timedelta(seconds=1))
    assert not SYNC.expects(NOW)


def test_a_referrer_of_a_sync_is_due_at_once_and_when_given_all_it_is_due_no_more() -> None:
    due = attached(REFERRER, "s1", "77", NOW)
    assert (due.syncs, due.synced_contact_id, due.return_due_at, due.version) == (("s1",), "77", NOW, 3)
    assert returns_of([SYNC], due) == {"link": "https://x.example.com/1", "count": "2"}

    given_all = replace(due, returned={"referral_link": "https://x.example.com/1", "referrals_count": "2"})
    assert marked(given_all, NOW).return_due_at is None
    assert attached(replace(given_all, return_due_at=None), "s1", "77", NOW).return_due_at is None


@pytest.mark.parametrize(("sync_id", "contact"), [("s2", "77"), ("s1", "78")])
def test_for_another_sync_or_another_contact_it_is_due_anew(sync_id: str, contact: str) -> None:
    first = attached(REFERRER, "s1", "77", NOW)
    written = {"referral_link": "https://x.example.com/1", "referrals_count": "2"}
    rested = replace(first, returned=written, returned_at=NOW, return_due_at=None)

    later = attached(rested, sync_id, contact, NOW + timedelta(seconds=1))

    assert later.return_due_at == NOW + timedelta(seconds=1)
    assert later.synced_contact_id == contact
    assert set(later.syncs) == {"s1", sync_id}


def test_a_change_is_due_a_minute_after_the_last_writing() -> None:
    written = replace(attached(REFERRER, "s1", "77", NOW), returned={}, returned_at=NOW, return_due_at=None)

    assert marked(written, NOW + timedelta(seconds=10)).return_due_at == NOW + timedelta(minutes=1)
    assert marked(written, NOW + timedelta(hours=1)).return_due_at == NOW + timedelta(hours=1)
    assert marked(REFERRER, NOW).return_due_at is None, "of no sync, nothing is due"


def test_whoever_asked_to_be_forgotten_is_attached_to_nothing() -> None:
    erased = REFERRER.erased(NOW)

    assert attached(erased, "s1", "77", NOW) == erased


def test_only_fields_that_are_mapped_and_told_are_returned() -> None:
    plan = replace(PLAN, returns={Return.LINK: "link", Return.CONVERTED: "converted"})
    other = replace(SYNC, sync_id="s2")

    assert returns_of([replace(SYNC, plan=plan), other], attached(REFERRER, "s1", "77", NOW)) == {
        "link": "https://x.example.com/1"
    }


def test_a_run_waits_for_answers_since_it_asked_last() -> None:
    run = Run("r", RunKind.EVERYBODY, NOW)

    assert not run.waited_enough(NOW + timedelta(minutes=14))
    assert run.waited_enough(NOW + timedelta(minutes=15))
    assert not replace(run, last_asked_at=NOW + timedelta(minutes=10)).waited_enough(NOW + timedelta(minutes=20))


@given(
    st.text(max_size=50), st.text(max_size=50), st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=5)
)
def test_a_newcomer_weighs_at_least_what_it_takes_as_json(email: str, name: str, fields: dict[str, str]) -> None:
    one = Newcomer("spring:7:1", email, name, fields)
    written = {"enrolment_id": one.enrolment_id, "email": email, "first_name": name, "fields": fields}

    assert one.weight >= len(json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"))
