"""Announcements derived from changes: what they say, when, and under which id."""

from dataclasses import replace
from datetime import UTC, datetime

from referral_hubspot.domain.bindings import BindingChange, BindingImage
from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.events.deriving import of_binding, of_person

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SENT = Person(
    PersonKey("acme", "spring", "lead", "l1"),
    NOW,
    NOW,
    email="ada@example.com",
    details={"first_name": "Ada"},
    referrer_id="r1",
    state=State.SENT,
    version=2,
    record_link="https://app.hubspot.com/contacts/1/record/0-1/7",
)
EVIDENCE = {
    "kind": "contact_property",
    "property": "lifecyclestage",
    "value": "customer",
    "changed_at": "2026-11-22T10:00:00+00:00",
    "seen_by": "webhook",
}


def test_a_new_state_is_announced_with_where_the_lead_stands() -> None:
    [announcement] = of_person(replace(SENT, state=State.SENDING, version=1, record_link=""), SENT, NOW)

    assert announcement.type == "lead.changed.v1"
    assert announcement.data.model_dump() == {
        "account_id": "acme",
        "campaign_id": "spring",
        "lead_id": "l1",
        "state": "sent",
        "reason": "",
        "record_link": "https://app.hubspot.com/contacts/1/record/0-1/7",
        "version": 2,
    }


def test_a_note_is_no_news() -> None:
    assert of_person(SENT, SENT.noted(Entry(NOW, Happening.DIFFERENT_CONTENT)), NOW) == []


def test_a_qualified_referral_is_announced_with_its_evidence() -> None:
    qualified = replace(SENT.became(State.QUALIFIED), evidence=EVIDENCE)

    changed, qualification = of_person(SENT, qualified, NOW)

    assert changed.data.model_dump()["state"] == "qualified"
    assert qualification.type == "referral.qualified.v1"
    assert qualification.data.model_dump() == {
        "account_id": "acme",
        "campaign_id": "spring",
        "lead_id": "l1",
        "referrer_id": "r1",
        "rule": {"kind": "contact_property", "property": "lifecyclestage", "value": "customer"},
        "changed_at": "2026-11-22T10:00:00+00:00",
        "seen_by": "webhook",
    }


def test_a_qualified_referral_that_changes_again_is_not_paid_twice() -> None:
    qualified = replace(SENT.became(State.QUALIFIED), evidence=EVIDENCE)
    erased = qualified.erased(NOW)

    assert [announcement.type for announcement in of_person(qualified, erased, NOW)] == ["lead.changed.v1"]


def lost(person: Person) -> Person:
    facts = {"property": "dealstage", "value": "closedlost"}
    return replace(person.noted(Entry(NOW, Happening.CONDITION_LOST, facts)), condition_lost_at=NOW)


def test_a_condition_that_is_lost_is_announced_once_with_what_it_changed_to() -> None:
    rule = {"kind": "deal_stage", "property": "dealstage", "value": "closedwon"}
    qualified = replace(SENT.became(State.QUALIFIED), evidence=EVIDENCE | rule)
    after = lost(qualified)

    [announcement] = of_person(qualified, after, NOW)
    again = of_person(after, after.noted(Entry(NOW, Happening.MERGED)), NOW)

    assert announcement.type == "referral.condition_lost.v1"
    assert announcement.data.model_dump() == {
        "account_id": "acme",
        "campaign_id": "spring",
        "lead_id": "l1",
        "referrer_id": "r1",
        "rule": rule,
        "value": "closedlost",
        "changed_at": "2026-11-22T10:00:00+00:00",
    }
    assert again == []


def test_a_lost_condition_keeps_its_id_whatever_is_noted_since() -> None:
    after = lost(replace(SENT.became(State.QUALIFIED), evidence=EVIDENCE))

    told = {one.type: one.id for one in of_person(SENT, after, NOW)}
    again = {one.type: one.id for one in of_person(None, after.noted(Entry(NOW, Happening.MERGED)), NOW)}

    assert told["referral.condition_lost.v1"] == again["referral.condition_lost.v1"]
    assert told["referral.qualified.v1"] == again["referral.qualified.v1"]
    assert len(set(told.values())) == 3


def test_nothing_is_announced_of_a_referrer() -> None:
    referrer = replace(SENT, key=replace(SENT.key, side="referrer"))

    assert of_person(None, referrer, NOW) == []


def test_nothing_is_announced_of_a_test_lead() -> None:
    assert of_person(None, replace(SENT, test=True), NOW) == []
    assert of_person(SENT, lost(replace(SENT.became(State.QUALIFIED), evidence=EVIDENCE, test=True)), NOW) == []


def test_deriving_again_gives_the_same_ids_and_another_version_another_one() -> None:
    before = replace(SENT, state=State.SENDING, version=1)
    closed = SENT.became(State.CLOSED, Reason.CLOSED)

    [first], [again], [next_one] = (
        of_person(before, SENT, NOW),
        of_person(None, SENT, NOW.replace(hour=11)),
        of_person(SENT, closed, NOW),
    )

    assert first.id == again.id
    assert first.id != next_one.id


def test_nothing_announced_holds_an_address_or_a_name() -> None:
    text = "".join(announcement.model_dump_json() for announcement in of_person(None, SENT, NOW))

    assert "ada" not in text.lower().replace("1/record", "")


def test_moving_to_another_hubspot_account_tells_of_both() -> None:
    eu, us = BindingImage(1, "Acme EU", "connected"), BindingImage(2, "Acme US", "connected")

    removed, established = of_binding(BindingChange("acme", "spring", 4, eu, us), NOW)

    assert (removed.type, established.type) == ("connection.removed.v1", "connection.established.v1")
    assert removed.id != established.id
    assert established.data.model_dump() == {
        "account_id": "acme",
        "campaign_id": "spring",
        "hubspot_account_id": 2,
        "hubspot_account_name": "Acme US",
        "reason": "",
    }
