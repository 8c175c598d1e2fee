from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.hubspot.driver import DEALS, EU, Account, Driver, deal

Json = dict[str, Any]
WON = {"properties": {"dealstage": "closedwon"}}


def codes(answer: Any) -> list[tuple[str, str]]:
    """(property, code) of every refused value."""
    return [(error["context"]["propertyName"][0], error["code"]) for error in answer.json()["errors"]]


def read(sales: Account, deal_id: str, **query: Any) -> Json:
    body: Json = sales.call("GET", f"{DEALS}/{deal_id}", **query).json()
    return body


def test_a_deal_is_created_read_changed_listed_and_deleted(sales: Account) -> None:
    made = sales.call("POST", DEALS, deal(amount="1500.00", closedate="2026-12-31T00:00:00Z"))

    assert made.status_code == 201
    made_id = made.json()["id"]
    shown = read(sales, made_id)
    assert shown["properties"] == {
        "amount": "1500.00",
        "closedate": "2026-12-31T00:00:00.000Z",
        "createdate": shown["createdAt"],
        "dealname": "Ada",
        "dealstage": "appointmentscheduled",
        "hs_lastmodifieddate": shown["updatedAt"],
        "hs_object_id": made_id,
        "pipeline": "default",
    }
    assert shown["url"].endswith(f"/record/0-3/{made_id}")

    changed = sales.call("PATCH", f"{DEALS}/{made_id}", WON)
    assert changed.json()["properties"]["dealstage"] == "closedwon"
    assert [one["id"] for one in sales.call("GET", DEALS).json()["results"]] == [made_id]
    assert sales.call("DELETE", f"{DEALS}/{made_id}").status_code == 204
    assert sales.call("GET", f"{DEALS}/{made_id}").status_code == 404
    assert read(sales, made_id, archived="true")["archived"] is True


@pytest.mark.parametrize("name", ["deal", "0-3"])
@pytest.mark.parametrize("path", ["/crm/objects/2026-03/{}", "/crm/v3/objects/{}"])
def test_deals_have_other_names_and_older_addresses(sales: Account, path: str, name: str) -> None:
    sales.call("POST", DEALS, deal())

    assert len(sales.call("GET", path.format(name)).json()["results"]) == 1


def test_deals_and_contacts_have_the_same_ids_and_nothing_else_in_common(hubspot: Driver, sales: Account) -> None:
    (contact,) = hubspot.seed({"email": "ada@example.com"})

    assert sales.call("POST", DEALS, deal()).json()["id"] == contact
    assert "dealname" in read(sales, contact)["properties"]
    assert sales.get(f"/{contact}").json()["properties"]["email"] == "ada@example.com"


@pytest.mark.parametrize("name", ["dealname", "pipeline", "dealstage"])
def test_a_new_deal_says_its_name_pipeline_and_stage(sales: Account, name: str) -> None:
    body = deal()
    del body["properties"][name]

    assert codes(sales.call("POST", DEALS, body)) == [(name, "MISSING_REQUIRED_PROPERTY")]


def test_where_there_is_one_pipeline_it_need_not_be_named(hubspot: Driver, sales: Account) -> None:
    hubspot.control(f"portals/{EU}/pipelines", {"archive": ["71204418"]})
    body = deal()
    del body["properties"]["pipeline"]

    made = sales.call("POST", DEALS, body)

    assert made.json()["properties"]["pipeline"] == "default"


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({"dealstage": "nothing"}, "dealstage"),
        ({"pipeline": "nothing"}, "pipeline"),
        ({"dealstage": "138829001"}, "dealstage"),  # a stage of the other pipeline
        ({"pipeline": "71204418"}, "dealstage"),
    ],
)
def test_a_stage_that_is_not_one_of_the_pipelines_is_refused(
    hubspot: Driver, sales: Account, values: dict[str, str], refused: str
) -> None:
    known = hubspot.seed_deal()

    assert codes(sales.call("POST", DEALS, deal(**values))) == [(refused, "INVALID_OPTION")]
    assert codes(sales.call("PATCH", f"{DEALS}/{known}", {"properties": values})) == [(refused, "INVALID_OPTION")]


def test_a_deal_moves_to_another_pipeline_with_a_stage_of_it(hubspot: Driver, sales: Account) -> None:
    known = hubspot.seed_deal()
    values = {"pipeline": "71204418", "dealstage": "138829003"}

    answer = sales.call("PATCH", f"{DEALS}/{known}", {"properties": values})

    assert answer.status_code == 200
    assert read(sales, known, properties="hs_is_closed_won")["properties"]["hs_is_closed_won"] == "true"


def test_whether_a_deal_is_closed_follows_from_its_stage_and_cannot_be_written(hubspot: Driver, sales: Account) -> None:
    known = hubspot.seed_deal()
    sales.call("PATCH", f"{DEALS}/{known}", {"properties": {"dealstage": "closedlost"}})

    shown = read(sales, known, properties="hs_is_closed,hs_is_closed_won")["properties"]

    assert (shown["hs_is_closed"], shown["hs_is_closed_won"]) == ("true", "false")
    refused = sales.call("PATCH", f"{DEALS}/{known}", {"properties": {"hs_is_closed": "false"}})
    assert codes(refused) == [("hs_is_closed", "READ_ONLY_VALUE")]


def test_a_deal_in_an_archived_stage_stays_and_takes_other_values(hubspot: Driver, sales: Account) -> None:
    known = hubspot.seed_deal(stage="contractsent")
    hubspot.control(f"portals/{EU}/pipelines", {"archive_stages": ["contractsent"]})

    assert sales.call("PATCH", f"{DEALS}/{known}", {"properties": {"amount": "2"}}).status_code == 200
    assert read(sales, known)["properties"]["dealstage"] == "contractsent"
    assert codes(sales.call("POST", DEALS, deal(dealstage="contractsent"))) == [("dealstage", "INVALID_OPTION")]

    hubspot.control(f"portals/{EU}/pipelines", {"restore_stages": ["contractsent"]})
    assert sales.call("POST", DEALS, deal(dealstage="contractsent")).status_code == 201


def test_what_an_admin_requires_of_deals_is_not_required_of_contacts(hubspot: Driver, sales: Account) -> None:
    hubspot.control(f"portals/{EU}/properties", {"object": "deals", "require": ["amount"]})

    answer = sales.call(
        "POST", f"{DEALS}/batch/create", {"inputs": [deal() | {"objectWriteTraceId": "a"}, deal(amount="1")]}
    )

    assert codes(answer) == [("amount", "MISSING_REQUIRED_PROPERTY")]
    assert sales.call("POST", "/crm/v3/objects/deals", deal()).status_code == 201
    assert sales.post("", {"properties": {"lastname": "L"}}).status_code == 201


def test_a_deals_history_says_who_and_when_newest_first(hubspot: Driver, sales: Account) -> None:
    made = sales.call("POST", DEALS, deal()).json()["id"]
    hubspot.control(f"portals/{EU}/deals/{made}", WON | {"occurred_at": "2099-01-01T00:00:00Z"})
    body = {"inputs": [{"id": made}], "properties": [], "propertiesWithHistory": ["dealstage", "amount"]}

    history = sales.call("POST", f"{DEALS}/batch/read", body).json()["results"][0]["propertiesWithHistory"]

    newest, oldest = history["dealstage"]
    assert newest == {
        "value": "closedwon",
        "timestamp": "2099-01-01T00:00:00.000Z",
        "sourceType": "CRM_UI",
        "sourceId": "userId:123",
        "updatedByUserId": 123,
    }
    assert (oldest["value"], oldest["sourceType"], oldest["sourceId"]) == (
        "appointmentscheduled",
        "INTEGRATION",
        "1001",
    )
    assert history["amount"] == []
    single = read(sales, made, propertiesWithHistory="dealstage")
    assert single["propertiesWithHistory"]["dealstage"] == history["dealstage"]


def test_search_finds_deals_by_their_own_modified_date(hubspot: Driver, sales: Account) -> None:
    old = hubspot.seed_deal(createdate="2020-01-01T00:00:00Z")
    new = hubspot.seed_deal(stage="closedwon", createdate="2024-01-01T00:00:00Z")

    def search(name: str, operator: str, value: str) -> Any:
        rule = {"propertyName": name, "operator": operator, "value": value}
        body = {"filterGroups": [{"filters": [rule]}], "properties": ["dealstage"], "limit": 10, "sorts": []}
        return sales.call("POST", f"{DEALS}/search", body)

    assert [one["id"] for one in search("hs_lastmodifieddate", "LT", "2021-01-01").json()["results"]] == [old]
    assert [one["id"] for one in search("dealstage", "EQ", "closedwon").json()["results"]] == [new]
    assert search("lastmodifieddate", "LT", "2021-01-01").status_code == 400


def test_search_is_late_for_deals_too(hubspot: Driver, sales: Account) -> None:
    hubspot.switch(search_lag_s=60)
    sales.call("POST", DEALS, deal())

    assert sales.call("POST", f"{DEALS}/search", {"limit": 10}).json()["total"] == 0


def test_deals_merge_and_their_contacts_stay_theirs(hubspot: Driver, sales: Account) -> None:
    ada, bob = hubspot.seed({"email": "ada@example.com"}, {"email": "bob@example.com"})
    kept, lost = hubspot.seed_deal(ada, dealname="Kept"), hubspot.seed_deal(bob, amount="3", order_number="O-2")

    survivor = sales.call("POST", f"{DEALS}/merge", {"primaryObjectId": kept, "objectIdToMerge": lost}).json()["id"]

    assert survivor not in (kept, lost)
    shown = read(sales, lost, associations="contacts", properties="dealname,amount,hs_merged_object_ids")
    assert shown["id"] == survivor
    assert (shown["properties"]["dealname"], shown["properties"]["amount"]) == ("Kept", "3")
    assert shown["properties"]["hs_merged_object_ids"] == f"{kept};{lost}"
    assert [one["id"] for one in shown["associations"]["contacts"]["results"]] == [ada, bob]


def test_deals_need_scopes_of_their_own(hubspot: Driver, account: Account) -> None:
    answer = account.call("GET", DEALS)

    assert answer.status_code == 403
    assert answer.json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.deals.read"]
    hubspot.control("scopes", {"portal": EU, "add": ["crm.objects.deals.read"]})
    assert account.call("GET", DEALS).status_code == 200
    assert account.call("POST", DEALS, deal()).status_code == 403
    assert account.call("GET", "/crm/properties/2026-09/deals").status_code == 200
    assert account.call("GET", "/crm/pipelines/2026-09/deals").status_code == 200


def test_faults_and_the_journal_know_deals(hubspot: Driver, sales: Account) -> None:
    hubspot.control("faults", {"kind": "deals.batch_create", "after_commit": True, "status": 502})

    answer = sales.call("POST", f"{DEALS}/batch/create", {"inputs": [deal(), deal()]})

    assert answer.status_code == 502
    entry = hubspot.journal()[-1]
    assert (entry["kind"], entry["rows"], entry["status"]) == ("deals.batch_create", 2, 502)
    assert hubspot.look(f"portals/{EU}/deals")["count"] == 2
