"""Searching contacts that lack a property: pages that pass HubSpot's 10,000 results of one search."""

from datetime import UTC, datetime
from typing import Any

import pytest

from referral_hubspot.domain.crm import ContactPage
from referral_hubspot.domain.errors import CrmUnavailableError
from referral_hubspot.hubspot.client import HubSpotCrm
from tests.hubspot.scripted import Said
from tests.hubspot.scripted_crm import crm, record
from tests.hubspot.stand_ins import OpenBudget

SINCE = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
HUBSPOTS_OWN = {"paging": {"next": {"after": "10000"}}}


def without_link(client: HubSpotCrm, after: str = "") -> ContactPage:
    return client.contacts_lacking("referral_link", "email", SINCE, after, ["email"])


def test_contacts_with_an_address_and_no_link_are_asked_for_in_the_order_of_ids() -> None:
    budget = OpenBudget()
    client, hubspot = crm(
        Said(200, {"results": [record("10", email="b@x.io"), record("9", email="a@x.io")]}), budget=budget
    )

    found = without_link(client)

    assert [(one.record_id, one.properties["email"]) for one in found.contacts] == [("9", "a@x.io"), ("10", "b@x.io")]
    assert found.after == ""
    assert hubspot.paths == ["POST /crm/objects/2026-09/contacts/search"]
    assert hubspot.sent() == {
        "filterGroups": [
            {
                "filters": [
                    {"propertyName": "email", "operator": "HAS_PROPERTY"},
                    {"propertyName": "referral_link", "operator": "NOT_HAS_PROPERTY"},
                    {"propertyName": "lastmodifieddate", "operator": "GTE", "value": "1767323045678"},
                ]
            }
        ],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": ["email", "createdate"],
        "limit": 200,
    }
    assert budget.kinds == ["search"]


def test_the_next_page_is_a_search_of_its_own_above_the_last_id_and_never_goes_by_hubspots_position() -> None:
    first = {"results": [record(str(number)) for number in range(10_001, 10_201)]} | HUBSPOTS_OWN
    client, hubspot = crm(Said(200, first), Said(200, {"results": [record("10201")]}))

    second = without_link(client, without_link(client).after)

    assert [one.record_id for one in second.contacts] == ["10201"]
    filters = hubspot.sent()["filterGroups"][0]["filters"]
    assert {"propertyName": "hs_object_id", "operator": "GT", "value": "10200"} in filters
    assert [hubspot.sent(index).get("after") for index in (0, 1)] == [None, None]


@pytest.mark.parametrize(
    ("number", "paging", "after"),
    [(200, {}, "200"), (199, {}, ""), (3, HUBSPOTS_OWN, "3"), (0, {"paging": {}}, "")],
)
def test_a_full_page_is_not_the_last(number: int, paging: dict[str, Any], after: str) -> None:
    results = [record(str(number - index)) for index in range(number)]
    client, _ = crm(Said(200, {"results": results} | paging))

    assert without_link(client).after == after


@pytest.mark.parametrize("body", [b"", {}, {"results": None}])
def test_a_search_that_says_nothing_is_a_failure(body: Any) -> None:
    client, _ = crm(Said(200, body))

    with pytest.raises(CrmUnavailableError):
        without_link(client)
