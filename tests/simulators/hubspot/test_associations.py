from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.hubspot.driver import CONTACTS, DEALS, EU, Account, Driver, deal


@pytest.fixture
def ada(hubspot: Driver) -> str:
    (contact,) = hubspot.seed({"email": "ada@example.com"})
    return contact


def contacts_of(sales: Account, deal_id: str) -> list[str]:
    answer = sales.call("GET", f"{DEALS}/{deal_id}/associations/contacts")
    assert answer.status_code == 200
    return [row["toObjectId"] for row in answer.json()["results"]]


def test_a_deal_is_created_with_its_contact(sales: Account, ada: str) -> None:
    made = sales.call("POST", f"{DEALS}/batch/create", {"inputs": [deal(ada)]}).json()["results"][0]["id"]

    assert contacts_of(sales, made) == [ada]
    (row,) = sales.call("GET", f"{DEALS}/{made}/associations/0-1").json()["results"]
    assert row["associationTypes"] == [{"category": "HUBSPOT_DEFINED", "typeId": 3, "label": None}]
    (back,) = sales.get(f"/{ada}/associations/deals").json()["results"]
    assert (back["toObjectId"], back["associationTypes"][0]["typeId"]) == (made, 4)


def test_they_are_shown_by_single_reads_and_lists_that_ask_for_them_and_by_no_batch(sales: Account, ada: str) -> None:
    made = sales.call("POST", DEALS, deal(ada)).json()
    wanted = {"inputs": [{"id": made["id"]}], "properties": ["dealname"], "propertiesWithHistory": []}

    beside = {"contacts": {"results": [{"id": ada, "type": "deal_to_contact"}]}}
    assert sales.call("GET", f"{DEALS}/{made['id']}", associations="contacts").json()["associations"] == beside
    assert sales.call("GET", DEALS, associations="contact").json()["results"][0]["associations"] == beside
    assert "associations" not in sales.call("GET", f"{DEALS}/{made['id']}").json()
    assert "associations" not in made
    answer = sales.call("POST", f"{DEALS}/batch/read", wanted | {"associations": ["contacts"]})
    assert "associations" not in answer.json()["results"][0]
    assert sales.call("GET", f"{DEALS}/{made['id']}", associations="tickets").status_code == 400


@pytest.mark.parametrize("contact", ["1", "nonsense", ""])
def test_a_contact_that_does_not_exist_refuses_the_deal(hubspot: Driver, sales: Account, contact: str) -> None:
    answer = sales.call("POST", DEALS, deal(contact))

    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["context"]["INVALID_OBJECT_IDS"] == [f"CONTACT={contact} is not valid"]
    assert hubspot.look(f"portals/{EU}/deals")["count"] == 0


@pytest.mark.parametrize("wrong", [{"associationTypeId": 4}, {"associationCategory": "USER_DEFINED"}])
def test_a_type_that_leads_elsewhere_refuses_the_deal(sales: Account, ada: str, wrong: dict[str, Any]) -> None:
    body = deal(ada)
    body["associations"][0]["types"][0] |= wrong

    assert sales.call("POST", DEALS, body).status_code == 400


def test_no_type_associates_nothing_and_is_no_error(sales: Account, ada: str) -> None:
    body = deal(ada)
    body["associations"][0]["types"] = []

    made = sales.call("POST", DEALS, body)

    assert made.status_code == 201
    assert contacts_of(sales, made.json()["id"]) == []


def test_associating_afterwards_can_be_repeated(hubspot: Driver, sales: Account, ada: str) -> None:
    known = hubspot.seed_deal()
    path = f"/crm/objects/2026-09/deal/{known}/associations/default/contact/"

    for _ in range(2):
        answer = sales.call("PUT", path + ada)
        assert answer.status_code == 200
        assert answer.json()["results"][0] == {
            "from": {"id": known},
            "to": {"id": ada},
            "associationSpec": {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3},
        }

    assert contacts_of(sales, known) == [ada]
    assert sales.call("PUT", path + "1").status_code == 400
    assert sales.call("PUT", f"/crm/objects/2026-09/deal/1/associations/default/contact/{ada}").status_code == 400
    assert sales.call("PUT", path.replace("contact", "ticket") + ada).status_code == 400


def test_an_association_follows_the_merge_of_its_contact(hubspot: Driver, sales: Account, ada: str) -> None:
    (bob,) = hubspot.seed({"email": "bob@example.com"})
    first, second = hubspot.seed_deal(ada), hubspot.seed_deal(bob)

    survivor = sales.post("/merge", {"primaryObjectId": bob, "objectIdToMerge": ada}).json()["id"]

    assert contacts_of(sales, first) == contacts_of(sales, second) == [survivor]
    assert hubspot.look(f"portals/{EU}/contacts/{survivor}")["deals"] == [second, first]


def test_a_deleted_contact_is_beside_nothing_until_it_is_restored(hubspot: Driver, sales: Account, ada: str) -> None:
    known = hubspot.seed_deal(ada)

    sales.call("DELETE", f"{CONTACTS}/{ada}")
    assert contacts_of(sales, known) == []
    hubspot.control(f"portals/{EU}/contacts/{ada}/restore")
    assert contacts_of(sales, known) == [ada]


def test_the_associations_of_a_deal_that_is_gone_are_not_found(sales: Account) -> None:
    assert sales.call("GET", f"{DEALS}/1/associations/contacts").status_code == 404
