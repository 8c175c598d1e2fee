"""A lead's way into HubSpot as a deal: by both duplicate policies, with and without a contact, once each."""

from datetime import UTC, datetime
from typing import Any

import pytest

from referral_hubspot.domain.crm import DEAL_KEY, ObjectType
from referral_hubspot.domain.deals import deal_key
from referral_hubspot.domain.people import Happening, PersonKey, Reason, State
from referral_hubspot.domain.settings import Action, Duplicates, MappingRow
from tests.inprocess.test_leads import LONG_AGO, seed, stored, told
from tests.inprocess.test_qualifying import soon
from tests.world import (
    ACCOUNT,
    CAMPAIGN,
    DEAL_MAPPING,
    PORTAL,
    World,
    lead_joined_event,
    property_change,
)

BOTH = [False, True]
LOST_ANSWER = {"kind": "deals.batch_create", "empty_2xx": True, "after_commit": True}


def serve(world: World, duplicates: Duplicates, with_contact: bool, **options: Any) -> None:
    world.serve(duplicates, action=Action.CREATE_DEAL, with_contact=with_contact, **options)


def key_of(lead_id: str) -> str:
    return deal_key("test", PersonKey(ACCOUNT, CAMPAIGN, "lead", lead_id))


def deal_of(world: World, lead_id: str) -> dict[str, Any]:
    """The one deal of a lead."""
    [deal] = world.deals(**{DEAL_KEY: key_of(lead_id)})
    return deal


# Every person, by both policies, with and without a contact


def test_a_new_person_becomes_a_deal_in_the_chosen_stage(
    world: World, duplicates: Duplicates, with_contact: bool
) -> None:
    serve(world, duplicates, with_contact)

    again = world.deliver(lead_joined_event("l1", "ada@example.com"))

    lead, deal, contacts = stored(world, "l1"), deal_of(world, "l1"), world.contacts("ada@example.com")
    assert again == []
    assert (lead.state, lead.record_type, lead.record_id) == (State.SENT, ObjectType.DEAL, deal["id"])
    assert lead.record_link == f"https://app-eu1.hubspot.com/contacts/{PORTAL}/record/0-3/{deal['id']}"
    assert deal["properties"]["dealname"] == "Ada"
    assert (deal["properties"]["pipeline"], deal["properties"]["dealstage"]) == ("default", "appointmentscheduled")
    assert [contact["id"] for contact in contacts] == deal["contacts"] == ([lead.contact_id] if with_contact else [])
    made = [Happening.CREATED, Happening.DEAL_CREATED] if with_contact else [Happening.DEAL_CREATED]
    assert told(lead) == [Happening.RECEIVED, Happening.SENDING, *made]


def test_a_known_person_under_do_nothing_gets_neither_deal_nor_contact_nor_association(
    world: World, with_contact: bool
) -> None:
    serve(world, Duplicates.SKIP, with_contact)
    record_id = seed(world, "ada@example.com", LONG_AGO)

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    lead = stored(world, "l1")
    [contact] = world.contacts("ada@example.com")
    assert (lead.state, lead.reason) == (State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT)
    assert (lead.record_type, lead.record_id) == (ObjectType.CONTACT, record_id)
    assert lead.record_link.endswith(f"/record/0-1/{record_id}")
    assert world.deals() == []
    assert "firstname" not in contact["properties"]


def test_a_known_person_under_update_gets_a_deal_beside_the_contact_that_is_there(
    world: World, with_contact: bool
) -> None:
    serve(world, Duplicates.UPDATE, with_contact)
    record_id = seed(world, "ada@example.com", LONG_AGO)
    world.forget_calls()

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    [contact] = world.contacts("ada@example.com")
    assert stored(world, "l1").state is State.SENT
    assert deal_of(world, "l1")["contacts"] == ([record_id] if with_contact else [])
    assert contact["properties"].get("firstname") == ("Ada" if with_contact else None)
    assert world.calls("contacts.") == (["contacts.batch_upsert"] if with_contact else [])


@pytest.mark.parametrize("found", BOTH, ids=["not looked up", "looked up"])
def test_a_secondary_address_is_the_same_person(
    world: World, duplicates: Duplicates, with_contact: bool, found: bool
) -> None:
    world.sim(
        "switches",
        {"batch_read_matches_secondary_email": found, "batch_upsert_matches_secondary_email": found},
    )
    serve(world, duplicates, with_contact)
    contact = {
        "properties": {"email": "main@example.com"},
        "createdate": LONG_AGO,
        "additional_emails": ["ada@example.com"],
    }
    [record_id] = world.sim("seed", {"portal": PORTAL, "contacts": [contact]})["ids"]

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    [kept] = world.contacts("ada@example.com")
    assert kept["properties"]["email"] == "main@example.com"
    # Where looking up does not tell, only an attempt to create the contact does.
    if duplicates is Duplicates.SKIP and (found or with_contact):
        assert (stored(world, "l1").state, stored(world, "l1").record_id) == (State.DUPLICATE, record_id)
        assert world.deals() == []
    else:
        assert stored(world, "l1").contact_id == (record_id if with_contact else "")
        assert deal_of(world, "l1")["contacts"] == ([record_id] if with_contact else [])


def test_a_contact_made_after_joining_is_this_referrals_contact(
    world: World, duplicates: Duplicates, with_contact: bool
) -> None:
    serve(world, duplicates, with_contact)
    record_id = seed(world, "ada@example.com", datetime.now(UTC).isoformat())

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    assert stored(world, "l1").state is State.SENT
    assert deal_of(world, "l1")["contacts"] == ([record_id] if with_contact else [])


def test_a_blank_name_becomes_the_address(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)

    world.deliver(lead_joined_event("l1", "ada@example.com", first_name=" "))

    assert deal_of(world, "l1")["properties"]["dealname"] == "ada@example.com"
    assert Happening.FIRST_NAME_BLANK not in told(stored(world, "l1"))


def test_leads_of_one_person_in_two_campaigns_are_two_deals_beside_one_contact(
    world: World, duplicates: Duplicates
) -> None:
    serve(world, duplicates, with_contact=True)
    serve(world, duplicates, with_contact=True, campaign="autumn")

    world.deliver(
        lead_joined_event("l1", "ada@example.com"), lead_joined_event("l1", "ada@example.com", campaign="autumn")
    )

    [contact] = world.contacts("ada@example.com")
    assert len(world.deals(contact=contact["id"])) == 2


def test_contacts_and_deals_of_two_campaigns_go_in_one_batch(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=True)
    world.serve(Duplicates.UPDATE, campaign="autumn")
    world.forget_calls()

    world.deliver(
        lead_joined_event("l1", "ada@example.com"),
        lead_joined_event("l2", "grace@example.com", campaign="autumn"),
    )

    autumn = world.lead("l2", campaign="autumn")
    assert world.calls("contacts.", "deals.") == ["contacts.batch_upsert", "deals.batch_create"]
    assert autumn is not None
    assert (autumn.state, autumn.record_type) == (State.SENT, ObjectType.CONTACT)
    assert stored(world, "l1").record_type is ObjectType.DEAL


# Stages that change


def test_a_deal_that_enters_the_rules_stage_qualifies_its_lead_once(world: World, with_contact: bool) -> None:
    serve(world, Duplicates.UPDATE, with_contact)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    record_id = stored(world, "l1").record_id
    contact = property_change(record_id, "dealstage", "closedwon", soon())
    change = property_change(record_id, "dealstage", "closedwon", soon(), of="deal")

    world.changed([contact])
    before = stored(world, "l1").state
    world.changed([change], [change])

    assert before is State.SENT
    assert stored(world, "l1").state is State.QUALIFIED


def test_a_stage_that_changes_before_the_deal_is_linked_counts(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    world.sim("faults", LOST_ANSWER)
    lead = lead_joined_event("l1", "ada@example.com")
    world.deliver(lead)

    world.changed([property_change(deal_of(world, "l1")["id"], "dealstage", "closedwon", soon(), of="deal")])
    world.deliver(lead, received=2)

    assert stored(world, "l1").state is State.QUALIFIED


# Values


def test_more_fields_go_into_the_deal_and_refused_ones_are_left_out(world: World) -> None:
    rows = (
        *DEAL_MAPPING,
        MappingRow("amount", source="fields.amount", type="number"),
        MappingRow("hubspot_owner_id", source="fields.owner", type="enumeration", field_type="select"),
    )
    serve(world, Duplicates.UPDATE, with_contact=True, deal_mapping=rows)

    world.deliver(
        lead_joined_event("l1", "ada@example.com", fields={"amount": "1 500", "owner": "910901"}),
        lead_joined_event("l2", "bob@example.com", fields={"amount": "many", "owner": "7"}),
    )

    good, bad = deal_of(world, "l1")["properties"], deal_of(world, "l2")["properties"]
    left_out = [entry.facts for entry in stored(world, "l2").timeline if entry.what is Happening.VALUE_LEFT_OUT]
    assert (good["amount"], good["hubspot_owner_id"]) == ("1500", "910901")
    assert not {"amount", "hubspot_owner_id"} & {name for name, value in bad.items() if value}
    assert [(facts["object"], facts["property"]) for facts in left_out] == [
        ("deal", "amount"),
        ("deal", "hubspot_owner_id"),
    ]


def test_a_unique_value_of_another_deal_is_left_out_and_that_deal_stays(world: World) -> None:
    serve(
        world,
        Duplicates.UPDATE,
        with_contact=False,
        deal_mapping=(*DEAL_MAPPING, MappingRow("order_number", source="fields.no")),
    )
    other = {"dealname": "Other", "pipeline": "default", "dealstage": "closedwon", "order_number": "7"}
    [other_id] = world.sim("seed", {"portal": PORTAL, "deals": [{"properties": other}]})["ids"]

    world.deliver(lead_joined_event("l1", "ada@example.com", fields={"no": "7"}))

    lead = stored(world, "l1")
    assert lead.state is State.SENT
    assert lead.record_id not in ("", other_id)
    assert Happening.VALUE_LEFT_OUT in told(lead)


def test_a_refused_contact_leaves_no_deal(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=True)
    world.sim(f"portals/{PORTAL}/properties", {"require": ["company"]})

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    assert (stored(world, "l1").state, stored(world, "l1").reason) == (State.REJECTED, Reason.REFUSED)
    assert stored(world, "l1").timeline[-1].facts["property"] == "company"
    assert world.deals() == []
