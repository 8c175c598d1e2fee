from __future__ import annotations

import pytest

from tests.simulators.hubspot.driver import CONTACTS, EU, Account, Driver


@pytest.fixture
def pair(hubspot: Driver) -> list[str]:
    return hubspot.seed(
        {"email": "kept@example.com", "firstname": "Kept", "lifecyclestage": "lead", "createdate": "2024-01-01"},
        {
            "properties": {"email": "lost@example.com", "phone": "1", "lifecyclestage": "customer"},
            "createdate": "2020-01-01",
            "additional_emails": ["older@example.com"],
        },
    )


def test_a_merge_makes_a_new_record_and_both_old_ids_lead_to_it(account: Account, pair: list[str]) -> None:
    answer = account.post("/merge", {"primaryObjectId": pair[0], "objectIdToMerge": pair[1]})

    survivor = answer.json()
    assert answer.status_code == 200
    assert survivor["id"] not in pair
    assert survivor["createdAt"].startswith("2020-01-01")
    for old in pair:
        assert account.get(f"/{old}").json()["id"] == survivor["id"]
    batch = {"inputs": [{"id": pair[0]}], "properties": ["email"], "propertiesWithHistory": []}
    assert account.post("/batch/read", batch).json()["results"][0]["id"] == survivor["id"]


def test_the_primary_wins_blanks_are_filled_and_the_stage_is_the_further_one(account: Account, pair: list[str]) -> None:
    survivor = account.post("/merge", {"primaryObjectId": pair[0], "objectIdToMerge": pair[1]}).json()["id"]

    names = "email,firstname,phone,lifecyclestage,hs_additional_emails,hs_merged_object_ids"
    properties = account.get(f"/{survivor}", properties=names).json()["properties"]
    assert (properties["email"], properties["firstname"], properties["phone"]) == ("kept@example.com", "Kept", "1")
    assert properties["lifecyclestage"] == "customer"
    assert properties["hs_additional_emails"] == "lost@example.com;older@example.com"
    assert properties["hs_merged_object_ids"] == ";".join(pair)


def test_every_former_address_belongs_to_the_survivor(account: Account, pair: list[str]) -> None:
    survivor = account.post("/merge", {"primaryObjectId": pair[0], "objectIdToMerge": pair[1]}).json()["id"]

    for email in ("kept@example.com", "lost@example.com", "older@example.com"):
        assert account.get(f"/{email}", idProperty="email").json()["id"] == survivor


def test_a_merged_contact_can_be_merged_again_and_the_chain_holds(
    hubspot: Driver, account: Account, pair: list[str]
) -> None:
    account.post("/merge", {"primaryObjectId": pair[0], "objectIdToMerge": pair[1]})
    (third,) = hubspot.seed({"email": "third@example.com"})

    final = account.post("/merge", {"primaryObjectId": third, "objectIdToMerge": pair[0]}).json()["id"]

    assert {account.get(f"/{old}").json()["id"] for old in [*pair, third]} == {final}
    assert len(account.get().json()["results"]) == 1


def test_a_person_can_merge(hubspot: Driver, account: Account, pair: list[str]) -> None:
    merged = hubspot.control(f"portals/{EU}/merge", {"primary": "kept@example.com", "other": pair[1]})

    assert account.get(f"/{pair[1]}").json()["id"] == merged["id"]


def test_a_contact_cannot_be_merged_with_itself_or_with_nobody(account: Account, pair: list[str]) -> None:
    assert account.post("/merge", {"primaryObjectId": pair[0], "objectIdToMerge": pair[0]}).status_code == 400
    assert account.post("/merge", {"primaryObjectId": pair[0], "objectIdToMerge": "1"}).status_code == 404


def test_a_write_to_a_merged_away_id_reaches_the_survivor(account: Account, pair: list[str]) -> None:
    survivor = account.post("/merge", {"primaryObjectId": pair[0], "objectIdToMerge": pair[1]}).json()["id"]

    answer = account.call("PATCH", f"{CONTACTS}/{pair[1]}", {"properties": {"plan": "pro"}})

    assert answer.json()["id"] == survivor
