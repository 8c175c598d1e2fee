"""Batches of deals, and deals found by a unique value."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.hubspot.driver import DEALS, EU, Account, Driver, deal

Json = dict[str, Any]


def test_a_batch_creates_the_good_rows_and_names_the_bad_ones(hubspot: Driver, sales: Account) -> None:
    rows = [deal(), deal(dealstage="nothing"), deal("1"), deal(order_number="O-1"), deal(order_number="O-1")]
    inputs = [row | {"objectWriteTraceId": str(index)} for index, row in enumerate(rows)]

    answer = sales.call("POST", f"{DEALS}/batch/create", {"inputs": inputs})

    assert answer.status_code == 207
    assert {result["objectWriteTraceId"] for result in answer.json()["results"]} == {"0", "3"}
    errors = {error["context"]["objectWriteTraceId"][0]: error for error in answer.json()["errors"]}
    assert errors.keys() == {"1", "2", "4"}
    assert errors["2"]["context"]["INVALID_OBJECT_IDS"] == ["CONTACT=1 is not valid"]
    assert hubspot.look(f"portals/{EU}/deals")["count"] == 2


def test_without_trace_ids_it_is_all_or_nothing(hubspot: Driver, sales: Account) -> None:
    for rows in ([deal(), deal(dealname="")], [deal(order_number="O-1"), deal(order_number="O-1")]):
        assert sales.call("POST", f"{DEALS}/batch/create", {"inputs": rows}).status_code in (400, 409)

    assert hubspot.look(f"portals/{EU}/deals")["count"] == 0


def test_batches_read_change_upsert_and_archive(hubspot: Driver, sales: Account) -> None:
    known = hubspot.seed_deal(order_number="O-1")

    def batch(kind: str, *rows: Json, **more: Any) -> Any:
        return sales.call("POST", f"{DEALS}/batch/{kind}", {"inputs": list(rows)} | more)

    wanted = {"properties": ["dealname"], "propertiesWithHistory": []}
    found = batch("read", {"id": "O-1"}, {"id": "O-2"}, idProperty="order_number", **wanted)
    assert (found.status_code, found.json()["results"][0]["id"]) == (207, known)
    assert found.json()["errors"][0]["message"].startswith("Could not get some DEAL objects")
    assert found.json()["errors"][0]["context"]["ids"] == ["O-2"]
    assert batch("update", {"id": known, "properties": {"amount": "7"}}).status_code == 200
    fresh = {"dealname": "New", "pipeline": "default", "dealstage": "contractsent"}
    upserted = batch(
        "upsert",
        {"idProperty": "order_number", "id": "O-1", "properties": {"dealstage": "closedwon"}},
        {"idProperty": "order_number", "id": "O-3", "properties": fresh},
    )
    assert sorted(result["new"] for result in upserted.json()["results"]) == [False, True]
    assert batch("archive", {"id": known}).status_code == 204
    assert hubspot.look(f"portals/{EU}/deals")["count"] == 1


@pytest.mark.parametrize("name", ["dealname", "email", "nothing"])
def test_only_a_unique_property_finds_deals(sales: Account, name: str) -> None:
    wanted = {"inputs": [{"id": "Ada"}], "idProperty": name, "properties": [], "propertiesWithHistory": []}

    answer = sales.call("POST", f"{DEALS}/batch/read", wanted)

    assert answer.status_code == 400
    assert f"non-unique 0-3 property {name}" in answer.json()["message"]
    assert sales.call("GET", f"{DEALS}/Ada", idProperty=name).status_code == 400


def test_one_deal_is_read_and_changed_by_a_unique_value(hubspot: Driver, sales: Account) -> None:
    known = hubspot.seed_deal(order_number="O-1")

    assert sales.call("GET", f"{DEALS}/O-1", idProperty="order_number").json()["id"] == known
    assert (
        sales.call("PATCH", f"{DEALS}/O-1?idProperty=order_number", {"properties": {"amount": "2"}}).json()["id"]
        == known
    )
    assert sales.call("GET", f"{DEALS}/O-2", idProperty="order_number").status_code == 404
