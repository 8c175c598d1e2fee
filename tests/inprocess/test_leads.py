"""A lead's way into HubSpot, by both duplicate policies and for everyone HubSpot may know already."""

from datetime import UTC, datetime

import pytest

from referral_hubspot.domain.people import Reason, State
from referral_hubspot.domain.settings import Duplicates
from tests.world import PORTAL, World, lead_joined_event

LONG_AGO = "2020-01-01T00:00:00Z"
JUST_NOW = datetime.now(UTC).isoformat()


@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_a_new_person_becomes_a_contact(world: World, duplicates: Duplicates) -> None:
    world.serve(duplicates)

    again = world.deliver(lead_joined_event("l1", " Ada@Example.com "))

    lead = world.lead("l1")
    [contact] = world.contacts("ada@example.com")
    assert again == []
    assert lead is not None
    assert (lead.state, lead.record_id) == (State.SENT, contact["id"])
    assert contact["properties"]["firstname"] == "Ada"
    assert lead.record_link == f"https://app-eu1.hubspot.com/contacts/{PORTAL}/record/0-1/{contact['id']}"


def test_a_known_person_is_left_alone_when_duplicates_are_skipped(world: World) -> None:
    world.serve(Duplicates.SKIP)
    world.sim(
        "seed",
        {"portal": PORTAL, "contacts": [{"properties": {"email": "ada@example.com"}, "createdate": LONG_AGO}]},
    )

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    lead = world.lead("l1")
    [contact] = world.contacts("ada@example.com")
    assert lead is not None
    assert (lead.state, lead.reason) == (State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT)
    assert "firstname" not in contact["properties"]
