from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from referral_hubspot.domain.crm import History, Matches, ObjectType, Past
from referral_hubspot.domain.errors import CrmUnavailableError, RequestRefusedError
from tests.hubspot.scripted import Said
from tests.hubspot.scripted_crm import crm, record
from tests.hubspot.stand_ins import OpenBudget

SINCE = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
INTROSPECT = "POST /oauth/2026-09/token/introspect"
OURS = Said(200, {"active": True, "app_id": 1001})


def at(minute: int) -> datetime:
    return datetime(2026, 5, 6, 7, minute, tzinfo=UTC)


def entry(value: str | None, minute: int, source: str = "CRM_UI", source_id: str | None = "userId:5") -> dict[str, Any]:
    return {"value": value, "timestamp": f"2026-05-06T07:{minute:02}:00Z", "sourceType": source, "sourceId": source_id}


def past(record_id: str, *entries: Any, **properties: str) -> dict[str, Any]:
    return record(record_id, **properties) | {"propertiesWithHistory": {"dealstage": list(entries)}}


# Searching


def test_a_search_asks_for_a_value_and_a_time_in_the_order_of_ids() -> None:
    budget = OpenBudget()
    client, hubspot = crm(Said(200, {"total": 2, "results": [record("9"), record("10")]}), budget=budget)

    assert client.search(ObjectType.DEAL, "dealstage", "closedwon", SINCE) == Matches(("9", "10"), "")

    assert hubspot.paths == ["POST /crm/objects/2026-09/deals/search"]
    assert hubspot.sent() == {
        "filterGroups": [
            {
                "filters": [
                    {"propertyName": "dealstage", "operator": "EQ", "value": "closedwon"},
                    {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "1767323045678"},
                ]
            }
        ],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": ["hs_object_id"],
        "limit": 200,
    }
    assert budget.kinds == ["search"]


def test_contacts_have_a_date_of_change_of_their_own_and_pages_go_on_above_the_last_id() -> None:
    client, hubspot = crm(Said(200, {"results": []}))

    assert client.search(ObjectType.CONTACT, "lifecyclestage", "customer", SINCE, after="77") == Matches((), "")

    filters = hubspot.sent()["filterGroups"][0]["filters"]
    assert [(rule["propertyName"], rule["operator"], rule["value"]) for rule in filters[1:]] == [
        ("lastmodifieddate", "GTE", "1767323045678"),
        ("hs_object_id", "GT", "77"),
    ]


@pytest.mark.parametrize(
    ("number", "paging", "after"),
    [(200, {}, "200"), (199, {}, ""), (3, {"paging": {"next": {"after": "3"}}}, "3"), (0, {"paging": {}}, "")],
)
def test_a_full_page_is_not_the_last(number: int, paging: dict[str, Any], after: str) -> None:
    results = [record(str(number - index)) for index in range(number)]
    client, _ = crm(Said(200, {"results": results} | paging))

    found = client.search(ObjectType.DEAL, "dealstage", "s", SINCE)

    assert found.record_ids == tuple(str(index + 1) for index in range(number))
    assert found.after == after


@pytest.mark.parametrize("body", [b"", {}, {"results": None}])
def test_a_search_that_says_nothing_is_a_failure(body: Any) -> None:
    client, _ = crm(Said(200, body))

    with pytest.raises(CrmUnavailableError):
        client.search(ObjectType.DEAL, "dealstage", "s", SINCE)


def test_too_many_searches_slow_only_searches_down() -> None:
    budget = OpenBudget()
    client, _ = crm(Said(429, {"policyName": "SECONDLY"}), budget=budget)

    with pytest.raises(CrmUnavailableError):
        client.search(ObjectType.DEAL, "dealstage", "s", SINCE)

    assert budget.stopped == [("search", 1.0)]


# Histories


def test_a_history_is_told_oldest_first_by_the_id_asked_for() -> None:
    results = [
        past("30", entry("b", 2), entry("a", 1), hs_merged_object_ids="10;20"),
        past("40", entry("only", 3)),
        record("50"),
    ]
    client, hubspot = crm(Said(200, {"results": results}))

    found = client.histories(ObjectType.DEAL, ["10", "40", "50", "60"], "dealstage")

    assert found == {
        "10": History("30", (Past("a", at(1), ours=False), Past("b", at(2), ours=False)), ("10", "20")),
        "40": History("40", (Past("only", at(3), ours=False),)),
        "50": History("50", ()),
    }
    assert hubspot.paths == ["POST /crm/objects/2026-09/deals/batch/read"]  # nothing else: no app wrote any
    assert hubspot.sent() == {
        "inputs": [{"id": "10"}, {"id": "40"}, {"id": "50"}, {"id": "60"}],
        "properties": ["hs_merged_object_ids"],
        "propertiesWithHistory": ["dealstage"],
    }


def test_values_of_one_moment_keep_their_order_and_a_cleared_value_is_blank() -> None:
    entries = [entry("first", 0), entry("d", 2), entry("c", 1), entry(None, 1), entry("a", 1)]  # as after a merge
    unplaced = entry("x", 1) | {"timestamp": None}
    client, _ = crm(Said(200, {"results": [past("7", *entries, unplaced)]}))

    history = client.histories(ObjectType.DEAL, ["7"], "dealstage")["7"]

    assert [one.value for one in history.past] == ["first", "a", "", "c", "d"]


def test_only_our_own_apps_values_are_ours_and_its_id_is_asked_for_once() -> None:
    entries = [
        entry("c", 3, "INTEGRATION", "2002"),
        entry("b", 2, "INTEGRATION", "1001"),
        entry("a", 1, "CRM_UI", "1001"),
    ]
    answer = Said(200, {"results": [past("7", *entries)]})
    client, hubspot = crm(answer, OURS, answer)

    for _ in range(2):
        history = client.histories(ObjectType.DEAL, ["7"], "dealstage")["7"]
        assert [(one.value, one.ours) for one in history.past] == [("a", False), ("b", True), ("c", False)]

    assert hubspot.paths.count(INTROSPECT) == 1


@pytest.mark.parametrize(
    "introspection",
    [
        Said(200, {"active": True}),
        Said(200, {"active": False}),
        Said(503),
        Said(400, {"status": "BAD_CLIENT_ID"}),
        requests.ConnectTimeout(),
    ],
)
def test_while_our_app_is_not_known_what_any_app_wrote_counts_as_ours(introspection: Said | Exception) -> None:
    entries = [entry("c", 3, "INTEGRATION", "2002"), entry("b", 2, "INTEGRATION", None), entry("a", 1)]
    answer = Said(200, {"results": [past("7", *entries)]})
    client, hubspot = crm(answer, introspection, answer, OURS)

    first = client.histories(ObjectType.DEAL, ["7"], "dealstage")["7"]
    second = client.histories(ObjectType.DEAL, ["7"], "dealstage")["7"]

    assert [one.ours for one in first.past] == [False, True, True]
    assert [one.ours for one in second.past] == [False, False, False]
    assert hubspot.paths.count(INTROSPECT) == 2


def test_histories_are_read_fifty_at_a_time_at_most() -> None:
    client, hubspot = crm()

    with pytest.raises(ValueError, match="50"):
        client.histories(ObjectType.DEAL, [str(number) for number in range(51)], "dealstage")

    assert client.histories(ObjectType.DEAL, [], "dealstage") == {}
    assert hubspot.requests == []


@pytest.mark.parametrize("body", [b"", {}, {"results": None}])
def test_a_history_that_says_nothing_is_a_failure(body: Any) -> None:
    client, _ = crm(Said(200, body))

    with pytest.raises(CrmUnavailableError):
        client.histories(ObjectType.DEAL, ["7"], "dealstage")


# What is left


def test_a_merged_record_is_found_under_the_id_that_it_had() -> None:
    client, hubspot = crm(Said(200, record("30", hs_merged_object_ids="10;20")))

    assert client.surviving(ObjectType.CONTACT, "10") == "30"
    assert hubspot.paths == ["GET /crm/objects/2026-09/contacts/10"]


def test_a_record_that_hubspot_does_not_find_is_gone() -> None:
    client, _ = crm(Said(404, {"category": "OBJECT_NOT_FOUND"}))

    assert client.surviving(ObjectType.DEAL, "10") == ""


def test_an_answer_that_says_nothing_is_no_deletion() -> None:
    client, _ = crm(Said(200, b""))

    with pytest.raises(CrmUnavailableError):
        client.surviving(ObjectType.DEAL, "10")


# Putting away


def test_records_are_archived() -> None:
    client, hubspot = crm(Said(204, b""))

    client.archive(ObjectType.CONTACT, ["7", "8"])

    assert hubspot.paths == ["POST /crm/objects/2026-09/contacts/batch/archive"]
    assert hubspot.sent() == {"inputs": [{"id": "7"}, {"id": "8"}]}


def test_a_record_that_is_gone_is_where_it_should_be() -> None:
    client, _ = crm(Said(404, {"category": "OBJECT_NOT_FOUND"}))

    client.archive(ObjectType.DEAL, ["7"])


def test_of_several_records_refused_as_absent_nothing_is_known() -> None:
    client, _ = crm(Said(404, {"category": "OBJECT_NOT_FOUND"}))

    with pytest.raises(RequestRefusedError):
        client.archive(ObjectType.DEAL, ["7", "8"])


def test_nothing_to_archive_costs_no_call() -> None:
    client, hubspot = crm()

    client.archive(ObjectType.DEAL, [])

    assert hubspot.requests == []
