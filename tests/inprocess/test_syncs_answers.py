"""What the platform answers, and when: late, twice, with no, never; and who is a referrer or forgotten already."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from referral_hubspot.domain.people import PersonKey, State
from referral_hubspot.domain.syncs import Enrolment, EnrolmentState, Newcomer, Status
from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import marshal
from tests.inprocess.syncs import a_list, change_list, delete_contact, enrolment_ids, linked, next_run, runs, seed
from tests.syncing import Syncing, joins, referrer_data
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, event, referrer_event


def start(here: Syncing, contacts: list[str], every_minutes: int = 0) -> str:
    list_id = a_list(here.world, contacts)
    here.start(here.plan(list_id, every_minutes))
    return list_id


def declines(newcomer: Newcomer, reason: str = "blocked") -> dict[str, Any]:
    """The platform makes no referrer of a contact."""
    return event(
        "referrer.enrolment_declined.v1",
        account_id=ACCOUNT,
        campaign_id=CAMPAIGN,
        enrolment_id=newcomer.enrolment_id,
        reason=reason,
    )


def listed(here: Syncing, state: EnrolmentState) -> list[Enrolment]:
    return here.wiring.enrolments.listed(here.sync(), state, 50)[0]


def enrolment(here: Syncing, contact: str) -> Enrolment:
    return here.wiring.enrolments.load(ACCOUNT, CAMPAIGN, PORTAL, [contact])[contact]


def test_a_late_answer_is_waited_for_and_gets_its_link(here: Syncing) -> None:
    contacts = seed(here.world, 4)
    late: list[dict[str, Any]] = []
    here.platform.answer = lambda newcomer: late.append(joins(newcomer))
    start(here, contacts)
    here.step()
    here.pass_by(timedelta(minutes=10))
    here.step()
    assert here.sync().status is Status.ACTIVE
    assert len(listed(here, EnrolmentState.ASKED)) == 4

    assert here.world.tell(*late) == []
    here.settle()

    assert linked(here.world, contacts) == set(contacts)
    assert here.sync().status is Status.FINISHED
    [past] = runs(here)
    assert (past.joined, past.unanswered) == (4, 0)
    assert listed(here, EnrolmentState.ASKED) == []


def test_whoever_is_never_answered_for_is_shown_and_the_run_ends_after_a_quarter_of_an_hour(here: Syncing) -> None:
    contacts = seed(here.world, 4)
    here.platform.answer = lambda newcomer: joins(newcomer) if newcomer.enrolment_id.endswith(contacts[0]) else None
    start(here, contacts, 15)
    began = here.now()

    here.settle()

    assert timedelta(minutes=15) <= here.now() - began < timedelta(minutes=17)
    [past] = runs(here)
    assert (past.counts.asked, past.joined, past.declined, past.unanswered) == (4, 1, 0, 3)
    assert {one.contact_id for one in listed(here, EnrolmentState.ASKED)} == set(contacts[1:])
    next_run(here)
    assert len(here.platform.asked) == 4, "nobody is asked for again by himself"
    very_late = event(
        "referrer.joined.v1",
        enrolment_id=enrolment_ids(contacts)[1],
        **referrer_data(contacts[1], Newcomer("", "c2@example.com", "C2", {})),
    )
    assert here.world.tell(very_late) == []
    here.settle()
    assert linked(here.world, contacts) == set(contacts[:2])


def test_an_answer_that_comes_twice_changes_nothing(here: Syncing) -> None:
    contacts = seed(here.world, 3)
    start(here, contacts)
    here.step()
    answers = list(here.platform.owed)
    here.settle()
    before = [here.referrer(one) for one in contacts]
    here.world.forget_calls()

    assert here.world.tell(*answers, *answers) == []
    here.settle()

    assert [here.referrer(one) for one in contacts] == before
    assert here.world.calls("contacts") == []


def test_whoever_is_declined_is_shown_with_the_reason_and_may_join_after_all(here: Syncing) -> None:
    contacts = seed(here.world, 3)
    here.platform.answer = lambda newcomer: (
        declines(newcomer) if newcomer.email == "c2@example.com" else joins(newcomer)
    )
    start(here, contacts)
    here.settle()
    [one] = listed(here, EnrolmentState.DECLINED)
    assert (one.contact_id, one.reason) == (contacts[1], "blocked")
    [past] = runs(here)
    assert (past.counts.asked, past.joined, past.declined) == (3, 2, 1)

    asked = [one for request in here.platform.requests for one in request.contacts]
    after_all = next(one for one in asked if one.email == "c2@example.com")
    here.world.tell(joins(after_all))
    here.world.tell(declines(after_all))
    here.settle()

    assert listed(here, EnrolmentState.DECLINED) == []
    assert enrolment(here, contacts[1]).state is EnrolmentState.JOINED
    assert linked(here.world, contacts) == set(contacts)


@pytest.mark.parametrize("joined_first", [True, False])
def test_of_a_yes_and_a_no_in_one_batch_the_yes_counts(here: Syncing, joined_first: bool) -> None:
    [contact] = seed(here.world, 1)
    here.platform.answer = lambda _: None
    start(here, [contact])
    here.step()
    [newcomer] = here.platform.requests[0].contacts
    both = [joins(newcomer), declines(newcomer)]

    here.world.tell(*(both if joined_first else reversed(both)))
    here.settle()

    assert enrolment(here, contact).state is EnrolmentState.JOINED
    assert linked(here.world, [contact]) == {contact}


@pytest.mark.parametrize(
    "enrolment_id", [f"{CAMPAIGN}:{PORTAL}:99999", f"other:{PORTAL}:99998", "none-of-ours", f"{CAMPAIGN}:x:1"]
)
def test_an_answer_to_what_nobody_asked_for_is_passed_over(here: Syncing, enrolment_id: str) -> None:
    start(here, seed(here.world, 1))
    here.settle()
    stranger = Newcomer(enrolment_id, "stranger@example.com", "S", {})

    assert here.world.tell(joins(stranger), declines(stranger)) == []

    assert here.world.referrer(f"r-{enrolment_id.rpartition(':')[2]}") is None
    assert here.platform.owed == []


def test_what_overtakes_the_answer_is_not_lost(here: Syncing) -> None:
    contacts = seed(here.world, 2)
    start(here, contacts)
    here.step()
    link = "https://refer.example.com/new"
    update = referrer_event("updated", f"r-{contacts[0]}", "c1@example.com", 2, referral_link=link, referrals_count=9)
    here.world.tell(update)

    here.settle()

    assert here.contact(contacts[0])["referrals"] == "9"
    assert here.contact(contacts[0])["referral_link"] == "https://refer.example.com/new"
    assert here.contact(contacts[1])["referrals"] == "0"


def test_what_comes_while_the_answer_is_stored_is_not_lost(here: Syncing, monkeypatch: pytest.MonkeyPatch) -> None:
    [contact] = seed(here.world, 1)
    start(here, [contact])
    here.step()
    told = referrer_event("updated", f"r-{contact}", "c1@example.com", 2, referrals_count=9)
    register = here.world.referrer_wiring.register
    read, times = type(register).read, Counter[str]()

    def reading(self: Any, people: Any) -> Any:
        found = read(self, people)
        times["read"] += 1
        if times["read"] == 1:  # the answer's handler has read, and not written yet
            here.world.tell(told)
        return found

    monkeypatch.setattr(type(register), "read", reading)
    here.answers()
    here.settle()

    assert here.contact(contact)["referrals"] == "9"


def test_whoever_joined_without_being_asked_is_not_asked_for_and_gets_the_return_fields(here: Syncing) -> None:
    contacts = seed(here.world, 3)
    own = referrer_event("joined", "r-own", "C2@example.com ", referral_link="https://refer.example.com/own")
    assert here.world.tell(own) == []

    start(here, contacts)
    here.settle()

    assert sorted(here.platform.asked) == enrolment_ids([contacts[0], contacts[2]])
    assert here.contact(contacts[1])["referral_link"] == "https://refer.example.com/own"
    [past] = runs(here)
    assert (past.counts.already, past.counts.asked, past.joined) == (1, 2, 2)


def test_an_answered_referrer_is_not_sent_to_hubspot_a_second_time(here: Syncing) -> None:
    here.world.sim("switches", {"search_lag_s": 0})
    contacts = seed(here.world, 2)
    here.world.forget_calls()

    start(here, contacts)
    here.settle()

    assert here.world.calls("contacts.batch_create", "contacts.batch_upsert", "contacts.create") == []
    referrer = here.referrer(contacts[0])
    assert referrer is not None
    assert (referrer.state, referrer.record_id) == (State.SENT, contacts[0])


def test_whoever_asked_to_be_forgotten_is_not_told_to_the_platform(here: Syncing) -> None:
    contacts = seed(here.world, 3)
    here.world.deliver(event("person.erased.v1", account_id=ACCOUNT, email="c2@example.com"))

    start(here, contacts, 15)
    here.settle()
    next_run(here, after=timedelta(days=1))

    assert sorted(here.platform.asked) == enrolment_ids([contacts[0], contacts[2]])
    assert linked(here.world, contacts) == {contacts[0], contacts[2]}
    past = runs(here)[-1]
    assert past.counts.asked == past.joined + past.declined + past.unanswered


def test_a_referrer_who_is_forgotten_later_gets_nothing_more_and_no_contact(here: Syncing) -> None:
    contacts = seed(here.world, 2)
    start(here, contacts)
    here.settle()
    here.world.deliver(event("person.erased.v1", account_id=ACCOUNT, id=f"r-{contacts[0]}"))
    here.world.tell(referrer_event("updated", f"r-{contacts[0]}", "c1@example.com", 7, referrals_count=7))
    here.pass_by(timedelta(minutes=2))
    here.settle()

    here.start(here.plan(a_list(here.world, contacts)), "s2")
    here.settle()

    erased = here.world.referrer(f"r-{contacts[0]}")
    assert erased is not None
    assert (erased.state, erased.syncs, erased.synced_contact_id) == (State.ERASED, (), "")
    assert here.contact(contacts[0])["referrals"] == "0"


def test_two_contacts_of_one_referrer_give_the_later_one_the_fields(here: Syncing) -> None:
    contacts = seed(here.world, 2)

    def same(newcomer: Newcomer) -> dict[str, Any]:
        return event("referrer.joined.v1", enrolment_id=newcomer.enrolment_id, **referrer_data("one", newcomer))

    here.platform.answer = same
    start(here, contacts, 15)
    here.settle()

    [past] = runs(here)
    assert (past.counts.asked, past.joined, past.unanswered) == (2, 2, 0)
    assert len(linked(here.world, contacts)) == 1
    here.world.forget_calls()
    next_run(here)
    next_run(here, after=timedelta(days=1))
    assert here.world.calls("contacts.batch_update") == [], "the fields do not wander"


def test_a_contact_that_takes_the_place_of_a_deleted_one_gets_the_link_of_the_same_referrer(here: Syncing) -> None:
    [contact] = seed(here.world, 1)
    here.platform.answer = lambda newcomer: event(
        "referrer.joined.v1", enrolment_id=newcomer.enrolment_id, **referrer_data("same", newcomer)
    )
    list_id = start(here, [contact], 15)
    here.settle()
    delete_contact(here.world, contact)
    [new] = seed(here.world, 1)
    change_list(here.world, list_id, add=[new])

    next_run(here)

    assert here.contact(new)["referral_link"] == "https://refer.example.com/same"


def test_an_answer_to_a_campaign_that_is_disconnected_meanwhile_is_kept(here: Syncing) -> None:
    contacts = seed(here.world, 2)
    nothing_saved = keys.settings(ACCOUNT, CAMPAIGN, "lead")  # a sync needs no settings of leads or referrers
    here.wiring.dynamodb.delete_item(TableName=here.world.campaign_table, Key=marshal(nothing_saved.item()))
    start(here, contacts)
    here.step()
    here.world.wiring.disconnect(ACCOUNT, CAMPAIGN, "test")
    here.answers()

    here.world.connect()
    here.tick()
    here.settle()

    assert linked(here.world, contacts) == set(contacts)
    assert here.wiring.people.get(PersonKey(ACCOUNT, CAMPAIGN, "referrer", f"r-{contacts[0]}")) is not None


def test_whoever_is_shown_is_shown_once_however_short_the_pages_are(here: Syncing) -> None:
    contacts = seed(here.world, 23)
    here.platform.answer = declines
    start(here, contacts)
    here.settle()

    for limit in (1, 4, 23, 50):
        shown: list[str] = []
        cursor, pages = "", 0
        while cursor or not pages:
            found, cursor = here.wiring.enrolments.listed(here.sync(), EnrolmentState.DECLINED, limit, cursor)
            assert len(found) <= limit
            shown += [one.contact_id for one in found]
            pages += 1
        assert sorted(shown) == sorted(contacts)
    assert here.wiring.enrolments.count(here.sync(), EnrolmentState.DECLINED) == 23
