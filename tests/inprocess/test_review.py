"""What an adversary tried: extreme values, bad luck in time, and one bad row among good ones."""

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

from functions.hubspot_webhook import app as hubspot_webhook
from functions.lead_joined import app as lead_joined
from functions.sweep.app import SweepBrokenError
from referral_hubspot.domain.crm import ContactRow, RowAnswer, Unanswered
from referral_hubspot.domain.mapping import record_properties
from referral_hubspot.domain.people import Happening, PersonKey, Reason, State
from referral_hubspot.domain.qualification import PropertyChange, satisfies
from referral_hubspot.domain.settings import Action, Campaign, Duplicates, MappingRow, Rule, RuleKind, SideSettings
from referral_hubspot.events.platform import LeadClosed, command
from referral_hubspot.events.webhooks import read_delivery
from referral_hubspot.hubspot import transport
from referral_hubspot.hubspot.client import HubSpotCrm
from referral_hubspot.usecases.apart import Apart
from referral_hubspot.usecases.people import Change, Refusal
from tests.inprocess.test_forgetting import CLOSED, REFERRER, erased, everything
from tests.inprocess.test_leads import LONG_AGO, seed, stored, told
from tests.inprocess.test_qualifying import soon
from tests.world import (
    ACCOUNT,
    CAMPAIGN,
    CUSTOMER,
    MAPPING,
    PORTAL,
    World,
    lead_joined_event,
    property_change,
)

AWAY = {"path": "/crm/", "status": 503, "times": None}
COMPLETE = SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.UPDATE, CUSTOMER)


def set_up_in_part(world: World, campaign: str = CAMPAIGN) -> None:
    """Complete once, but with settings that let nothing out now."""
    world.serve(Duplicates.UPDATE, campaign=campaign)
    world.save(SideSettings(0, Action.CREATE_CONTACT, ()), campaign=campaign)


# Nobody is lost


@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_a_lead_released_into_a_failing_hubspot_is_taken_up_by_the_next_sweep(
    world: World, duplicates: Duplicates
) -> None:
    set_up_in_part(world)
    assert world.deliver(lead_joined_event("l1", "ada@example.com")) == []  # held: its message is done
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING, duplicates, CUSTOMER))
    world.sim("faults", {"path": "/batch/(upsert|create)", "status": 503, "times": None})
    world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)

    world.end_faults()
    world.sweep()

    assert stored(world, "l1").state is State.SENT
    assert world.wiring.people.count_waiting(ACCOUNT, CAMPAIGN) == 0


def test_a_sweep_that_is_killed_after_writing_ahead_leaves_the_lead_to_the_next_one(world: World) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: Any, **__: Any) -> Any:
        raise Killed

    set_up_in_part(world)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    world.save(COMPLETE)
    with patch("referral_hubspot.usecases.send_to_portal.deliver", killed), pytest.raises(Killed):
        world.sweep()

    world.sweep()

    assert stored(world, "l1").state is State.SENT


def test_a_lead_that_never_gets_through_does_not_keep_others_of_its_kind_waiting(world: World) -> None:
    set_up_in_part(world)
    leads = [lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(40)]
    world.deliver(*leads)
    world.save(COMPLETE)
    upsert = HubSpotCrm.upsert_contacts

    def one_is_never_answered(crm: HubSpotCrm, rows: Sequence[ContactRow]) -> list[RowAnswer]:
        bad = [row for row in rows if row.email == "l7@example.com"]
        good = [row for row in rows if row not in bad]
        return [*(upsert(crm, good) if good else []), *(Unanswered(row.trace) for row in bad)]

    with patch.object(HubSpotCrm, "upsert_contacts", one_is_never_answered):
        world.sweep()

    waiting = {n for n in range(40) if stored(world, f"l{n}").state is not State.SENT}
    assert waiting == {7}


def test_a_held_lead_says_what_it_waits_for_now(world: World) -> None:
    set_up_in_part(world)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    world.save(COMPLETE)
    world.wiring.disconnect(ACCOUNT, CAMPAIGN)

    world.sweep()
    version = stored(world, "l1").version
    world.sweep()

    assert (stored(world, "l1").state, stored(world, "l1").reason) == (State.HELD, Reason.NOT_CONNECTED)
    assert stored(world, "l1").version == version


def test_a_lead_that_changes_all_the_while_is_closed_in_the_end(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    apply = world.wiring.people.apply
    busy = [True]

    def overtaken(changes: Sequence[Change]) -> dict[PersonKey, Refusal]:
        lead = stored(world, "l1")
        if busy[0]:
            apply([Change(lead, lead.noted())])
        return apply(changes)

    with patch.object(world.wiring.people, "apply", overtaken):
        first = world.deliver(CLOSED)
        busy[0] = False
        second = world.deliver(CLOSED, received=2)

    assert (first, second) == ([0], [])
    assert stored(world, "l1").state is State.CLOSED


# One bad row, many good ones


@pytest.mark.parametrize(
    "data",
    [
        {"joined_at": "0001-01-01T00:00:00Z"},
        {"joined_at": "0001-01-01T00:00:00+14:00"},
        {"joined_at": "0999-12-31T00:00:00Z"},
        {"joined_at": "9999-12-31T23:59:59-14:00"},
        {"fields": {"seats": "1e999999"}},
        {"fields": {"seats": "1e999999999999"}},
        {"fields": {"day": "0001-01-01T00:00:00+14:00"}},
        {"fields": {"day": "9999-12-31T23:59:59-14:00"}},
        {"fields": {f"f{n}": "x" * 4000 for n in range(200)}},
        {"fields": {"tags": ["x" * 4000] * 200}},
        {"referrer": {"id": "r" * 4000}},
        {"referrer": {"id": "€" * 1000}},
    ],
    ids=lambda data: str(data)[:40],
)
@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_extreme_values_harm_nobody(world: World, duplicates: Duplicates, data: dict[str, Any]) -> None:
    rows = (
        MappingRow("seats", source="fields.seats", type="number"),
        MappingRow("joined_on", source="fields.day", type="date"),
        MappingRow("joined_time", source="fields.day", type="datetime"),
    )
    world.serve(duplicates, mapping=(*MAPPING, *rows))
    seed(world, "odd@example.com", LONG_AGO)

    with limits_of_dynamodb(world):
        again = world.deliver(
            lead_joined_event("odd", "odd@example.com", **data), lead_joined_event("good", "good@example.com")
        )

    assert again == []
    assert stored(world, "odd").state in {State.SENT, State.DUPLICATE}
    assert stored(world, "good").state is State.SENT
    assert len(world.wiring.people.page(ACCOUNT, CAMPAIGN, "lead", 10)[0]) == 2


@contextmanager
def limits_of_dynamodb(world: World) -> Iterator[None]:
    """DynamoDB refuses rows above 400 kB, index keys above 2,048 bytes and transactions above 4 MB."""
    events = world.wiring.dynamodb.meta.events

    def weight(value: Any) -> int:
        if isinstance(value, dict):
            return sum(len(str(key).encode()) + weight(inner) for key, inner in value.items())
        if isinstance(value, (list, set)):
            return sum(map(weight, value))
        return len(str(value).encode())

    def refuse(params: Any, **_: Any) -> None:
        items = [next(iter(action.values())).get("Item", {}) for action in params["TransactItems"]]
        assert all(weight(item) < 400_000 for item in items), "ValidationException: item size"
        assert sum(map(weight, items)) < 4_000_000, "ValidationException: transaction size"
        for item in items:
            indexed = [value["S"] for name, value in item.items() if name in {"pk", "sk"} or name.endswith("_pk")]
            assert all(len(text.encode()) <= 2048 for text in indexed), "ValidationException: key size"

    events.register("provide-client-params.dynamodb.TransactWriteItems", refuse)
    try:
        yield
    finally:
        events.unregister("provide-client-params.dynamodb.TransactWriteItems", refuse)


@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_a_hundred_heavy_leads_fit_their_transactions(world: World, duplicates: Duplicates) -> None:
    world.serve(duplicates)
    heavy = {f"f{n}": "x" * 4000 for n in range(14)}
    leads = [lead_joined_event(f"l{n}", f"l{n}@example.com", fields=heavy) for n in range(100)]

    with limits_of_dynamodb(world):
        again = world.deliver(*leads)

    assert again == []
    assert {stored(world, f"l{n}").state for n in range(100)} == {State.SENT}


def test_hubspots_long_word_on_a_value_is_kept_in_short(world: World) -> None:
    world.serve(Duplicates.UPDATE, mapping=(*MAPPING, MappingRow("plan", source="fields.plan")))
    options = [{"value": f"choice-{n}", "label": f"Choice {n}"} for n in range(5000)]
    world.sim(f"portals/{PORTAL}/properties", {"options": {"plan": options}})

    world.deliver(lead_joined_event("l1", "ada@example.com", fields={"plan": "none of these"}))

    [entry] = [entry for entry in stored(world, "l1").timeline if entry.what is Happening.VALUE_LEFT_OUT]
    assert len(entry.facts["why"]) <= 500


def test_a_message_that_makes_our_code_fail_fails_alone(world: World) -> None:
    world.serve(Duplicates.UPDATE)

    def bug(person: Any, *rest: Any) -> Any:
        if person.key.person_id == "l7":
            raise ZeroDivisionError
        return record_properties(person, *rest)

    with patch("referral_hubspot.usecases.send_to_portal.record_properties", bug):
        again = world.deliver(*[lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(20)])

    assert again == [7]
    assert {stored(world, f"l{n}").state for n in range(20) if n != 7} == {State.SENT}


def test_a_held_lead_that_makes_our_code_fail_does_not_stop_the_sweep(world: World) -> None:
    set_up_in_part(world)
    set_up_in_part(world, "autumn")
    world.deliver(*[lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(20)])
    world.deliver(*[lead_joined_event(f"a{n}", f"a{n}@example.com", campaign="autumn") for n in range(20)])
    world.save(COMPLETE)
    world.save(COMPLETE, campaign="autumn")

    def bug(person: Any, *rest: Any) -> Any:
        if person.key.person_id == "a7":
            raise ZeroDivisionError
        return record_properties(person, *rest)

    with patch("referral_hubspot.usecases.send_to_portal.record_properties", bug), pytest.raises(SweepBrokenError):
        world.sweep()

    assert {stored(world, f"l{n}").state for n in range(20)} == {State.SENT}
    autumn = [world.lead(f"a{n}", campaign="autumn") for n in range(20)]
    assert [lead.key.person_id for lead in autumn if lead and lead.state is not State.SENT] == ["a7"]


def test_an_erasure_that_fails_does_not_stop_the_release_of_others(world: World) -> None:
    set_up_in_part(world)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    world.save(COMPLETE)

    def fails(*_: Any) -> int:
        raise ZeroDivisionError

    with patch("referral_hubspot.usecases.erase.Erase.run_due", fails), pytest.raises(SweepBrokenError):
        world.sweep()

    assert stored(world, "l1").state is State.SENT


def test_a_look_up_that_hubspot_refuses_whole_finds_the_one_at_fault(world: World) -> None:
    world.serve(Duplicates.SKIP)
    known = seed(world, "known@example.com", LONG_AGO)
    refusal = {"status": "error", "category": "VALIDATION_ERROR", "message": "no", "errors": []}
    world.sim("faults", {"kind": "contacts.batch_read", "status": 400, "body": refusal, "times": 1})

    again = world.deliver(lead_joined_event("l1", "ada@example.com"), lead_joined_event("l2", "known@example.com"))

    assert again == []
    assert stored(world, "l1").state is State.SENT
    assert (stored(world, "l2").state, stored(world, "l2").record_id) == (State.DUPLICATE, known)


@pytest.mark.parametrize("status", [404, 405, 410, 415])
def test_a_call_that_hubspot_does_not_know_is_our_fault_and_rejects_nobody(world: World, status: int) -> None:
    world.serve(Duplicates.UPDATE)
    world.sim("faults", {"path": "/batch/upsert", "status": status, "body": "<html>", "times": None})
    world.forget_calls()

    again = world.deliver(*[lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(8)])

    assert again == list(range(8))
    assert {stored(world, f"l{n}").state for n in range(8)} == {State.SENDING}
    assert len(world.calls("contacts.")) == 1


def test_the_fault_of_one_hubspot_account_is_not_the_others(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.wiring.campaigns.put_campaign(Campaign("globex", CAMPAIGN, "Spring", "live", version=1))
    world.connect("globex", CAMPAIGN, PORTAL + 1)
    world.save(COMPLETE, "globex")
    world.sim("faults", {"path": "/batch/upsert", "portal": PORTAL, "status": 404, "body": "gone", "times": None})

    again = world.deliver(
        lead_joined_event("l1", "ada@example.com"), lead_joined_event("l2", "bob@example.com", account="globex")
    )

    other = world.lead("l2", account="globex")
    assert again == [0]
    assert other is not None
    assert other.state is State.SENT


def test_errors_that_name_no_row_are_told_apart_one_by_one(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    error = {"status": "error", "category": "VALIDATION_ERROR", "message": "no", "context": {}, "errors": []}
    body = {"status": "COMPLETE", "results": [], "numErrors": 2, "errors": [error, error]}
    world.sim("faults", {"kind": "contacts.batch_upsert", "status": 207, "body": body, "times": 1})

    again = world.deliver(*[lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(3)])

    assert again == []
    assert {stored(world, f"l{n}").state for n in range(3)} == {State.SENT}


# HubSpot's answers


@pytest.mark.parametrize("status", [400, 409])
@pytest.mark.parametrize("duplicates", list(Duplicates))
@pytest.mark.parametrize("others", [0, 1])
def test_a_unique_value_of_somebody_else_is_left_out_and_the_other_contact_stays(
    world: World, duplicates: Duplicates, status: int, others: int
) -> None:
    definition = {
        "name": "member_no",
        "label": "Member",
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
        "hasUniqueValue": True,
    }
    world.sim("switches", {"email_conflict_status": status})
    world.sim(f"portals/{PORTAL}/properties", {"create": [definition]})
    other = seed(world, "other@example.com", datetime.now(UTC).isoformat(), member_no="7", firstname="Other")
    world.serve(duplicates, mapping=(*MAPPING, MappingRow("member_no", source="fields.no")))

    again = world.deliver(
        lead_joined_event("l1", "ada@example.com", fields={"no": "7"}),
        *[lead_joined_event(f"x{n}", f"x{n}@example.com") for n in range(others)],
    )

    [contact] = world.contacts("other@example.com")
    lead = stored(world, "l1")
    assert again == []
    assert contact["properties"]["firstname"] == "Other"
    assert lead.state is State.SENT
    assert lead.record_id != other
    assert Happening.VALUE_LEFT_OUT in told(lead)


def test_repeats_of_a_lead_do_not_ask_a_hubspot_that_is_away_again_and_again(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.sim("faults", AWAY)
    world.forget_calls()
    lead = lead_joined_event("l1", "ada@example.com")

    again = world.deliver(lead, lead, lead, lead, lead_joined_event("l2", "ada@example.com"))

    assert again == [0, 1, 2, 3]
    assert stored(world, "l2").state is State.ALREADY_REFERRED
    assert len(world.calls()) == 1


def test_many_silent_hubspot_accounts_do_not_use_up_the_workers_time(world: World) -> None:
    accounts = [f"account{n}" for n in range(12)]
    for account in accounts:
        world.serve(Duplicates.UPDATE, account=account)
    world.sim("faults", {"path": "/crm/", "delay_s": 20, "times": None})
    started = time.monotonic()

    with (
        patch.object(transport, "TIMEOUT_S", (1, 1)),
        patch("referral_hubspot.usecases.send_people._TIME_FOR_HUBSPOT", timedelta(seconds=1)),
    ):
        again = world.deliver(
            *[lead_joined_event(f"l{n}", f"l{n}@example.com", account=name) for n, name in enumerate(accounts)]
        )

    assert again == list(range(12))
    assert time.monotonic() - started < 3.5


def test_settings_of_a_former_version_are_read_once_for_all_who_need_them(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.sim("faults", AWAY)
    leads = [lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(20)]
    world.deliver(*leads)
    world.end_faults()
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING[:2], Duplicates.UPDATE, CUSTOMER))

    with patch.object(world.wiring.register, "settings_version", wraps=world.wiring.register.settings_version) as read:
        again = world.deliver(*leads, received=2)

    assert again == []
    assert read.call_count == 1


def test_what_hubspot_answered_before_the_budget_ran_out_is_recorded(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    refusal = {"status": "error", "category": "VALIDATION_ERROR", "message": "no", "errors": []}
    kind = {"kind": "contacts.batch_upsert"}
    world.sim("faults", {**kind, "status": 400, "body": refusal, "times": 1})
    world.sim("faults", {**kind, "status": 503, "skip": 1, "times": 1})

    again = world.deliver(*[lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(4)])

    assert [stored(world, f"l{n}").state for n in range(4)] == [State.SENT, State.SENT, State.SENDING, State.SENDING]
    assert again == [2, 3]


# People who are forgotten


@pytest.mark.parametrize("who", [{"email": "grace@example.com"}, {"id": "r1"}])
def test_a_lead_that_comes_after_its_referrer_was_erased_holds_nothing_of_the_referrer(
    world: World, who: dict[str, str]
) -> None:
    world.serve(Duplicates.UPDATE, mapping=(*MAPPING, MappingRow("source", source="referrer.first_name")))

    world.deliver(erased(**who))
    world.deliver(lead_joined_event("l1", "ada@example.com", referrer=REFERRER))

    assert stored(world, "l1").state is State.SENT
    assert "Grace" not in everything(world)
    assert "grace@example.com" not in everything(world)


def test_an_erasure_of_nobody_is_not_taken_for_done(world: World) -> None:
    again = world.deliver(erased(), erased(id="x" * 4000))

    assert again == []
    assert len(world.dead_letters()) == 1


@pytest.mark.parametrize("who", [{"email": "ada@example.com"}, {"id": "l1"}])
def test_a_held_lead_of_an_erased_person_is_erased_and_never_released(world: World, who: dict[str, str]) -> None:
    set_up_in_part(world)
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    world.deliver(erased(**who))
    world.save(COMPLETE)
    world.sweep()

    assert stored(world, "l1").state is State.ERASED
    assert world.wiring.people.count_waiting(ACCOUNT, CAMPAIGN) == 0
    assert world.contacts("ada@example.com") == []


def test_erasing_a_big_campaign_does_not_read_the_erased_one_by_one(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(*[lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(60)])
    world.wiring.erase.campaign(ACCOUNT, CAMPAIGN)
    world.wiring.erase.run_due(lambda: True, Apart())
    world.wiring.erase.campaign(ACCOUNT, CAMPAIGN)

    with patch.object(world.wiring.people, "load", wraps=world.wiring.people.load) as load:
        world.wiring.erase.run_due(lambda: True, Apart())

    assert load.call_count <= 8


# HubSpot's changes


@pytest.mark.parametrize(
    "odd",
    [
        {"occurredAt": 10**20},
        {"occurredAt": -(10**17)},
        {"occurredAt": -62135596800000},
        {"occurredAt": 253402300799999},
    ],
    ids=str,
)
def test_an_absurd_time_of_a_change_costs_the_others_nothing(world: World, odd: dict[str, Any]) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    good = property_change(stored(world, "l1").record_id, "lifecyclestage", "customer", soon())

    again = world.changed([good | odd], [good])

    assert again == []
    assert stored(world, "l1").state is State.QUALIFIED


@pytest.mark.parametrize(
    "odd",
    [{"changeSource": None}, {"objectTypeId": None}, {"propertyValue": 5}, {"propertyValue": True}, {"appId": None}],
    ids=str,
)
def test_a_change_with_odd_fields_is_still_read(world: World, odd: dict[str, Any]) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    good = property_change(stored(world, "l1").record_id, "lifecyclestage", "customer", soon())

    again = world.changed([good | {"propertyName": "company"} | odd, good])

    assert again == []
    assert stored(world, "l1").state is State.QUALIFIED


def test_a_delivery_that_makes_our_code_fail_fails_alone(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    good = property_change(stored(world, "l1").record_id, "lifecyclestage", "customer", soon())

    def bug(rule: Any, change: Any) -> bool:
        if change.property == "poison":
            raise ZeroDivisionError
        return satisfies(rule, change)

    with patch("referral_hubspot.usecases.qualify.satisfies", bug):
        again = world.changed([good | {"propertyName": "poison"}], [good])

    assert again == [0]
    assert stored(world, "l1").state is State.QUALIFIED


@pytest.mark.parametrize("value", ["a|b", "a=b;c", "|", "ünïcode|€"])
def test_an_unclaimed_change_keeps_its_value_whatever_it_is_made_of(world: World, value: str) -> None:
    world.serve(Duplicates.UPDATE, rule=type(CUSTOMER)(CUSTOMER.kind, "company", value, CUSTOMER.since))
    record_id = seed(world, "ada@example.com", LONG_AGO)

    world.changed([property_change(record_id, "company", value, soon())])
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    assert stored(world, "l1").state is State.QUALIFIED


def test_the_same_lead_id_of_several_accounts_is_several_leads(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, account="globex")

    again = world.deliver(
        lead_joined_event("l1", "ada@example.com"), lead_joined_event("l1", "bob@example.com", account="globex")
    )

    other = world.lead("l1", account="globex")
    assert again == []
    assert other is not None
    assert (stored(world, "l1").email, other.email) == ("ada@example.com", "bob@example.com")


def test_a_lead_decided_for_a_former_hubspot_account_is_decided_anew(world: World) -> None:
    world.serve(Duplicates.SKIP)
    world.sim("faults", {"path": "/batch/create", "status": 503, "times": None})
    lead = lead_joined_event("l1", "ada@example.com")
    world.deliver(lead)
    world.end_faults()
    world.wiring.disconnect(ACCOUNT, CAMPAIGN)
    world.connect(portal=PORTAL + 1)

    again = world.deliver(lead, received=2)

    assert again == []
    assert (stored(world, "l1").state, stored(world, "l1").portal_id) == (State.SENT, PORTAL + 1)
    assert world.contacts("ada@example.com") == []
    assert len(world.contacts("ada@example.com", PORTAL + 1)) == 1


def test_a_lead_closed_while_it_is_sent_stays_closed_and_never_qualifies(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    record_id = seed(world, "ada@example.com", LONG_AGO)
    upsert = HubSpotCrm.upsert_contacts

    def closed_meanwhile(crm: HubSpotCrm, rows: Sequence[ContactRow]) -> list[RowAnswer]:
        world.wiring.receive.take([command(LeadClosed.model_validate(CLOSED), datetime.now(UTC))])
        return upsert(crm, rows)

    with patch.object(HubSpotCrm, "upsert_contacts", closed_meanwhile):
        again = world.deliver(lead_joined_event("l1", "ada@example.com"))
    world.changed([property_change(record_id, "lifecyclestage", "customer", soon())])

    assert again == []
    assert stored(world, "l1").state is State.CLOSED


def test_a_closed_leads_person_may_join_again_and_holds_the_credit_then(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    first, second, third = (lead_joined_event(name, "ada@example.com") for name in ("l1", "l2", "l3"))
    world.deliver(first)
    world.deliver(CLOSED)
    world.deliver(second)
    world.deliver(third)
    world.deliver(first, received=5)

    states = [stored(world, name).state for name in ("l1", "l2", "l3")]
    assert states == [State.CLOSED, State.SENT, State.ALREADY_REFERRED]
    assert len(world.contacts("ada@example.com")) == 1


def test_two_campaigns_judge_one_contact_each_by_its_own_rule(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    status = Rule(RuleKind.CONTACT_PROPERTY, "hs_lead_status", "OPEN", CUSTOMER.since)
    world.serve(Duplicates.UPDATE, campaign="autumn", rule=status)
    world.deliver(
        lead_joined_event("l1", "ada@example.com"), lead_joined_event("l1", "ada@example.com", campaign="autumn")
    )
    record_id = stored(world, "l1").record_id

    world.changed([property_change(record_id, "hs_lead_status", "OPEN", soon())])

    autumn = world.lead("l1", campaign="autumn")
    assert autumn is not None
    assert (stored(world, "l1").state, autumn.state) == (State.SENT, State.QUALIFIED)


def test_a_hundred_changes_of_one_record_qualify_it_once(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    record_id = stored(world, "l1").record_id
    changes = [
        property_change(record_id, "lifecyclestage", "customer", soon() + timedelta(seconds=n)) for n in range(100)
    ]

    world.changed(changes)

    assert told(stored(world, "l1")).count(Happening.QUALIFIED) == 1


def test_a_missing_permission_holds_and_is_not_told_of_again_with_each_sweep(world: World) -> None:
    world.serve(Duplicates.SKIP)
    world.sim("faults", {"path": "/crm/", "status": 403, "times": None})
    again = world.deliver(lead_joined_event("l1", "ada@example.com"))
    held = stored(world, "l1")

    world.sweep()
    world.sweep()

    assert again == []
    assert held.state is State.HELD
    assert stored(world, "l1").version == held.version


def test_the_sweep_and_a_worker_at_once_leave_one_contact_and_one_decision(world: World) -> None:
    set_up_in_part(world)
    leads = [lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(20)]
    world.deliver(*leads)
    world.save(COMPLETE)

    with ThreadPoolExecutor(3) as pool:
        running: list[Future[Any]] = [pool.submit(world.sweep), pool.submit(world.deliver, *leads)]
        for done in [*running, pool.submit(world.sweep)]:
            done.result()
    world.sweep()

    assert {stored(world, f"l{n}").state for n in range(20)} == {State.SENT}
    assert all(told(stored(world, f"l{n}")).count(Happening.CREATED) <= 1 for n in range(20))
    assert world.wiring.people.count_waiting(ACCOUNT, CAMPAIGN) == 0


@pytest.mark.parametrize("overtakes", [False, True])
def test_of_two_leads_that_are_one_contact_only_the_first_qualifies(world: World, overtakes: bool) -> None:
    world.sim("switches", {"batch_upsert_matches_secondary_email": True})
    world.serve(Duplicates.UPDATE)
    contact = {
        "properties": {"email": "main@example.com"},
        "createdate": LONG_AGO,
        "additional_emails": ["b@example.com"],
    }
    record_id = world.sim("seed", {"portal": PORTAL, "contacts": [contact]})["ids"][0]
    change = property_change(record_id, "lifecyclestage", "customer", soon())

    world.deliver(lead_joined_event("l1", "b@example.com"))
    if overtakes:
        early = [one for one in read_delivery(json.dumps([change])) if isinstance(one, PropertyChange)]
        world.wiring.links.leave_unclaimed(early, datetime.now(UTC))
    world.deliver(lead_joined_event("l2", "main@example.com"))
    world.changed([change])
    world.changed([change])

    assert stored(world, "l1").record_id == stored(world, "l2").record_id == record_id
    assert (stored(world, "l1").state, stored(world, "l2").state) == (State.QUALIFIED, State.ALREADY_REFERRED)


def test_an_unreadable_message_too_big_to_be_moved_harms_nobody(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    refused = ClientError({"Error": {"Code": "AWS.SimpleQueueService.BatchRequestTooLong"}}, "SendMessageBatch")

    with patch.object(lead_joined.queue()._sqs, "send_message_batch", side_effect=refused):
        again = world.deliver("x" * 1000, lead_joined_event("good", "good@example.com"))

    assert again == [0]
    assert stored(world, "good").state is State.SENT


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "[]"),
        (b"a\x00b\x0b", "a\ufffdb\ufffd"),
        ("\uffff".encode(), "\ufffd"),
        ("\t\u00fc\U0001f600\n".encode(), "\t\u00fc\U0001f600\n"),
    ],
)
def test_a_delivery_is_queued_whatever_characters_it_holds(body: bytes, message: str) -> None:
    assert hubspot_webhook._message(body) == message
