"""Whose record it is, and what it waits for: where HubSpot's answers or the settings could be misread."""

from collections.abc import Sequence
from datetime import UTC, datetime
from unittest.mock import patch

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import DealRow, RowAnswer
from referral_hubspot.domain.people import Happening, Reason, State
from referral_hubspot.domain.settings import Action, Duplicates, MappingRow, Part, SideSettings
from referral_hubspot.hubspot.client import HubSpotCrm
from referral_hubspot.storage.pauses import PauseTable
from referral_hubspot.usecases.pause import Pause
from tests.inprocess.test_deals import deal_of, serve
from tests.inprocess.test_leads import LONG_AGO, seed, stored, told
from tests.inprocess.test_setup_gaps import forbidden, remembered, standing
from tests.world import CUSTOMER, DEAL_MAPPING, MAPPING, PORTAL, World, lead_joined_event

ORDER = MappingRow("order_number", source="fields.order", unique=True)
NUMBER = MappingRow("customer_number", source="fields.number", unique=True)
CONFLICTS = ["400_has_value", "409_existing_id"]
AMONG = pytest.mark.parametrize("others", [0, 1], ids=["alone", "among others"])


def others_of(number: int) -> list[dict[str, object]]:
    return [lead_joined_event(f"x{n}", f"x{n}@example.com") for n in range(number)]


# Whose record it is, where HubSpot need not say which unique value it means


@pytest.mark.parametrize("conflict", CONFLICTS)
@AMONG
def test_a_deal_of_sales_with_the_same_unique_value_is_never_taken_for_the_leads(
    world: World, conflict: str, others: int
) -> None:
    world.sim("switches", {"unique_conflict": conflict})
    serve(world, Duplicates.UPDATE, with_contact=False, deal_mapping=(*DEAL_MAPPING, ORDER))
    deal = {"properties": {"dealname": "Big", "pipeline": "default", "dealstage": "closedwon", "order_number": "7"}}
    [theirs] = world.sim("seed", {"portal": PORTAL, "deals": [deal]})["ids"]

    again = world.deliver(lead_joined_event("l1", "ada@example.com", fields={"order": "7"}), *others_of(others))

    lead = stored(world, "l1")
    assert again == []
    assert (lead.state, lead.record_id) == (State.SENT, deal_of(world, "l1")["id"])
    assert lead.record_id != theirs
    assert told(lead)[-2:] == [Happening.DEAL_CREATED, Happening.VALUE_LEFT_OUT]
    assert remembered(world) == {(Part.MAPPING, "order_number"): "CONFLICTING_UNIQUE_VALUE"}


@pytest.mark.parametrize("conflict", CONFLICTS)
@AMONG
def test_a_contact_with_the_same_unique_value_is_somebody_else(
    world: World, duplicates: Duplicates, conflict: str, others: int
) -> None:
    world.sim("switches", {"unique_conflict": conflict})
    world.serve(duplicates, mapping=(*MAPPING, NUMBER))
    theirs = seed(world, "bob@example.com", LONG_AGO, customer_number="7", firstname="Bob")

    again = world.deliver(lead_joined_event("l1", "ada@example.com", fields={"number": "7"}), *others_of(others))

    [bob], [ada] = world.contacts("bob@example.com"), world.contacts("ada@example.com")
    lead = stored(world, "l1")
    assert again == []
    assert (lead.state, lead.record_id) == (State.SENT, ada["id"])
    assert (bob["id"], bob["properties"]["firstname"]) == (theirs, "Bob")
    assert Happening.VALUE_LEFT_OUT in told(lead)


@pytest.mark.parametrize("conflict", CONFLICTS)
def test_a_secondary_address_is_the_same_person_and_gets_its_unique_value(world: World, conflict: str) -> None:
    world.sim("switches", {"unique_conflict": conflict})
    world.serve(Duplicates.UPDATE, mapping=(*MAPPING, NUMBER))
    contact = {
        "properties": {"email": "main@example.com"},
        "createdate": LONG_AGO,
        "additional_emails": ["ada@example.com"],
    }
    [record_id] = world.sim("seed", {"portal": PORTAL, "contacts": [contact]})["ids"]

    again = world.deliver(lead_joined_event("l1", "ada@example.com", fields={"number": "7"}))

    [kept] = world.contacts("ada@example.com")
    lead = stored(world, "l1")
    assert again == []
    assert (lead.state, lead.record_id) == (State.SENT, record_id)
    assert (kept["properties"]["email"], kept["properties"]["customer_number"]) == ("main@example.com", "7")
    assert Happening.VALUE_LEFT_OUT not in told(lead)


@pytest.mark.parametrize("conflict", CONFLICTS)
def test_an_update_by_id_whose_unique_value_another_contact_has_stays_with_its_own_contact(
    world: World, conflict: str
) -> None:
    world.sim("switches", {"unique_conflict": conflict})
    world.serve(Duplicates.SKIP, mapping=(*MAPPING, NUMBER))
    seed(world, "bob@example.com", LONG_AGO, customer_number="7", firstname="Bob")
    own = seed(world, "ada@example.com", datetime.now(UTC).isoformat())

    again = world.deliver(lead_joined_event("l1", "ada@example.com", fields={"number": "7"}))

    [bob] = world.contacts("bob@example.com")
    assert again == []
    assert (stored(world, "l1").state, stored(world, "l1").record_id) == (State.SENT, own)
    assert bob["properties"]["firstname"] == "Bob"


# What a lead waits for, where another one's permission is missing


def test_leads_of_contacts_in_the_same_batch_are_not_told_to_reconnect_for_deals(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    world.serve(Duplicates.UPDATE, campaign="winter")
    world.sim("faults", {"kind": "deals.batch_create", "status": 503})
    deal = lead_joined_event("l1", "ada@example.com")
    world.deliver(deal)
    no_deals = forbidden("crm.objects.deals.read")
    world.sim("faults", {"kind": "deals.batch_read", "status": 403, "body": no_deals, "times": None})
    contact = lead_joined_event("l2", "bob@example.com", campaign="winter")

    first = world.deliver(deal, contact, received=2)
    second = world.deliver(contact, received=3)

    winter = world.lead("l2", campaign="winter")
    assert winter is not None
    assert (first, second) == ([1], [])
    assert standing(world, "l1") == (State.HELD, Reason.SETUP)
    assert winter.state is State.SENT
    assert Happening.HELD not in told(winter)


def test_a_lead_decided_as_a_deal_that_is_no_longer_allowed_goes_the_way_that_is_chosen_now(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    world.sim("faults", {"kind": "deals.batch_create", "status": 503})
    lead = lead_joined_event("l1", "ada@example.com")
    world.deliver(lead)
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.UPDATE, CUSTOMER))
    world.connect(without=scopes.DEALS)
    world.sim("faults", {"path": "/deals/", "status": 403, "body": forbidden(*scopes.DEALS), "times": None})

    world.deliver(lead, received=2)
    between = standing(world, "l1")
    world.sweep()

    assert between == (State.HELD, Reason.SETUP)
    assert stored(world, "l1").state is State.SENT
    assert len(world.contacts("ada@example.com")) == 1


def test_a_pause_that_begins_while_hubspot_refuses_a_stage_that_is_gone_rejects_nobody(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    world.sim(f"portals/{PORTAL}/pipelines", {"archive_stages": ["appointmentscheduled"]})
    pauses = PauseTable(world.campaign_table, world.wiring.dynamodb)
    create = HubSpotCrm.create_deals

    def paused_meanwhile(crm: HubSpotCrm, rows: Sequence[DealRow]) -> list[RowAnswer]:
        pauses.begin(Pause(f"portal:{PORTAL}", datetime.now(UTC), "HubSpot is being looked at"))
        return create(crm, rows)

    lead = lead_joined_event("l1", "ada@example.com")
    with patch.object(HubSpotCrm, "create_deals", paused_meanwhile):
        world.deliver(lead)
    world.deliver(lead, received=2)
    waits = standing(world, "l1")
    pauses.end(f"portal:{PORTAL}")
    world.sweep()

    assert waits == (State.HELD, Reason.PAUSED)
    assert standing(world, "l1") == (State.HELD, Reason.SETUP)
