import json
from typing import Any

import pytest

from referral_hubspot.domain.crm import Conflict, DealRow, Problem, Refused, Unanswered, Written
from referral_hubspot.domain.errors import CrmUnavailableError, RequestRefusedError
from tests.hubspot.scripted import Said
from tests.hubspot.scripted_crm import CREATED, crm, record, row_error

BATCH = "POST /crm/objects/2026-09/deals/batch/"
ONE = DealRow("0", "key-0", {"dealname": "Ada"}, contact_id="201")
TWO = DealRow("1", "key-1", {"dealname": "Bob"})


def about(name: str, code: str = "SOMETHING", message: str = "no") -> dict[str, Any]:
    return {"code": code, "message": message, "context": {"propertyName": [name]}}


def rows(number: int) -> list[DealRow]:
    return [DealRow(str(index), f"key-{index}", {}) for index in range(number)]


# Creating


def test_a_deal_is_created_with_its_key_and_its_contact() -> None:
    client, hubspot = crm(Said(201, {"results": [record("8", "1"), record("7", "0", dealname="Ada")]}))

    assert client.create_deals([ONE, TWO]) == [
        Written("0", "7", True, {"dealname": "Ada", "createdate": CREATED}),
        Written("1", "8", True, {"createdate": CREATED}),
    ]

    assert hubspot.paths == [BATCH + "create"]
    assert hubspot.sent() == {
        "inputs": [
            {
                "objectWriteTraceId": "0",
                "properties": {"dealname": "Ada", "referral_lead_key": "key-0"},
                "associations": [
                    {
                        "to": {"id": "201"},
                        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}],
                    }
                ],
            },
            {
                "objectWriteTraceId": "1",
                "properties": {"dealname": "Bob", "referral_lead_key": "key-1"},
                "associations": [],
            },
        ]
    }


def test_a_result_without_a_trace_finds_its_row_by_the_key() -> None:
    client, _ = crm(Said(201, {"results": [record("8", referral_lead_key="key-1")]}))

    answers = client.create_deals([ONE, TWO])

    assert [(type(answer), answer.trace) for answer in answers] == [(Unanswered, "0"), (Written, "1")]


ON_THE_KEY = "17 already has that value."
QUOTED = [{"isValid": False, "message": ON_THE_KEY, "error": "CONFLICT", "name": "referral_lead_key"}]
COORDINATES = "Cannot set PropertyValueCoordinates{portalId=1, propertyName=referral_lead_key, value=k} on 9. "
TAKEN: list[tuple[dict[str, Any], str]] = [
    ({"category": "CONFLICT", "message": "Deal already exists. Existing ID: 17"}, "17"),
    ({"category": "CONFLICT", "context": {"existingId": ["17"]}}, "17"),
    ({"category": "VALIDATION_ERROR", "message": "17 already has that value"}, "17"),
    ({"category": "VALIDATION_ERROR", "errors": [about("referral_lead_key", message=ON_THE_KEY)]}, "17"),
    ({"category": "VALIDATION_ERROR", "message": f"Property values were not valid: {json.dumps(QUOTED)}"}, "17"),
    ({"category": "VALIDATION_ERROR", "message": COORDINATES + ON_THE_KEY}, "17"),
    ({"category": "CONFLICT", "message": "no"}, ""),
    ({"category": "OBJECT_ALREADY_EXISTS"}, ""),
    ({"category": "VALIDATION_ERROR", "message": "Another deal already has that value"}, ""),
    ({"category": "VALIDATION_ERROR", "errors": [about("referral_lead_key", "DUPLICATE_VALUE")]}, ""),
]


@pytest.mark.parametrize(("error", "existing"), TAKEN)
@pytest.mark.parametrize("status", [400, 409])
def test_a_key_that_is_taken_is_a_conflict_in_whichever_words(
    error: dict[str, Any], existing: str, status: int
) -> None:
    client, _ = crm(Said(status, error))

    assert client.create_deals([ONE]) == [Conflict("0", existing)]


@pytest.mark.parametrize(("error", "existing"), TAKEN)
def test_a_row_whose_key_is_taken_does_not_keep_the_others_back(error: dict[str, Any], existing: str) -> None:
    context = {"context": {"objectWriteTraceId": ["0"], **error.get("context", {})}}
    client, _ = crm(Said(207, {"results": [record("8", "1")], "errors": [error | context]}))

    taken, new = client.create_deals([ONE, TWO])

    assert taken == Conflict("0", existing)
    assert isinstance(new, Written)


@pytest.mark.parametrize("body", [b"", {}, {"status": "error", "message": "no"}])
def test_a_conflict_that_says_nothing_else_is_a_conflict(body: Any) -> None:
    client, _ = crm(Said(409, body))

    assert client.create_deals([ONE]) == [Conflict("0", "")]


def test_a_conflict_of_several_rows_that_names_none_is_the_callers_to_take_apart() -> None:
    client, _ = crm(Said(409, {"category": "CONFLICT", "message": "Deal already exists. Existing ID: 17"}))

    with pytest.raises(RequestRefusedError) as raised:
        client.create_deals([ONE, TWO])

    assert raised.value.status == 409


@pytest.mark.parametrize(
    "error",
    [
        {"category": "VALIDATION_ERROR", "errors": [about("order_number", message="17 already has that value")]},
        {"category": "CONFLICT", "errors": [about("order_number", "CONFLICT")]},
    ],
)
def test_another_unique_value_that_is_taken_is_no_deal_of_ours(error: dict[str, Any]) -> None:
    client, _ = crm(Said(207, {"results": [], "errors": [error | {"context": {"objectWriteTraceId": ["0"]}}]}))

    refused, _ = client.create_deals([ONE, TWO])

    assert isinstance(refused, Refused)
    assert [problem.property for problem in refused.problems] == ["order_number"]


@pytest.mark.parametrize("code", ["PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"])
def test_a_key_property_that_is_missing_is_no_conflict(code: str) -> None:
    client, _ = crm(Said(400, {"category": "VALIDATION_ERROR", "errors": [about("referral_lead_key", code)]}))

    with pytest.raises(RequestRefusedError) as raised:
        client.create_deals([ONE])

    assert [problem.code for problem in raised.value.problems] == [code]


def test_rows_of_deals_are_judged_one_by_one() -> None:
    errors = [
        row_error("1", errors=[about("dealstage", "INVALID_OPTION")]),
        row_error("2", "INTERNAL_ERROR"),
        {"category": "VALIDATION_ERROR", "message": "no such contact", "context": {"ids": ["key-3"]}},
        {"category": "VALIDATION_ERROR", "message": "no"},
    ]
    client, _ = crm(Said(207, {"results": [record("7", "0")], "errors": errors}))

    assert client.create_deals(rows(6)) == [
        Written("0", "7", True, {"createdate": CREATED}),
        Refused("1", "VALIDATION_ERROR", (Problem("dealstage", "INVALID_OPTION", "no"),)),
        Unanswered("2"),
        Refused("3", "VALIDATION_ERROR", (Problem("", "VALIDATION_ERROR", "no such contact"),)),
        Unanswered("4", one_of_these_refused=True),
        Unanswered("5", one_of_these_refused=True),
    ]


def test_a_busy_hubspot_is_no_conflict() -> None:
    client, _ = crm(Said(400, {"category": "RATE_LIMITS", "errors": [about("referral_lead_key")]}))

    assert client.create_deals([ONE]) == [Unanswered("0")]


@pytest.mark.parametrize("body", [b"", {}, {"results": []}])
def test_a_success_that_says_nothing_answers_no_deal(body: Any) -> None:
    client, _ = crm(Said(201, body))

    assert client.create_deals([ONE]) == [Unanswered("0")]


def test_a_deal_is_never_created_a_second_time_blindly() -> None:
    client, hubspot = crm(Said(503))

    with pytest.raises(CrmUnavailableError):
        client.create_deals([ONE])

    assert len(hubspot.requests) == 1


@pytest.mark.parametrize(
    "bad",
    [
        [ONE, DealRow("1", "KEY-0", {})],
        [ONE, DealRow("0", "key-1", {})],
        [DealRow("0", "key-0", {"referral_lead_key": "key-1"})],
        [DealRow("0", "", {})],
        rows(101),
    ],
    ids=["key twice", "trace twice", "key as a property", "no key", "101 rows"],
)
def test_what_hubspot_would_refuse_whole_is_never_sent(bad: list[DealRow]) -> None:
    client, hubspot = crm()

    with pytest.raises(ValueError, match=r"row|record"):
        client.create_deals(bad)

    assert hubspot.requests == []


# Finding


def test_deals_are_found_by_their_keys() -> None:
    results = [record("8", referral_lead_key="key-1"), record("9", referral_lead_key="strange"), record("10")]
    missing = {"category": "OBJECT_NOT_FOUND", "context": {"ids": ["key-2"]}}
    client, hubspot = crm(Said(207, {"results": results, "errors": [missing]}))

    assert client.deals_by_key(["key-0", "key-1", "key-2"]) == {"key-1": "8"}

    assert hubspot.paths == [BATCH + "read"]
    assert hubspot.sent() == {
        "idProperty": "referral_lead_key",
        "inputs": [{"id": "key-0"}, {"id": "key-1"}, {"id": "key-2"}],
        "properties": ["referral_lead_key"],
        "propertiesWithHistory": [],
    }


def test_no_deal_is_guessed_for_a_key() -> None:
    client, _ = crm(Said(200, {"results": [record("8", referral_lead_key="another")]}))

    assert client.deals_by_key(["key-0"]) == {}


@pytest.mark.parametrize("body", [b"", {}, {"results": None}])
def test_a_read_by_key_that_says_nothing_is_a_failure(body: Any) -> None:
    client, _ = crm(Said(200, body))

    with pytest.raises(CrmUnavailableError):
        client.deals_by_key(["key-0"])


def test_no_deal_costs_no_call() -> None:
    client, hubspot = crm()

    assert client.create_deals([]) == []
    assert client.deals_by_key([]) == {}
    assert hubspot.requests == []
