"""One deal per lead: whatever is repeated, interrupted, lost on the way or done by several workers at once."""

from collections.abc import Sequence
from unittest.mock import patch

import pytest

from referral_hubspot.domain.crm import DEAL_KEY, DealRow, ObjectType, RowAnswer
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.people import Happening, State
from referral_hubspot.domain.settings import Action, Duplicates, SideSettings
from referral_hubspot.hubspot.client import HubSpotCrm
from tests.inprocess.test_at_once import WORKERS, at_once
from tests.inprocess.test_deals import BOTH, LOST_ANSWER, deal_of, key_of, serve
from tests.inprocess.test_leads import LONG_AGO, seed, stored, told
from tests.world import (
    ACCOUNT,
    CAMPAIGN,
    MAPPING,
    PORTAL,
    World,
    event,
    lead_joined_event,
)

AWAY = {"path": "/crm/", "status": 503, "times": None}


def test_a_repeated_event_changes_nothing(world: World, with_contact: bool) -> None:
    serve(world, Duplicates.UPDATE, with_contact)
    first = lead_joined_event("l1", "ada@example.com")

    world.deliver(first, first)
    lead = stored(world, "l1")
    world.forget_calls()
    world.deliver(first)

    assert stored(world, "l1") == lead
    assert world.calls() == []


def test_one_event_delivered_to_several_workers_at_once_is_one_deal(
    world: World, duplicates: Duplicates, with_contact: bool
) -> None:
    serve(world, duplicates, with_contact)
    lead = lead_joined_event("l1", "ada@example.com")

    at_once(*[[lead]] * WORKERS)

    assert stored(world, "l1").record_id == deal_of(world, "l1")["id"]
    assert len(world.deals()) == 1
    assert len(world.contacts("ada@example.com")) == int(with_contact)


@pytest.mark.parametrize("conflict", ["400_has_value", "409_existing_id"])
@pytest.mark.parametrize("others", [0, 1], ids=["alone", "among others"])
def test_a_deal_that_another_worker_made_first_is_this_leads_deal(
    world: World, with_contact: bool, conflict: str, others: int
) -> None:
    world.sim("switches", {"unique_conflict": conflict})
    serve(world, Duplicates.UPDATE, with_contact)
    deal = {"properties": {"dealname": "Ada", "pipeline": "default", "dealstage": "closedwon", DEAL_KEY: key_of("l1")}}
    [record_id] = world.sim("seed", {"portal": PORTAL, "deals": [deal]})["ids"]

    again = world.deliver(
        lead_joined_event("l1", "ada@example.com"),
        *[lead_joined_event(f"x{n}", f"x{n}@example.com") for n in range(others)],
    )

    lead = stored(world, "l1")
    assert again == []
    assert (lead.state, lead.record_type, lead.record_id) == (State.SENT, ObjectType.DEAL, record_id)
    assert told(lead)[-1] is Happening.DEAL_FOUND
    assert deal_of(world, "l1")["properties"]["dealstage"] == "closedwon"


def test_a_deal_whose_making_was_not_heard_of_is_found_and_left_where_sales_moved_it(
    world: World, duplicates: Duplicates, with_contact: bool
) -> None:
    serve(world, duplicates, with_contact)
    world.sim("faults", LOST_ANSWER)
    lead = lead_joined_event("l1", "ada@example.com")
    first = world.deliver(lead)
    made = deal_of(world, "l1")
    world.sim(f"portals/{PORTAL}/deals/{made['id']}", {"properties": {"dealstage": "contractsent", "dealname": "Big"}})
    world.forget_calls()

    second = world.deliver(lead, received=2)

    kept, sent = deal_of(world, "l1"), stored(world, "l1")
    contacts = [contact["id"] for contact in world.contacts("ada@example.com")]
    assert (first, second) == ([0], [])
    assert (sent.state, sent.record_id) == (State.SENT, made["id"])
    assert kept["properties"]["dealstage"] == "contractsent"
    assert kept["properties"]["dealname"] == "Big"
    assert contacts == ([sent.contact_id] if with_contact else [])
    assert world.calls("deals.", "contacts.") == ["deals.batch_read"] + ["contacts.batch_read"] * with_contact
    assert told(sent)[-1] is Happening.DEAL_FOUND


def test_those_decided_before_are_looked_for_in_one_call_and_those_decided_now_in_none(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    leads = [lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(20)]
    world.sim("faults", {"kind": "deals.batch_create", "status": 503})
    world.deliver(*leads[:10])
    world.forget_calls()

    world.deliver(*leads, received=2)

    assert world.calls("deals.") == ["deals.batch_read", "deals.batch_create"]
    assert len(world.deals()) == 20


def test_a_lead_decided_as_a_deal_stays_one_when_the_action_changes(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    world.sim("faults", {"kind": "deals.batch_create", "status": 503})
    lead = lead_joined_event("l1", "ada@example.com")
    world.deliver(lead)
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.UPDATE))

    world.deliver(lead, received=2)

    assert stored(world, "l1").record_id == deal_of(world, "l1")["id"]
    assert world.contacts("ada@example.com") == []


def test_a_campaign_that_returns_to_a_hubspot_account_finds_the_deal_that_was_made_there(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    world.sim("faults", LOST_ANSWER)
    lead = lead_joined_event("l1", "ada@example.com")
    world.deliver(lead)
    for portal in (PORTAL + 1, PORTAL):
        world.wiring.disconnect(ACCOUNT, CAMPAIGN)
        world.connect(portal=portal)
        world.sim("faults", AWAY)
        world.deliver(lead, received=2)
        world.end_faults()

    world.deliver(lead, received=3)

    assert (stored(world, "l1").state, stored(world, "l1").portal_id) == (State.SENT, PORTAL)
    assert stored(world, "l1").record_id == deal_of(world, "l1")["id"]
    assert world.deals(PORTAL + 1) == []


def test_a_lead_closed_while_its_deal_is_made_stays_closed(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=True)
    world.sim("faults", {"kind": "deals.batch_create", "status": 503})
    lead = lead_joined_event("l1", "ada@example.com")
    world.deliver(lead)
    world.deliver(event("lead.closed.v1", account_id=ACCOUNT, campaign_id=CAMPAIGN, lead_id="l1", reason="rejected"))

    again = world.deliver(lead, received=2)

    assert again == []
    assert stored(world, "l1").state is State.CLOSED
    assert world.deals() == []


@pytest.mark.parametrize("merged", BOTH, ids=["deleted", "merged"])
def test_a_contact_that_goes_between_contact_and_deal_costs_the_lead_nothing(world: World, merged: bool) -> None:
    serve(world, Duplicates.UPDATE, with_contact=True)
    create = HubSpotCrm.create_deals
    gone: list[str] = []

    def too_late(crm: HubSpotCrm, rows: Sequence[DealRow]) -> list[RowAnswer]:
        if not gone:
            [contact] = world.contacts("ada@example.com")
            gone.append(contact["id"])
            if merged:
                other = seed(world, "other@example.com", LONG_AGO)
                world.sim(f"portals/{PORTAL}/merge", {"primary": other, "other": contact["id"]})
            else:
                world.wiring.directory.open(ACCOUNT, PORTAL, Lane.LIVE).archive(ObjectType.CONTACT, gone)
        return create(crm, rows)

    lead = lead_joined_event("l1", "ada@example.com")
    with patch.object(HubSpotCrm, "create_deals", too_late):
        world.deliver(lead)
    world.deliver(lead, received=2)

    assert stored(world, "l1").state is State.SENT
    assert len(deal_of(world, "l1")["contacts"]) == 1
    assert len(world.deals()) == 1


def test_batches_of_several_workers_leave_one_deal_each(world: World, duplicates: Duplicates) -> None:
    serve(world, duplicates, with_contact=True)
    leads = [lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(30)]

    at_once(leads, list(reversed(leads)), leads[10:20])

    assert {stored(world, f"l{n}").state for n in range(30)} == {State.SENT}
    assert len(world.deals(limit="1000")) == 30
