from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.hubspot.driver import EU, Account, Driver


def found(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [result["id"] for result in answer.json()["results"]]


@pytest.fixture
def people(hubspot: Driver) -> list[str]:
    return hubspot.seed(
        {"email": "ada@example.com", "firstname": "Ada", "seats": "5", "plan": "pro", "interests": "crm;ops"},
        {"email": "bob@example.com", "firstname": "Bob", "seats": "40", "plan": "free", "trial_start": "2026-01-05"},
        {
            "properties": {"email": "eve@example.com", "firstname": "Eve"},
            "createdate": "2020-01-01T00:00:00Z",
            "additional_emails": ["old@example.com"],
        },
    )


@pytest.mark.parametrize(
    ("name", "operator", "values", "expected"),
    [
        ("email", "EQ", {"value": "ADA@example.com"}, [0]),
        ("email", "EQ", {"value": "old@example.com"}, []),
        ("hs_additional_emails", "EQ", {"value": "old@example.com"}, [2]),
        ("email", "IN", {"values": ["ada@example.com", "eve@example.com"]}, [0, 2]),
        ("email", "IN", {"values": ["Ada@example.com"]}, []),
        ("email", "NOT_IN", {"values": ["ada@example.com"]}, [1, 2]),
        ("firstname", "NEQ", {"value": "ada"}, [1, 2]),
        ("plan", "EQ", {"value": "PRO"}, []),
        ("plan", "HAS_PROPERTY", {}, [0, 1]),
        ("plan", "NOT_HAS_PROPERTY", {}, [2]),
        ("seats", "GT", {"value": "9"}, [1]),
        ("seats", "LTE", {"value": "5"}, [0]),
        ("seats", "BETWEEN", {"value": "5", "highValue": "40"}, [0, 1]),
        ("trial_start", "GTE", {"value": "1767225600000"}, [1]),
        ("seats", "LT", {"value": "40"}, [0]),
        ("createdate", "LT", {"value": "2021-01-01"}, [2]),
        ("createdate", "EQ", {"value": "2020-01-01T00:00:00Z"}, [2]),
        ("createdate", "NEQ", {"value": "1577836800000"}, [0, 1]),
        ("lastmodifieddate", "GTE", {"value": "2026-01-01"}, [0, 1]),
        ("lastmodifieddate", "BETWEEN", {"value": "2019-01-01", "highValue": "2020-01-01"}, [2]),
        ("hs_object_id", "GT", {"value": "20001"}, [1, 2]),
        ("hs_object_id", "IN", {"values": ["20001", "20003"]}, [0, 2]),
        ("hs_additional_emails", "HAS_PROPERTY", {}, [2]),
        ("hs_email_domain", "NOT_HAS_PROPERTY", {}, []),
        ("firstname", "LTE", {"value": "BOB"}, [0, 1]),
        ("interests", "IN", {"values": ["ops"]}, [0]),
        ("interests", "NOT_IN", {"values": ["ops"]}, [1, 2]),
        ("interests", "EQ", {"value": "ops"}, [0]),
        ("email", "CONTAINS_TOKEN", {"value": "ada*"}, [0]),
        ("email", "NOT_CONTAINS_TOKEN", {"value": "ada"}, [1, 2]),
    ],
)
def test_each_operator(
    account: Account, people: list[str], name: str, operator: str, values: dict[str, Any], expected: list[int]
) -> None:
    assert found(account.search(name, operator, **values)) == [people[index] for index in expected]


def test_filters_of_a_group_must_all_hold_and_groups_are_alternatives(account: Account, people: list[str]) -> None:
    ada = {"propertyName": "firstname", "operator": "EQ", "value": "ada"}
    free = {"propertyName": "plan", "operator": "EQ", "value": "free"}

    together = account.post("/search", {"filterGroups": [{"filters": [ada, free]}]})
    either = account.post("/search", {"filterGroups": [{"filters": [ada]}, {"filters": [free]}]})

    assert found(together) == []
    assert found(either) == people[:2]


def test_pages_sorts_and_totals(account: Account, people: list[str]) -> None:
    sort = [{"propertyName": "seats", "direction": "DESCENDING"}]

    first = account.post("/search", {"limit": 2, "sorts": sort, "properties": ["seats"]})
    second = account.post("/search", {"limit": 2, "sorts": sort, "after": first.json()["paging"]["next"]["after"]})

    assert first.json()["total"] == 3
    assert found(first) + found(second) == [people[1], people[0], people[2]]
    assert "paging" not in second.json()
    assert found(account.post("/search", {"sorts": ["hs_object_id"], "limit": 1})) == people[:1]


def test_without_a_sort_the_order_is_by_id_whatever_came_and_went(
    hubspot: Driver, account: Account, people: list[str]
) -> None:
    hubspot.control(f"portals/{EU}/contacts/{people[0]}", method="DELETE")
    hubspot.control(f"portals/{EU}/contacts/{people[0]}/restore")

    assert found(account.post("/search", {})) == people
    assert found(account.post("/search", {"sorts": ["-hs_object_id"]})) == people[::-1]


def test_a_change_moves_the_time_of_change_only(hubspot: Driver, account: Account, people: list[str]) -> None:
    hubspot.control(f"portals/{EU}/contacts/{people[2]}", {"properties": {"plan": "pro"}})

    assert found(account.search("createdate", "LT", value="2021-01-01")) == [people[2]]
    assert found(account.search("lastmodifieddate", "LT", value="2021-01-01")) == []
    assert found(account.post("/search", {"sorts": ["-createdate"]}))[-1] == people[2]


def test_a_query_looks_at_names_and_addresses(account: Account, people: list[str]) -> None:
    assert found(account.post("/search", {"query": "OLD@"})) == [people[2]]


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": "x"},
        {"after": "9990", "limit": 20},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "HAS_PROPERTY"}] * 7}]},
        {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "HAS_PROPERTY"}] * 5}] * 4},
        {"filterGroups": [{"filters": [{"propertyName": "nothing", "operator": "EQ", "value": "x"}]}]},
        {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "LIKE", "value": "x"}]}]},
        {"sorts": ["email", "plan"]},
        {"sorts": ["nothing"]},
        {"query": "x" * 3001},
    ],
)
def test_a_search_beyond_hubspots_limits_is_refused(account: Account, body: dict[str, Any]) -> None:
    assert account.post("/search", body).status_code == 400


def test_search_shows_a_write_only_after_the_lag(hubspot: Driver, account: Account) -> None:
    (known,) = hubspot.seed({"email": "known@example.com", "plan": "free"})
    hubspot.switch(search_lag_s=60)
    account.post("", {"properties": {"email": "new@example.com", "plan": "pro"}})
    hubspot.control(f"portals/{EU}/contacts/{known}", {"properties": {"plan": "pro"}})
    hubspot.control(f"portals/{EU}/contacts/{known}", {"properties": {"plan": "starter"}})

    assert found(account.search("plan", "HAS_PROPERTY")) == [known]
    assert found(account.search("plan", "EQ", value="free")) == [known]
    assert account.search("plan", "EQ", value="free").json()["results"][0]["properties"]["plan"] == "free"

    hubspot.switch(search_lag_s=0)
    assert found(account.search("plan", "EQ", value="starter")) == [known]
    assert len(found(account.search("plan", "HAS_PROPERTY"))) == 2
