import json
from datetime import UTC, datetime
from typing import Any

import pytest

from referral_hubspot.domain.crm import Problem
from referral_hubspot.hubspot.refusals import existing_id, missing_scopes, problems, retry_after_s

DETAIL = {"message": "no such", "code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["x"]}}
QUOTED = json.dumps([{"isValid": False, "message": "no such", "error": "PROPERTY_DOESNT_EXIST", "name": "x"}])
FOUND = (Problem("x", "PROPERTY_DOESNT_EXIST", "no such"),)


@pytest.mark.parametrize(
    ("error", "found"),
    [
        ({"errors": [DETAIL]}, FOUND),
        ({"errors": [DETAIL | {"context": {"propertyName": "x"}}]}, FOUND),
        ({"errors": [DETAIL | {"context": {}, "in": "properties.x"}]}, FOUND),
        ({"errors": [DETAIL], "message": f"Property values were not valid: {QUOTED}"}, FOUND),
        ({"message": f"Property values were not valid: {QUOTED}"}, FOUND),
        ({"message": f"Property values were not valid: {QUOTED} (and more)"}, FOUND),
        (
            {"errors": [{"message": "vague"}], "message": f"Property values were not valid: {QUOTED}"},
            FOUND,
        ),
        (
            {"errors": [{"message": "A value for firstname must be provided", "code": "MISSING_REQUIRED_PROPERTY"}]},
            (Problem("firstname", "MISSING_REQUIRED_PROPERTY", "A value for firstname must be provided"),),
        ),
        ({"errors": [{"message": "vague"}]}, (Problem("", "UNKNOWN", "vague"),)),
        (
            {"category": "VALIDATION_ERROR", "message": "Invalid input JSON"},
            (Problem("", "VALIDATION_ERROR", "Invalid input JSON"),),
        ),
        (
            {"message": "Property values were not valid: [{broken"},
            (Problem("", "UNKNOWN", "Property values were not valid: [{broken"),),
        ),
        ({"errors": "no list", "context": 3, "message": None}, (Problem("", "UNKNOWN", ""),)),
        ({}, (Problem("", "UNKNOWN", ""),)),
    ],
)
def test_what_is_wrong_is_found_wherever_hubspot_put_it(error: dict[str, Any], found: tuple[Problem, ...]) -> None:
    assert problems(error) == found


@pytest.mark.parametrize(
    ("error", "found"),
    [
        ({"context": {"existingId": ["17"]}}, "17"),
        ({"context": {"existingId": 17}}, "17"),
        ({"message": "Contact already exists. Existing ID: 17"}, "17"),
        ({"message": "x", "errors": [{"message": "17 already has that value."}]}, "17"),
        ({"message": "Contact already exists."}, None),
        ({}, None),
    ],
)
def test_the_record_in_the_way_is_found(error: dict[str, Any], found: str | None) -> None:
    assert existing_id(error) == found


def test_missing_scopes_are_named_once() -> None:
    context = {"requiredGranularScopes": ["a", "b"]}

    assert missing_scopes({"context": {"missingScopes": ["b"]}, "errors": [{"context": context}]}) == ("b", "a")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        (" 0.5 ", 0.5),
        ("-1", 0.0),
        ("1e9", 86400.0),
        ("nan", None),
        ("Mon, 23 Nov 2026 00:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 00:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_how_long_to_wait_is_read_as_seconds_or_as_a_date(header: str, seconds: float | None) -> None:
    assert retry_after_s({"Retry-After": header}, datetime(2026, 11, 23, tzinfo=UTC)) == seconds
