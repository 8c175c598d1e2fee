from __future__ import annotations

import pytest

from tests.simulators.hubspot.driver import DEALS, EU, Account, Driver, deal

OWNERS = "/crm/owners/2026-09"


def test_owners_are_listed_page_by_page(sales: Account) -> None:
    first = sales.call("GET", OWNERS, limit=2).json()
    second = sales.call("GET", OWNERS, limit=2, after=first["paging"]["next"]["after"]).json()

    assert [owner["id"] for owner in first["results"] + second["results"]] == ["910901", "910902", "910903"]
    assert "paging" not in second
    shown = {name: first["results"][0][name] for name in ("email", "firstName", "lastName", "userId", "archived")}
    assert shown == {
        "email": "sales.north@example.com",
        "firstName": "Sales",
        "lastName": "North",
        "userId": 123,
        "archived": False,
    }
    found = sales.call("GET", OWNERS, email="Partners@example.com").json()["results"]
    assert [owner["id"] for owner in found] == ["910903"]


def test_owners_need_a_scope_of_their_own(account: Account) -> None:
    assert account.call("GET", OWNERS).status_code == 403


@pytest.mark.parametrize("kind", ["contacts", "deals"])
def test_the_owner_property_lists_no_choices(sales: Account, kind: str) -> None:
    prop = sales.call("GET", f"/crm/properties/2026-09/{kind}/hubspot_owner_id").json()

    assert (prop["type"], prop["externalOptions"], prop["referencedObjectType"]) == ("enumeration", True, "OWNER")
    assert prop["options"] == []


def test_a_record_belongs_to_an_active_owner_or_to_nobody(hubspot: Driver, sales: Account) -> None:
    def refusals(owner: str) -> list[str]:
        rows = [{"objectWriteTraceId": "a", **deal(hubspot_owner_id=owner)}]
        answer = sales.call("POST", f"{DEALS}/batch/create", {"inputs": rows})
        return [error["errors"][0]["code"] for error in answer.json().get("errors", [])]

    assert refusals("910901") == refusals("") == []
    assert refusals("1") == refusals("north") == ["INVALID_OWNER_ID"]

    hubspot.control(f"portals/{EU}/owners", {"archive": ["910901"], "add": [{"id": 7, "email": "new@example.com"}]})
    assert refusals("910901") == ["INVALID_OWNER_ID"]
    assert refusals("7") == []
    assert [owner["id"] for owner in sales.call("GET", OWNERS).json()["results"]] == ["7", "910902", "910903"]
    archived = sales.call("GET", OWNERS, archived="true").json()["results"]
    assert [owner["id"] for owner in archived] == ["910901"]
    hubspot.control(f"portals/{EU}/owners", {"restore": ["910901"]})
    assert refusals("910901") == []


def test_a_contact_has_an_owner_too(sales: Account) -> None:
    values = {"lastname": "L", "hubspot_owner_id": "1"}

    assert sales.post("", {"properties": values}).json()["errors"][0]["code"] == "INVALID_OWNER_ID"
    assert sales.post("", {"properties": values | {"hubspot_owner_id": "910902"}}).status_code == 201
