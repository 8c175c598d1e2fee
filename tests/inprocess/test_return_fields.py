"""Return fields: what the platform tells of referrers stands in HubSpot, and what HubSpot refuses stops nobody else."""

from datetime import timedelta
from typing import Any

import pytest

from referral_hubspot.domain.people import Happening
from referral_hubspot.domain.syncs import Cause, Enrolment, EnrolmentState, Status
from referral_hubspot.storage.pauses import PauseTable
from referral_hubspot.usecases.pause import Pause
from tests.inprocess.syncs import (
    a_list,
    all_contacts,
    delete_contact,
    enrolment_ids,
    linked,
    merge,
    seed,
)
from tests.syncing import Syncing
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, World, referrer_event

OTHER = {
    "name": "other_link",
    "label": "Other link",
    "type": "string",
    "fieldType": "text",
    "groupName": "contactinformation",
}


def synced(here: Syncing, count: int, **returns: str) -> list[str]:
    """Contacts of a list that was synced."""
    contacts = seed(here.world, count)
    here.start(here.plan(a_list(here.world, contacts), 0, **returns))
    here.settle()
    return contacts


def counts(here: Syncing, contact: str, version: int, referrals: int, **data: Any) -> None:
    """The platform tells of a referral."""
    link: dict[str, Any] = {
        "referral_link": f"https://refer.example.com/{contact}",
        "referrals_count": referrals,
    } | data
    assert not here.world.tell(referrer_event("updated", f"r-{contact}", f"{contact}@example.com", version, **link))


def refused(here: Syncing) -> list[Enrolment]:
    """What is shown as refused by HubSpot."""
    found, _ = here.wiring.enrolments.listed(here.sync(), EnrolmentState.REFUSED, 50)
    return found


def archive(world: World, name: str) -> None:
    world.sim(f"portals/{PORTAL}/properties", {"archive": [name]})


def restore(world: World, name: str) -> None:
    world.sim(f"portals/{PORTAL}/properties", {"restore": [name]})


def change_type(world: World, name: str, kind: str, field_type: str) -> None:
    """Somebody makes another property of it."""
    definition = {"name": name, "label": name, "type": kind, "fieldType": field_type, "groupName": "contactinformation"}
    world.sim(f"portals/{PORTAL}/properties", {"create": [definition]})


def test_a_hundred_contacts_are_one_call(here: Syncing) -> None:
    here.world.forget_calls()

    synced(here, 230)

    assert len(here.world.calls("contacts.batch_update")) == 3


def test_counts_are_written_when_they_change_and_once_a_minute_at_the_most(here: Syncing) -> None:
    [contact] = synced(here, 1)
    here.pass_by(timedelta(minutes=2))
    here.world.forget_calls()

    counts(here, contact, 2, 1)
    here.settle()
    assert here.contact(contact)["referrals"] == "1"
    for version in range(3, 9):
        counts(here, contact, version, version - 1)
        here.pass_by(timedelta(seconds=3))
        while here.jobs and min(here.jobs)[0] <= here.now():
            here.step()
    assert here.contact(contact)["referrals"] == "1"
    here.settle()

    assert here.contact(contact)["referrals"] == "7"
    assert len(here.world.calls("contacts.batch_update")) == 2
    counts(here, contact, 8, 3)
    here.settle()
    assert here.contact(contact)["referrals"] == "7", "an older word changes nothing"


def test_a_finished_sync_keeps_counts_current_until_it_is_removed(here: Syncing) -> None:
    first, second = synced(here, 2)
    here.pass_by(timedelta(days=30))
    counts(here, first, 2, 5)
    here.settle()
    assert here.contact(first)["referrals"] == "5"
    assert here.sync().status is Status.FINISHED

    here.wiring.syncs.remove(here.sync())
    counts(here, first, 3, 6)
    counts(here, second, 2, 9)
    here.world.forget_calls()
    here.settle()

    assert (here.contact(first)["referrals"], here.contact(second)["referrals"]) == ("5", "0")
    assert here.world.calls("contacts") == []
    assert here.jobs == []


def test_a_referrer_of_whom_there_is_nothing_to_return_keeps_nobody_busy(here: Syncing) -> None:
    blank = {"referral_link": "", "referrals_count": 3}
    answer = here.platform.answer

    def without_link(newcomer: Any) -> dict[str, Any] | None:
        told = answer(newcomer)
        assert told is not None
        return told | {"data": told["data"] | blank}

    here.platform.answer = without_link
    [contact] = synced(here, 1, referral_link="referral_link")

    referrer = here.referrer(contact)
    assert referrer is not None
    assert referrer.return_due_at is None
    assert here.sent < 12


def test_a_deleted_contact_is_reported_with_its_id_and_stops_nobody(here: Syncing) -> None:
    contacts = seed(here.world, 5)
    here.start(here.plan(a_list(here.world, contacts)))
    here.step()
    delete_contact(here.world, contacts[2])

    here.settle()

    assert linked(here.world, contacts) == set(contacts) - {contacts[2]}
    [one] = refused(here)
    assert (one.contact_id, one.reason != "") == (contacts[2], True)
    referrer = here.referrer(contacts[2])
    assert referrer is not None
    told = referrer.last(Happening.RETURN_REFUSED)
    assert told is not None
    assert told.facts["record"] == contacts[2]
    assert here.sync().status is Status.FINISHED
    assert here.jobs == []


def test_a_contact_that_hubspot_refuses_by_a_rule_of_its_own_is_reported_and_written_again_later(here: Syncing) -> None:
    contacts = synced(here, 3)
    here.pass_by(timedelta(minutes=2))
    message = "Property values were not valid: a rule of this account forbids that"
    error = {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "message": message,
        "context": {"objectWriteTraceId": ["0"]},
        "errors": [{"message": message, "code": "RULE", "context": {"propertyName": ["referrals"]}}],
    }
    body = {"status": "COMPLETE", "results": [], "errors": [error], "numErrors": 1}
    here.world.sim("faults", {"kind": "contacts.batch_update", "status": 207, "body": body})
    counts(here, contacts[0], 2, 4)
    here.settle()
    [one] = refused(here)
    assert (one.contact_id, one.reason) == (contacts[0], message)

    here.pass_by(timedelta(minutes=2))
    counts(here, contacts[0], 3, 5)
    here.settle()

    assert refused(here) == []
    assert here.contact(contacts[0])["referrals"] == "5"
    assert here.sync().status is Status.FINISHED


@pytest.mark.parametrize("keeps", [False, True], ids=["new id", "primary id"])
@pytest.mark.parametrize("silent", [False, True], ids=["answered", "silently dropped"])
@pytest.mark.parametrize("others", [0, 3])
def test_a_merged_contact_is_followed_to_the_one_that_is_left(
    here: Syncing, keeps: bool, silent: bool, others: int
) -> None:
    here.world.sim("switches", {"merge_keeps_primary_id": keeps, "batch_drops_merged_ids": silent})
    contact, *rest = synced(here, 1 + others)
    [stranger] = seed(here.world, 1, 900)
    survivor = merge(here.world, stranger, contact)
    here.pass_by(timedelta(minutes=2))

    for one in (contact, *rest):
        counts(here, one, 2, 8)
    here.settle()

    assert here.contact(survivor)["referrals"] == "8"
    assert {here.contact(one)["referrals"] for one in rest} <= {"8"}
    referrer = here.referrer(contact)
    assert referrer is not None
    assert (referrer.synced_contact_id, referrer.return_due_at) == (survivor, None)
    assert refused(here) == []


def test_a_silence_of_hubspot_about_everybody_is_waited_for_without_hurry(here: Syncing) -> None:
    [contact] = synced(here, 1)
    here.pass_by(timedelta(minutes=2))
    here.world.sim("faults", {"kind": "contacts.batch_update", "empty_2xx": True, "times": 3})
    sent = here.sent
    counts(here, contact, 2, 2)

    here.settle()

    assert here.contact(contact)["referrals"] == "2"
    assert here.sent - sent <= 6


def test_what_hubspot_answered_before_it_went_away_is_not_written_again(here: Syncing) -> None:
    contacts = synced(here, 250)
    here.pass_by(timedelta(minutes=2))
    for start in range(0, 250, 50):
        told = [
            referrer_event("updated", f"r-{one}", "", 2, referral_link=f"https://x.example.com/{one}")
            for one in contacts[start : start + 50]
        ]
        here.world.tell(*told)
    here.world.forget_calls()
    here.world.sim("faults", {"kind": "contacts.batch_update", "skip": 1, "times": 1, "status": 503})

    here.settle()

    assert len(here.world.calls("contacts.batch_update")) == 4
    assert {row["referral_link"] for row in all_contacts(here.world).values()} == {
        f"https://x.example.com/{one}" for one in contacts
    }


@pytest.mark.parametrize("every_minutes", [0, 15], ids=["one-time", "ongoing"])
@pytest.mark.parametrize("name", ["referral_link", "referrals"])
def test_an_archived_property_stops_the_sync_and_everybody_is_written_after_the_mend(
    here: Syncing, name: str, every_minutes: int
) -> None:
    contacts = seed(here.world, 5)
    archived = [False]

    def archiving(newcomer: Any) -> dict[str, Any] | None:
        if not archived[0]:
            archive(here.world, name)
            archived[0] = True
        return answer(newcomer)

    answer, here.platform.answer = here.platform.answer, archiving
    here.start(here.plan(a_list(here.world, contacts), every_minutes))
    here.answers()
    for _ in range(12):
        here.step()
        here.answers()
    assert (here.sync().status, here.sync().cause, here.sync().about) == (Status.BROKEN, Cause.PROPERTY_GONE, name)

    restore(here.world, name)
    here.wiring.sync_queue.go_on(here.sync(), due=True)
    here.settle()

    assert linked(here.world, contacts) == set(contacts)
    assert {here.contact(one)["referrals"] for one in contacts} == {"0"}
    assert here.sync().status is (Status.ACTIVE if every_minutes else Status.FINISHED)
    assert sorted(here.platform.asked) == enrolment_ids(contacts)
    assert refused(here) == []


def test_a_finished_sync_stays_finished_when_its_property_is_archived_and_mends_itself(here: Syncing) -> None:
    contacts = synced(here, 3)
    here.pass_by(timedelta(minutes=2))
    archive(here.world, "referrals")
    counts(here, contacts[0], 2, 7)
    for _ in range(4):
        here.step()
    assert (here.sync().status, here.sync().cause, here.sync().about) == (
        Status.FINISHED,
        Cause.PROPERTY_GONE,
        "referrals",
    )
    sent, began = here.sent, here.now()
    while here.now() < began + timedelta(hours=2):
        here.step()
    assert here.sent - sent <= 18, "it is looked at once in a quarter of an hour, and waited for more once"
    restore(here.world, "referrals")

    here.settle()

    assert (here.sync().status, here.sync().cause) == (Status.FINISHED, Cause.NONE)
    assert here.contact(contacts[0])["referrals"] == "7"
    assert len(here.platform.asked) == 3


def test_a_property_of_another_type_stops_the_sync_instead_of_refusing_everybody(here: Syncing) -> None:
    contacts = synced(here, 3)
    here.pass_by(timedelta(minutes=2))
    change_type(here.world, "referral_link", "number", "number")
    counts(here, contacts[0], 2, 7)
    for _ in range(4):
        here.step()

    assert (here.sync().cause, here.sync().about) == (Cause.PROPERTY_CHANGED, "referral_link")
    assert refused(here) == []
    change_type(here.world, "referral_link", "string", "text")
    here.settle()
    assert here.contact(contacts[0])["referrals"] == "7"
    assert here.sync().cause is Cause.NONE


def test_a_sync_whose_property_is_gone_stands_in_no_other_sync_s_way(here: Syncing) -> None:
    here.world.sim(f"portals/{PORTAL}/properties", {"create": [OTHER]})
    first = synced(here, 3)
    second = seed(here.world, 3, 500)
    both = first[0]
    here.start(here.plan(a_list(here.world, [*second, both]), 0, referral_link="other_link"), "s2")
    here.settle()
    here.pass_by(timedelta(minutes=2))
    archive(here.world, "referral_link")
    for contact in (*first, *second):
        counts(here, contact, 2, 1, referral_link=f"https://new.example.com/{contact}")
    began = here.now()
    while here.jobs and here.now() < began + timedelta(hours=1):
        here.step()

    assert {here.contact(one)["other_link"] for one in (*second, both)} == {
        f"https://new.example.com/{one}" for one in (*second, both)
    }
    assert (here.sync().cause, here.sync("s2").cause) == (Cause.PROPERTY_GONE, Cause.NONE)
    restore(here.world, "referral_link")
    here.settle()
    assert {here.contact(one)["referral_link"] for one in first} == {f"https://new.example.com/{one}" for one in first}


def test_two_syncs_share_a_referrer_who_gets_the_fields_of_both(here: Syncing) -> None:
    here.world.sim(f"portals/{PORTAL}/properties", {"create": [OTHER]})
    contacts = seed(here.world, 4)
    here.start(here.plan(a_list(here.world, contacts)))
    here.start(here.plan(a_list(here.world, contacts[2:]), 0, referral_link="other_link"), "s2")
    here.step()
    here.step()  # both ask before anybody answers

    here.settle()

    assert linked(here.world, contacts) == set(contacts)
    assert {one for one in contacts if here.contact(one).get("other_link")} == set(contacts[2:])
    here.wiring.syncs.remove(here.sync("s2"))
    here.pass_by(timedelta(minutes=2))
    counts(here, contacts[3], 2, 6, referral_link="https://refer.example.com/new")
    here.settle()
    assert here.contact(contacts[3])["referral_link"] == "https://refer.example.com/new"
    assert here.contact(contacts[3])["other_link"] == f"https://refer.example.com/{contacts[3]}"


def test_a_message_that_meets_a_busy_worker_brings_another_one(here: Syncing) -> None:
    [contact] = synced(here, 1)
    here.pass_by(timedelta(minutes=2))
    now = here.now()
    assert here.wiring.turns.take(ACCOUNT, CAMPAIGN, now, now + timedelta(seconds=35))  # and it dies
    counts(here, contact, 2, 3)

    here.settle()

    assert here.contact(contact)["referrals"] == "3"


def test_while_the_campaign_is_disconnected_nothing_is_lost_and_nobody_hurries(here: Syncing) -> None:
    [contact] = synced(here, 1)
    here.pass_by(timedelta(minutes=2))
    here.world.wiring.disconnect(ACCOUNT, CAMPAIGN, "test")
    counts(here, contact, 2, 3)
    sent, began = here.sent, here.now()
    while here.now() < began + timedelta(hours=5):
        assert here.step()
    assert here.sent - sent <= 22

    here.world.connect()
    here.settle()

    assert here.contact(contact)["referrals"] == "3"


def test_a_campaign_on_another_account_writes_nothing_there(here: Syncing) -> None:
    [contact] = synced(here, 1)
    here.pass_by(timedelta(minutes=2))
    here.world.connect(portal=1001002)
    here.world.forget_calls()
    counts(here, contact, 2, 3)
    began = here.now()
    while here.now() < began + timedelta(hours=2):
        assert here.step()
    assert here.world.calls("contacts") == []

    here.world.connect()
    here.pass_by(timedelta(days=1))
    here.settle()

    assert here.contact(contact)["referrals"] == "3"


def test_while_paused_nothing_is_written_and_everything_afterwards(here: Syncing) -> None:
    [contact] = synced(here, 1)
    here.pass_by(timedelta(minutes=2))
    pauses = PauseTable(here.world.campaign_table, here.world.wiring.dynamodb)
    pauses.begin(Pause("campaign:acme/spring", here.now()))
    counts(here, contact, 2, 3)
    here.world.forget_calls()
    sent, began = here.sent, here.now()
    while here.now() < began + timedelta(minutes=20):
        assert here.step()
    assert here.world.calls("contacts") == []
    assert here.sent - sent <= 21

    pauses.end("campaign:acme/spring")
    here.settle()

    assert here.contact(contact)["referrals"] == "3"
