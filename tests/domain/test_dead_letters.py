"""What may be said of a message that nobody could process."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from referral_hubspot.domain.dead_letters import FAILED, NOT_SWEPT, STREAM, Letter

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
ANNOUNCEMENT = {
    "specversion": "1.0",
    "id": "a1",
    "time": "2026-11-25T09:00:00Z",
    "type": "lead.changed.v1",
    "data": {"account_id": "acme", "campaign_id": "spring", "lead_id": "lead-1"},
}
ON_THE_BUS = {"version": "0", "detail-type": "lead.changed.v1", "source": "referral-hubspot", "detail": ANNOUNCEMENT}


def letter(body: Any, **attributes: str) -> Letter:
    return Letter("m1", NOW, body if isinstance(body, str) else json.dumps(body), attributes)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (letter("{", reason="not_json"), "not_json"),
        (letter(ON_THE_BUS, ERROR_CODE="SDK_CLIENT_ERROR"), "SDK_CLIENT_ERROR"),
        (letter(ANNOUNCEMENT), FAILED),
        (letter("no json at all"), FAILED),
        (letter({"requestContext": {}, "DDBStreamBatchInfo": {"batchSize": 3}}), STREAM),
        (letter({"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": {}}), NOT_SWEPT),
    ],
)
def test_every_letter_has_a_reason(found: Letter, reason: str) -> None:
    assert found.reason == reason


@pytest.mark.parametrize(
    ("body", "about"),
    [
        (
            {"type": "lead.joined.v1", "data": {"account_id": "acme", "lead_id": "l1", "email": "ada@example.com"}},
            {"type": "lead.joined.v1", "account_id": "acme", "lead_id": "l1"},
        ),
        (ON_THE_BUS, {"type": "lead.changed.v1", "account_id": "acme", "campaign_id": "spring", "lead_id": "lead-1"}),
        ([{"portalId": 7, "propertyValue": "Ada"}, {"portalId": 7}], {"portal": "7"}),
        (
            {"job": "sync", "account_id": "acme", "campaign_id": "spring", "sync_id": "s1", "due": True},
            {"job": "sync", "account_id": "acme", "campaign_id": "spring", "sync_id": "s1"},
        ),
        ({"type": "lead.joined.v1", "data": {"lead_id": "ada@example.com"}}, {"type": "lead.joined.v1"}),
        (
            {"type": "lead.joined.v1", "data": {"lead_id": ["l1"], "account_id": "Ada Lovelace"}},
            {"type": "lead.joined.v1"},
        ),
        ({"detail": "Ada"}, {}),
        ("Ada, ada@example.com", {}),
        (17, {}),
    ],
)
def test_ids_are_told_and_nothing_that_could_be_a_person(body: Any, about: Mapping[str, str]) -> None:
    assert letter(body).about == about


@pytest.mark.parametrize("body", [ANNOUNCEMENT, ON_THE_BUS])
def test_an_announcement_is_found_whoever_refused_it(body: Any) -> None:
    assert letter(body).announcement == ANNOUNCEMENT


@pytest.mark.parametrize("body", [{"DDBStreamBatchInfo": {}}, {"type": "lead.changed.v1"}, "{", [ANNOUNCEMENT]])
def test_anything_else_is_no_announcement(body: Any) -> None:
    assert letter(body).announcement is None


def test_a_letter_that_is_printed_shows_nothing_of_its_message() -> None:
    assert "Ada" not in repr(letter('{"first_name": "Ada"}'))
