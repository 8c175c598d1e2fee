"""HubSpot's changes and the referrals they qualify: once, whatever comes early, late, twice or from elsewhere."""

from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.domain.people import Happening, State
from referral_hubspot.domain.qualification import PropertyChange
from referral_hubspot.domain.settings import Action, Duplicates, Rule, RuleKind, SideSettings
from tests.inprocess.test_leads import LONG_AGO, seed, stored, told
from tests.world import CAMPAIGN, MAPPING, PORTAL, World, lead_joined_event, property_change


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
    change = PropertyChange(PORTAL, stored(world, "l1").record_id, "lifecyclestage", "customer", soon(), ours=False)
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
    merge = {"subscriptionType": "contact.merge", "portalId": PORTAL, "objectId": 1, "occurredAt": 1}
    company = property_change(record_id, "lifecyclestage", "customer", soon())
    company |= {"subscriptionType": "object.propertyChange", "objectTypeId": "0-2"}

    again = world.changed([merge, company], "not json", '[{"subscriptionType": "contact.propertyChange"}]', "{}")

    assert again == []
    assert stored(world, "l1").state is State.SENT
    assert world.wiring.campaigns.routes(PORTAL)[0].campaign_id == CAMPAIGN
