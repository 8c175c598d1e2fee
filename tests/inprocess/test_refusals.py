"""What HubSpot refuses: the value, the row or the whole call; never at another lead's expense."""

from datetime import UTC, datetime

import pytest

from referral_hubspot.domain.people import Happening, Reason, State
from referral_hubspot.domain.settings import Duplicates, MappingRow
from tests.inprocess.test_leads import LONG_AGO, seed, stored, told
from tests.world import MAPPING, PORTAL, World, lead_joined_event

PLAN = MappingRow("plan", source="fields.plan", type="enumeration", field_type="select")


@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_a_refused_optional_value_is_left_out_and_the_rest_is_written(world: World, duplicates: Duplicates) -> None:
    world.serve(duplicates, mapping=(*MAPPING, PLAN))
    bad = lead_joined_event("bad", "bad@example.com", fields={"plan": "enterprise"})
    good = lead_joined_event("good", "good@example.com", fields={"plan": "pro"})

    again = world.deliver(bad, good)

    [contact] = world.contacts("bad@example.com")
    [entry] = [entry for entry in stored(world, "bad").timeline if entry.what is Happening.VALUE_LEFT_OUT]
    assert again == []
    assert contact["properties"]["firstname"] == "Ada"
    assert "plan" not in contact["properties"]
    assert (entry.facts["property"], entry.facts["code"]) == ("plan", "INVALID_OPTION")
    assert world.contacts("good@example.com")[0]["properties"]["plan"] == "pro"


def test_a_value_that_fits_no_type_is_not_even_sent(world: World) -> None:
    world.serve(Duplicates.UPDATE, mapping=(*MAPPING, MappingRow("seats", source="fields.seats", type="number")))

    world.deliver(lead_joined_event("l1", "ada@example.com", fields={"seats": "many"}))

    lead = stored(world, "l1")
    assert lead.state is State.SENT
    assert Happening.VALUE_LEFT_OUT in told(lead)


def test_a_property_that_exists_no_more_costs_nobody_the_place(world: World) -> None:
    world.serve(Duplicates.UPDATE, mapping=(*MAPPING, MappingRow("gone", source="source")))
    leads = [lead_joined_event(f"l{n}", f"l{n}@example.com", source="ad") for n in range(20)]
    world.forget_calls()

    again = world.deliver(*leads)

    assert again == []
    assert {stored(world, f"l{n}").state for n in range(20)} == {State.SENT}
    assert len(world.calls("contacts.")) <= 3


def test_a_required_property_of_the_portal_rejects_with_hubspots_reason(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.sim(f"portals/{PORTAL}/properties", {"require": ["company"]})

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    lead = stored(world, "l1")
    assert (lead.state, lead.reason) == (State.REJECTED, Reason.REFUSED)
    assert lead.timeline[-1].facts["property"] == "company"


def test_a_call_refused_whole_is_made_again_in_halves(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    refusal = {"status": "error", "category": "VALIDATION_ERROR", "message": "no", "errors": []}
    world.sim("faults", {"kind": "contacts.batch_upsert", "status": 400, "body": refusal, "times": 1})
    world.forget_calls()

    again = world.deliver(*[lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(4)])

    assert again == []
    assert world.calls("contacts.") == ["contacts.batch_upsert"] * 3
    assert {stored(world, f"l{n}").state for n in range(4)} == {State.SENT}


def test_a_single_row_that_hubspot_refuses_whole_is_rejected(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    refusal = {"status": "error", "category": "VALIDATION_ERROR", "message": "no", "errors": []}
    world.sim("faults", {"kind": "contacts.batch_upsert", "status": 400, "body": refusal, "times": None})

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    assert (stored(world, "l1").state, stored(world, "l1").reason) == (State.REJECTED, Reason.REFUSED)


def test_an_empty_success_is_no_success(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.sim("faults", {"kind": "contacts.batch_upsert", "empty_2xx": True})

    first = world.deliver(lead_joined_event("l1", "ada@example.com"))
    second = world.deliver(lead_joined_event("l1", "ada@example.com"), received=2)

    assert (first, second) == ([0], [])
    assert stored(world, "l1").state is State.SENT


@pytest.mark.parametrize("answer", ["silent", "error"])
def test_a_lifecycle_stage_never_moves_backwards(world: World, answer: str) -> None:
    world.sim("switches", {"lifecycle_backwards": answer})
    row = MappingRow("lifecyclestage", value="lead", type="enumeration", field_type="radio")
    world.serve(Duplicates.UPDATE, mapping=(*MAPPING, row))
    seed(world, "ada@example.com", LONG_AGO, lifecyclestage="customer")

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    [contact] = world.contacts("ada@example.com")
    lead = stored(world, "l1")
    assert contact["properties"]["lifecyclestage"] == "customer"
    assert lead.state is State.SENT
    assert {Happening.LIFECYCLE_KEPT, Happening.VALUE_LEFT_OUT} & set(told(lead))


def test_someone_already_at_the_rules_value_is_told_so(world: World) -> None:
    world.serve(Duplicates.SKIP)
    seed(world, "ada@example.com", datetime.now(UTC).isoformat(), lifecyclestage="customer")

    world.deliver(lead_joined_event("l1", "ada@example.com"))

    assert Happening.ALREADY_AT_VALUE in told(stored(world, "l1"))


def test_a_contact_deleted_between_two_calls_is_made_again(world: World) -> None:
    world.serve(Duplicates.SKIP)
    record_id = seed(world, "ada@example.com", "2100-01-01T00:00:00Z")
    refusal = {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": "gone",
        "context": {"ids": [record_id], "objectWriteTraceId": ["0"]},
    }
    body = {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [refusal]}
    world.sim("faults", {"kind": "contacts.batch_update", "status": 207, "body": body})

    first = world.deliver(lead_joined_event("l1", "ada@example.com"))
    second = world.deliver(lead_joined_event("l1", "ada@example.com"), received=2)

    assert (first, second) == ([0], [])
    assert stored(world, "l1").state is State.SENT
