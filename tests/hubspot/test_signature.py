import ast
import base64
import hashlib
import hmac
import sys
from pathlib import Path
from typing import Any

import pytest

from referral_hubspot.hubspot import signature
from referral_hubspot.hubspot.signature import MAX_AGE_MS, SignatureRejectedError, verify

# HubSpot's own example, "Validating requests"
NOW = 1693657560000
DELIVERY: dict[str, Any] = {
    "secrets": ["yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"],
    "method": "POST",
    "uri": "https://www.example.com/webhook_uri",
    "body": b"{'example_field':'example_value'}",
    "timestamp": str(NOW),
    "signature": "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=",
    "now_ms": NOW,
}


def test_a_delivery_that_hubspot_signed_is_accepted() -> None:
    verify(**DELIVERY)


def test_a_later_timestamp_has_another_signature() -> None:
    later = 1700000300000
    verify(
        **DELIVERY
        | {"timestamp": str(later), "now_ms": later, "signature": "RnbPH7+UMKVkbV32P8bz450N4M56aPmcru1+D3kSDtw="}
    )


def test_the_address_is_decoded_before_it_is_hashed() -> None:
    verify(
        secrets=["autopilot-test-client-secret-0001"],
        method="POST",
        uri="https://example.com/api/hubspot/webhooks?src=hs%3Aapp%2Fv3&x=%28a%29",
        body=b"[]",
        timestamp="1790000004000",
        signature="G8ddQlikFQ0ScZOZn+MHQ0E3WCV7vOJTzKlvrkvbvuk=",
        now_ms=1790000004000,
    )


@pytest.mark.parametrize(
    ("written", "signed"),
    [
        ("https://h.example/w?a=%253A", "https://h.example/w?a=%253A"),  # not decoded twice
        ("https://h.example/w?a=%3a", "https://h.example/w?a=:"),
        ("https://h.example/w?a=%20b%3F", "https://h.example/w?a=%20b?"),
        (
            "https://h.example/%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B",
            "https://h.example/:/?@!$'()*,;",
        ),
    ],
)
def test_only_the_characters_of_hubspots_table_are_decoded(written: str, signed: str) -> None:
    message = f"POST{signed}[]{NOW}".encode()
    expected = base64.b64encode(hmac.new(b"secret", message, hashlib.sha256).digest()).decode()

    verify(**DELIVERY | {"secrets": ["secret"], "uri": written, "body": b"[]", "signature": expected})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"body": b"{'example_field': 'example_value'}"}, "mismatch"),  # one space more
        ({"uri": "http://www.example.com/webhook_uri"}, "mismatch"),  # http, not https
        ({"method": "GET"}, "mismatch"),
        ({"secrets": ["another"]}, "mismatch"),
        ({"secrets": []}, "mismatch"),
        ({"secrets": [""]}, "mismatch"),
        ({"signature": "not base64 ☃"}, "mismatch"),
        ({"signature": "\ud800"}, "mismatch"),
        ({"now_ms": NOW + MAX_AGE_MS + 1}, "stale"),
        ({"now_ms": NOW - MAX_AGE_MS - 1}, "stale"),
        ({"timestamp": "²"}, "malformed_timestamp"),  # str.isdigit() says yes
        ({"timestamp": "\uff11\uff16\uff19\uff13"}, "malformed_timestamp"),  # full-width digits
        ({"timestamp": f"{NOW} "}, "malformed_timestamp"),
        ({"timestamp": f"-{NOW}"}, "malformed_timestamp"),
        ({"timestamp": "9" * 5000}, "malformed_timestamp"),
        ({"timestamp": ""}, "missing"),
        ({"signature": ""}, "missing"),
    ],
)
def test_anything_else_is_refused_with_its_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(SignatureRejectedError) as refused:
        verify(**DELIVERY | change)

    assert refused.value.reason == reason


@pytest.mark.parametrize("now_ms", [NOW + MAX_AGE_MS, NOW - MAX_AGE_MS])
def test_five_minutes_either_way_are_allowed(now_ms: int) -> None:
    verify(**DELIVERY | {"now_ms": now_ms})


@pytest.mark.parametrize("secrets", [["old", DELIVERY["secrets"][0]], [DELIVERY["secrets"][0], "new"]])
def test_both_secrets_are_good_while_one_replaces_the_other(secrets: list[str]) -> None:
    verify(**DELIVERY | {"secrets": secrets})


def test_an_unsigned_byte_body_is_never_decoded() -> None:
    body = b"\xff\xfe"
    message = b"POST" + b"https://h.example/w" + body + str(NOW).encode()
    expected = base64.b64encode(hmac.new(b"secret", message, hashlib.sha256).digest()).decode()

    verify(**DELIVERY | {"secrets": ["secret"], "uri": "https://h.example/w", "body": body, "signature": expected})


def test_verifying_imports_the_standard_library_only() -> None:
    tree = ast.parse(Path(signature.__file__).read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported <= sys.stdlib_module_names
