from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.hubspot.driver import CONTACTS, EU, Account, Driver, row

Json = dict[str, Any]


def by_trace(answer: Any) -> dict[str, Json]:
    return {result["objectWriteTraceId"]: result for result in answer.json()["results"]}


def errors_by_trace(answer: Any) -> dict[str, Json]:
    return {error["context"]["objectWriteTraceId"][0]: error for error in answer.json().get("errors", [])}


def count(hubspot: Driver) -> int:
    total: int = hubspot.look(f"portals/{EU}/contacts")["count"]
    return total


def test_an_upsert_creates_the_unknown_and_changes_the_known(hubspot: Driver, account: Account) -> None:
    (known,) = hubspot.seed({"email": "known@example.com", "lastname": "Kept", "createdate": "2020-01-01T00:00:00Z"})

    answer = account.upsert(row("a", "KNOWN@example.com", firstname="K"), row("b", "New@example.com", firstname="N"))

    results = by_trace(answer)
    assert answer.status_code == 200
    assert (results["a"]["id"], results["a"]["new"]) == (known, False)
    assert results["a"]["createdAt"].startswith("2020-01-01")
    assert results["b"]["new"] is True
    assert results["b"]["properties"]["email"] == "new@example.com"
    assert hubspot.look(f"portals/{EU}/contacts/{known}")["properties"]["lastname"] == "Kept"


def test_with_trace_ids_good_rows_are_written_and_bad_ones_reported(hubspot: Driver, account: Account) -> None:
    answer = account.upsert(row("a", "a@example.com"), row("b", "b@example.com", plan="gold"), row("c", "nonsense"))

    errors = errors_by_trace(answer)
    assert answer.status_code == 207
    assert answer.json()["numErrors"] == 2
    assert by_trace(answer).keys() == {"a"}
    assert errors["b"]["errors"][0]["code"] == "INVALID_OPTION"
    assert errors["c"]["errors"][0]["code"] == "INVALID_EMAIL"
    assert count(hubspot) == 1


@pytest.mark.parametrize("traces", [(None, None), ("a", None), ("a", "a")])
def test_without_a_trace_id_of_its_own_on_every_row_it_is_all_or_nothing(
    hubspot: Driver, account: Account, traces: tuple[str | None, str | None]
) -> None:
    answer = account.upsert(row(traces[0], "a@example.com"), row(traces[1], "b@example.com", plan="gold"))

    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert count(hubspot) == 0
    assert account.upsert(row(traces[0], "a@example.com"), row(traces[1], "b@example.com")).status_code == 200


@pytest.mark.parametrize("kind", ["upsert", "update"])
def test_duplicate_ids_refuse_the_batch_even_with_trace_ids(hubspot: Driver, account: Account, kind: str) -> None:
    inputs = [row("a", "a@example.com"), row("b", "A@example.com"), row("c", "c@example.com")]

    answer = account.post(f"/batch/{kind}", {"inputs": inputs})

    assert answer.status_code == 400
    assert "IDs must be unique" in answer.json()["message"]
    assert answer.json()["context"]["ids"] == ["a@example.com"]
    assert count(hubspot) == 0


def test_results_do_not_keep_the_order_of_the_inputs(account: Account) -> None:
    answer = account.upsert(*[row(str(n), f"p{n}@example.com") for n in range(5)])

    traces = [result["objectWriteTraceId"] for result in answer.json()["results"]]
    assert sorted(traces) == ["0", "1", "2", "3", "4"]
    assert traces != sorted(traces)


@pytest.mark.parametrize("kind", ["create", "read", "update", "upsert", "archive"])
def test_a_batch_holds_a_hundred_inputs_and_at_least_one(account: Account, kind: str) -> None:
    inputs = [row(str(n), f"p{n}@example.com", lastname="x") for n in range(101)]

    assert account.post(f"/batch/{kind}", {"inputs": inputs}).status_code == 400
    assert account.post(f"/batch/{kind}", {"inputs": []}).status_code == 400
    assert account.post(f"/batch/{kind}", {"inputs": "x"}).status_code == 400


def test_creating_a_known_address_is_a_conflict_row_that_names_the_contact(hubspot: Driver, account: Account) -> None:
    (known,) = hubspot.seed({"properties": {"email": "known@example.com"}, "additional_emails": ["old@example.com"]})
    inputs = [
        {"objectWriteTraceId": "a", "properties": {"email": "Known@example.com"}, "associations": []},
        {"objectWriteTraceId": "b", "properties": {"email": "old@example.com"}, "associations": []},
        {"objectWriteTraceId": "c", "properties": {"email": "new@example.com"}, "associations": []},
    ]

    answer = account.post("/batch/create", {"inputs": inputs})

    errors = errors_by_trace(answer)
    assert answer.status_code == 207
    assert by_trace(answer).keys() == {"c"}
    assert [errors[trace]["category"] for trace in "ab"] == ["CONFLICT", "CONFLICT"]
    assert [errors[trace]["context"]["existingId"] for trace in "ab"] == [[known], [known]]


def test_creating_without_trace_ids_is_all_or_nothing_too(hubspot: Driver, account: Account) -> None:
    hubspot.seed({"email": "known@example.com"})
    inputs = [{"properties": {"email": "new@example.com"}}, {"properties": {"email": "known@example.com"}}]

    assert account.post("/batch/create", {"inputs": inputs}).status_code == 409
    assert count(hubspot) == 1

    twins = [{"properties": {"email": "t@example.com"}}, {"properties": {"email": "T@example.com"}}]
    assert account.post("/batch/create", {"inputs": twins}).status_code == 409
    assert count(hubspot) == 1


def test_one_new_address_twice_in_a_batch_is_created_once(hubspot: Driver, account: Account) -> None:
    inputs = [
        {"objectWriteTraceId": "a", "properties": {"email": "t@example.com"}},
        {"objectWriteTraceId": "b", "properties": {"email": "T@example.com"}},
    ]

    answer = account.post("/batch/create", {"inputs": inputs})

    assert answer.status_code == 207
    assert errors_by_trace(answer)["b"]["context"]["existingId"] == [by_trace(answer)["a"]["id"]]


def test_reading_by_address_finds_the_known_and_names_the_unknown(hubspot: Driver, account: Account) -> None:
    (known,) = hubspot.seed({"email": "known@example.com", "firstname": "K"})

    answer = account.read_by_email("Known@example.com", "a@example.com", "b@example.com", properties=["email", "plan"])

    assert answer.status_code == 207
    (result,) = answer.json()["results"]
    assert (result["id"], result["properties"]["email"]) == (known, "known@example.com")
    assert result["properties"]["plan"] is None
    (error,) = answer.json()["errors"]
    assert error["category"] == "OBJECT_NOT_FOUND"
    assert error["context"]["ids"] == ["a@example.com", "b@example.com"]


def test_reading_by_id_and_by_history(hubspot: Driver, account: Account) -> None:
    (known,) = hubspot.seed({"email": "known@example.com", "plan": "free"})
    body = {"inputs": [{"id": known}], "properties": [], "propertiesWithHistory": ["plan"]}

    answer = account.post("/batch/read", body)

    assert answer.status_code == 200
    assert answer.json()["results"][0]["propertiesWithHistory"]["plan"][0]["value"] == "free"


def test_updating_what_does_not_exist_is_a_row_even_without_trace_ids(hubspot: Driver, account: Account) -> None:
    (known,) = hubspot.seed({"email": "known@example.com"})
    inputs = [{"id": known, "properties": {"plan": "pro"}}, {"id": "1", "properties": {"plan": "pro"}}]

    answer = account.post("/batch/update", {"inputs": inputs})

    assert answer.status_code == 207
    assert [result["id"] for result in answer.json()["results"]] == [known]
    assert answer.json()["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert hubspot.look(f"portals/{EU}/contacts/{known}")["properties"]["plan"] == "pro"


def test_updating_who_was_deleted_or_merged_away_is_told_apart_by_trace_id(hubspot: Driver, account: Account) -> None:
    kept, lost, deleted = hubspot.seed(*[{"email": f"{name}@example.com"} for name in ("kept", "lost", "deleted")])
    survivor = hubspot.control(f"portals/{EU}/merge", {"primary": kept, "other": lost})["id"]
    account.call("DELETE", f"{CONTACTS}/{deleted}")
    inputs = [{"id": one, "objectWriteTraceId": f"row-{one}", "properties": {"plan": "pro"}} for one in (lost, deleted)]

    answer = account.post("/batch/update", {"inputs": inputs})

    assert answer.status_code == 207
    assert {trace: result["id"] for trace, result in by_trace(answer).items()} == {f"row-{lost}": survivor}
    (error,) = answer.json()["errors"]
    assert error["category"] == "OBJECT_NOT_FOUND"
    assert error["context"] == {"ids": [deleted], "objectWriteTraceId": [f"row-{deleted}"]}
    assert hubspot.look(f"portals/{EU}/contacts/{survivor}")["properties"]["plan"] == "pro"


def test_an_upsert_by_a_unique_value(account: Account) -> None:
    first = account.upsert({"idProperty": "customer_number", "id": "C-1", "properties": {"lastname": "A"}})
    second = account.upsert({"idProperty": "customer_number", "id": "C-1", "properties": {"lastname": "B"}})

    assert [answer.json()["results"][0]["new"] for answer in (first, second)] == [True, False]
    assert first.json()["results"][0]["id"] == second.json()["results"][0]["id"]


def test_an_upsert_by_a_property_that_is_not_unique_is_refused(account: Account) -> None:
    answer = account.upsert({"idProperty": "lastname", "id": "A", "properties": {}})

    assert answer.status_code == 400
    assert "non-unique 0-1 property lastname" in answer.json()["message"]


def test_what_an_admin_requires_refuses_creations_of_2026_09_only(hubspot: Driver, account: Account) -> None:
    (known,) = hubspot.seed({"email": "known@example.com"})
    hubspot.control(f"portals/{EU}/properties", {"require": ["lastname"]})

    answer = account.upsert(row("a", "a@example.com"), row("b", "known@example.com", plan="pro"))

    error = errors_by_trace(answer)["a"]["errors"][0]
    assert (error["code"], error["message"]) == ("MISSING_REQUIRED_PROPERTY", "A value for lastname must be provided")
    assert by_trace(answer)["b"]["id"] == known
    older = account.call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "a@example.com"}})
    assert older.status_code == 201


def test_a_conditional_requirement_holds_for_changes_as_well(hubspot: Driver, account: Account) -> None:
    hubspot.seed({"email": "known@example.com"})
    hubspot.control(f"portals/{EU}/properties", {"conditional": [["plan", "pro", "seats"]]})

    refused = account.upsert(row("a", "known@example.com", plan="pro"))
    fine = account.upsert(row("a", "known@example.com", plan="pro", seats="3"))

    assert refused.json()["errors"][0]["errors"][0]["code"] == "MISSING_CONDITIONAL_REQUIRED_PROPERTY"
    assert fine.status_code == 200


def test_a_batch_archive_takes_what_is_there(hubspot: Driver, account: Account) -> None:
    ids = hubspot.seed({"email": "a@example.com"}, {"email": "b@example.com"})

    answer = account.post("/batch/archive", {"inputs": [{"id": ids[0]}, {"id": "1"}]})

    assert (answer.status_code, answer.content) == (204, b"")
    assert count(hubspot) == 1
