"""What tests and demos do with deals, and with records of both kinds."""

from __future__ import annotations

import pytest

from tests.simulators.hubspot.driver import EU, Account, Driver


def found(hubspot: Driver, query: str, kind: str = "deals") -> list[str]:
    answer = hubspot.look(f"portals/{EU}/{kind}?{query}")
    assert answer["count"] == len(answer[kind])
    return [one["id"] for one in answer[kind]]


def test_deals_are_found_by_values_and_by_their_contact(hubspot: Driver) -> None:
    ada, bob = hubspot.seed({"email": "ada@example.com", "plan": "pro"}, {"email": "bob@example.com"})
    first = hubspot.seed_deal("ada@example.com", amount="3")
    second = hubspot.seed_deal(bob, ada, stage="closedwon")

    assert found(hubspot, "dealstage=closedwon") == [second]
    assert found(hubspot, "pipeline=default&amount=3") == [first]
    assert found(hubspot, "contact=ada@example.com") == [first, second]
    assert found(hubspot, f"contact={bob}&dealstage=contractsent") == []
    assert found(hubspot, "plan=pro", "contacts") == [ada]
    shown = hubspot.look(f"portals/{EU}/deals/{second}")
    assert shown["contacts"] == [bob, ada]
    assert shown["properties"]["hs_lastmodifieddate"] == shown["properties"]["createdate"]
    assert hubspot.look(f"portals/{EU}/contacts/{ada}")["deals"] == [first, second]
    assert hubspot.look(f"portals/{EU}/deals?limit=1")["count"] == 2


def test_many_deals_are_made_and_moved_at_once(hubspot: Driver) -> None:
    values = {"dealname": "Deal {n}", "pipeline": "default", "dealstage": "contractsent"}
    ids = hubspot.control(
        "seed", {"portal": EU, "object": "deals", "count": 3, "properties": values, "createdate": "2020-01-01"}
    )["ids"]

    changes = [{"deal": one, "properties": {"dealstage": "closedwon"}} for one in ids[:2]]
    assert hubspot.control(f"portals/{EU}/deals", {"changes": changes}) == {"changed": 2}

    assert found(hubspot, "dealstage=closedwon") == ids[:2]
    assert hubspot.look(f"portals/{EU}/deals/{ids[2]}")["properties"]["createdate"].startswith("2020-01-01")
    assert hubspot.look("state")["portals"][0]["deals"] == 3


def test_a_deleted_record_is_restored_with_all_it_had(hubspot: Driver, account: Account) -> None:
    (ada,) = hubspot.seed({"email": "ada@example.com", "plan": "pro"})
    hubspot.control(f"portals/{EU}/contacts/{ada}", method="DELETE")
    assert account.read_by_email("ada@example.com").json()["results"] == []

    assert hubspot.control(f"portals/{EU}/contacts/{ada}/restore")["properties"]["plan"] == "pro"

    assert account.read_by_email("ada@example.com").json()["results"][0]["id"] == ada
    assert account.get(f"/{ada}").json()["archived"] is False


def test_a_contact_whose_address_was_taken_meanwhile_is_not_restored(hubspot: Driver) -> None:
    (ada,) = hubspot.seed({"email": "ada@example.com"})
    hubspot.control(f"portals/{EU}/contacts/{ada}", method="DELETE")
    hubspot.seed({"email": "ada@example.com"})

    answer = hubspot.session.post(f"{hubspot.url}/_sim/portals/{EU}/contacts/{ada}/restore", json={}, timeout=10)

    assert answer.status_code == 400


def test_an_archived_unique_property_is_restored_by_creating_it_and_still_knows_its_deals(
    hubspot: Driver, sales: Account
) -> None:
    path = "/crm/properties/2026-09/deals"
    key = {"name": "our_key", "label": "Key", "type": "string", "fieldType": "text", "groupName": "dealinformation"}
    assert sales.call("POST", path, key | {"hasUniqueValue": True}).status_code == 201
    known = hubspot.seed_deal(our_key="K-1")
    hubspot.control(f"portals/{EU}/properties", {"object": "deals", "archive": ["our_key"]})
    assert sales.call("GET", "/crm/objects/2026-09/deals/K-1", idProperty="our_key").status_code == 400

    assert sales.call("POST", path, key | {"hasUniqueValue": True}).status_code == 201

    assert sales.call("GET", "/crm/objects/2026-09/deals/K-1", idProperty="our_key").json()["id"] == known
    again = sales.call("POST", path, key | {"hasUniqueValue": True})
    assert (again.status_code, again.json()["subCategory"]) == (409, "Properties.PROPERTY_WITH_NAME_EXISTS")
    assert sales.call("GET", "/crm/properties/2026-09/contacts/our_key").status_code == 404


def test_creating_a_deal_property_needs_its_scope(hubspot: Driver, sales: Account) -> None:
    hubspot.control("scopes", {"portal": EU, "remove": ["crm.schemas.deals.write"]})

    assert sales.call("POST", "/crm/properties/2026-09/deals", {}).status_code == 403


def test_options_are_added_and_removed(hubspot: Driver, account: Account) -> None:
    def plans() -> list[str]:
        options = account.call("GET", "/crm/properties/2026-09/contacts/plan").json()["options"]
        return [option["value"] for option in options]

    path = f"portals/{EU}/properties"
    hubspot.control(path, {"remove_options": {"plan": ["pro"]}, "add_options": {"plan": [{"value": "max"}]}})
    assert plans() == ["free", "starter", "max"]
    hubspot.control(path, {"add_options": {"plan": [{"value": "pro"}]}})
    assert plans() == ["free", "starter", "max", "pro"]


@pytest.mark.parametrize("path", ["tickets", "tickets/1", "deals/1", "deals/ada@example.com"])
def test_what_does_not_exist_is_said_so(hubspot: Driver, path: str) -> None:
    answer = hubspot.session.get(f"{hubspot.url}/_sim/portals/{EU}/{path}", timeout=10)

    assert answer.status_code == 404
