from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.hubspot.driver import EU, US, Account, Driver

PATH = "/crm/properties/2026-09/contacts"
NEW = {"name": "tier", "label": "Tier", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
GROUP = {"name": "campaigns", "label": "Campaigns"}


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


def test_changing_definitions_needs_a_scope_of_its_own(hubspot: Driver, account: Account) -> None:
    calls: list[tuple[str, str, Any]] = [
        ("POST", PATH, NEW),
        ("POST", f"{PATH}/batch/create", {"inputs": [NEW]}),
        ("POST", f"{PATH}/groups", GROUP),
        ("DELETE", f"{PATH}/plan", None),
    ]

    for call in calls:
        refused = account.call(*call)
        assert (refused.status_code, refused.json()["category"]) == (403, "MISSING_SCOPES")
    assert account.call("GET", f"{PATH}/groups").status_code == 200

    hubspot.control("scopes", {"portal": EU, "add": ["crm.schemas.contacts.write"]})
    assert [account.call(*call).status_code for call in calls] == [201, 207, 201, 204]


def test_a_batch_makes_what_it_can_and_says_what_it_could_not(architect: Account) -> None:
    rows = [NEW, NEW | {"name": "plan"}, NEW | {"name": "level", "type": "text"}]

    answer = architect.call("POST", f"{PATH}/batch/create", {"inputs": rows})

    assert (answer.status_code, answer.json()["numErrors"]) == (207, 2)
    assert [prop["name"] for prop in answer.json()["results"]] == ["tier"]
    assert [error["category"] for error in answer.json()["errors"]] == ["OBJECT_ALREADY_EXISTS", "VALIDATION_ERROR"]
    assert architect.call("GET", f"{PATH}/tier").status_code == 200


def test_a_batch_without_a_refusal_is_a_creation(architect: Account) -> None:
    rows = [NEW, NEW | {"name": "level"}]

    answer = architect.call("POST", f"{PATH}/batch/create", {"inputs": rows})

    assert (answer.status_code, len(answer.json()["results"])) == (201, 2)


def test_a_new_group_is_listed_and_takes_properties(architect: Account) -> None:
    before = architect.call("POST", PATH, NEW | {"groupName": "campaigns"})
    made = architect.call("POST", f"{PATH}/groups", GROUP)
    after = architect.call("POST", PATH, NEW | {"groupName": "campaigns"})

    listed = {group["name"]: group for group in architect.call("GET", f"{PATH}/groups").json()["results"]}
    assert (before.status_code, made.status_code, after.status_code) == (400, 201, 201)
    assert made.json() == GROUP | {"displayOrder": -1, "archived": False}
    assert listed["campaigns"] == made.json()
    assert {"contactinformation", "sales_properties", "referrals"} <= listed.keys()


def test_a_group_that_exists_is_a_conflict_and_stays_as_it_is(architect: Account) -> None:
    architect.call("POST", f"{PATH}/groups", GROUP)

    answer = architect.call("POST", f"{PATH}/groups", GROUP | {"label": "Other"})

    assert (answer.status_code, answer.json()["category"]) == (409, "OBJECT_ALREADY_EXISTS")
    labels = [group["label"] for group in architect.call("GET", f"{PATH}/groups").json()["results"]]
    assert ("Campaigns" in labels, "Other" in labels) == (True, False)
    assert architect.call("POST", f"{PATH}/groups", {"name": "x"}).status_code == 400


def test_an_archived_property_can_be_made_again_and_has_its_values(hubspot: Driver, architect: Account) -> None:
    (contact,) = hubspot.seed({"email": "a@example.com", "referral_link": "https://r.example.com/1"})
    began = architect.call("GET", f"{PATH}/referral_link").json()["createdAt"]

    assert architect.call("DELETE", f"{PATH}/referral_link").status_code == 204
    gone = architect.call("GET", f"{PATH}/referral_link")
    hidden = architect.get(f"/{contact}", properties="email,referral_link").json()["properties"]
    again = architect.call("POST", PATH, NEW | {"name": "referral_link", "label": "Link"})
    shown = architect.get(f"/{contact}", properties="email,referral_link").json()["properties"]

    assert (gone.status_code, "referral_link" in hidden) == (404, False)
    assert (again.status_code, again.json()["label"], again.json()["createdAt"]) == (201, "Link", began)
    assert shown["referral_link"] == "https://r.example.com/1"


def test_what_cannot_be_archived_stays(architect: Account) -> None:
    assert architect.call("DELETE", f"{PATH}/email").status_code == 400
    assert architect.call("DELETE", f"{PATH}/nothing").status_code == 404
    assert architect.call("GET", f"{PATH}/email").status_code == 200


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
