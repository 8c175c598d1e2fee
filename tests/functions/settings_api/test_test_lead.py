"""An admin's own try: a made-up lead through the saved settings, and its deletion."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from referral_hubspot.domain.people import Person, State
from referral_hubspot.domain.settings import (
    Action,
    Campaign,
    CustomField,
    Duplicates,
    MappingRow,
    SideSettings,
)
from referral_hubspot.storage.pauses import PauseTable
from referral_hubspot.usecases.find_campaign import KnownCampaign
from referral_hubspot.usecases.pause import Pause
from referral_hubspot.usecases.people import Change
from tests.admin import Admin, admin
from tests.world import ACCOUNT, CAMPAIGN, MAPPING, PORTAL, lead_joined_event

PATH = "hubspot/test-lead"


@pytest.fixture(name="ana")
def _ana(functions_aws_url: str) -> Iterator[Admin]:
    with admin(functions_aws_url) as made:
        yield made


def serve(ana: Admin, **how: Any) -> None:
    ana.world.serve(Duplicates.SKIP, **how)


def sent(ana: Admin) -> dict[str, Any]:
    """A test that went well."""
    reply = ana.post(PATH)
    assert (reply.status, reply.body["state"]) == (200, "sent"), reply
    body: dict[str, Any] = reply.body
    return body


def rows(ana: Admin) -> list[dict[str, Any]]:
    """Everything that is stored of people."""
    items = ana.wiring.dynamodb.scan(TableName=ana.world.campaign_table)["Items"]
    return [item for item in items if item["sk"]["S"] in {"PERSON", "GUARD", "LINK", "UNCLAIMED"}]


def test_a_test_lead_becomes_a_contact_and_says_where(ana: Admin) -> None:
    serve(ana)

    body = sent(ana)

    [contact] = ana.world.contacts(body["email"])
    assert contact["properties"]["firstname"] == "Test"
    assert contact["properties"]["referral_code"].startswith("TEST-")
    link = f"https://app-eu1.hubspot.com/contacts/{PORTAL}/record/0-1/{contact['id']}"
    assert body["records"] == [{"object": "contact", "id": contact["id"], "link": link}]
    assert (body["state_label"], body["problems"]) == ("In HubSpot", [])
    assert [line["event"] for line in body["timeline"]] == ["sending", "created"]
    assert "never qualifies" in body["next_step"]


def test_a_test_lead_becomes_a_deal_with_its_contact(ana: Admin) -> None:
    serve(ana, action=Action.CREATE_DEAL)

    body = sent(ana)

    [contact] = ana.world.contacts(body["email"])
    [deal] = ana.world.deals(contact=body["email"])
    assert deal["properties"]["dealname"] == "Test"
    assert [(one["object"], one["id"]) for one in body["records"]] == [
        ("deal", deal["id"]),
        ("contact", contact["id"]),
    ]


def test_every_field_has_a_value_that_its_property_takes(ana: Admin) -> None:
    fields = tuple(CustomField(key, key.title(), "text") for key in ("city", "since", "seats", "status"))
    options = {"open": "OPEN", "new": "NEW"}
    mapping = (
        *MAPPING,
        MappingRow("city", source="fields.city"),
        MappingRow("closedate", source="fields.since", type="datetime", field_type="date"),
        MappingRow("numemployees", source="fields.status", type="enumeration", options={"5-25": "5-25"}),
        MappingRow("hs_lead_status", source="source", type="enumeration", field_type="radio", options=options),
    )
    serve(ana, mapping=mapping)
    ana.world.wiring.campaigns.put_campaign(
        Campaign(ACCOUNT, CAMPAIGN, "Spring", "live", custom_fields=fields, version=2)
    )

    body = sent(ana)

    [contact] = ana.world.contacts(body["email"])
    properties = contact["properties"]
    assert (properties["city"], properties["hs_lead_status"]) == ("Test City", "OPEN")
    assert properties["closedate"].startswith(f"{datetime.now(UTC):%Y-%m}")
    assert body["problems"] == []


def test_a_value_that_hubspot_refuses_is_told_with_its_row(ana: Admin) -> None:
    mapping = (*MAPPING, MappingRow("hs_lead_status", source="source"))
    serve(ana, mapping=mapping)

    body = sent(ana)

    [told] = body["problems"]
    assert (told["field"], told["property"]) == ("mapping.3", "hs_lead_status")
    assert "left out" in told["message"]
    assert ana.wiring.refusals.refusals(ACCOUNT, CAMPAIGN, "lead", 1) == {}


def test_a_required_value_that_hubspot_refuses_is_told_too(ana: Admin) -> None:
    serve(ana, action=Action.CREATE_DEAL)
    told = {"message": "too long", "code": "INVALID_STRING", "context": {"propertyName": ["dealname"]}}
    refused = {"status": "error", "category": "VALIDATION_ERROR", "message": "Invalid", "errors": [told]}
    ana.world.sim("faults", {"kind": "deals.batch_create", "status": 400, "body": refused})

    body = ana.post(PATH).body

    assert (body["state"], [one["field"] for one in body["problems"]]) == ("rejected", ["mapping.2"])
    assert ana.delete(f"{PATH}/{body['lead_id']}").status == 204
    assert ana.world.contacts(body["email"]) == []


@pytest.mark.parametrize("action", [Action.CREATE_CONTACT, Action.CREATE_DEAL])
def test_a_deleted_test_leaves_nothing(ana: Admin, action: Action) -> None:
    serve(ana, action=action)
    body = sent(ana)

    statuses = [ana.delete(f"{PATH}/{body['lead_id']}").status for _ in range(2)]

    assert statuses == [204, 204]
    assert ana.world.contacts(body["email"]) == []
    assert ana.world.deals() == []
    assert ana.get(PATH).body == {"test_leads": []}
    [row] = rows(ana)
    assert (row["state"]["S"], "email" in row, row["details"]["M"]) == ("erased", False, {})


def test_a_test_that_never_was_is_deleted_as_well(ana: Admin) -> None:
    serve(ana)

    assert ana.delete(f"{PATH}/test-0000").status == 204


def test_a_lead_of_somebodys_is_not_deleted_as_a_test(ana: Admin) -> None:
    serve(ana)
    ana.world.deliver(lead_joined_event("l1", "ada@example.com"))

    reply = ana.delete(f"{PATH}/l1")

    assert (reply.status, reply.body["code"]) == (404, "unknown_lead")
    assert len(ana.world.contacts("ada@example.com")) == 1
    assert ana.get("leads/l1").body["state"] == "sent"


@pytest.mark.parametrize("keep", ["primary", "other"])
def test_a_contact_that_was_merged_with_another_is_not_deleted(ana: Admin, keep: str) -> None:
    serve(ana)
    body = sent(ana)
    ana.world.sim("seed", {"portal": PORTAL, "contacts": [{"properties": {"email": "ada@example.com"}}]})
    ids = {"test": body["records"][0]["id"], "ada": ana.world.contacts("ada@example.com")[0]["id"]}
    first, second = ("test", "ada") if keep == "primary" else ("ada", "test")
    ana.world.sim(f"portals/{PORTAL}/merge", {"primary": ids[first], "other": ids[second]})

    reply = ana.delete(f"{PATH}/{body['lead_id']}")

    assert len(ana.world.contacts("ada@example.com")) == 1
    if reply.status != 204:  # HubSpot may not tell whose the former address was
        assert (reply.status, reply.body["code"]) == (409, "merged_meanwhile")


def test_a_deal_that_was_merged_with_another_is_not_deleted(ana: Admin) -> None:
    serve(ana, action=Action.CREATE_DEAL, with_contact=False)
    body = sent(ana)
    seeded = ana.world.sim(
        "seed",
        {
            "portal": PORTAL,
            "deals": [{"properties": {"dealname": "Big", "dealstage": "closedwon", "pipeline": "default"}}],
        },
    )
    ana.world.sim(
        f"portals/{PORTAL}/merge",
        {"object": "deals", "primary": body["records"][0]["id"], "other": seeded["ids"][0]},
    )

    reply = ana.delete(f"{PATH}/{body['lead_id']}")

    assert (reply.status, reply.body["code"]) == (409, "merged_meanwhile")
    assert len(ana.world.deals()) == 1


def test_a_closed_gate_writes_nothing_anywhere(ana: Admin) -> None:
    serve(ana, mapping=MAPPING[:1])
    ana.world.forget_calls()

    reply = ana.post(PATH)

    assert (reply.status, reply.body["code"]) == (409, "setup_required")
    assert [error["field"] for error in reply.body["errors"]] == ["mapping.firstname"]
    assert reply.body["next_step"]
    assert (rows(ana), ana.world.calls()) == ([], [])


def test_a_campaign_that_does_nothing_sends_no_test(ana: Admin) -> None:
    serve(ana)
    ana.world.save(SideSettings(action=Action.NONE))

    reply = ana.post(PATH)

    assert (reply.status, reply.body["code"], rows(ana)) == (409, "nothing_is_sent", [])


def test_a_campaign_that_is_not_connected_says_so(ana: Admin) -> None:
    serve(ana)
    ana.world.wiring.disconnect(ACCOUNT, CAMPAIGN)

    reply = ana.post(PATH)

    assert (reply.status, [error["field"] for error in reply.body["errors"]]) == (409, ["connection"])


def test_a_paused_campaign_sends_no_test(ana: Admin) -> None:
    serve(ana)
    PauseTable(ana.world.campaign_table, ana.wiring.dynamodb).begin(Pause("all", datetime.now(UTC), "maintenance"))

    reply = ana.post(PATH)

    assert (reply.status, reply.body["code"], rows(ana)) == (409, "paused", [])


def test_a_connection_that_turns_out_to_be_lost_sends_none_later(ana: Admin) -> None:
    serve(ana)
    ana.world.sim("revoke", {"portal": PORTAL})

    reply = ana.post(PATH)

    assert (reply.status, reply.body["code"]) == (409, "reconnect_needed")
    [listed] = ana.get(PATH).body["test_leads"]
    assert listed["state"] == "closed"
    assert ana.delete(f"{PATH}/{listed['lead_id']}").status == 204  # nothing was made that HubSpot had to delete


@pytest.mark.parametrize("kind", ["contacts.batch_read", "contacts.batch_create"])
def test_a_test_that_hubspot_does_not_answer_is_never_sent_later(ana: Admin, kind: str) -> None:
    serve(ana)
    ana.world.sim("faults", {"kind": kind, "status": 503})

    reply = ana.post(PATH)

    assert (reply.status, reply.body["code"]) == (503, "hubspot_away")
    ana.world.end_faults()
    ana.world.forget_calls()
    ana.world.sweep()
    assert ana.world.calls("contacts.batch_create") == []
    states = [row["state"]["S"] for row in rows(ana) if row["sk"]["S"] == "PERSON"]
    assert states == ([] if kind == "contacts.batch_read" else ["closed"])


def test_what_an_unanswered_test_left_is_listed_and_deleted(ana: Admin) -> None:
    serve(ana)
    ana.world.sim("faults", {"kind": "contacts.batch_create", "status": 503, "after_commit": True})

    assert ana.post(PATH).status == 503
    ana.world.end_faults()
    [listed] = ana.get(PATH).body["test_leads"]
    left = len(ana.world.contacts(listed["email"]))
    assert (listed["state"], listed["state_label"], listed["records"]) == ("closed", "Stopped on its way", [])
    assert "Delete this test" in listed["next_step"]
    assert ana.delete(f"{PATH}/{listed['lead_id']}").status == 204
    assert (left, ana.world.contacts(listed["email"])) == (1, [])


def test_a_test_that_cannot_be_deleted_now_stays_listed(ana: Admin) -> None:
    serve(ana)
    body = sent(ana)
    ana.world.sim("faults", {"kind": "contacts.batch_archive", "status": 503})

    assert ana.delete(f"{PATH}/{body['lead_id']}").status == 503
    ana.world.end_faults()
    assert [one["lead_id"] for one in ana.get(PATH).body["test_leads"]] == [body["lead_id"]]
    assert ana.delete(f"{PATH}/{body['lead_id']}").status == 204


def test_a_test_that_the_settings_stopped_half_way_leaves_no_contact(ana: Admin) -> None:
    serve(ana, action=Action.CREATE_DEAL)
    ana.world.sim(f"portals/{PORTAL}/pipelines", {"archive_stages": ["appointmentscheduled"]})

    reply = ana.post(PATH)

    assert (reply.status, reply.body["code"]) == (409, "setup_required")
    assert [error["field"] for error in reply.body["errors"]] == ["mapping.dealstage"]
    [listed] = ana.get(PATH).body["test_leads"]
    left = len(ana.world.contacts(listed["email"]))
    ana.world.sweep()
    assert ana.delete(f"{PATH}/{listed['lead_id']}").status == 204
    assert (left, ana.world.contacts(listed["email"]), ana.world.deals()) == (1, [], [])


def test_tests_are_listed_newest_first_for_a_day(ana: Admin) -> None:
    serve(ana)
    first, second = sent(ana), sent(ana)

    listed = ana.get(PATH).body["test_leads"]

    assert listed == [second, first]
    assert datetime.fromisoformat(first["expires_at"]) - datetime.fromisoformat(first["sent_at"]) == timedelta(days=1)
    person = ana.world.lead(first["lead_id"])
    assert person is not None
    yesterday = replace(person, received_at=person.received_at - timedelta(days=1, seconds=1))
    assert ana.wiring.recent_test_leads(known(ana)) == [second["lead_id"], first["lead_id"]]
    assert not ana.wiring.people.apply([change(person, yesterday)])
    assert ana.wiring.recent_test_leads(known(ana)) == [second["lead_id"]]


def test_everything_of_a_test_ends_with_its_day(ana: Admin) -> None:
    serve(ana)
    body = sent(ana)
    ends = int(datetime.fromisoformat(body["expires_at"]).timestamp())

    found = rows(ana)

    assert {row["sk"]["S"]: int(row["expires_at"]["N"]) for row in found} == {"PERSON": ends, "GUARD": ends}


def test_a_test_that_is_still_being_sent_is_not_deleted_under_way(ana: Admin) -> None:
    serve(ana)
    body = sent(ana)
    person = ana.world.lead(body["lead_id"])
    assert person is not None
    assert not ana.wiring.people.apply([change(person, replace(person, state=State.SENDING))])

    reply = ana.delete(f"{PATH}/{body['lead_id']}")

    assert (reply.status, reply.body["code"]) == (409, "on_its_way")


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_viewers_may_look_at_tests_only(ana: Admin, method: str) -> None:
    serve(ana)

    reply = ana.call(method, PATH if method == "POST" else f"{PATH}/test-1", role="viewer")

    assert (reply.status, reply.body["code"]) == (403, "read_only")
    assert ana.get(PATH, role="viewer").status == 200


def known(ana: Admin) -> KnownCampaign:
    return ana.wiring.find_campaign(ACCOUNT, CAMPAIGN)


def change(before: Person, after: Person) -> Change:
    return Change(before, replace(after, version=before.version + 1))
