"""What the API says about lists and their members."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.hubspot.driver import EU, LIST_SCOPE, LISTS, Account, Driver


@pytest.fixture
def people(hubspot: Driver) -> list[str]:
    return hubspot.seed(*[{"email": f"p{n}@example.com"} for n in range(5)])


def pages(account: Account, list_id: str, order: str, **query: Any) -> list[list[str]]:
    """The record ids of every page, by following `after`."""
    found: list[list[str]] = []
    while True:
        body = account.members(list_id, order, **query).json()
        found.append([row["recordId"] for row in body["results"]])
        if "next" not in body.get("paging", {}):
            return found
        query["after"] = body["paging"]["next"]["after"]


def test_lists_are_found_by_part_of_their_name_by_kind_and_by_id(
    hubspot: Driver, reader: Account, people: list[str]
) -> None:
    manual = hubspot.make_list(*people[:2], name="VIPs of Ulm")
    dynamic = hubspot.make_list(name="Everybody", rule="all")
    snapshot = hubspot.make_list(name="Old VIPs", processing_type="SNAPSHOT")

    def found(**body: Any) -> list[str]:
        return [row["listId"] for row in reader.lists(**body).json()["lists"]]

    assert found() == [manual, dynamic, snapshot]
    assert found(query="vips", objectTypeId="0-1") == [manual, snapshot]
    assert found(processingTypes=["DYNAMIC", "SNAPSHOT"], listIds=[]) == [dynamic, snapshot]
    assert found(listIds=[manual, "99"], processingTypes=[]) == [manual]
    assert found(objectTypeId="0-3") == []


def test_a_found_list_says_its_name_kind_and_size(hubspot: Driver, reader: Account, people: list[str]) -> None:
    list_id = hubspot.make_list(*people[:2], name="VIPs of Ulm")

    (row,) = reader.lists(additionalProperties=["hs_list_size"]).json()["lists"]
    one = reader.call("GET", f"{LISTS}/{list_id}").json()["list"]

    assert (row["name"], row["processingType"], row["objectTypeId"]) == ("VIPs of Ulm", "MANUAL", "0-1")
    assert row["additionalProperties"] == {"hs_list_size": "2"}
    assert (one["listId"], one["name"], one["size"]) == (list_id, "VIPs of Ulm", 2)


def test_found_lists_are_paged_by_offset(hubspot: Driver, reader: Account) -> None:
    made = [hubspot.make_list(name=f"List {n}") for n in range(3)]

    first = reader.lists(count=2).json()
    second = reader.lists(count=2, offset=first["offset"]).json()

    assert [row["listId"] for row in first["lists"] + second["lists"]] == made
    assert (first["hasMore"], first["offset"], first["total"]) == (True, 2, 3)
    assert (second["hasMore"], second["offset"], second["total"]) == (False, 3, 3)


@pytest.mark.parametrize("body", [{"count": 501}, {"count": 0}, {"offset": -1}, {"offset": "x"}])
def test_a_search_for_lists_beyond_the_limits_is_refused(reader: Account, body: dict[str, Any]) -> None:
    assert reader.lists(**body).status_code == 400


def test_members_come_by_record_id_and_in_the_order_of_joining(
    hubspot: Driver, reader: Account, people: list[str]
) -> None:
    joined = [people[3], people[0], people[4], people[1]]
    list_id = hubspot.make_list(*joined)

    assert pages(reader, list_id, "") == [sorted(joined, key=int)]
    assert pages(reader, list_id, "/join-order") == [joined]
    assert pages(reader, list_id, "", limit=2) == [[people[0], people[1]], [people[3], people[4]]]
    assert pages(reader, list_id, "/join-order", limit=3) == [joined[:3], joined[3:]]
    answer = reader.members(list_id).json()
    assert answer["total"] == 4
    assert "paging" not in answer
    assert answer["results"][0]["membershipTimestamp"].endswith("Z")


@pytest.mark.parametrize("order", ["", "/join-order"])
def test_a_page_has_a_hundred_members_unless_told_and_two_hundred_and_fifty_at_most(
    hubspot: Driver, reader: Account, order: str
) -> None:
    hubspot.control("seed", {"portal": EU, "count": 300, "properties": {"email": "m{n}@example.com"}})
    list_id = hubspot.make_list(rule="all")

    assert [len(page) for page in pages(reader, list_id, order)] == [100, 100, 100]
    assert [len(page) for page in pages(reader, list_id, order, limit=250)] == [250, 50]
    for limit in (251, 0, "x"):
        assert reader.members(list_id, order, limit=limit).status_code == 400


def test_leaving_members_do_not_shift_the_pages_and_a_cursor_outlives_its_member(
    hubspot: Driver, reader: Account, people: list[str]
) -> None:
    list_id = hubspot.make_list(*people)
    after = reader.members(list_id, "/join-order", limit=2).json()["paging"]["next"]["after"]

    hubspot.change_list(list_id, remove=[people[0], people[1]])

    assert pages(reader, list_id, "/join-order", limit=2, after=after) == [people[2:4], people[4:]]


def test_who_joins_later_comes_after_the_cursor_of_the_last(
    hubspot: Driver, reader: Account, people: list[str]
) -> None:
    list_id = hubspot.make_list(*people[:2], people[4])
    after = reader.members(list_id, "/join-order", limit=2).json()["paging"]["next"]["after"]
    hubspot.change_list(list_id, remove=[people[4]])

    last = reader.members(list_id, "/join-order", after=after).json()
    assert (last["results"], "paging" in last) == ([], False)

    hubspot.change_list(list_id, add=[people[2], people[4]])
    assert reader.member_ids(list_id, after=after) == [people[2], people[4]]


@pytest.mark.parametrize("order", ["", "/join-order"])
def test_what_is_before_a_cursor_comes_backwards(
    hubspot: Driver, reader: Account, people: list[str], order: str
) -> None:
    list_id = hubspot.make_list(*people)
    after = reader.members(list_id, order, limit=3).json()["paging"]["next"]["after"]
    last = reader.members(list_id, order, after=after).json()
    before = last["paging"]["prev"]["before"]

    backwards = reader.members(list_id, order, before=before, limit=2).json()

    assert [row["recordId"] for row in backwards["results"]] == [people[2], people[1]]
    assert reader.member_ids(list_id, order, before=backwards["paging"]["prev"]["before"]) == [people[0]]
    assert reader.member_ids(list_id, order, before=before, after=after) == people[3:]


def test_a_cursor_is_of_one_order_only(hubspot: Driver, reader: Account, people: list[str]) -> None:
    list_id = hubspot.make_list(*people)
    after = reader.members(list_id, "/join-order", limit=2).json()["paging"]["next"]["after"]

    assert reader.members(list_id, after=after).status_code == 400
    for wrong in ("2", "***", "dHVybjp4"):
        assert reader.members(list_id, "/join-order", after=wrong).status_code == 400


def test_lists_need_a_scope_of_their_own(hubspot: Driver, account: Account) -> None:
    list_id = hubspot.make_list()
    paths = [f"{LISTS}/{list_id}", f"{LISTS}/{list_id}/memberships", f"{LISTS}/{list_id}/memberships/join-order"]

    for refused in (account.lists(), *(account.call("GET", path) for path in paths)):
        assert (refused.status_code, refused.json()["category"]) == (403, "MISSING_SCOPES")
        assert refused.json()["errors"][0]["context"]["requiredGranularScopes"] == [LIST_SCOPE]

    hubspot.control("scopes", {"portal": EU, "add": [LIST_SCOPE]})
    assert account.lists().status_code == 200
    hubspot.control("scopes", {"portal": EU, "remove": [LIST_SCOPE]})
    assert account.lists().status_code == 403


def test_a_deleted_list_is_not_found_and_its_id_not_given_again(
    hubspot: Driver, reader: Account, people: list[str]
) -> None:
    list_id = hubspot.make_list(*people)

    hubspot.control(f"portals/{EU}/lists/{list_id}", method="DELETE")

    for number in (list_id, "99", "x"):
        for rest in ("", "/memberships", "/memberships/join-order"):
            gone = reader.call("GET", f"{LISTS}/{number}{rest}")
            assert (gone.status_code, gone.json()["category"]) == (404, "OBJECT_NOT_FOUND")
    assert reader.lists().json()["total"] == 0
    assert hubspot.make_list() != list_id


def test_lists_answer_under_the_older_path_too(hubspot: Driver, reader: Account, people: list[str]) -> None:
    list_id = hubspot.make_list(*people)

    assert reader.call("POST", "/crm/v3/lists/search", {}).json()["lists"][0]["listId"] == list_id
    assert reader.call("GET", f"/crm/v3/lists/{list_id}/memberships/join-order").json()["total"] == 5
