from __future__ import annotations

from tests.simulators.hubspot.driver import EU, US, Account, Driver

PIPELINES = "/crm/pipelines/2026-09/deals"
PROPERTIES = "/crm/properties/2026-09/deals"


def ids(account: Account) -> dict[str, list[str]]:
    """The stages of each pipeline."""
    found = account.call("GET", PIPELINES).json()["results"]
    return {pipeline["id"]: [stage["id"] for stage in pipeline["stages"]] for pipeline in found}


def choices(account: Account, name: str) -> list[str]:
    return [option["value"] for option in account.call("GET", f"{PROPERTIES}/{name}").json()["options"]]


def test_there_are_two_and_their_numbers_are_texts(sales: Account) -> None:
    sales_pipeline, partners = sales.call("GET", PIPELINES).json()["results"]

    assert (sales_pipeline["id"], sales_pipeline["label"]) == ("default", "Sales Pipeline")
    assert [stage["label"] for stage in sales_pipeline["stages"]] == [
        "Appointment Scheduled",
        "Qualified To Buy",
        "Presentation Scheduled",
        "Decision Maker Bought-In",
        "Contract Sent",
        "Closed Won",
        "Closed Lost",
    ]
    assert sales_pipeline["stages"][5]["metadata"] == {"isClosed": "true", "probability": "1.0"}
    assert sales_pipeline["stages"][6]["metadata"] == {"isClosed": "true", "probability": "0.0"}
    assert sales_pipeline["stages"][0]["metadata"] == {"isClosed": "false", "probability": "0.2"}
    assert all(stage["id"].isdigit() for stage in partners["stages"])


def test_one_is_read_by_its_id(sales: Account) -> None:
    assert sales.call("GET", f"{PIPELINES}/71204418").json()["label"] == "Partner Pipeline"
    assert sales.call("GET", f"{PIPELINES}/nothing").status_code == 404
    assert sales.call("GET", "/crm/v3/pipelines/deals").status_code == 200


def test_the_properties_of_deals_list_the_same_choices(sales: Account) -> None:
    there = ids(sales)

    assert choices(sales, "pipeline") == list(there)
    assert choices(sales, "dealstage") == [stage for stages in there.values() for stage in stages]


def test_an_admin_archives_restores_adds_and_renames(hubspot: Driver, sales: Account) -> None:
    before = ids(sales)
    path = f"portals/{EU}/pipelines"

    hubspot.control(path, {"archive": ["71204418"], "archive_stages": ["contractsent"]})
    assert list(ids(sales)) == ["default"]
    assert "contractsent" not in ids(sales)["default"]
    assert choices(sales, "pipeline") == ["default"]
    assert "contractsent" not in choices(sales, "dealstage")
    assert "138829001" not in choices(sales, "dealstage")

    hubspot.control(path, {"restore": ["71204418"], "restore_stages": ["contractsent"]})
    assert ids(sales) == before

    renewals = {"id": "9", "label": "Renewals", "stages": [{"id": "91", "label": "Due"}, {"id": "92"}]}
    trial = {"pipeline": "default", "id": "trial", "label": "Trial", "probability": "1.0"}
    answer = hubspot.control(path, {"add": [renewals], "add_stages": [trial], "labels": {"9": "Next", "91": "Soon"}})
    assert ids(sales)["9"] == ["91", "92"]
    assert ids(sales)["default"] == [*before["default"], "trial"]
    assert answer["results"] == sales.call("GET", PIPELINES).json()["results"]
    assert (answer["results"][2]["label"], answer["results"][2]["stages"][0]["label"]) == ("Next", "Soon")
    assert ids(hubspot.connect(US, optional_scope="crm.schemas.deals.read")) == before


def test_pipelines_need_one_of_two_scopes(hubspot: Driver, account: Account) -> None:
    assert account.call("GET", PIPELINES).status_code == 403
    hubspot.control("scopes", {"portal": EU, "add": ["crm.schemas.deals.read"]})
    assert account.call("GET", PIPELINES).status_code == 200
