"""HubSpot's deliveries as they are documented, in both forms of subscriptions."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.qualification import Deletion, Merge, PropertyChange, RecordEvent
from referral_hubspot.events.unreadable import UnreadableError
from referral_hubspot.events.webhooks import read_delivery

AT = datetime(2026, 5, 6, 7, 8, 9, 123000, tzinfo=UTC)
EVENT = {"portalId": 42, "occurredAt": int(AT.timestamp() * 1000), "appId": 1001, "objectId": 7}
CHANGE = EVENT | {"propertyName": "dealstage", "propertyValue": "won", "changeSource": "CRM_UI", "sourceId": "userId:5"}
MERGE = EVENT | {"primaryObjectId": 7, "mergedObjectIds": [7, 8], "newObjectId": 30}


def read(*events: dict[str, Any]) -> list[RecordEvent]:
    return read_delivery(json.dumps(events))


def changed(object_type: ObjectType) -> PropertyChange:
    return PropertyChange(42, object_type, "7", "dealstage", "won", AT, ours=False)


@pytest.mark.parametrize(
    ("form", "object_type"),
    [
        ({"subscriptionType": "contact.propertyChange"}, ObjectType.CONTACT),
        ({"subscriptionType": "deal.propertyChange"}, ObjectType.DEAL),
        ({"subscriptionType": "object.propertyChange", "objectTypeId": "0-1"}, ObjectType.CONTACT),
        ({"subscriptionType": "object.propertyChange", "objectTypeId": "0-3"}, ObjectType.DEAL),
    ],
)
def test_a_change_is_read_in_either_form(form: dict[str, Any], object_type: ObjectType) -> None:
    assert read(CHANGE | form) == [changed(object_type)]


@pytest.mark.parametrize(
    ("source", "source_id", "ours"),
    [("INTEGRATION", "1001", True), ("INTEGRATION", "2002", False), ("CRM", "1001", False)],
)
def test_a_change_is_ours_when_hubspot_names_our_app(source: str, source_id: str, ours: bool) -> None:
    [event] = read(CHANGE | {"subscriptionType": "deal.propertyChange", "changeSource": source, "sourceId": source_id})

    assert isinstance(event, PropertyChange)
    assert event.ours is ours


@pytest.mark.parametrize(
    ("ids", "survivor", "former"),
    [
        ({"primaryObjectId": 7, "mergedObjectIds": [7, 8], "newObjectId": 30}, "30", ("7", "8")),
        ({"primaryObjectId": 7, "mergedObjectIds": [8], "newObjectId": 30}, "30", ("7", "8")),
        ({"primaryObjectId": 7, "mergedObjectIds": [8], "newObjectId": 7}, "7", ("8",)),
        ({"primaryObjectId": 7, "mergedObjectIds": [8], "newObjectId": None}, "7", ("8",)),
    ],
    ids=["a new id", "the primary one is not listed", "the primary id stays", "no new id is named"],
)
def test_a_merge_says_what_lives_on_and_what_does_not(
    ids: dict[str, Any], survivor: str, former: tuple[str, ...]
) -> None:
    assert read(EVENT | ids | {"subscriptionType": "contact.merge"}) == [
        Merge(42, ObjectType.CONTACT, survivor, former, AT)
    ]


def test_merges_and_deletions_are_read_in_either_form() -> None:
    deal = {"objectTypeId": "0-3"}

    assert read(
        MERGE | deal | {"subscriptionType": "object.merge"},
        MERGE | {"subscriptionType": "deal.merge"},
        EVENT | deal | {"subscriptionType": "object.deletion"},
        EVENT | {"subscriptionType": "contact.deletion"},
        EVENT | {"subscriptionType": "contact.privacyDeletion"},
    ) == [
        Merge(42, ObjectType.DEAL, "30", ("7", "8"), AT),
        Deletion(42, ObjectType.DEAL, "7", AT),
        Deletion(42, ObjectType.CONTACT, "7", AT),
        Deletion(42, ObjectType.CONTACT, "7", AT, privacy=True),
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"subscriptionType": "contact.restore"},
        {"subscriptionType": "contact.creation"},
        {"subscriptionType": "deal.associationChange"},
        {"subscriptionType": "company.propertyChange"},
        {"subscriptionType": "company.merge"},
        {"subscriptionType": "deal.privacyDeletion"},
        {"subscriptionType": "object.deletion", "objectTypeId": "0-2"},
        {"subscriptionType": None},
        {},
    ],
    ids=str,
)
def test_other_kinds_and_objects_are_skipped_whatever_they_lack(other: dict[str, Any]) -> None:
    assert read(other, CHANGE | {"subscriptionType": "deal.propertyChange"}) == [changed(ObjectType.DEAL)]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"subscriptionType": "deal.propertyChange"}, "invalid:portalId"),
        (EVENT | {"subscriptionType": "contact.propertyChange"}, "invalid:propertyName"),
        (EVENT | {"subscriptionType": "contact.merge"}, "invalid:primaryObjectId"),
        ({"subscriptionType": "deal.deletion", "portalId": 42, "occurredAt": 1}, "invalid:objectId"),
        ({"subscriptionType": "contact.privacyDeletion", "objectId": 7, "occurredAt": 1}, "invalid:portalId"),
        (CHANGE | {"subscriptionType": "object.propertyChange"}, "invalid:objectTypeId"),
        (CHANGE | {"subscriptionType": "deal.propertyChange", "occurredAt": 10**20}, "invalid:occurredAt"),
    ],
)
def test_a_known_kind_without_what_it_must_have_is_unreadable(event: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read(event)

    assert refused.value.reason == reason


def test_what_comes_twice_in_a_delivery_is_read_once() -> None:
    event = CHANGE | {"subscriptionType": "deal.propertyChange"}

    assert read(event, event | {"eventId": 9}, event | {"attemptNumber": 1}) == [changed(ObjectType.DEAL)]
