from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.hubspot.driver import EU, US, Account, Driver

PATH = "/crm/properties/2026-09/contacts"
NEW = {"name": "tier", "label": "Tier", "type": "string", "fieldType": "text", "groupName": "contactinformation"}


@pytest.fixture
def architect(hubspot: Driver) -> Account:
    """An account that lets the app make properties."""
    return hubspot.connect(EU, optional_scope="crm.schemas.contacts.write")


def test_the_list_says_what_each_property_takes(account: Account) -> None:
    listed = {prop["name"]: prop for prop in account.call("GET", PATH).json()["results"]}

    assert listed["lifecyclestage"]["type"] == "enumeration"
    assert {"value": "customer", "label": "Customer", "displayOrder": 5, "hidden": False} in listed["lifecyclestage"][
        "options"
    ]
    assert listed["createdate"]["modificationMetadata"]["readOnlyValue"] is True
    assert listed["hs_email_domain"]["calculated"] is True
    assert listed["customer_number"]["hasUniqueValue"] is True
    assert {prop["type"] for prop in listed.values()} == {"string", "enumeration", "number", "date", "datetime", "bool"}


def test_one_property_is_read_by_name(account: Account) -> None:
    assert account.call("GET", f"{PATH}/plan").json()["label"] == "Plan"
    assert account.call("GET", f"{PATH}/nothing").status_code == 404


def test_a_created_property_takes_values_at_once(architect: Account) -> None:
    made = architect.call("POST", PATH, NEW | {"hasUniqueValue": True})

    assert made.status_code == 201
    assert architect.post("", {"properties": {"lastname": "L", "tier": "gold"}}).status_code == 201
    assert architect.get("/gold", idProperty="tier").status_code == 200


def test_a_name_that_is_taken_is_a_conflict(architect: Account) -> None:
    answer = architect.call("POST", PATH, NEW | {"name": "plan"})

    assert (answer.status_code, answer.json()["category"]) == (409, "OBJECT_ALREADY_EXISTS")
    assert answer.json()["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"


def test_an_archived_property_takes_nothing_and_comes_back_when_it_is_created(
    hubspot: Driver, architect: Account
) -> None:
    hubspot.control(f"portals/{EU}/properties", {"archive": ["plan"]})

    assert "plan" not in {prop["name"] for prop in architect.call("GET", PATH).json()["results"]}
    archived = architect.call("GET", PATH, archived="true").json()["results"]
    assert [(prop["name"], prop["archived"]) for prop in archived] == [("plan", True)]
    refused = architect.post("", {"properties": {"lastname": "L", "plan": "pro"}})
    assert refused.json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"

    assert architect.call("POST", PATH, NEW | {"name": "plan"}).status_code == 201
    assert architect.call("GET", f"{PATH}/plan").json()["archived"] is False


@pytest.mark.parametrize("change", [{"type": "text"}, {"fieldType": "dropdown"}, {"label": ""}, {"name": None}])
def test_a_definition_that_makes_no_sense_is_refused(architect: Account, change: dict[str, Any]) -> None:
    assert architect.call("POST", PATH, NEW | change).status_code == 400


def test_an_object_has_ten_unique_properties_at_most(architect: Account) -> None:
    answers = [
        architect.call("POST", PATH, NEW | {"name": f"key_{n}", "hasUniqueValue": True}).status_code for n in range(10)
    ]

    assert answers == [201] * 9 + [400]


def test_creating_needs_a_scope_of_its_own(account: Account) -> None:
    assert account.call("POST", PATH, NEW).status_code == 403


def test_an_admin_changes_options_and_labels_of_one_portal_only(hubspot: Driver, account: Account) -> None:
    stages = [{"value": "lead"}, {"value": "won", "label": "Won"}]
    hubspot.control(f"portals/{EU}/properties", {"options": {"lifecyclestage": stages}, "labels": {"plan": "Tariff"}})

    changed = account.call("GET", f"{PATH}/lifecyclestage").json()
    elsewhere = hubspot.connect(US).call("GET", f"{PATH}/lifecyclestage").json()

    assert [(option["value"], option["label"]) for option in changed["options"]] == [("lead", "lead"), ("won", "Won")]
    assert account.call("GET", f"{PATH}/plan").json()["label"] == "Tariff"
    assert len(elsewhere["options"]) == 8


def test_a_restored_property_is_back(hubspot: Driver, account: Account) -> None:
    hubspot.control(f"portals/{EU}/properties", {"archive": ["plan"]})
    hubspot.control(f"portals/{EU}/properties", {"restore": ["plan"], "create": [NEW]})

    assert account.call("GET", f"{PATH}/plan").status_code == 200
    assert account.call("GET", f"{PATH}/tier").status_code == 200
