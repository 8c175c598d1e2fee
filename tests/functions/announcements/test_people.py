"""What changes of leads are announced as."""

import json
from dataclasses import replace

from referral_hubspot.domain.people import Entry, Happening, Person, Reason, State
from tests.functions.announcements.announcer import Announcer
from tests.functions.announcements.stream import LINK, NOW, Stream

EVIDENCE = {
    "kind": "contact_property",
    "property": "lifecyclestage",
    "value": "customer",
    "changed_at": "2026-11-22T11:00:00+00:00",
    "seen_by": "webhook",
}


def sent(stream: Stream, person: Person) -> Person:
    return stream.put(person, replace(person.became(State.SENT, Reason.NONE), record_id="20001", record_link=LINK))


def qualified(stream: Stream, person: Person) -> Person:
    return stream.put(person, replace(person.became(State.QUALIFIED), evidence=EVIDENCE))


def test_a_leads_way_is_announced_in_its_order(announcer: Announcer, stream: Stream) -> None:
    qualified(stream, sent(stream, stream.put_new("l1", State.SENDING)))

    assert announcer.hand(stream.records) == []

    assert [(one["type"], one["data"].get("version")) for one in announcer.events.taken] == [
        ("lead.changed.v1", 1),
        ("lead.changed.v1", 2),
        ("lead.changed.v1", 3),
        ("referral.qualified.v1", None),
    ]
    assert [one["data"]["state"] for one in announcer.events.taken[:3]] == ["sending", "sent", "qualified"]
    assert announcer.events.taken[1]["data"] == {
        "account_id": "acme",
        "campaign_id": "spring",
        "lead_id": "l1",
        "state": "sent",
        "reason": "",
        "record_link": LINK,
        "version": 2,
    }
    assert announcer.events.taken[3]["data"] == {
        "account_id": "acme",
        "campaign_id": "spring",
        "lead_id": "l1",
        "referrer_id": "referrer-7",
        "rule": {"kind": "contact_property", "property": "lifecyclestage", "value": "customer"},
        "changed_at": "2026-11-22T11:00:00+00:00",
        "seen_by": "webhook",
    }


def test_an_announcement_is_a_whole_cloudevent_on_this_stacks_bus(announcer: Announcer, stream: Stream) -> None:
    stream.put_new("l1", State.SENDING)

    announcer.hand(stream.records)

    [entry] = announcer.events.entries
    detail = json.loads(entry["Detail"])
    assert (entry["EventBusName"], entry["Source"]) == ("bus-of-the-stack", "referral-hubspot")
    assert entry["DetailType"] == detail["type"] == "lead.changed.v1"
    assert entry["Time"] == NOW
    assert {name: value for name, value in detail.items() if name not in {"id", "data"}} == {
        "specversion": "1.0",
        "source": "referral-hubspot",
        "type": "lead.changed.v1",
        "time": "2026-11-22T10:00:00Z",
        "subject": "acme/spring/lead/l1",
        "datacontenttype": "application/json",
    }


def test_why_a_lead_waits_is_announced(announcer: Announcer, stream: Stream) -> None:
    held = stream.put_new("l1", State.HELD, Reason.SETUP)
    stream.put(held, held.became(State.HELD, Reason.RECONNECT, Entry(NOW, Happening.HELD)))

    announcer.hand(stream.records)

    assert [one["data"]["reason"] for one in announcer.events.taken] == ["setup", "reconnect"]


def test_a_mere_note_in_the_timeline_is_announced_to_nobody(announcer: Announcer, stream: Stream) -> None:
    person = sent(stream, stream.put_new("l1", State.SENDING))
    stream.put(person, person.noted(Entry(NOW, Happening.DIFFERENT_CONTENT)))

    assert announcer.hand(stream.records[-1:]) == []

    assert announcer.events.taken == []


def test_a_lead_that_qualified_is_announced_as_qualified_once(announcer: Announcer, stream: Stream) -> None:
    person = qualified(stream, sent(stream, stream.put_new("l1", State.SENDING)))
    stream.put(person, replace(person, record_link=f"{LINK}2", version=person.version + 1))

    announcer.hand(stream.records[-1:])

    assert [one["type"] for one in announcer.events.taken] == ["lead.changed.v1"]


def test_an_erased_lead_leaves_nothing_but_that_there_was_one(announcer: Announcer, stream: Stream) -> None:
    person = sent(stream, stream.put_new("l1", State.SENDING))
    stream.put(person, person.erased(NOW))

    announcer.hand(stream.records[-1:])

    [announced] = announcer.events.taken
    assert (announced["data"]["state"], announced["data"]["record_link"]) == ("erased", "")


def test_no_announcement_holds_personal_data(announcer: Announcer, stream: Stream) -> None:
    qualified(stream, sent(stream, stream.put_new("l1", State.SENDING)))

    announcer.hand(stream.records)

    assert "example.com" not in str(announcer.events.entries)
    assert "Ada" not in str(announcer.events.entries)


def test_deriving_announcements_again_gives_the_same_ids(announcer: Announcer, stream: Stream) -> None:
    qualified(stream, sent(stream, stream.put_new("l1", State.SENDING)))
    stream.put_new("l2", State.SENDING)

    announcer.hand(stream.records)
    announcer.hand(stream.records)

    ids = [one["id"] for one in announcer.events.taken]
    assert ids[:5] == ids[5:]
    assert len(set(ids)) == 5
