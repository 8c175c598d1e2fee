"""HubSpot's changes and the referrals they qualify: once, whatever comes early, late, twice or from elsewhere."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from functions.qualification import app as qualification
from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.people import Happening, State
from referral_hubspot.domain.qualification import PropertyChange
from referral_hubspot.domain.settings import Action, Duplicates, Rule, RuleKind, SideSettings
from referral_hubspot.usecases.links import PortalRecord, Record
from tests.inprocess.test_cost import aws_calls
from tests.inprocess.test_leads import LONG_AGO, seed, stored, told
from tests.world import ACCOUNT, CAMPAIGN, CUSTOMER, MAPPING, PORTAL, World, lead_joined_event, property_change


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=1)


@pytest.fixture(name="record_id")
def _record_id(world: World) -> str:
    """A lead l1 of a campaign whose rule is Lifecycle Stage → Customer."""
    world.serve(Duplicates.UPDATE)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    return stored(world, "l1").record_id


def test_the_rules_change_qualifies_once(world: World, record_id: str) -> None:
    change = property_change(record_id, "lifecyclestage", "customer", soon())

    world.changed([change, change])
    lead = stored(world, "l1")
    world.changed([change])

    assert lead.state is State.QUALIFIED
    assert lead.evidence["property"] == "lifecyclestage"
    assert stored(world, "l1") == lead
    assert told(lead).count(Happening.QUALIFIED) == 1


@pytest.mark.parametrize(
    ("name", "value", "source", "shift"),
    [
        ("lifecyclestage", "lead", "CRM_UI", 1),
        ("lifecyclestage", "Customer", "CRM_UI", 1),
        ("hs_lead_status", "customer", "CRM_UI", 1),
        ("lifecyclestage", "customer", "INTEGRATION", 1),
        ("lifecyclestage", "customer", "CRM_UI", -60),
    ],
    ids=["another value", "the label, not the value", "another property", "written by us", "before joining"],
)
def test_anything_else_does_not(world: World, record_id: str, name: str, value: str, source: str, shift: int) -> None:
    at = datetime.now(UTC) + timedelta(seconds=shift)

    world.changed([property_change(record_id, name, value, at, source=source)])

    assert stored(world, "l1").state is State.SENT


def test_a_change_before_the_rule_was_made_does_not_count(world: World, record_id: str) -> None:
    rule = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", datetime.now(UTC) + timedelta(minutes=1))
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.UPDATE, rule))

    world.changed([property_change(record_id, "lifecyclestage", "customer", soon())])

    assert stored(world, "l1").state is State.SENT


def test_a_change_that_overtakes_the_link_waits_for_it(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    record_id = seed(world, "ada@example.com", LONG_AGO)

    world.changed([property_change(record_id, "lifecyclestage", "customer", soon())])
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    assert stored(world, "l1").state is State.QUALIFIED


def test_the_newest_of_several_overtaking_changes_is_not_lost(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    record_id = seed(world, "ada@example.com", LONG_AGO)
    early = datetime.now(UTC) - timedelta(hours=1)

    world.changed([property_change(record_id, "lifecyclestage", "customer", soon())])
    world.changed([property_change(record_id, "lifecyclestage", "customer", early)])
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    assert stored(world, "l1").state is State.QUALIFIED


def test_a_message_that_comes_again_after_the_link_claims_what_came_before(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = lead_joined_event("l1", "ada@example.com")
    world.deliver(lead)
    record_id = stored(world, "l1").record_id
    change = PropertyChange(PORTAL, ObjectType.CONTACT, record_id, "lifecyclestage", "customer", soon(), ours=False)
    world.wiring.links.leave_unclaimed([change], datetime.now(UTC))

    world.deliver(lead, received=2)

    assert stored(world, "l1").state is State.QUALIFIED


def test_two_accounts_on_one_portal_judge_by_their_own_rules(world: World) -> None:
    status = Rule(RuleKind.CONTACT_PROPERTY, "hs_lead_status", "OPEN", datetime(2026, 1, 1, tzinfo=UTC))
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, account="globex", rule=status)
    world.deliver(
        lead_joined_event("l1", "ada@example.com"), lead_joined_event("g1", "ada@example.com", account="globex")
    )
    record_id = stored(world, "l1").record_id

    world.changed([property_change(record_id, "hs_lead_status", "OPEN", soon())])

    globex = world.lead("g1", account="globex")
    assert globex is not None
    assert (stored(world, "l1").state, globex.state) == (State.SENT, State.QUALIFIED)


def test_strangers_and_other_portals_cost_two_reads_and_change_nothing(world: World, record_id: str) -> None:
    world.changed(
        [property_change(str(90_000 + n), "company", "Acme", soon()) for n in range(100)],
        [property_change(record_id, "lifecyclestage", "customer", soon(), portal=PORTAL + 1)],
    )

    assert stored(world, "l1").state is State.SENT


def test_a_lead_left_alone_as_known_never_qualifies(world: World) -> None:
    world.serve(Duplicates.SKIP)
    record_id = seed(world, "ada@example.com", LONG_AGO)
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    world.changed([property_change(record_id, "lifecyclestage", "customer", soon())])

    assert stored(world, "l1").state is State.DUPLICATE


def test_other_kinds_of_events_are_skipped_and_unreadable_deliveries_buried(world: World, record_id: str) -> None:
    restored = {"subscriptionType": "contact.restore", "portalId": PORTAL, "objectId": 1, "occurredAt": 1}
    company = property_change(record_id, "lifecyclestage", "customer", soon())
    company |= {"subscriptionType": "object.propertyChange", "objectTypeId": "0-2"}

    again = world.changed([restored, company], "not json", '[{"subscriptionType": "contact.propertyChange"}]', "{}")

    assert again == []
    assert stored(world, "l1").state is State.SENT
    assert world.wiring.campaigns.routes(PORTAL)[0].campaign_id == CAMPAIGN


def test_two_campaigns_whose_leads_are_linked_to_one_record_at_once_both_claim_what_came_before(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, campaign="summer")
    record_id = seed(world, "ada@example.com", LONG_AGO)

    world.changed([property_change(record_id, "lifecyclestage", "customer", soon())])
    world.deliver(
        lead_joined_event("l1", "ada@example.com"), lead_joined_event("l2", "ada@example.com", campaign="summer")
    )

    summer = world.lead("l2", campaign="summer")
    assert summer is not None
    assert (stored(world, "l1").state, summer.state) == (State.QUALIFIED, State.QUALIFIED)


def test_a_delivery_of_strangers_costs_two_reads_of_the_table_whatever_it_is_about(world: World) -> None:
    world.serve(Duplicates.UPDATE, action=Action.CREATE_DEAL)
    strangers = [property_change(str(90_000 + n), "dealstage", "qualifiedtobuy", soon(), of="deal") for n in range(100)]

    with aws_calls(world) as calls:
        world.changed(strangers)

    assert calls.total() <= 3  # the fourth of four is the webhook function's own message


# Deals that leave the stage again


@pytest.fixture(name="deal_id")
def _deal_id(world: World) -> str:
    """A lead l1 of a campaign that creates deals and whose rule is Deal stage → Closed won."""
    world.serve(Duplicates.UPDATE, action=Action.CREATE_DEAL)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    return stored(world, "l1").record_id


def stage(deal_id: str, value: str, seconds: int) -> dict[str, Any]:
    """A deal's entering of a stage so many seconds from now."""
    return property_change(deal_id, "dealstage", value, datetime.now(UTC) + timedelta(seconds=seconds), of="deal")


def lost(world: World) -> tuple[State, bool, int]:
    """Where the lead stands, whether its deal has left the stage again, and how often that was noted."""
    lead = stored(world, "l1")
    return lead.state, lead.condition_lost_at is not None, told(lead).count(Happening.CONDITION_LOST)


def test_a_deal_that_enters_the_stage_qualifies_and_one_that_leaves_it_is_noted_once(
    world: World, deal_id: str
) -> None:
    won, back, away = stage(deal_id, "closedwon", 1), stage(deal_id, "contractsent", 2), stage(deal_id, "closedlost", 3)

    world.changed([won])
    before = lost(world)
    world.changed([back])
    world.changed([back, away])

    assert before == (State.QUALIFIED, False, 0)
    assert lost(world) == (State.QUALIFIED, True, 1)


def test_entering_and_leaving_in_one_delivery_is_both_whatever_the_order(world: World, deal_id: str) -> None:
    world.changed([stage(deal_id, "closedlost", 2), stage(deal_id, "closedwon", 1)])

    assert lost(world) == (State.QUALIFIED, True, 1)


def test_a_leaving_that_is_told_before_the_entering_is_not_lost(world: World, deal_id: str) -> None:
    won, away = stage(deal_id, "closedwon", 1), stage(deal_id, "closedlost", 2)

    world.changed([away])
    before = lost(world)
    world.changed([won])
    after = lost(world)
    world.changed([away], [won])

    assert before == (State.SENT, False, 0)
    assert after == lost(world) == (State.QUALIFIED, True, 1)


def test_a_leaving_is_not_lost_either_when_the_worker_dies_that_was_told_of_the_entering(
    world: World, deal_id: str
) -> None:
    won, away = stage(deal_id, "closedwon", 1), stage(deal_id, "closedlost", 2)
    world.changed([away])

    dying = patch.object(qualification.wiring().qualify, "_lose", side_effect=KeyboardInterrupt)
    with dying, pytest.raises(KeyboardInterrupt):
        world.changed([won])
    before = lost(world)
    world.changed([won])

    assert before == (State.QUALIFIED, False, 0)
    assert lost(world) == (State.QUALIFIED, True, 1)


def test_a_stage_that_was_left_before_the_deal_was_won_is_no_loss(world: World, deal_id: str) -> None:
    world.changed([stage(deal_id, "contractsent", 1)])
    world.changed([stage(deal_id, "closedwon", 2)])

    assert lost(world) == (State.QUALIFIED, False, 0)


def test_a_deal_that_was_never_won_loses_nothing_by_moving_on(world: World, deal_id: str) -> None:
    world.changed([stage(deal_id, "contractsent", 1), stage(deal_id, "closedlost", 2)])

    assert lost(world) == (State.SENT, False, 0)


def test_a_contact_that_changes_on_loses_nothing(world: World, record_id: str) -> None:
    world.changed([property_change(record_id, "lifecyclestage", "customer", soon())])
    world.changed([property_change(record_id, "lifecyclestage", "evangelist", soon())])

    assert lost(world) == (State.QUALIFIED, False, 0)


def test_a_stranger_that_leaves_the_stage_is_not_kept(world: World, deal_id: str) -> None:
    world.changed([stage("999", "contractsent", 1)])

    assert world.wiring.links.unclaimed([PortalRecord(PORTAL, ObjectType.DEAL, "999")], datetime.now(UTC)) == []


def test_a_contact_beside_a_deal_keeps_no_contact_lead_from_qualifying(world: World, deal_id: str) -> None:
    """After a move from deals to contacts: both leads name the contact, and only one of them is judged by it."""
    first = stored(world, "l1")
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.UPDATE, CUSTOMER))
    world.sim(f"portals/{PORTAL}/contacts/{first.contact_id}", {"properties": {"email": "grace@example.com"}})
    world.deliver(lead_joined_event("l2", "grace@example.com"))
    beside = Record(ACCOUNT, PORTAL, ObjectType.CONTACT, first.contact_id)
    world.wiring.links.add([(beside, first.key)])
    second = stored(world, "l2")

    world.wiring.qualify.settle_credit([first, second])
    world.changed([property_change(first.contact_id, "lifecyclestage", "customer", soon())])

    assert second.record_id == first.contact_id
    assert (stored(world, "l1").state, stored(world, "l2").state) == (State.SENT, State.QUALIFIED)
