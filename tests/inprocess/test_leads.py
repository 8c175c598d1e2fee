"""A lead's way into HubSpot, by both duplicate policies and for everyone HubSpot may know already."""

from datetime import UTC, datetime
from typing import Any

import pytest

from referral_hubspot.domain.people import Happening, Person, Reason, State
from referral_hubspot.domain.settings import Action, Duplicates, MappingRow, SideSettings
from tests.world import ACCOUNT, MAPPING, PORTAL, World, event, lead_joined_event

LONG_AGO = "2020-01-01T00:00:00Z"


def seed(world: World, email: str, created: str, **properties: str) -> str:
    contact: dict[str, Any] = {"properties": {"email": email, **properties}, "createdate": created}
    return str(world.sim("seed", {"portal": PORTAL, "contacts": [contact]})["ids"][0])


def stored(world: World, lead_id: str) -> Person:
    lead = world.lead(lead_id)
    assert lead is not None
    return lead


def told(lead: Person) -> list[Happening]:
    return [entry.what for entry in lead.timeline]


@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_a_new_person_becomes_a_contact(world: World, duplicates: Duplicates) -> None:
    world.serve(duplicates)

    again = world.deliver(lead_joined_event("l1", " Ada@Example.com "))

    lead = stored(world, "l1")
    [contact] = world.contacts("ada@example.com")
    assert again == []
    assert (lead.state, lead.record_id) == (State.SENT, contact["id"])
    assert contact["properties"]["firstname"] == "Ada"
    assert lead.record_link == f"https://app-eu1.hubspot.com/contacts/{PORTAL}/record/0-1/{contact['id']}"
    assert told(lead) == [Happening.RECEIVED, Happening.SENDING, Happening.CREATED]


def test_a_known_person_is_left_alone_when_duplicates_are_skipped(world: World) -> None:
    world.serve(Duplicates.SKIP)
    seed(world, "ada@example.com", LONG_AGO)

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    lead = stored(world, "l1")
    [contact] = world.contacts("ada@example.com")
    assert (lead.state, lead.reason) == (State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT)
    assert "firstname" not in contact["properties"]


def test_a_known_person_is_updated_where_the_campaign_says_so(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    seed(world, "ada@example.com", LONG_AGO)

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    [contact] = world.contacts("ada@example.com")
    assert stored(world, "l1").state is State.SENT
    assert contact["properties"]["firstname"] == "Ada"


@pytest.mark.parametrize("found", [True, False])
@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_a_secondary_address_is_the_same_person_and_the_primary_one_stays(
    world: World, duplicates: Duplicates, found: bool
) -> None:
    world.sim(
        "switches",
        {"batch_read_matches_secondary_email": found, "batch_upsert_matches_secondary_email": found},
    )
    world.serve(duplicates)
    contact = {
        "properties": {"email": "main@example.com"},
        "createdate": LONG_AGO,
        "additional_emails": ["ada@example.com"],
    }
    world.sim("seed", {"portal": PORTAL, "contacts": [contact]})

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    [kept] = world.contacts("ada@example.com")
    lead = stored(world, "l1")
    assert kept["properties"]["email"] == "main@example.com"
    assert lead.state is (State.DUPLICATE if duplicates is Duplicates.SKIP else State.SENT)
    assert lead.record_id == kept["id"]


@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_a_contact_made_by_someone_else_after_joining_is_this_referrals_contact(
    world: World, duplicates: Duplicates
) -> None:
    world.serve(duplicates)
    record_id = seed(world, "ada@example.com", datetime.now(UTC).isoformat())

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    lead = stored(world, "l1")
    [contact] = world.contacts("ada@example.com")
    assert (lead.state, lead.record_id) == (State.SENT, record_id)
    assert contact["properties"]["firstname"] == "Ada"


@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_two_campaigns_with_one_person_share_the_contact(world: World, duplicates: Duplicates) -> None:
    world.serve(duplicates)
    world.serve(duplicates, campaign="autumn")

    again = world.deliver(
        lead_joined_event("l1", "ada@example.com"), lead_joined_event("l2", "ada@example.com", campaign="autumn")
    )

    autumn = world.lead("l2", campaign="autumn")
    assert again == []
    assert autumn is not None
    assert len(world.contacts("ada@example.com")) == 1
    assert stored(world, "l1").record_id == autumn.record_id


def test_the_first_referral_of_a_person_keeps_the_credit(world: World) -> None:
    world.serve(Duplicates.UPDATE)

    world.deliver(lead_joined_event("l1", "ada@example.com"), lead_joined_event("l2", "ADA@example.com"))

    second = stored(world, "l2")
    assert stored(world, "l1").state is State.SENT
    assert (second.state, second.reason) == (State.ALREADY_REFERRED, Reason.ALREADY_REFERRED)


def test_a_closed_referral_gives_way_to_the_next_one(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    world.deliver(event("lead.closed.v1", account_id=ACCOUNT, campaign_id="spring", lead_id="l1", reason="rejected"))

    world.deliver(lead_joined_event("l2", "ada@example.com"))
    world.deliver(lead_joined_event("l3", "ada@example.com"))

    assert stored(world, "l1").state is State.CLOSED
    assert stored(world, "l2").state is State.SENT
    assert stored(world, "l3").state is State.ALREADY_REFERRED


def test_a_repeated_event_changes_nothing(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    first = lead_joined_event("l1", "ada@example.com")

    world.deliver(first, first)
    lead = stored(world, "l1")
    world.forget_calls()
    world.deliver(first)

    assert stored(world, "l1") == lead
    assert world.calls() == []


def test_other_content_under_the_same_id_is_noted_once_and_not_taken(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    for name in ("Grace", "Edsger"):
        world.deliver(lead_joined_event("l1", "ada@example.com", first_name=name))

    lead = stored(world, "l1")
    assert lead.details["first_name"] == "Ada"
    assert told(lead).count(Happening.DIFFERENT_CONTENT) == 1


@pytest.mark.parametrize("email", ["", "ada", "ada@example", "a b@example.com", None, 7, ["ada@example.com", {}]])
def test_a_lead_without_a_usable_address_is_rejected(world: World, email: Any) -> None:
    world.serve(Duplicates.UPDATE)

    world.deliver(lead_joined_event("l1", email))

    lead = stored(world, "l1")
    assert (lead.state, lead.reason) == (State.REJECTED, Reason.NO_USABLE_EMAIL)


def test_a_blank_first_name_is_left_out_and_noted(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    seed(world, "ada@example.com", LONG_AGO, firstname="Augusta")

    world.deliver(lead_joined_event("l1", "ada@example.com", first_name="  "))

    [contact] = world.contacts("ada@example.com")
    assert contact["properties"]["firstname"] == "Augusta"
    assert Happening.FIRST_NAME_BLANK in told(stored(world, "l1"))


def test_do_nothing_sends_nobody(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(SideSettings(0, Action.NONE))
    world.forget_calls()

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    lead = stored(world, "l1")
    assert (lead.state, lead.reason) == (State.NOT_SENT, Reason.DO_NOTHING)
    assert world.calls() == []


def test_a_campaign_nobody_asked_to_serve_leaves_no_trace(world: World) -> None:
    again = world.deliver(lead_joined_event("l1", "ada@example.com"))

    assert again == []
    assert world.lead("l1") is None


def test_a_decision_outlives_a_change_of_settings(world: World) -> None:
    world.serve(Duplicates.SKIP)
    world.sim("faults", {"kind": "contacts.batch_create", "status": 503})
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    other = (*MAPPING, MappingRow("company", value="Other"))
    world.save(SideSettings(0, Action.CREATE_CONTACT, other, Duplicates.UPDATE))

    world.deliver(lead_joined_event("l1", "ada@example.com"), received=2)

    [contact] = world.contacts("ada@example.com")
    lead = stored(world, "l1")
    assert lead.state is State.SENT
    assert lead.decision is not None
    assert lead.decision.duplicates is Duplicates.SKIP
    assert "company" not in contact["properties"]


def test_leads_of_any_size_are_taken_as_far_as_they_fit(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    fields = {f"field{n}": "x" * 10_000 for n in range(50)}

    again = world.deliver(
        *[lead_joined_event(f"l{n}", f"p{n}@example.com", fields=fields, first_name="A" * 9_000) for n in range(100)]
    )

    assert again == []
    assert {stored(world, f"l{n}").state for n in range(100)} == {State.SENT}
