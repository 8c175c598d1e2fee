"""Records that are merged, deleted or forgotten in HubSpot, and the leads they belong to."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
import requests

from functions.qualification import app as qualification
from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, State
from referral_hubspot.domain.settings import Action, Duplicates
from referral_hubspot.usecases.links import Record
from tests.inprocess.test_leads import LONG_AGO, seed, stored, told
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, World, lead_joined_event, property_change


def event(kind: str, seconds: int = 0, **facts: Any) -> dict[str, Any]:
    """One entry of a webhook delivery."""
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return {
        "eventId": 1,
        "portalId": PORTAL,
        "appId": 1001,
        "occurredAt": int(at.timestamp() * 1000),
        "subscriptionType": kind,
        "changeSource": "CRM_UI",
    } | facts


def merged(primary: str, other: str, survivor: str, of: str = "contact") -> dict[str, Any]:
    """HubSpot's word that two records are one now."""
    return event(
        f"{of}.merge",
        objectId=int(survivor),
        primaryObjectId=int(primary),
        mergedObjectIds=[int(one) for one in (primary, other) if one != survivor],
        newObjectId=int(survivor),
    )


def deleted(record_id: str, kind: str = "contact.deletion") -> dict[str, Any]:
    return event(kind, objectId=int(record_id))


def merge(world: World, primary: str, other: str, **more: str) -> str:
    """Somebody merges two records in HubSpot; the survivor's id."""
    return str(world.sim(f"portals/{PORTAL}/merge", {"primary": primary, "other": other, **more})["id"])


def customer(record_id: str) -> dict[str, Any]:
    return property_change(record_id, "lifecyclestage", "customer", datetime.now(UTC) + timedelta(seconds=1))


def linked(world: World, record_id: str, object_type: ObjectType = ObjectType.CONTACT) -> list[str]:
    """Ids of the leads that a record is known to belong to."""
    record = Record(ACCOUNT, PORTAL, object_type, record_id)
    return [key.person_id for key in world.wiring.links.people([record]).get(record, [])]


def notes(lead: Person, what: Happening) -> list[Entry]:
    return [entry for entry in lead.timeline if entry.what is what]


@pytest.fixture(name="contact")
def _contact(world: World) -> str:
    """The contact of a lead l1 whose rule is Lifecycle Stage → Customer."""
    world.serve(Duplicates.UPDATE)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    return stored(world, "l1").record_id


# Merges


@pytest.mark.parametrize("keeps_id", [True, False], ids=["the primary id stays", "a new id"])
@pytest.mark.parametrize("is_primary", [True, False], ids=["ours is primary", "ours is the other"])
def test_a_lead_is_followed_to_the_surviving_contact_and_qualifies_there(
    world: World, contact: str, keeps_id: bool, is_primary: bool
) -> None:
    world.sim("switches", {"merge_keeps_primary_id": keeps_id})
    other = seed(world, "old@example.com", LONG_AGO)
    pair = (contact, other) if is_primary else (other, contact)
    survivor = merge(world, *pair)

    world.changed([merged(*pair, survivor)])
    followed = stored(world, "l1")
    world.changed([customer(survivor)])

    assert (followed.state, followed.record_id) == (State.SENT, survivor)
    assert followed.record_link == f"https://app-eu1.hubspot.com/contacts/{PORTAL}/record/0-1/{survivor}"
    assert [entry.facts for entry in notes(followed, Happening.MERGED)] == (
        [] if survivor == contact else [{"object": "contact", "from": contact, "to": survivor}]
    )
    assert stored(world, "l1").state is State.QUALIFIED


def test_a_merge_that_is_told_twice_is_noted_once(world: World, contact: str) -> None:
    told_once = merged(contact, "777", "888")

    world.changed([told_once, told_once])
    followed = stored(world, "l1")
    world.changed([told_once], [told_once])

    assert stored(world, "l1") == followed
    assert len(notes(followed, Happening.MERGED)) == 1


def test_a_late_change_that_names_a_former_id_still_counts(world: World, contact: str) -> None:
    world.changed([merged(contact, "777", "888")])

    world.changed([customer(contact)])

    assert stored(world, "l1").state is State.QUALIFIED


def test_a_change_of_the_survivor_that_is_told_before_the_merge_still_counts(world: World, contact: str) -> None:
    world.changed([customer("888")])
    before = stored(world, "l1").state

    world.changed([merged(contact, "777", "888")])

    assert (before, stored(world, "l1").state) == (State.SENT, State.QUALIFIED)


def test_merges_after_merges_lead_to_the_last_survivor(world: World, contact: str) -> None:
    first, second = merged(contact, "777", "888"), merged("888", "999", "1111")

    world.changed([second, first])

    lead = stored(world, "l1")
    assert lead.record_id == "1111"
    assert [linked(world, one) for one in (contact, "888", "1111", "777")] == [["l1"], ["l1"], ["l1"], []]


def test_a_merge_that_is_told_late_moves_nobody_back(world: World, contact: str) -> None:
    early, late = merged(contact, "777", "888"), merged("888", "999", "1111")
    world.changed([early], [late])

    world.changed([early])

    assert stored(world, "l1").record_id == "1111"


def test_of_two_leads_that_end_on_one_contact_the_first_keeps_the_credit(world: World, contact: str) -> None:
    world.deliver(lead_joined_event("l2", "grace@example.com"))
    other = stored(world, "l2").record_id
    survivor = merge(world, other, contact)

    world.changed([merged(other, contact, survivor)])
    world.changed([customer(survivor)])

    first, second = stored(world, "l1"), stored(world, "l2")
    assert (first.state, second.state) == (State.QUALIFIED, State.ALREADY_REFERRED)
    assert first.record_id == second.record_id == survivor
    assert told(second)[-2:] == [Happening.MERGED, Happening.ALREADY_REFERRED]


def test_a_credit_that_was_given_before_the_merge_is_not_given_again(world: World, contact: str) -> None:
    world.deliver(lead_joined_event("l2", "grace@example.com"))
    other = stored(world, "l2").record_id
    world.changed([customer(other)])

    world.changed([merged(contact, other, "888")])
    world.changed([customer("888")])

    assert (stored(world, "l1").state, stored(world, "l2").state) == (State.ALREADY_REFERRED, State.QUALIFIED)


def test_leads_of_two_campaigns_on_one_contact_do_not_take_each_others_credit(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, account="globex")
    world.deliver(
        lead_joined_event("l1", "ada@example.com"), lead_joined_event("g1", "grace@example.com", account="globex")
    )
    other = world.lead("g1", account="globex")
    assert other is not None

    world.changed([merged(stored(world, "l1").record_id, other.record_id, "888")])
    world.changed([customer("888")])

    globex = world.lead("g1", account="globex")
    assert globex is not None
    assert (stored(world, "l1").record_id, globex.record_id) == ("888", "888")
    assert (stored(world, "l1").state, globex.state) == (State.QUALIFIED, State.QUALIFIED)


def test_a_merge_in_a_hubspot_account_that_an_account_left_moves_nobody(world: World, contact: str) -> None:
    world.wiring.disconnect(ACCOUNT, CAMPAIGN, "disconnected")

    world.changed([merged(contact, "777", "888")])

    assert stored(world, "l1").record_id == contact


@pytest.mark.parametrize("settled", [True, False])
def test_a_worker_that_dies_while_it_follows_a_merge_is_made_good_by_the_repetition(
    world: World, contact: str, settled: bool
) -> None:
    """It had moved the rows, or only linked them, when it died."""
    world.deliver(lead_joined_event("l2", "grace@example.com"))
    other = stored(world, "l2").record_id
    key = PersonKey(ACCOUNT, CAMPAIGN, "lead", "l1")
    world.wiring.links.add([(Record(ACCOUNT, PORTAL, ObjectType.CONTACT, "888"), key)])

    wiring = qualification.wiring()
    step = patch.object(wiring.qualify, "settle_credit") if settled else patch.object(wiring.people, "apply")
    with step as died:
        died.side_effect = KeyboardInterrupt
        with pytest.raises(KeyboardInterrupt):
            world.changed([merged(contact, other, "888")])
    world.changed([merged(contact, other, "888")])

    assert (stored(world, "l1").record_id, stored(world, "l2").record_id) == ("888", "888")
    assert (stored(world, "l1").state, stored(world, "l2").state) == (State.SENT, State.ALREADY_REFERRED)
    assert len(notes(stored(world, "l1"), Happening.MERGED)) == 1


def test_merged_deals_and_merged_contacts_beside_deals_are_followed(world: World) -> None:
    world.serve(Duplicates.UPDATE, action=Action.CREATE_DEAL)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    lead = stored(world, "l1")

    world.changed([merged(lead.record_id, "777", "888", "deal"), merged(lead.contact_id, "555", "666")])
    world.changed(
        [property_change("888", "dealstage", "closedwon", datetime.now(UTC) + timedelta(seconds=1), of="deal")]
    )

    followed = stored(world, "l1")
    assert (followed.record_id, followed.contact_id, followed.state) == ("888", "666", State.QUALIFIED)
    assert followed.record_link.endswith("/record/0-3/888")
    assert [entry.facts["object"] for entry in notes(followed, Happening.MERGED)] == ["deal", "contact"]


def test_records_of_strangers_change_nothing(world: World, contact: str) -> None:
    before = stored(world, "l1")

    world.changed([merged("501", "502", "503"), deleted("504"), deleted("505", "contact.privacyDeletion")])

    assert stored(world, "l1") == before


# Deletions


def test_a_deleted_record_leaves_the_lead_pending_and_is_noted_once(world: World, contact: str) -> None:
    world.changed([deleted(contact), deleted(contact)])
    world.changed([deleted(contact)])

    lead = stored(world, "l1")
    assert lead.state is State.SENT
    assert [entry.facts for entry in notes(lead, Happening.DELETED)] == [{"object": "contact", "record_id": contact}]


def test_a_merge_beside_a_deleted_deal_does_not_have_the_deletion_noted_again(world: World) -> None:
    world.serve(Duplicates.UPDATE, action=Action.CREATE_DEAL)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    lead = stored(world, "l1")
    gone = deleted(lead.record_id, "deal.deletion")

    world.changed([gone])
    world.changed([merged(lead.contact_id, "555", "666")])
    world.changed([gone])

    assert len(notes(stored(world, "l1"), Happening.DELETED)) == 1


def test_the_end_of_a_former_id_is_no_deletion_of_the_lead(world: World, contact: str) -> None:
    """A merge may be accompanied by deletions of the ids that it ended."""
    world.changed([deleted(contact), merged(contact, "777", "888")])
    world.changed([deleted(contact)])

    assert notes(stored(world, "l1"), Happening.DELETED) == []


def test_a_qualified_lead_is_not_told_of_a_deletion(world: World, contact: str) -> None:
    world.changed([customer(contact)])
    qualified = stored(world, "l1")

    world.changed([deleted(contact)])

    assert stored(world, "l1") == qualified


# Privacy


@pytest.mark.parametrize("privacy_first", [True, False])
def test_a_privacy_deletion_erases_the_person_for_every_account(world: World, privacy_first: bool) -> None:
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, account="globex")
    world.deliver(
        lead_joined_event("l1", "ada@example.com"), lead_joined_event("g1", "ada@example.com", account="globex")
    )
    contact = stored(world, "l1").record_id
    pair = [deleted(contact, "contact.privacyDeletion"), deleted(contact)]

    world.changed(*([one] for one in (pair if privacy_first else pair[::-1])))
    world.deliver(lead_joined_event("l9", "ada@example.com"))

    globex = world.lead("g1", account="globex")
    assert globex is not None
    assert (stored(world, "l1").state, globex.state) == (State.ERASED, State.ERASED)
    assert (stored(world, "l1").email, globex.email) == ("", "")
    assert stored(world, "l9").state is State.REJECTED


def test_a_privacy_deletion_of_the_contact_beside_a_deal_erases_the_person(world: World) -> None:
    world.serve(Duplicates.UPDATE, action=Action.CREATE_DEAL)
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    world.changed([deleted(stored(world, "l1").contact_id, "contact.privacyDeletion")])

    assert stored(world, "l1").state is State.ERASED


def test_a_privacy_deletion_of_somebody_known_before_erases_the_person(world: World) -> None:
    world.serve(Duplicates.SKIP)
    contact = seed(world, "ada@example.com", LONG_AGO)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    before = stored(world, "l1").state

    world.changed([deleted(contact, "contact.privacyDeletion")])

    assert (before, stored(world, "l1").state) == (State.DUPLICATE, State.ERASED)


def test_a_privacy_deletion_that_is_told_before_the_merge_still_erases(world: World, contact: str) -> None:
    world.changed([deleted("888", "contact.privacyDeletion")])

    world.changed([merged(contact, "777", "888")])

    assert stored(world, "l1").state is State.ERASED


def test_a_second_address_of_a_forgotten_contact_is_forgotten_too(world: World) -> None:
    world.sim("switches", {"batch_upsert_matches_secondary_email": True})
    world.serve(Duplicates.UPDATE)
    row = {"properties": {"email": "main@example.com"}, "createdate": LONG_AGO, "additional_emails": ["b@example.com"]}
    [contact] = world.sim("seed", {"portal": PORTAL, "contacts": [row]})["ids"]
    world.deliver(lead_joined_event("l1", "b@example.com"))
    world.deliver(lead_joined_event("l2", "main@example.com"))

    requests.delete(f"{world.hubspot.url}/_sim/portals/{PORTAL}/contacts/{contact}?privacy=true", timeout=10)
    world.changed([deleted(contact, "contact.privacyDeletion")])

    assert (stored(world, "l1").state, stored(world, "l2").state) == (State.ERASED, State.ERASED)
