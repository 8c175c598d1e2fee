from typing import Any

import pytest

from referral_hubspot.domain.crm import ObjectType, Option, Pipeline, Property, Stage
from referral_hubspot.domain.errors import CrmUnavailableError, RequestRefusedError, ScopeMissingError
from tests.hubspot.scripted import Said
from tests.hubspot.scripted_crm import crm

# Properties


def test_properties_say_what_may_be_written_and_chosen() -> None:
    options = [
        {"value": "b", "label": "B", "displayOrder": 2},
        {"value": "z", "label": "Z", "displayOrder": -1},
        {"value": "a", "label": "A", "displayOrder": 1},
        {"value": "h", "label": "H", "displayOrder": 0, "hidden": True},
    ]
    plan: dict[str, Any] = {
        "name": "plan",
        "label": "Plan",
        "type": "enumeration",
        "fieldType": "select",
        "groupName": "g",
    }
    plan |= {"options": options, "modificationMetadata": {"readOnlyValue": False}}
    client, hubspot = crm(
        Said(
            200,
            {
                "results": [
                    plan,
                    {"name": "a", "modificationMetadata": {"readOnlyValue": True}, "hidden": True},
                    {"name": "b", "label": "", "calculated": True},
                    {"name": "c", "archived": True},
                ]
            },
        )
    )

    assert client.properties(ObjectType.CONTACT) == [
        Property(
            "plan", "Plan", "enumeration", "select", "g", True, (Option("a", "A"), Option("b", "B"), Option("z", "Z"))
        ),
        Property("a", "a", "string", "text", "", False, (), hidden=True),
        Property("b", "b", "string", "text", "", False),
    ]
    assert hubspot.paths == ["GET /crm/properties/2026-09/contacts"]


def test_an_account_without_properties_is_no_answer() -> None:
    client, _ = crm(Said(200, {"results": []}))

    with pytest.raises(CrmUnavailableError):
        client.properties(ObjectType.CONTACT)


def test_a_property_that_takes_owners_is_told_apart() -> None:
    listed = [
        {"name": "hubspot_owner_id", "type": "enumeration"},
        {"name": "advisor", "type": "enumeration", "referencedObjectType": "OWNER"},
        {"name": "dealstage", "type": "enumeration", "referencedObjectType": None},
    ]
    client, hubspot = crm(Said(200, {"results": listed}))

    assert {item.name: item.of_owners for item in client.properties(ObjectType.DEAL)} == {
        "hubspot_owner_id": True,
        "advisor": True,
        "dealstage": False,
    }
    assert hubspot.paths == ["GET /crm/properties/2026-09/deals"]


# Pipelines


def stage(stage_id: str, order: int = 0, /, **more: Any) -> dict[str, Any]:
    metadata = {"isClosed": "false", "probability": "0.2"} | more.pop("metadata", {})
    return {"id": stage_id, "label": stage_id.upper(), "displayOrder": order, "metadata": metadata} | more


def test_pipelines_and_stages_come_in_their_order_without_archived_ones() -> None:
    stages = [
        stage("b", 1),
        stage("z", 0),
        stage("a", 1),
        stage("gone", 0, archived=True),
    ]
    pipelines = [
        {"id": "second", "label": "Second", "displayOrder": 1, "stages": []},
        {"id": "default", "label": "Sales", "displayOrder": 0, "stages": stages},
        {"id": "gone", "label": "Gone", "displayOrder": 0, "archived": True, "stages": [stage("a")]},
    ]
    client, hubspot = crm(Said(200, {"results": pipelines}))

    assert client.pipelines() == [
        Pipeline("default", "Sales", (Stage("z", "Z"), Stage("a", "A"), Stage("b", "B"))),
        Pipeline("second", "Second", ()),
    ]
    assert hubspot.paths == ["GET /crm/pipelines/2026-09/deals"]


@pytest.mark.parametrize(
    ("metadata", "closed", "won"),
    [
        ({"isClosed": "true", "probability": "1.0"}, True, True),
        ({"isClosed": "true", "probability": "0.0"}, True, False),
        ({"isClosed": True, "probability": 1}, True, True),
        ({"isClosed": "true", "probability": None}, True, False),
        ({"isClosed": "false", "probability": "0.9"}, False, False),
        ({"isClosed": "false", "probability": "1.0"}, False, False),
    ],
)
def test_a_stage_says_whether_a_deal_ends_there_and_how(metadata: Any, closed: bool, won: bool) -> None:
    client, _ = crm(Said(200, {"results": [{"id": "p", "label": "P", "stages": [stage("s", metadata=metadata)]}]}))

    assert client.pipelines() == [Pipeline("p", "P", (Stage("s", "S", closed, won),))]


@pytest.mark.parametrize("body", [b"", {}, {"results": []}])
def test_an_account_without_pipelines_is_no_answer(body: Any) -> None:
    client, _ = crm(Said(200, body))

    with pytest.raises(CrmUnavailableError):
        client.pipelines()


# Owners


def test_owners_are_read_to_the_last_page_and_named() -> None:
    first = [
        {"id": "1", "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace", "archived": False},
        {"id": "2", "email": "gone@example.com", "archived": True},
    ]
    second = [
        {"id": 3, "email": "cy@example.com", "firstName": "", "lastName": None},
        {"id": "4", "email": "", "firstName": "", "lastName": "Four"},
        {"id": "5"},
        {"email": "no.id@example.com"},
    ]
    client, hubspot = crm(
        Said(200, {"results": first, "paging": {"next": {"after": "a/1"}}}), Said(200, {"results": second})
    )

    assert client.owners() == [
        Option("1", "Ada Lovelace"),
        Option("3", "cy@example.com"),
        Option("4", "Four"),
        Option("5", "5"),
    ]
    assert hubspot.paths == [
        "GET /crm/owners/2026-09?limit=100",
        "GET /crm/owners/2026-09?limit=100&after=a%2F1",
    ]


def test_a_list_of_owners_that_never_ends_is_a_failure() -> None:
    page = Said(200, {"results": [{"id": "1"}], "paging": {"next": {"after": "a"}}})
    client, hubspot = crm(*[page] * 3)

    with pytest.raises(CrmUnavailableError):
        client.owners()

    assert len(hubspot.requests) == 2


def test_owners_that_may_not_be_read_are_said_to_be_so() -> None:
    client, _ = crm(Said(403, {"category": "MISSING_SCOPES"}))

    with pytest.raises(ScopeMissingError):
        client.owners()


@pytest.mark.parametrize("body", [b"", {}, {"results": None}])
def test_a_list_of_owners_that_is_none_is_a_failure(body: Any) -> None:
    client, _ = crm(Said(200, body))

    with pytest.raises(CrmUnavailableError):
        client.owners()


# The unique deal property


def test_the_deal_key_is_made_as_a_unique_text() -> None:
    client, hubspot = crm(Said(201, {"name": "referral_lead_key"}))

    client.create_deal_key()

    assert hubspot.paths == ["POST /crm/properties/2026-09/deals"]
    assert hubspot.sent() == {
        "name": "referral_lead_key",
        "label": "Referral lead key",
        "groupName": "dealinformation",
        "type": "string",
        "fieldType": "text",
        "hasUniqueValue": True,
    }


@pytest.mark.parametrize(
    "answer",
    [
        Said(409, {"category": "OBJECT_ALREADY_EXISTS", "subCategory": "Properties.PROPERTY_WITH_NAME_EXISTS"}),
        Said(409, b""),
    ],
)
def test_a_deal_key_that_is_there_already_is_success(answer: Said) -> None:
    client, _ = crm(answer)

    client.create_deal_key()


def test_an_account_that_takes_no_more_unique_properties_says_so() -> None:
    client, _ = crm(Said(400, {"category": "VALIDATION_ERROR", "message": "at most 10 unique properties"}))

    with pytest.raises(RequestRefusedError):
        client.create_deal_key()


# Properties for what referrers are given back

LINK = Property("our_link", "Referral link", "string", "text", "", True)
COUNT = Property("our_count", "Referrals", "number", "number", "", True)
BOTH = {
    "inputs": [
        {"name": "our_link", "label": "Referral link", "groupName": "ours", "type": "string", "fieldType": "text"},
        {"name": "our_count", "label": "Referrals", "groupName": "ours", "type": "number", "fieldType": "number"},
    ]
}


@pytest.mark.parametrize("groups", [[], [{"name": "others"}], [{"name": "ours", "archived": True}]])
def test_properties_are_made_together_in_a_group_that_is_made_first(groups: list[Any]) -> None:
    client, hubspot = crm(Said(200, {"results": groups}), Said(201, {"name": "ours"}), Said(201, {"results": [{}, {}]}))

    client.create_contact_properties("ours", "Refer", [LINK, COUNT])

    assert hubspot.paths == [
        "GET /crm/properties/2026-09/contacts/groups",
        "POST /crm/properties/2026-09/contacts/groups",
        "POST /crm/properties/2026-09/contacts/batch/create",
    ]
    assert hubspot.sent(1) == {"name": "ours", "label": "Refer"}
    assert hubspot.sent(2) == BOTH


def test_a_group_that_is_there_stays_as_it_is() -> None:
    client, hubspot = crm(Said(200, {"results": [{"name": "ours", "label": "Former name"}]}), Said(201, {}))

    client.create_contact_properties("ours", "Refer", [LINK])

    assert [path.split("/")[-1] for path in hubspot.paths] == ["groups", "create"]


def test_a_group_and_properties_that_somebody_made_meanwhile_are_no_failure() -> None:
    taken = Said(409, {"category": "OBJECT_ALREADY_EXISTS"})
    client, hubspot = crm(Said(200, {"results": []}), taken, taken)

    client.create_contact_properties("ours", "Refer", [LINK])

    assert len(hubspot.paths) == 3


def test_who_may_not_make_a_group_makes_no_property_either() -> None:
    refused = Said(403, {"category": "MISSING_SCOPES"})
    client, hubspot = crm(Said(200, {"results": []}), refused)

    with pytest.raises(ScopeMissingError):
        client.create_contact_properties("ours", "Refer", [LINK])

    assert len(hubspot.paths) == 2
