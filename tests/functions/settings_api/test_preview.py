"""A form that is not saved yet, tried on one person."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from referral_hubspot.domain.crm import DEAL_KEY, Contact, Option, Property
from referral_hubspot.domain.errors import (
    ConnectionLostError,
    CrmUnavailableError,
    NotConnectedError,
    ScopeMissingError,
)
from referral_hubspot.domain.people import Person, PersonKey, State
from referral_hubspot.domain.settings import CustomField
from tests.functions.settings_api.world import DEALS, FORM, PORTAL, Reply, World

JOINED = datetime(2026, 11, 22, 9, tzinfo=UTC)
LEADS, REFERRERS = "hubspot/leads/preview", "hubspot/referrers/preview"


@pytest.fixture(name="world")
def _world(world: World) -> World:
    """A connected campaign with one lead."""
    world.connect()
    world.people.people = [lead()]
    return world


def lead(lead_id: str = "l1", **details: str) -> Person:
    return Person(
        PersonKey("a1", "c1", "lead", lead_id),
        joined_at=JOINED,
        received_at=JOINED,
        email="ada@example.com",
        details={"first_name": "Ada", "email": "ada@example.com", "source": "Newsletter"} | details,
        state=State.HELD,
        version=1,
    )


def referrer() -> Person:
    of_referrers = {"first_name": "Grace", "email": "grace@example.com", "referrals_count": "12"}
    key = PersonKey("a1", "c1", "referrer", "r1")
    return replace(lead(), key=key, email="grace@example.com", details=of_referrers)


def row(source: str = "", name: str = "", value: str = "") -> dict[str, Any]:
    return {"kind": "fixed" if value else "dynamic", "source": source, "value": value, "property": name}


def form(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The form for contacts with more rows."""
    return FORM | {"mapping": [*FORM["mapping"], *rows]} | changes


def tried(world: World, body: Any = None, path: str = LEADS, **claims: str) -> Any:
    reply = world.call("POST", path, FORM if body is None else body, **claims)
    assert reply.status == 200, reply
    return reply.body


def shown(body: Any, place: str = "mapping.2") -> Any:
    return next(one for one in body["rows"] if one["field"] == place)


def in_hubspot(world: World, joined: timedelta = timedelta(days=-30), **properties: str) -> None:
    world.hubspot.contacts["ada@example.com"] = Contact("501", JOINED + joined, properties)


def test_each_row_says_what_hubspot_would_get(world: World) -> None:
    body = tried(world)

    assert body["person"] == {"id": "l1", "first_name": "Ada", "email": "ada@example.com", "made_up": False}
    assert (body["in_hubspot"], body["record_link"], body["sends"]) == (False, None, True)
    assert body["text"] == "This person is not in HubSpot yet: a new contact would be made."
    assert body["rows"] == [
        {
            "field": "mapping.0",
            "object": "contact",
            "property": "email",
            "label": "Email",
            "value": "ada@example.com",
            "value_label": "ada@example.com",
            "now": None,
            "now_label": None,
            "problem": "",
            "note": "",
        },
        {
            "field": "mapping.1",
            "object": "contact",
            "property": "firstname",
            "label": "First Name",
            "value": "Ada",
            "value_label": "Ada",
            "now": None,
            "now_label": None,
            "problem": "",
            "note": "",
        },
    ]
    assert (body["problems"], body["gaps"]) == ([], [])


def test_nothing_is_written_and_contacts_are_read_once(world: World) -> None:
    world.hubspot.of_deals.append(Property(DEAL_KEY, "Key", "string", "text", "g", True, unique=True))
    for body in (FORM, DEALS):
        world.get("hubspot/properties/contacts")
        world.get("hubspot/properties/deals")
        world.get("hubspot/pipelines")
        world.hubspot.asked.clear()

        tried(world, body)

        assert [what for *_, what in world.hubspot.asked] == ["contacts: email, firstname"]
    assert world.campaigns.load([("a1", "c1")])["a1", "c1"].leads.version == 0


def test_the_key_that_deals_need_is_not_made_by_trying(world: World) -> None:
    tried(world, DEALS)

    assert "create_deal_key" not in [what for *_, what in world.hubspot.asked]


def test_what_the_contact_holds_now_stands_beside_it(world: World) -> None:
    in_hubspot(world, email="ada@example.com", firstname="A.", lifecyclestage="customer")

    body = tried(world, form(row(name="lifecyclestage", value="Lead"), row("source", "city"), rule={"kind": "none"}))

    assert body["in_hubspot"] is True
    assert body["record_link"] == f"https://app-eu1.hubspot.com/contacts/{PORTAL}/record/0-1/501"
    assert [(one["value"], one["now"]) for one in body["rows"]] == [
        ("ada@example.com", "ada@example.com"),
        ("Ada", "A."),
        ("lead", "customer"),
        ("Newsletter", ""),
    ]
    stage = shown(body)
    assert (stage["value_label"], stage["now_label"]) == ("Lead", "Customer")
    assert stage["note"] == "HubSpot may keep the later Lifecycle Stage Customer."


@pytest.mark.parametrize(
    ("joined", "changes", "sends", "text"),
    [
        (
            timedelta(days=-30),
            {},
            False,
            "This person was in HubSpot before the lead joined. Do nothing is chosen for duplicates: nothing would be "
            "changed there, and the referral would never qualify.",
        ),
        (
            timedelta(days=-30),
            {"duplicates": "update"},
            True,
            "This person was in HubSpot before the lead joined. Update is chosen for duplicates: the contact would be "
            "updated, and the referral can still qualify.",
        ),
        (
            timedelta(0),
            {},
            True,
            "This person came to HubSpot when the lead joined, or later: the contact would be updated.",
        ),
        (
            timedelta(days=-30),
            DEALS | {"duplicates": "update"},
            True,
            "This person was in HubSpot before the lead joined. Update is chosen for duplicates: a new deal would be "
            "made and the contact updated, and the referral can still qualify.",
        ),
        (
            timedelta(0),
            DEALS | {"with_contact": False, "contact_mapping": []},
            True,
            "This person came to HubSpot when the lead joined, or later: a new deal would be made, and the contact "
            "stays as it is.",
        ),
    ],
)
def test_what_the_choice_about_duplicates_means_is_told(
    world: World, joined: timedelta, changes: dict[str, Any], sends: bool, text: str
) -> None:
    in_hubspot(world, joined)

    body = tried(world, FORM | changes)

    assert (body["sends"], body["text"]) == (sends, text)


@pytest.mark.parametrize(
    ("with_contact", "text"),
    [(True, "a new deal with a new contact would be made."), (False, "a new deal would be made.")],
)
def test_a_deal_is_tried_with_and_without_a_contact(world: World, with_contact: bool, text: str) -> None:
    changes = {} if with_contact else {"with_contact": False, "contact_mapping": []}

    body = tried(world, DEALS | changes)

    assert body["text"] == f"This person is not in HubSpot yet: {text}"
    places = ["mapping.0", "mapping.1", "mapping.2", "contact_mapping.0", "contact_mapping.1"]
    assert [one["field"] for one in body["rows"]] == places[: 5 if with_contact else 3]
    assert {one["object"] for one in body["rows"][:3]} == {"deal"}
    labels = [(one["value"], one["value_label"]) for one in body["rows"][:3]]
    assert labels == [
        ("default", "Sales Pipeline"),
        ("qualifiedtobuy", "Qualified To Buy"),
        ("ada@example.com", "ada@example.com"),
    ]


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("none", "Do nothing is chosen for when a lead joins, so nothing would be sent."),
        (None, "Nothing is chosen for what happens when a lead joins, so nothing would be sent."),
    ],
)
def test_what_sends_nothing_asks_hubspot_nothing(world: World, action: str | None, text: str) -> None:
    body = tried(world, FORM | {"action": action, "rule": {"kind": "none"}})

    assert (body["sends"], body["text"], body["rows"], body["in_hubspot"]) == (False, text, [], None)
    assert world.hubspot.asked == []


def test_a_lead_without_a_usable_address_would_not_be_sent(world: World) -> None:
    world.people.people = [replace(lead(), email="nobody")]

    body = tried(world)

    assert (body["sends"], body["in_hubspot"]) == (False, None)
    assert body["text"] == "This lead has no usable e-mail address, so nothing would be sent."


SIZE = Property("size", "Size", "enumeration", "select", "g", True, (Option("s", "Small"), Option("l", "Large")))
SEATS = Property("seats", "Seats", "number", "number", "g", True)
MADE = Property("hs_made", "Made", "string", "text", "g", False)


@pytest.mark.parametrize(
    ("details", "mapped", "value", "problem", "note"),
    [
        ({"fields.city": " large "}, "size", "l", "", ""),
        (
            {"fields.city": "Huge"},
            "size",
            "",
            "Size has no such option. It would be left out, and the rest sent.",
            "",
        ),
        ({"fields.city": "12.50"}, "seats", "12.50", "", ""),
        (
            {"fields.city": "many"},
            "seats",
            "",
            "The value is not a number. It would be left out, and the rest sent.",
            "",
        ),
        ({"fields.city": " "}, "seats", "", "", "City is blank: nothing would be sent."),
        ({"fields.city": "x"}, "hs_made", "", "HubSpot sets Made itself; nobody can write it.", ""),
        ({"fields.city": "x"}, "gone", "", "The connected HubSpot account has no such contact property.", ""),
        ({"fields.city": "x"}, "", "", "No HubSpot property is chosen in this row.", ""),
    ],
)
def test_a_value_is_translated_as_sending_would(
    world: World, details: dict[str, str], mapped: str, value: str, problem: str, note: str
) -> None:
    world.hubspot.listed += [SIZE, SEATS, MADE]
    world.people.people = [lead(**details)]

    found = shown(tried(world, form(row("fields.city", mapped))))

    assert (found["value"], found["problem"], found["note"]) == (value, problem, note)


def test_of_very_long_texts_in_hubspot_the_beginning_is_shown(world: World) -> None:
    """An answer of Lambda's takes 6 MB, and nothing keeps a form from naming one property in all of its rows."""
    in_hubspot(world, city="ä" * 65_536)

    body = tried(world, FORM | {"mapping": [row(name="city", value="v" * 4_096)] * 200})

    assert [one["now"] for one in body["rows"]] == ["ä" * 4_000 + "…"] * 200
    assert len(json.dumps(body, ensure_ascii=False).encode()) < 6_000_000


def test_a_row_in_which_nothing_is_chosen_says_so(world: World) -> None:
    found = shown(tried(world, form(row(name="city"))))

    assert (found["value"], found["note"]) == ("", "Nothing is chosen in this row yet.")


def test_a_deal_without_a_name_is_called_by_the_address(world: World) -> None:
    rows = [*DEALS["mapping"][:2], row("fields.city", "dealname")]

    found = shown(tried(world, DEALS | {"mapping": rows}))

    assert (found["value"], found["note"]) == ("ada@example.com", "City is blank: the e-mail address is taken.")


def test_problems_are_those_that_saving_would_tell(world: World) -> None:
    wrong = form(row("fields.nope", "city"), row(name="lifecyclestage", value="customer"))

    refused: Reply = world.save(wrong)
    body = tried(world, wrong)

    assert body["problems"] == refused.body["errors"]
    assert shown(body)["problem"] == "The campaign has no such field."


def test_a_mapping_that_would_qualify_by_itself_is_told(world: World) -> None:
    body = tried(world, form(row(name="lifecyclestage", value="customer")))

    assert [problem["code"] for problem in body["problems"]] == ["qualifies_by_itself"]


def test_what_would_be_missing_after_saving_is_told(world: World) -> None:
    body = tried(world, FORM | {"mapping": FORM["mapping"][:1]})

    assert [(gap["code"], gap["field"]) for gap in body["gaps"]] == [("required_mapping", "mapping.firstname")]


def test_the_newest_person_is_taken_who_is_not_erased(world: World) -> None:
    world.people.people = [lead("l3").erased(JOINED), lead("l2", first_name="Bea"), lead()]

    assert tried(world)["person"]["id"] == "l2"


def test_a_person_is_taken_by_name(world: World) -> None:
    world.people.people = [lead("l2"), lead()]

    assert tried(world, FORM | {"lead_id": "l1"})["person"]["id"] == "l1"


def test_a_person_that_is_not_there_is_told(world: World) -> None:
    leads = world.call("POST", LEADS, FORM | {"lead_id": "l9"})
    referrers = world.call("POST", REFERRERS, FORM | {"rule": {"kind": "none"}, "referrer_id": "l1"})

    assert (leads.status, leads.body["code"]) == (404, "unknown_lead")
    assert (referrers.status, referrers.body["code"]) == (404, "unknown_referrer")


def test_while_nobody_joined_somebody_is_made_up(world: World) -> None:
    world.people.people = []
    world.hubspot.listed.append(SIZE)
    world.tell(custom_fields=(CustomField("size", "Size", "text"),), version=2)

    body = tried(world, form(row("fields.size", "size")))

    assert body["person"] == {"id": None, "first_name": "Test", "email": "test-lead-4f@example.com", "made_up": True}
    assert (body["in_hubspot"], shown(body)["value"]) == (False, "s")
    assert not [what for *_, what in world.hubspot.asked if what.startswith("contacts:")]


@pytest.mark.parametrize(("side", "path"), [("lead", LEADS), ("referrer", REFERRERS)])
def test_somebody_made_up_is_taken_although_others_joined_if_the_form_says_so(
    world: World, side: str, path: str
) -> None:
    world.people.people = [lead(), referrer()]
    rule = {} if side == "lead" else {"rule": {"kind": "none"}}

    body = tried(world, FORM | rule | {"made_up": True, f"{side}_id": ""}, path)

    assert body["person"]["email"] == f"test-{side}-4f@example.com"


def test_a_made_up_referrer_has_counts(world: World) -> None:
    world.people.people = []
    world.hubspot.listed.append(SEATS)
    rows = form(row("referrals_count", "seats"), row("converted_referrals_count", "city"), rule={"kind": "none"})

    body = tried(world, rows, REFERRERS)

    assert body["person"]["email"] == "test-referrer-4f@example.com"
    assert [one["value"] for one in body["rows"][2:]] == ["1", "0"]


def test_a_form_for_referrers_is_tried_on_a_referrer(world: World) -> None:
    world.people.people = [lead(), referrer()]
    world.hubspot.contacts["grace@example.com"] = Contact("502", JOINED - timedelta(days=1), {})
    rows = form(row("referrals_count", "city"))
    del rows["rule"], rows["version"]

    body = tried(world, rows, REFERRERS)

    assert (body["person"]["id"], shown(body)["value"]) == ("r1", "12")
    assert body["text"] == (
        "This person was in HubSpot before the referrer joined. Do nothing is chosen for duplicates: nothing would be "
        "changed there."
    )


FAULTS = [
    CrmUnavailableError(status=502),
    ConnectionLostError("a1", PORTAL),
    NotConnectedError("a1", PORTAL),
    ScopeMissingError(PORTAL, ["crm.objects.contacts.read"]),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_mapping_is_shown_though_hubspot_cannot_be_asked_for_the_person(world: World, fault: Exception) -> None:
    world.hubspot.fault_of_contacts = fault

    body = tried(world)

    assert (body["in_hubspot"], body["sends"]) == (None, True)
    assert body["text"] == "HubSpot could not be asked whether this person is there already."
    assert [one["value"] for one in body["rows"]] == ["ada@example.com", "Ada"]


def test_over_a_lost_connection_hubspot_is_not_asked(world: World) -> None:
    world.get("hubspot/properties/contacts")
    world.lose(world.connect())
    world.hubspot.asked.clear()

    assert tried(world)["in_hubspot"] is None
    assert world.hubspot.asked == []


def test_a_form_cannot_be_tried_without_a_connection(world: World) -> None:
    world.campaigns.put_campaign(replace(world.services.find_campaign("a1", "c1").campaign, campaign_id="c2"))

    reply = world.call("POST", "/v1/campaigns/c2/hubspot/leads/preview", FORM)

    assert (reply.status, reply.body["code"]) == (409, "not_connected")


def test_a_viewer_may_try_a_form(world: World) -> None:
    assert tried(world, role="viewer")["sends"]


def test_a_campaign_that_the_token_does_not_open_cannot_be_tried(world: World) -> None:
    reply = world.call("POST", LEADS, FORM, campaign_ids="c2")

    assert (reply.status, reply.body["code"]) == (404, "unknown_campaign")


def test_nobody_reads_by_trying_what_rows_cannot_be_mapped_to(world: World) -> None:
    in_hubspot(world, hs_secret="hidden", hs_made="by HubSpot")
    world.hubspot.listed.append(MADE)

    body = tried(world, form(row("source", "hs_secret"), row("source", "hs_made")))

    assert [one["now"] for one in body["rows"][2:]] == [None, None]
    assert world.hubspot.asked[-1][3] == "contacts: email, firstname"


def test_an_object_that_may_not_be_read_is_told(world: World) -> None:
    world.hubspot.fault_of_deals = ScopeMissingError(PORTAL, ["crm.schemas.deals.read"])

    body = tried(world, DEALS)

    told = "HubSpot does not allow us to read deals, so what is chosen here cannot be checked."
    assert {one["problem"] for one in body["rows"][:3]} == {told}
