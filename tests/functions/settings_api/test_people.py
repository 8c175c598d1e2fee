"""The lists of leads and of referrers, and the story of one."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, State
from tests.functions.settings_api.world import PORTAL, World

JOINED = datetime(2026, 11, 22, 9, tzinfo=UTC)


def lead(lead_id: str = "l1", campaign_id: str = "c1") -> Person:
    return Person(
        PersonKey("a1", campaign_id, "lead", lead_id),
        joined_at=JOINED,
        received_at=JOINED,
        email="ada@example.com",
        details={"first_name": "Ada", "referrer.first_name": "Grace"},
        state=State.SENT,
        version=3,
        portal_id=PORTAL,
        record_id="501",
        record_link="https://app-eu1.hubspot.com/contacts/1001001/record/0-1/501",
        timeline=(Entry(JOINED, Happening.SENDING), Entry(JOINED, Happening.CREATED)),
    )


def test_a_lead_tells_its_story(world: World) -> None:
    world.connect()
    world.save()
    world.people.people = [lead()]

    assert world.get("leads/l1").body == {
        "lead_id": "l1",
        "state": "sent",
        "state_label": "In HubSpot, not qualified yet",
        "reason": "",
        "next_step": "It qualifies when Lifecycle Stage changes to Customer in HubSpot.",
        "first_name": "Ada",
        "email": "ada@example.com",
        "joined_at": "2026-11-22T09:00:00Z",
        "version": 3,
        "contact_id": "501",
        "record_link": "https://app-eu1.hubspot.com/contacts/1001001/record/0-1/501",
        "timeline": [
            {"at": "2026-11-22T09:00:00Z", "event": "sending", "text": "On its way to HubSpot."},
            {"at": "2026-11-22T09:00:00Z", "event": "created", "text": "Created as a new contact in HubSpot."},
        ],
    }


def test_a_lead_that_was_never_sent_has_no_record(world: World) -> None:
    world.people.people = [replace(lead(), state=State.HELD, record_id="", record_link="")]

    body = world.get("leads/l1").body

    assert (body["contact_id"], body["record_link"]) == (None, None)


@pytest.mark.parametrize(("path", "code"), [("leads/l2", "unknown_lead"), ("leads/l1%20", "unknown_id")])
def test_a_lead_that_is_not_there_is_told(world: World, path: str, code: str) -> None:
    world.people.people = [lead()]

    reply = world.get(path)

    assert (reply.status, reply.body["code"]) == (404, code)


def test_a_lead_of_another_campaign_is_not_there(world: World) -> None:
    world.people.people = [lead(campaign_id="c2")]

    assert world.get("leads/l1").status == 404
    assert world.get("leads").body == {"leads": [], "cursor": None}


def test_pages_follow_one_another_to_the_end(world: World) -> None:
    world.people.people = [
        replace(lead(f"l{number}"), joined_at=JOINED - timedelta(seconds=number)) for number in range(5)
    ]
    seen, query = [], "limit=2"
    for _ in range(3):
        page = world.get("leads", query).body
        seen.append([item["lead_id"] for item in page["leads"]])
        query = f"limit=2&cursor={page['cursor']}"

    assert seen == [["l0", "l1"], ["l2", "l3"], ["l4"]]
    assert page["cursor"] is None


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "", "1000", "1.5", "²"])
def test_a_page_has_one_to_a_hundred_leads(world: World, limit: str) -> None:
    reply = world.get("leads", f"limit={limit}")

    assert (reply.status, reply.body["code"]) == (422, "limit_out_of_range")


@pytest.mark.parametrize("cursor", ["x", "!", "é", urlsafe_b64encode(b"c2#LEAD").decode(), "_w"])
def test_a_cursor_that_was_made_up_is_refused(world: World, cursor: str) -> None:
    reply = world.get("leads", f"cursor={cursor}")

    assert (reply.status, reply.body["code"]) == (422, "unknown_cursor")


def referrer(referrer_id: str = "r1") -> Person:
    return replace(
        lead(),
        key=PersonKey("a1", "c1", "referrer", referrer_id),
        email="grace@example.com",
        details={
            "first_name": "Grace",
            "referral_code": "R-7",
            "referral_link": "https://refer.example.com/R-7",
            "referrals_count": "12",
            "converted_referrals_count": "0",
        },
    )


def test_a_referrer_tells_its_story_and_what_came_of_its_link(world: World) -> None:
    world.connect()
    world.people.people = [referrer()]

    assert world.get("referrers/r1").body == {
        "referrer_id": "r1",
        "state": "sent",
        "state_label": "In HubSpot",
        "reason": "",
        "next_step": "Nothing to do.",
        "first_name": "Grace",
        "email": "grace@example.com",
        "joined_at": "2026-11-22T09:00:00Z",
        "version": 3,
        "contact_id": "501",
        "record_link": "https://app-eu1.hubspot.com/contacts/1001001/record/0-1/501",
        "origin": "sent",
        "referral_code": "R-7",
        "referral_link": "https://refer.example.com/R-7",
        "referrals_count": 12,
        "converted_referrals_count": 0,
        "timeline": [
            {"at": "2026-11-22T09:00:00Z", "event": "sending", "text": "On its way to HubSpot."},
            {"at": "2026-11-22T09:00:00Z", "event": "created", "text": "Created as a new contact in HubSpot."},
        ],
    }


@pytest.mark.parametrize(
    ("changes", "origin"),
    [
        ({"syncs": ("s1",)}, "synced"),
        ({"syncs": ("s1",), "state": State.HELD}, "synced"),
        ({}, "sent"),
        ({"state": State.HELD}, ""),
        ({"state": State.DUPLICATE}, ""),
    ],
)
def test_a_referrer_says_where_its_contact_came_from(world: World, changes: dict[str, Any], origin: str) -> None:
    world.people.people = [replace(referrer(), **changes)]

    assert world.get("referrers/r1").body["origin"] == origin


@pytest.mark.parametrize("count", ["", "many", "-1", "1.5", "²"])
def test_a_count_that_is_none_is_not_made_up(world: World, count: str) -> None:
    person = referrer()
    world.people.people = [replace(person, details={**person.details, "referrals_count": count})]

    assert world.get("referrers/r1").body["referrals_count"] is None


def test_the_contact_beside_a_referrers_deal_is_told(world: World) -> None:
    deal = replace(referrer(), record_type=ObjectType.DEAL, record_id="900", contact_id="501")
    world.people.people = [deal]

    assert world.get("referrers").body["referrers"][0]["contact_id"] == "501"


def test_the_contact_that_a_referrer_was_synced_from_is_told_though_the_referrer_still_waits(world: World) -> None:
    waits = replace(referrer(), state=State.HELD, record_id="", syncs=("s1",), synced_contact_id="502")
    world.people.people = [waits]

    assert world.get("referrers/r1").body["contact_id"] == "502"


def test_leads_and_referrers_are_listed_apart(world: World) -> None:
    world.people.people = [lead(), referrer()]

    assert [one["lead_id"] for one in world.get("leads").body["leads"]] == ["l1"]
    assert [one["referrer_id"] for one in world.get("referrers").body["referrers"]] == ["r1"]
    assert (world.get("referrers/l1").status, world.get("leads/r1").status) == (404, 404)
    assert world.get("referrers/l1").body["code"] == "unknown_referrer"


@pytest.mark.parametrize("email", ["grace@example.com", "%20Grace%40Example.com"])
def test_a_person_is_found_by_its_address_however_it_is_written(world: World, email: str) -> None:
    world.people.people = [replace(referrer("r2"), email="ada@example.com"), referrer()]

    page = world.get("referrers", f"email={unquote(email)}").body

    assert [one["referrer_id"] for one in page["referrers"]] == ["r1"]


@pytest.mark.parametrize(("query", "code"), [("limit=0", "limit_out_of_range"), ("cursor=x", "unknown_cursor")])
def test_a_page_of_referrers_is_asked_for_as_one_of_leads(world: World, query: str, code: str) -> None:
    reply = world.get("referrers", query)

    assert (reply.status, reply.body["code"]) == (422, code)
