"""What stops fitting after it was saved: leads wait for whoever mends it, and are sent by what was mended."""

from dataclasses import replace
from typing import Any

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.people import Happening, Reason, State
from referral_hubspot.domain.settings import Action, Broken, Duplicates, MappingRow, Part, SideSettings, gaps
from referral_hubspot.storage.refusals import RefusalRepository
from tests.inprocess.test_deals import deal_of, serve
from tests.inprocess.test_leads import stored, told
from tests.world import ACCOUNT, CAMPAIGN, DEAL_MAPPING, MAPPING, PORTAL, WON, World, lead_joined_event

OTHER_STAGE = tuple(
    replace(row, value="qualifiedtobuy") if row.property == "dealstage" else row for row in DEAL_MAPPING
)
DEALS = SideSettings(0, Action.CREATE_DEAL, DEAL_MAPPING, Duplicates.UPDATE, WON)
PLAN = MappingRow("plan", source="fields.plan", type="enumeration", field_type="select")


def broken(world: World) -> tuple[Broken, ...]:
    return world.wiring.connections.state(ACCOUNT, CAMPAIGN).leads.broken


def standing(world: World, lead_id: str) -> tuple[State, Reason]:
    lead = stored(world, lead_id)
    return lead.state, lead.reason


def remembered(world: World, version: int = 1) -> dict[tuple[Part, str], str]:
    repository = RefusalRepository(world.campaign_table, world.wiring.dynamodb)
    return {row: told.code for row, told in repository.refusals(ACCOUNT, CAMPAIGN, "lead", version).items()}


# Names that are gone from HubSpot


@pytest.mark.parametrize(
    ("gone", "row"),
    [
        ({"archive_stages": ["appointmentscheduled"]}, Broken(Part.MAPPING, "dealstage", "appointmentscheduled")),
        ({"archive": ["default"]}, Broken(Part.MAPPING, "pipeline", "default")),
    ],
    ids=["stage", "pipeline"],
)
def test_a_stage_that_is_gone_holds_the_leads_until_another_one_is_chosen(
    world: World, gone: dict[str, Any], row: Broken
) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    world.sim(f"portals/{PORTAL}/pipelines", gone)
    leads = [lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(5)]
    world.forget_calls()

    again = world.deliver(*leads)
    asked, named = world.calls("pipelines."), broken(world)
    held = {standing(world, f"l{n}") for n in range(5)}
    world.forget_calls()
    world.deliver(lead_joined_event("l5", "l5@example.com"))
    world.sweep()
    idle = world.calls("deals.batch")
    mended = tuple(
        replace(one, value={"pipeline": "71204418", "dealstage": "138829001"}.get(one.property, one.value))
        for one in DEAL_MAPPING
    )
    world.save(replace(DEALS, mapping=mended))
    world.sweep()

    assert again == []
    assert held == {(State.HELD, Reason.SETUP)}
    assert row in named
    assert asked == ["pipelines.list"], "HubSpot is asked once for the whole batch"
    assert idle == []
    assert {stored(world, f"l{n}").state for n in range(6)} == {State.SENT}
    assert {deal["properties"]["dealstage"] for deal in world.deals()} == {"138829001"}


def test_the_row_that_is_gone_is_named(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    world.sim(f"portals/{PORTAL}/pipelines", {"archive_stages": ["appointmentscheduled"]})

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    state = world.wiring.connections.state(ACCOUNT, CAMPAIGN)
    assert [gap.field for gap in gaps(state.leads, state.binding)] == ["mapping.dealstage"]
    assert Happening.REJECTED not in told(stored(world, "l1"))


def test_a_stage_that_comes_back_in_hubspot_lets_the_leads_go(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=True)
    world.sim(f"portals/{PORTAL}/pipelines", {"archive_stages": ["appointmentscheduled"]})
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    world.sim(f"portals/{PORTAL}/pipelines", {"restore_stages": ["appointmentscheduled"]})
    world.wiring.fit(ACCOUNT, CAMPAIGN, "lead")
    world.sweep()

    assert stored(world, "l1").state is State.SENT
    assert len(world.contacts("ada@example.com")) == len(world.deals()) == 1


def test_leads_decided_under_settings_that_were_mended_meanwhile_are_sent_by_the_new_ones(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    world.sim("faults", {"kind": "deals.batch_create", "status": 503})
    lead = lead_joined_event("l1", "ada@example.com")
    world.deliver(lead)
    world.sim(f"portals/{PORTAL}/pipelines", {"archive_stages": ["appointmentscheduled"]})
    world.save(replace(DEALS, mapping=OTHER_STAGE))

    world.deliver(lead, received=2)
    world.sweep()

    assert stored(world, "l1").state is State.SENT
    assert deal_of(world, "l1")["properties"]["dealstage"] == "qualifiedtobuy"


def test_what_hubspot_refuses_although_it_has_it_rejects_the_lead(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    error = {"message": "not yours", "code": "INVALID_OPTION", "context": {"propertyName": ["dealstage"]}}
    refusal = {"status": "error", "category": "VALIDATION_ERROR", "message": "no", "errors": [error]}
    world.sim("faults", {"kind": "deals.batch_create", "status": 400, "body": refusal})

    again = world.deliver(lead_joined_event("l1", "ada@example.com"))

    assert again == []
    assert standing(world, "l1") == (State.REJECTED, Reason.REFUSED)


def test_an_optional_property_that_is_gone_is_left_out_and_later_leads_wait(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=True, mapping=(*MAPPING, PLAN))
    world.sim(f"portals/{PORTAL}/properties", {"archive": ["plan"]})
    leads = [lead_joined_event(f"l{n}", f"l{n}@example.com", fields={"plan": "pro"}) for n in range(3)]
    world.forget_calls()

    world.deliver(*leads)
    world.deliver(lead_joined_event("l3", "l3@example.com"))

    assert [standing(world, f"l{n}")[0] for n in range(4)] == [State.SENT, State.SENT, State.SENT, State.HELD]
    assert broken(world) == (Broken(Part.CONTACT_MAPPING, "plan"),)
    assert remembered(world) == {(Part.CONTACT_MAPPING, "plan"): "PROPERTY_DOESNT_EXIST"}


def test_a_fixed_choice_that_is_gone_is_the_settings_fault_and_a_leads_own_choice_is_not(world: World) -> None:
    fixed = MappingRow("plan", value="pro", type="enumeration", field_type="select")
    world.serve(Duplicates.UPDATE, mapping=(*MAPPING, fixed))
    world.serve(Duplicates.UPDATE, campaign="autumn", mapping=(*MAPPING, PLAN))
    world.sim(f"portals/{PORTAL}/properties", {"remove_options": {"plan": ["pro"]}})

    world.deliver(
        lead_joined_event("l1", "ada@example.com"),
        lead_joined_event("l2", "bob@example.com", campaign="autumn", fields={"plan": "enterprise"}),
    )

    autumn = world.wiring.connections.state(ACCOUNT, "autumn").leads
    assert stored(world, "l1").state is State.SENT
    assert broken(world) == (Broken(Part.MAPPING, "plan", "pro"),)
    assert autumn.broken == ()


def test_while_hubspot_cannot_say_what_it_has_the_lead_is_tried_again(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    world.sim(f"portals/{PORTAL}/pipelines", {"archive_stages": ["appointmentscheduled"]})
    world.sim("faults", {"kind": "pipelines.list", "status": 503})
    lead = lead_joined_event("l1", "ada@example.com")

    first = world.deliver(lead)
    between = stored(world, "l1").state
    second = world.deliver(lead, received=2)

    assert (first, second) == ([0], [])
    assert between is State.SENDING
    assert standing(world, "l1") == (State.HELD, Reason.SETUP)


# The property that keeps deals single


@pytest.mark.parametrize("tried", [False, True], ids=["new lead", "tried before"])
def test_a_deal_key_that_is_gone_is_made_again_and_nobody_is_rejected(world: World, tried: bool) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    lead = lead_joined_event("l1", "ada@example.com")
    if tried:
        world.sim("faults", {"kind": "deals.batch_create", "status": 503})
        world.deliver(lead)
    world.sim(f"portals/{PORTAL}/properties", {"object": "deals", "archive": ["referral_lead_key"]})

    first = world.deliver(lead)
    second = world.deliver(lead, received=2)

    assert (first, second) == ([0], [])
    assert stored(world, "l1").state is State.SENT
    assert len(world.deals()) == 1


# Permissions


def forbidden(*named: str) -> dict[str, Any]:
    error = {"message": "no", "context": {"requiredGranularScopes": list(named)}}
    return {"status": "error", "category": "MISSING_SCOPES", "message": "no", "errors": [error] if named else []}


@pytest.mark.parametrize("named", [("crm.objects.deals.write",), ()], ids=["named", "not named"])
def test_a_permission_that_turns_out_to_be_missing_holds_until_hubspot_is_reconnected(
    world: World, named: tuple[str, ...]
) -> None:
    serve(world, Duplicates.UPDATE, with_contact=True)
    serve(world, Duplicates.UPDATE, with_contact=True, campaign="autumn")
    world.serve(Duplicates.UPDATE, campaign="winter")
    world.sim("faults", {"kind": "deals.batch_create", "status": 403, "body": forbidden(*named), "times": None})

    again = world.deliver(lead_joined_event("l1", "ada@example.com"))
    world.forget_calls()
    world.deliver(
        lead_joined_event("l2", "bob@example.com", campaign="autumn"),
        lead_joined_event("l3", "eve@example.com", campaign="winter"),
    )
    world.sweep()
    asked = world.calls("deals.batch")
    autumn, winter = world.lead("l2", campaign="autumn"), world.lead("l3", campaign="winter")
    world.end_faults()
    world.connect()
    world.sweep()

    assert again == []
    assert autumn is not None
    assert winter is not None
    assert (autumn.state, autumn.reason) == (State.HELD, Reason.SETUP)
    assert winter.state is State.SENT
    assert asked == []
    assert stored(world, "l1").state is State.SENT
    assert len(world.deals()) == 2


def test_permissions_that_were_granted_meanwhile_are_not_taken_off_again(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    before = world.wiring.connections.state(ACCOUNT, CAMPAIGN).binding
    assert before is not None
    world.connect()

    world.wiring.bindings.withdraw(before, scopes.DEALS)

    after = world.wiring.connections.state(ACCOUNT, CAMPAIGN).binding
    assert after is not None
    assert set(scopes.DEALS) <= set(after.scopes)


def test_deals_that_hubspot_was_not_asked_to_allow_are_a_setup_gap(world: World) -> None:
    serve(world, Duplicates.UPDATE, with_contact=False)
    world.connect(without=scopes.DEALS)
    world.forget_calls()

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    assert standing(world, "l1") == (State.HELD, Reason.SETUP)
    assert world.calls() == []


# What a mapping row remembers


def test_the_last_refusal_of_a_row_is_remembered_without_the_value_and_only_for_its_settings(world: World) -> None:
    serve(
        world,
        Duplicates.UPDATE,
        with_contact=True,
        mapping=(*MAPPING, PLAN),
        deal_mapping=(*DEAL_MAPPING, MappingRow("hubspot_owner_id", source="fields.owner")),
    )

    world.deliver(
        lead_joined_event("l1", "ada@example.com", fields={"plan": "enterprise", "owner": "7"}),
        lead_joined_event("l2", "bob@example.com", fields={"plan": "basic", "owner": "910901"}),
    )

    assert remembered(world) == {
        (Part.CONTACT_MAPPING, "plan"): "INVALID_OPTION",
        (Part.MAPPING, "hubspot_owner_id"): "INVALID_OWNER_ID",
    }
    assert remembered(world, version=2) == {}
