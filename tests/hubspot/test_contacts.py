from typing import Any

import pytest

from referral_hubspot.domain.crm import Conflict, Contact, ContactRow, Problem, Refused, Unanswered, Written
from referral_hubspot.domain.errors import CrmUnavailableError, RequestRefusedError, ScopeMissingError
from tests.hubspot.scripted import Said
from tests.hubspot.scripted_crm import CREATED, MOMENT, crm, record, row_error

BATCH = "POST /crm/objects/2026-09/contacts/batch/"
SINGLE = "POST /crm/objects/2026-09/contacts"
ADA = ContactRow("0", {"firstname": "Ada"}, email="ada@example.com")
BOB = ContactRow("1", {"firstname": "Bob"}, email="bob@example.com")
NO_EMAIL = {"code": "MISSING_REQUIRED_PROPERTY", "message": "A value for email must be provided"}
WANTS_EMAIL = NO_EMAIL | {"context": {"propertyName": ["email"]}}


# Writing


def test_an_upsert_goes_by_address_and_never_writes_it() -> None:
    client, hubspot = crm(Said(200, {"results": [record("7", "0", firstname="Ada") | {"new": True}]}))

    assert client.upsert_contacts([ADA]) == [Written("0", "7", True, {"firstname": "Ada", "createdate": CREATED})]

    assert hubspot.paths == [BATCH + "upsert"]
    assert hubspot.sent() == {
        "inputs": [
            {
                "idProperty": "email",
                "id": "ada@example.com",
                "objectWriteTraceId": "0",
                "properties": {"firstname": "Ada"},
            }
        ]
    }


def test_a_create_writes_the_address() -> None:
    client, hubspot = crm(Said(201, {"results": [record("7", "0")]}))

    assert client.create_contacts([ADA]) == [Written("0", "7", True, {"createdate": CREATED})]

    assert hubspot.paths == [BATCH + "create"]
    assert hubspot.sent()["inputs"][0]["properties"] == {"firstname": "Ada", "email": "ada@example.com"}


def test_an_update_goes_by_record_id() -> None:
    client, hubspot = crm(Said(200, {"results": [record("8", "0")]}))
    row = ContactRow("0", {"firstname": "Ada"}, record_id="7")

    assert client.update_contacts([row]) == [Written("0", "8", False, {"createdate": CREATED})]  # merged into 8

    assert hubspot.paths == [BATCH + "update"]
    assert hubspot.sent()["inputs"] == [{"id": "7", "objectWriteTraceId": "0", "properties": {"firstname": "Ada"}}]


def test_results_find_their_rows_in_any_order_by_trace_address_secondary_address_or_id() -> None:
    rows = [ContactRow(str(number), {}, email=f"p{number}@example.com") for number in range(4)]
    results = [
        record("13", email="other@example.com", hs_additional_emails="x@example.com;P3@example.com"),
        record("12", email="P2@Example.com"),
        record("11", "1"),
        record("99", "unknown"),
        record("98", email="stranger@example.com"),
        {"properties": {}},
    ]
    client, _ = crm(Said(200, {"results": results}))

    answers = client.upsert_contacts(rows)

    assert [(type(answer).__name__, answer.trace) for answer in answers] == [
        ("Unanswered", "0"),
        ("Written", "1"),
        ("Written", "2"),
        ("Written", "3"),
    ]


def test_an_update_without_a_trace_finds_its_row_by_id() -> None:
    client, _ = crm(Said(200, {"results": [record("7")]}))

    assert isinstance(client.update_contacts([ContactRow("0", {}, record_id="7")])[0], Written)


def test_each_row_of_a_multi_status_answer_is_judged_by_itself() -> None:
    rows = [ContactRow(str(number), {}, email=f"p{number}@example.com") for number in range(7)]
    detail = {"message": "bad", "code": "INVALID_OPTION", "context": {"propertyName": ["plan"]}}
    errors = [
        row_error("1", errors=[detail]),
        row_error("2", "CONFLICT", context={"existingId": ["17"]}),
        row_error("3", "CONFLICT", message="Contact already exists. Existing ID: 18"),
        row_error("4", "CONFLICT"),
        row_error("5", "INTERNAL_ERROR"),
    ]
    client, _ = crm(Said(207, {"results": [record("7", "0")], "errors": errors, "numErrors": 5}))

    assert client.create_contacts(rows) == [
        Written("0", "7", True, {"createdate": CREATED}),
        Refused("1", "VALIDATION_ERROR", (Problem("plan", "INVALID_OPTION", "bad"),)),
        Conflict("2", "17"),
        Conflict("3", "18"),
        Refused("4", "CONFLICT", (Problem("", "CONFLICT", "no"),)),
        Unanswered("5"),
        Unanswered("6"),
    ]


def test_an_error_without_a_trace_is_found_by_the_ids_it_names() -> None:
    rows = [ContactRow(str(number), {}, record_id=f"7{number}") for number in range(3)]
    error = {"category": "OBJECT_NOT_FOUND", "message": "gone", "context": {"ids": ["70", "72"]}}
    client, _ = crm(Said(207, {"results": [record("71", "1")], "errors": [error]}))

    answers = client.update_contacts(rows)

    assert [type(answer) for answer in answers] == [Refused, Written, Refused]


def test_an_error_that_names_no_row_is_about_the_only_one_left() -> None:
    error = {"category": "VALIDATION_ERROR", "message": "no"}
    client, _ = crm(
        Said(207, {"results": [record("7", "0")], "errors": [error]}), Said(207, {"results": [], "errors": [error]})
    )

    assert [type(answer) for answer in client.create_contacts([ADA, BOB])] == [Written, Refused]
    assert [type(answer) for answer in client.create_contacts([ADA, BOB])] == [Unanswered, Unanswered]


@pytest.mark.parametrize("body", [b"", {}, {"status": "COMPLETE", "results": []}, {"results": None}])
def test_a_success_that_says_nothing_answers_no_row(body: Any) -> None:
    client, _ = crm(Said(200, body))

    assert client.upsert_contacts([ADA, BOB]) == [Unanswered("0"), Unanswered("1")]


def test_a_batch_refused_whole_is_the_callers_to_take_apart() -> None:
    client, _ = crm(Said(400, {"category": "VALIDATION_ERROR", "message": "no"}))

    with pytest.raises(RequestRefusedError):
        client.create_contacts([ADA, BOB])


def test_a_row_refused_whole_can_still_be_a_conflict() -> None:
    client, _ = crm(Said(400, {"category": "VALIDATION_ERROR", "message": "17 already has that value."}))

    assert client.create_contacts([ADA]) == [Conflict("0", "17")]


def test_a_row_refused_whole_is_raised_otherwise() -> None:
    client, _ = crm(Said(400, {"category": "VALIDATION_ERROR", "message": "no"}))

    with pytest.raises(RequestRefusedError) as raised:
        client.update_contacts([ContactRow("0", {}, record_id="7")])

    assert raised.value.status == 400


# An upsert that HubSpot will not create from without the address


def test_rows_refused_for_want_of_the_address_are_created_in_one_call() -> None:
    refused = [row_error("0", errors=[WANTS_EMAIL]), row_error("1", errors=[WANTS_EMAIL])]
    conflict = row_error("1", "CONFLICT", context={"existingId": ["17"]})
    client, hubspot = crm(
        Said(207, {"results": [record("9", "2") | {"new": False}], "errors": refused}),
        Said(207, {"results": [record("7", "0")], "errors": [conflict]}),
    )
    cy = ContactRow("2", {}, email="cy@example.com")

    answers = client.upsert_contacts([ADA, BOB, cy])

    assert answers == [
        Written("0", "7", True, {"createdate": CREATED}),
        Conflict("1", "17"),
        Written("2", "9", False, {"createdate": CREATED}),
    ]
    assert hubspot.paths == [BATCH + "upsert", BATCH + "create"]
    assert [row["properties"]["email"] for row in hubspot.sent()["inputs"]] == ["ada@example.com", "bob@example.com"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Said(201, record("7")), Written("0", "7", True, {"createdate": CREATED})),
        (
            Said(409, {"category": "CONFLICT", "message": "Contact already exists. Existing ID: 17"}),
            Conflict("0", "17"),
        ),
        (
            Said(400, {"category": "VALIDATION_ERROR", "message": "no"}),
            Refused("0", "VALIDATION_ERROR", (Problem("", "VALIDATION_ERROR", "no"),)),
        ),
        (Said(201, b""), Unanswered("0")),
        (Said(500), Unanswered("0")),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_a_single_row_refused_for_want_of_the_address_is_created_alone(
    answer: Said, expected: Any, whole: bool
) -> None:
    refusal = (
        Said(400, {"category": "VALIDATION_ERROR", "message": "no", "errors": [WANTS_EMAIL]})
        if whole
        else Said(207, {"results": [], "errors": [row_error("0", errors=[WANTS_EMAIL])]})
    )
    client, hubspot = crm(refusal, answer)

    assert client.upsert_contacts([ADA]) == [expected]

    assert hubspot.paths == [BATCH + "upsert", SINGLE]
    assert hubspot.sent()["properties"] == {"firstname": "Ada", "email": "ada@example.com"}


def test_rows_go_one_by_one_when_hubspot_refuses_to_create_them_together() -> None:
    refused = [row_error("0", errors=[NO_EMAIL]), row_error("1", errors=[NO_EMAIL])]
    client, hubspot = crm(
        Said(207, {"results": [], "errors": refused}),
        Said(400, {"category": "VALIDATION_ERROR"}),
        Said(201, record("7")),
        Said(400, {"category": "VALIDATION_ERROR", "message": "no"}),
    )

    assert [type(answer) for answer in client.upsert_contacts([ADA, BOB])] == [Written, Refused]
    assert hubspot.paths == [BATCH + "upsert", BATCH + "create", SINGLE, SINGLE]


def test_what_the_upsert_wrote_is_told_even_if_the_rest_cannot_be_created_now() -> None:
    refused = [row_error("0", errors=[WANTS_EMAIL]), row_error("1", errors=[WANTS_EMAIL])]
    client, _ = crm(Said(207, {"results": [record("9", "2")], "errors": refused}), Said(503))
    cy = ContactRow("2", {}, email="cy@example.com")

    assert client.upsert_contacts([ADA, BOB, cy]) == [
        Unanswered("0"),
        Unanswered("1"),
        Written("2", "9", False, {"createdate": CREATED}),
    ]


def test_a_missing_permission_is_not_taken_for_a_refused_row() -> None:
    client, _ = crm(Said(403, {}))

    with pytest.raises(ScopeMissingError):
        client.upsert_contacts([ADA])


# What callers must not do


@pytest.mark.parametrize(
    "rows",
    [
        [ADA, ContactRow("1", {}, email="Ada@Example.com")],
        [ADA, ContactRow("0", {}, email="bob@example.com")],
        [ContactRow("0", {"email": "x@example.com"}, email="ada@example.com")],
        [ContactRow("0", {})],
        [ContactRow(str(number), {}, email=f"p{number}@example.com") for number in range(101)],
    ],
    ids=["address twice", "trace twice", "address as a property", "no address", "101 rows"],
)
def test_what_hubspot_would_refuse_whole_is_never_sent(rows: list[ContactRow]) -> None:
    client, hubspot = crm()

    for write in (client.upsert_contacts, client.create_contacts):
        with pytest.raises(ValueError, match=r"row|record"):
            write(rows)

    assert hubspot.requests == []


def test_nothing_to_do_costs_no_call() -> None:
    client, hubspot = crm()

    assert client.read_contacts_by_email([], ["x"]) == {}
    assert client.read_contacts([], ["x"]) == {}
    assert client.create_contacts([]) == client.update_contacts([]) == client.upsert_contacts([]) == []
    assert hubspot.requests == []


# Reading


def test_contacts_are_found_by_primary_and_secondary_address() -> None:
    results = [
        record("8", email="x@example.com", hs_additional_emails="y@example.com; BOB@example.com", plan="", seats=None),
        record("7", email="Ada@example.com", plan="pro"),
    ]
    missing = {"category": "OBJECT_NOT_FOUND", "context": {"ids": ["cy@example.com"]}}
    client, hubspot = crm(Said(207, {"results": results, "errors": [missing]}))

    found = client.read_contacts_by_email(["ada@example.com", "bob@example.com", "cy@example.com"], ["plan", "seats"])

    assert found == {
        "ada@example.com": Contact("7", MOMENT, {"plan": "pro"}),
        "bob@example.com": Contact("8", MOMENT, {}),
    }
    assert hubspot.paths == [BATCH + "read"]
    assert hubspot.sent()["idProperty"] == "email"
    assert hubspot.sent()["properties"][:2] == ["plan", "seats"]
    assert set(hubspot.sent()["properties"]) >= {"email", "hs_additional_emails", "createdate"}
    assert hubspot.sent()["propertiesWithHistory"] == []


def test_the_one_result_left_belongs_to_the_one_address_that_is_not_missing() -> None:
    missing = {"category": "OBJECT_NOT_FOUND", "context": {"ids": ["CY@example.com"]}}
    client, _ = crm(Said(207, {"results": [record("8", email="new@example.com")], "errors": [missing]}))

    found = client.read_contacts_by_email(["bob@example.com", "cy@example.com"], [])

    assert found == {"bob@example.com": Contact("8", MOMENT, {})}


def test_results_that_fit_nobody_are_not_guessed() -> None:
    client, _ = crm(Said(200, {"results": [record("8", email="new@example.com")]}))

    assert client.read_contacts_by_email(["bob@example.com", "cy@example.com"], []) == {}


def test_a_merged_record_answers_under_its_former_ids() -> None:
    client, hubspot = crm(Said(200, {"results": [record("30", hs_merged_object_ids="10;20"), record("40")]}))

    found = client.read_contacts(["10", "20", "30", "40"], [])

    assert {asked: contact.record_id for asked, contact in found.items()} == {
        "10": "30", "20": "30", "30": "30", "40": "40",
    }  # fmt: skip
    assert "idProperty" not in hubspot.sent()
    assert "hs_merged_object_ids" in hubspot.sent()["properties"]


def test_a_record_that_came_back_under_another_id_is_recognised_when_only_one_is_left() -> None:
    client, _ = crm(Said(200, {"results": [record("30"), record("40")]}))

    assert client.read_contacts(["10", "40"], [])["10"].record_id == "30"


def test_what_hubspot_leaves_out_does_not_exist() -> None:
    client, _ = crm(Said(200, {"status": "COMPLETE", "results": []}))

    assert client.read_contacts(["10"], []) == {}


@pytest.mark.parametrize("body", [b"", {}, {"results": None}, {"results": [{"id": "7", "properties": {}}]}])
def test_a_read_that_says_nothing_is_a_failure(body: Any) -> None:
    client, _ = crm(Said(200, body))

    with pytest.raises(CrmUnavailableError):
        client.read_contacts(["7"], [])


@pytest.mark.parametrize("when", ["yesterday", "2026-01-02T03:04:05", 3])
def test_the_records_own_date_stands_in_for_a_property_that_is_none(when: Any) -> None:
    result = {"id": "7", "createdAt": CREATED, "properties": {"createdate": when}}
    client, _ = crm(Said(200, {"results": [result]}))

    assert client.read_contacts(["7"], [])["7"].created_at == MOMENT
