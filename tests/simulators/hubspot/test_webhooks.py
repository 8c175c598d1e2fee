from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from simulators.hubspot.signing import signature_v1, signature_v3
from tests.simulators.hubspot.driver import CLIENT, EU, US, Account, Driver, WebhookReceiver, row

Json = dict[str, Any]


def change(hubspot: Driver, contact: str, portal: int = EU, **properties: str) -> None:
    hubspot.control(f"portals/{portal}/contacts/{contact}", {"properties": properties})


def idle(hubspot: Driver) -> None:
    assert hubspot.simulator.simulation.dispatcher.wait_until_idle(5)


@pytest.mark.parametrize(
    ("secret", "uri", "body", "timestamp_ms", "expected"),
    [
        (
            "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
            "https://www.example.com/webhook_uri",
            b"{'example_field':'example_value'}",
            1693657560000,
            "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=",
        ),
        (
            "autopilot-test-client-secret-0001",
            "https://example.com/api/hubspot/webhooks?src=hs%3Aapp%2Fv3&x=%28a%29",
            b"[]",
            1790000004000,
            "G8ddQlikFQ0ScZOZn+MHQ0E3WCV7vOJTzKlvrkvbvuk=",
        ),
    ],
)
def test_signatures_are_those_of_hubspots_examples(
    secret: str, uri: str, body: bytes, timestamp_ms: int, expected: str
) -> None:
    assert signature_v3(secret, "POST", uri, body, timestamp_ms) == expected


def test_the_older_signature_is_that_of_hubspots_example() -> None:
    body = (
        b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
        b'"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM",'
        b'"changeFlag":"NEW","appId":54321}]'
    )

    expected = "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"
    assert signature_v1("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", body) == expected


def test_a_persons_change_is_told_and_signed(hubspot: Driver, account: Account, receiver: WebhookReceiver) -> None:
    (contact,) = hubspot.seed({"email": "a@example.com"})

    change(hubspot, contact, lifecyclestage="customer", firstname="A")

    (event,) = receiver.wait_for(lambda events: len(events) == 1)
    fixed = {name: event[name] for name in event if name not in ("eventId", "occurredAt", "subscriptionId")}
    assert fixed == {
        "portalId": EU,
        "appId": 1001,
        "subscriptionType": "contact.propertyChange",
        "attemptNumber": 0,
        "objectId": int(contact),
        "propertyName": "lifecyclestage",
        "propertyValue": "customer",
        "changeSource": "CRM_UI",
        "sourceId": "userId:123",
    }
    assert abs(event["occurredAt"] - time.time() * 1000) < 5000
    headers, body = receiver.requests[0]
    stamp = headers["X-HubSpot-Request-Timestamp"]
    message = b"POST" + receiver.url.encode() + body + stamp.encode()
    digest = hmac.new(CLIENT["client_secret"].encode(), message, hashlib.sha256).digest()
    assert headers["X-HubSpot-Signature-v3"] == base64.b64encode(digest).decode()
    assert headers["X-HubSpot-Signature-Version"] == "v1"


def test_our_own_write_names_our_app(hubspot: Driver, account: Account, receiver: WebhookReceiver) -> None:
    account.upsert(row("a", "a@example.com", hs_lead_status="NEW"))

    (event,) = receiver.wait_for(lambda events: len(events) == 1)
    assert (event["changeSource"], event["sourceId"]) == ("INTEGRATION", "1001")


def test_another_source_can_be_named(hubspot: Driver, account: Account, receiver: WebhookReceiver) -> None:
    hubspot.seed({"email": "a@example.com"})
    body = {
        "properties": {"hs_lead_status": "OPEN"},
        "change_source": "WORKFLOWS",
        "source_id": "w-1",
        "occurred_at": "2026-11-22T10:00:00Z",
    }

    hubspot.control(f"portals/{EU}/contacts/a@example.com", body)

    (event,) = receiver.wait_for(lambda events: len(events) == 1)
    assert (event["changeSource"], event["sourceId"]) == ("WORKFLOWS", "w-1")
    assert event["occurredAt"] == 1795341600000


def test_only_connected_portals_are_heard_of(hubspot: Driver, account: Account, receiver: WebhookReceiver) -> None:
    hubspot.seed({"email": "us@example.com"}, portal=US)
    hubspot.seed({"email": "eu@example.com"})
    change(hubspot, "us@example.com", US, lifecyclestage="customer")
    change(hubspot, "eu@example.com", lifecyclestage="customer")

    events = receiver.wait_for(lambda events: len(events) == 1)

    idle(hubspot)
    assert [event["portalId"] for event in events] == [EU]


def test_after_uninstalling_nothing_is_told_not_even_what_waits(
    hubspot: Driver, account: Account, receiver: WebhookReceiver
) -> None:
    hubspot.seed({"email": "a@example.com"})
    hubspot.control("webhooks", {"paused": True})
    change(hubspot, "a@example.com", lifecyclestage="customer")
    account.call("DELETE", "/appinstalls/2026-09/external-install")
    change(hubspot, "a@example.com", lifecyclestage="evangelist")

    hubspot.control("webhooks", {"paused": False})

    idle(hubspot)
    assert receiver.requests == []


def test_neighbours_share_deliveries_of_at_most_a_hundred(
    hubspot: Driver, account: Account, receiver: WebhookReceiver
) -> None:
    hubspot.control("app", {"webhook_interval_s": 0.2})
    hubspot.control("seed", {"portal": EU, "count": 150, "properties": {"email": "p{n}@example.com"}})
    changes = [{"contact": f"p{n}@example.com", "properties": {"lifecyclestage": "lead"}} for n in range(1, 151)]

    assert hubspot.control(f"portals/{EU}/contacts", {"changes": changes}) == {"changed": 150}

    receiver.wait_for(lambda events: len(events) == 150)
    assert sorted(len(json.loads(body)) for _, body in receiver.requests) == [50, 100]


@pytest.mark.parametrize("status", [500, 401, 404, 302])
def test_a_delivery_that_is_not_accepted_comes_again(
    hubspot: Driver, account: Account, receiver: WebhookReceiver, status: int
) -> None:
    hubspot.seed({"email": "a@example.com"})
    receiver.answers = [status, status]

    change(hubspot, "a@example.com", lifecyclestage="customer")

    events = receiver.wait_for(lambda events: len(events) == 3)
    idle(hubspot)
    assert [event["attemptNumber"] for event in events] == [0, 1, 2]
    assert len({event["eventId"] for event in events}) == 1
    assert [row["status"] for row in hubspot.look("webhooks")["deliveries"]][-1] == 204


def test_after_the_last_retry_it_is_lost(hubspot: Driver, account: Account, receiver: WebhookReceiver) -> None:
    hubspot.control("app", {"webhook_retry_delays_s": [0.01]})
    hubspot.seed({"email": "a@example.com"})
    receiver.answers = [500] * 20

    change(hubspot, "a@example.com", lifecyclestage="customer")

    events = receiver.wait_for(lambda events: len(events) == 11)
    idle(hubspot)
    assert [event["attemptNumber"] for event in events] == list(range(11))
    assert len(receiver.requests) == 11


def test_an_answer_that_takes_too_long_is_no_answer(
    hubspot: Driver, account: Account, receiver: WebhookReceiver
) -> None:
    hubspot.control("app", {"webhook_timeout_s": 0.1})
    hubspot.seed({"email": "a@example.com"})
    receiver.delay_s = 0.3

    change(hubspot, "a@example.com", lifecyclestage="customer")
    receiver.wait_for(lambda events: len(events) >= 1)
    receiver.delay_s = 0

    receiver.wait_for(lambda events: len(events) >= 2)
    idle(hubspot)
    assert [row["status"] for row in hubspot.look("webhooks")["deliveries"]] == [0, 204]


def test_what_waits_for_its_retry_can_be_sent_now(hubspot: Driver, account: Account, receiver: WebhookReceiver) -> None:
    hubspot.control("app", {"webhook_retry_delays_s": [600]})
    hubspot.seed({"email": "a@example.com"})
    receiver.answers = [500]
    change(hubspot, "a@example.com", lifecyclestage="customer")
    receiver.wait_for(lambda events: len(events) == 1)
    end = time.monotonic() + 5
    while hubspot.look("webhooks")["counts"]["waiting"] == 0:
        assert time.monotonic() < end

    hubspot.control("webhooks/retry", {})

    receiver.wait_for(lambda events: len(events) == 2)


def test_at_most_ten_deliveries_are_in_flight_for_an_account(
    hubspot: Driver, account: Account, receiver: WebhookReceiver
) -> None:
    receiver.delay_s = 0.02
    hubspot.control("app", {"webhook_interval_s": 0.2})
    hubspot.control("webhooks", {"duplicate": 24})
    hubspot.seed({"email": "a@example.com"})

    change(hubspot, "a@example.com", lifecyclestage="customer")

    receiver.wait_for(lambda events: len(events) == 25)
    assert 1 < receiver.most_at_once <= 10


def test_deliveries_can_be_repeated_lost_late_and_out_of_order(
    hubspot: Driver, account: Account, receiver: WebhookReceiver
) -> None:
    hubspot.control("app", {"webhook_interval_s": 0.3})
    hubspot.seed({"email": "a@example.com"})

    hubspot.control("webhooks", {"drop": 1})
    change(hubspot, "a@example.com", lifecyclestage="lead")
    idle(hubspot)
    assert receiver.requests == []

    hubspot.control("webhooks", {"duplicate": 1, "reorder": True, "delay_s": 0.1})
    started = time.monotonic()
    change(hubspot, "a@example.com", lifecyclestage="customer")
    change(hubspot, "a@example.com", hs_lead_status="OPEN")
    events = receiver.wait_for(lambda events: len(events) == 4)
    assert time.monotonic() - started >= 0.4
    assert [event["propertyName"] for event in events] == ["hs_lead_status", "lifecyclestage"] * 2


def test_other_subscriptions_can_be_made(hubspot: Driver, account: Account, receiver: WebhookReceiver) -> None:
    rows = [
        {"subscriptionType": "contact.creation"},
        {"subscriptionType": "object.propertyChange", "objectType": "contact", "propertyName": "plan"},
    ]
    hubspot.control("app", {"subscriptions": rows})

    account.upsert(row("a", "a@example.com", plan="pro", lifecyclestage="lead"))

    created, changed = receiver.wait_for(lambda events: len(events) == 2)
    assert (created["subscriptionType"], created["changeFlag"]) == ("contact.creation", "NEW")
    assert (changed["subscriptionType"], changed["objectTypeId"]) == ("object.propertyChange", "0-1")
    assert changed["isSensitive"] is False


def test_deleting_erasing_and_merging_are_told(hubspot: Driver, account: Account, receiver: WebhookReceiver) -> None:
    a, b, c, d = hubspot.seed(*[{"email": f"{name}@example.com"} for name in "abcd"])

    hubspot.control(f"portals/{EU}/contacts/{a}", method="DELETE")
    hubspot.control(f"portals/{EU}/contacts/{b}?privacy=true", method="DELETE")
    account.post("/merge", {"primaryObjectId": c, "objectIdToMerge": d})

    events = receiver.wait_for(lambda events: len(events) == 4)
    kinds = [(event["subscriptionType"], str(event["objectId"])) for event in events]
    survivor = str(int(d) + 1)
    assert kinds == [
        ("contact.deletion", a),
        ("contact.privacyDeletion", b),
        ("contact.deletion", b),
        ("contact.merge", survivor),
    ]
    merge = events[3]
    assert (merge["primaryObjectId"], merge["mergedObjectIds"]) == (int(c), [int(c), int(d)])
    assert str(merge["newObjectId"]) == survivor


def test_a_delivery_by_hand_says_what_came_back(hubspot: Driver, receiver: WebhookReceiver) -> None:
    receiver.answers = [401]

    answers = hubspot.control("webhooks/send", {"events": [{"objectId": 7, "portalId": 99}], "times": 2})["answers"]

    assert [answer["status"] for answer in answers] == [401, 204]
    assert [(event["objectId"], event["portalId"]) for event in receiver.events()] == [(7, 99)] * 2


@pytest.mark.parametrize(
    ("change_", "valid"),
    [
        ({}, True),
        ({"signature": "bad"}, False),
        ({"signature": "missing"}, False),
        ({"signed_url": "https://example.com/other"}, False),
        ({"headers": {"X-HubSpot-Request-Timestamp": "1"}}, False),
        ({"headers": {"X-HubSpot-Request-Timestamp": None}}, False),
    ],
)
def test_a_delivery_by_hand_can_be_signed_wrongly(
    hubspot: Driver, receiver: WebhookReceiver, change_: Json, valid: bool
) -> None:
    hubspot.control("webhooks/send", {"raw": "[]"} | change_)

    headers, body = receiver.requests[0]
    stamp = headers.get("X-HubSpot-Request-Timestamp", "0")
    expected = signature_v3(CLIENT["client_secret"], "POST", receiver.url, body, int(stamp))
    assert (headers.get("X-HubSpot-Signature-v3") == expected) is valid


def test_a_delivery_by_hand_can_be_stale_and_sent_at_once_several_times(
    hubspot: Driver, receiver: WebhookReceiver
) -> None:
    receiver.delay_s = 0.05

    answers = hubspot.control("webhooks/send", {"raw": "[1]", "age_s": 400, "times": 3, "together": True})["answers"]

    assert [answer["status"] for answer in answers] == [204] * 3
    assert receiver.most_at_once == 3
    assert time.time() * 1000 - int(receiver.requests[0][0]["X-HubSpot-Request-Timestamp"]) >= 400_000


def test_a_new_secret_signs_from_then_on(hubspot: Driver, receiver: WebhookReceiver) -> None:
    hubspot.control("app", {"client_secret": "another-secret"})

    hubspot.control("webhooks/send", {"raw": "[]"})

    headers, body = receiver.requests[0]
    stamp = int(headers["X-HubSpot-Request-Timestamp"])
    expected = signature_v3("another-secret", "POST", receiver.url, body, stamp)
    assert headers["X-HubSpot-Signature-v3"] == expected
