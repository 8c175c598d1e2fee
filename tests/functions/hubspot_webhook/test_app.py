"""The webhook: what HubSpot signed is queued as it is, everything else is refused and leaves no trace."""

import base64
import hashlib
import hmac
import time
from typing import Any

import pytest

from functions.hubspot_webhook import app
from referral_hubspot.runtime import clients
from tests.functions.hubspot_webhook.fakes import FakeSender
from tests.functions.logs import Counted, Logged
from tests.world import Context

BASE_URL = "https://hooks.example.com"
SECRET, FORMER = "s-new", "s-old"
BODY = '[{"eventId":1,"propertyValue":"ada@example.com"}]'


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def delivery(
    *,
    body: bytes = BODY.encode(),
    secret: str = SECRET,
    uri: str = f"{BASE_URL}/webhook",
    at: int | None = None,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """An HTTP API event that is signed as HubSpot does; `headers` replace its own."""
    timestamp = str(now_ms() if at is None else at)
    signed = hmac.new(secret.encode(), b"POST" + uri.encode() + body + timestamp.encode(), hashlib.sha256)
    proof = {
        "host": "somebody-else.example.com",
        "x-hubspot-request-timestamp": timestamp,
        "x-hubspot-signature-v3": base64.b64encode(signed.digest()).decode(),
    }
    return {"headers": proof | (headers or {}), "body": body.decode(), "isBase64Encoded": False} | more


@pytest.fixture(autouse=True)
def queue(monkeypatch: pytest.MonkeyPatch) -> FakeSender:
    sender = FakeSender()
    monkeypatch.setattr(app, "environment", lambda: app.Environment(BASE_URL, "arn", "changes"))
    monkeypatch.setattr(app, "sqs", lambda: sender)
    monkeypatch.setattr(clients, "client_secrets", lambda _arn: [SECRET, FORMER])
    return sender


def test_a_signed_delivery_is_queued_whole_and_answered_at_once(queue: FakeSender) -> None:
    assert app.lambda_handler(delivery(), Context()) == {"statusCode": 204}

    assert queue.sent == [("changes", BODY)]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"headers": {"x-hubspot-signature-v3": ""}}, "missing"),
        ({"headers": {"x-hubspot-request-timestamp": ""}}, "missing"),
        ({"headers": {"x-hubspot-request-timestamp": "²"}}, "malformed_timestamp"),
        ({"at": 0}, "stale"),
        ({"at": now_ms() + 3_600_000}, "stale"),
        ({"headers": {"x-hubspot-signature-v3": "AAAA"}}, "mismatch"),
        ({"secret": "s-of-nobody"}, "mismatch"),
        ({"uri": "http://hooks.example.com/webhook"}, "mismatch"),
        ({"uri": "https://somebody-else.example.com/webhook"}, "mismatch"),
    ],
)
def test_what_hubspot_did_not_sign_just_now_is_refused_and_nothing_is_queued(
    queue: FakeSender, logged: Logged, counted: Counted, event: dict[str, Any], reason: str
) -> None:
    answer = app.lambda_handler(delivery(**event), Context())

    assert answer == {"statusCode": 401}
    assert queue.sent == []
    [line] = logged.of("webhook_refused")
    assert (line["level"], line["reason"]) == ("WARNING", reason)
    assert counted.sums() == {"WebhookRefused": 1}


def test_a_delivery_without_any_proof_is_refused(queue: FakeSender) -> None:
    assert app.lambda_handler({"headers": {}, "body": BODY}, Context()) == {"statusCode": 401}

    assert queue.sent == []


def test_one_byte_more_than_was_signed_is_refused(queue: FakeSender) -> None:
    event = delivery()

    assert app.lambda_handler(event | {"body": f"{event['body']} "}, Context()) == {"statusCode": 401}
    assert queue.sent == []


def test_a_body_that_api_gateway_encoded_is_proved_by_its_bytes(queue: FakeSender) -> None:
    body = '[{"propertyValue":"Zoë"}]'.encode()
    encoded = base64.b64encode(body).decode()

    answer = app.lambda_handler(delivery(body=body) | {"body": encoded, "isBase64Encoded": True}, Context())

    assert answer == {"statusCode": 204}
    assert queue.sent == [("changes", body.decode())]


def test_the_secret_before_is_good_while_it_is_being_replaced(queue: FakeSender) -> None:
    assert app.lambda_handler(delivery(secret=FORMER), Context()) == {"statusCode": 204}

    assert queue.sent


@pytest.mark.parametrize(("body", "queued"), [(b"not JSON", "not JSON"), (b"", "[]")])
def test_what_hubspot_signed_is_kept_even_if_nobody_can_read_it(queue: FakeSender, body: bytes, queued: str) -> None:
    """HubSpot would repeat for a day what is refused; the change queue's dead letters keep it instead."""
    assert app.lambda_handler(delivery(body=body), Context()) == {"statusCode": 204}

    assert queue.sent == [("changes", queued)]


def test_a_delivery_that_could_not_be_queued_is_not_acknowledged(queue: FakeSender) -> None:
    queue.fault = ConnectionError()

    with pytest.raises(ConnectionError):
        app.lambda_handler(delivery(), Context())


def test_no_log_line_holds_what_was_delivered(logged: Logged) -> None:
    app.lambda_handler(delivery(), Context())
    app.lambda_handler(delivery(secret="s-of-nobody"), Context())

    assert "ada@" not in logged.text
    assert SECRET not in logged.text
