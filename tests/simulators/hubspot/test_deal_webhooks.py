"""What the app hears of deals, and of contacts beyond changes; and what it never hears."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.hubspot.driver import DEAL_SCOPES, DEALS, EU, US, Account, Driver, WebhookReceiver, deal

Json = dict[str, Any]
WON = {"properties": {"dealstage": "closedwon"}}


def subscribe(hubspot: Driver, *types: str) -> None:
    hubspot.control("app", {"subscriptions": [{"subscriptionType": name} for name in types]})


def idle(hubspot: Driver) -> None:
    assert hubspot.simulator.simulation.dispatcher.wait_until_idle(5)


def test_a_moved_deal_is_told(hubspot: Driver, sales: Account, receiver: WebhookReceiver) -> None:
    known = hubspot.seed_deal()

    hubspot.control(f"portals/{EU}/deals/{known}", {"properties": {"dealstage": "closedwon", "amount": "3"}})

    (event,) = receiver.wait_for(lambda events: len(events) == 1)
    fixed = {name: event[name] for name in event if name not in ("eventId", "occurredAt", "subscriptionId")}
    assert fixed == {
        "portalId": EU,
        "appId": 1001,
        "subscriptionType": "deal.propertyChange",
        "attemptNumber": 0,
        "objectId": int(known),
        "propertyName": "dealstage",
        "propertyValue": "closedwon",
        "changeSource": "CRM_UI",
        "sourceId": "userId:123",
    }


def test_our_own_deal_is_told_as_ours(sales: Account, receiver: WebhookReceiver) -> None:
    sales.call("POST", DEALS, deal())

    (event,) = receiver.wait_for(lambda events: len(events) == 1)
    assert (event["changeSource"], event["sourceId"], event["propertyValue"]) == (
        "INTEGRATION",
        "1001",
        "appointmentscheduled",
    )


def test_deals_are_heard_of_only_where_they_may_be_read(
    hubspot: Driver, sales: Account, receiver: WebhookReceiver
) -> None:
    hubspot.connect(US)
    there, here = hubspot.seed_deal(portal=US), hubspot.seed_deal()
    hubspot.seed({"email": "us@example.com"}, portal=US)

    hubspot.control(f"portals/{US}/deals/{there}", WON)
    hubspot.control(f"portals/{US}/contacts/us@example.com", {"properties": {"lifecyclestage": "customer"}})
    hubspot.control(f"portals/{EU}/deals/{here}", WON)

    receiver.wait_for(lambda events: len(events) == 2)
    idle(hubspot)
    heard = {(event["portalId"], event["subscriptionType"]) for event in receiver.events()}
    assert heard == {(US, "contact.propertyChange"), (EU, "deal.propertyChange")}


def test_a_deals_beginning_end_and_return_are_told_to_who_asked(
    hubspot: Driver, sales: Account, receiver: WebhookReceiver
) -> None:
    subscribe(hubspot, "deal.creation", "deal.deletion", "deal.restore")
    made = sales.call("POST", DEALS, deal()).json()["id"]
    hubspot.control(f"portals/{EU}/deals/{made}", method="DELETE")
    hubspot.control(f"portals/{EU}/deals/{made}/restore")

    events = receiver.wait_for(lambda events: len(events) == 3)

    assert [(event["subscriptionType"], event["objectId"], event.get("changeFlag")) for event in events] == [
        ("deal.creation", int(made), "NEW"),
        ("deal.deletion", int(made), "DELETED"),
        ("deal.restore", int(made), None),
    ]


def test_what_is_not_subscribed_is_not_told(hubspot: Driver, sales: Account, receiver: WebhookReceiver) -> None:
    subscribe(hubspot, "deal.merge")
    made = sales.call("POST", DEALS, deal()).json()["id"]
    hubspot.control(f"portals/{EU}/deals/{made}", method="DELETE")

    idle(hubspot)
    assert receiver.events() == []


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("kind", ["contact", "deal"])
def test_a_merge_is_told_with_both_behaviours_of_ids(
    hubspot: Driver, sales: Account, receiver: WebhookReceiver, kind: str, kept: bool
) -> None:
    hubspot.switch(merge_keeps_primary_id=kept)
    if kind == "deal":
        primary, other = hubspot.seed_deal(dealname="A"), hubspot.seed_deal(amount="3")
    else:
        primary, other = hubspot.seed({"email": "a@example.com"}, {"email": "b@example.com", "plan": "pro"})

    merged = hubspot.control(f"portals/{EU}/merge", {"object": kind, "primary": primary, "other": other})["id"]

    (event,) = receiver.wait_for(lambda events: len(events) == 1)
    assert (merged == primary) is kept
    facts = ("subscriptionType", "objectId", "primaryObjectId", "newObjectId", "mergedObjectIds")
    gone = [int(other)] if kept else [int(primary), int(other)]
    assert [event[name] for name in facts] == [f"{kind}.merge", int(merged), int(primary), int(merged), gone]
    assert event["numberOfPropertiesMoved"] == 1


def test_generic_subscriptions_name_the_object_type(hubspot: Driver, sales: Account, receiver: WebhookReceiver) -> None:
    rows = [{"subscriptionType": "object.deletion", "objectType": name} for name in ("deal", "0-1")]
    hubspot.control("app", {"subscriptions": rows})
    hubspot.seed({"email": "a@example.com"})
    made = hubspot.seed_deal()

    hubspot.control(f"portals/{EU}/deals/{made}", method="DELETE")
    hubspot.control(f"portals/{EU}/contacts/a@example.com", method="DELETE")

    events = receiver.wait_for(lambda events: len(events) == 2)
    assert [event["objectTypeId"] for event in events] == ["0-3", "0-1"]


def test_a_lost_kind_is_never_delivered_and_others_are(
    hubspot: Driver, sales: Account, receiver: WebhookReceiver
) -> None:
    hubspot.connect(US, optional_scope=DEAL_SCOPES)
    here, there = hubspot.seed_deal(), hubspot.seed_deal(portal=US)
    hubspot.seed({"email": "a@example.com"})
    hubspot.control("webhooks/lose", {"type": "deal.", "portal": EU})

    hubspot.control(f"portals/{EU}/deals/{here}", WON)
    hubspot.control(f"portals/{US}/deals/{there}", WON)
    hubspot.control(f"portals/{EU}/contacts/a@example.com", {"properties": {"lifecyclestage": "customer"}})
    receiver.wait_for(lambda events: len(events) == 2)
    idle(hubspot)

    assert {(event["portalId"], event["subscriptionType"]) for event in receiver.events()} == {
        (US, "deal.propertyChange"),
        (EU, "contact.propertyChange"),
    }
    assert hubspot.look("webhooks")["losses"][0]["lost"] == 1
    assert hubspot.control(f"webhooks/lose?portal={EU}", method="DELETE") == {"lost": 1}
    hubspot.control(f"portals/{EU}/deals/{here}", {"properties": {"dealstage": "closedlost"}})
    receiver.wait_for(lambda events: len(events) == 3)


def test_the_next_few_events_of_a_property_are_lost(hubspot: Driver, sales: Account, receiver: WebhookReceiver) -> None:
    hubspot.seed({"email": "a@example.com"})
    hubspot.control("webhooks/lose", {"property": "lifecyclestage", "times": 1})

    for values in ({"hs_lead_status": "OPEN"}, {"lifecyclestage": "lead"}, {"lifecyclestage": "customer"}):
        hubspot.control(f"portals/{EU}/contacts/a@example.com", {"properties": values})

    receiver.wait_for(lambda events: len(events) == 2)
    idle(hubspot)
    assert [event["propertyValue"] for event in receiver.events()] == ["OPEN", "customer"]
    hubspot.control("reset", {})
    assert hubspot.look("webhooks")["losses"] == []
