"""Who joins a list and leaves it, and when."""

from __future__ import annotations

import time
from typing import Any

import pytest

from simulators.hubspot import lists
from tests.simulators.hubspot.driver import CONTACTS, EU, US, Account, Driver, row

ULM = {"property": "city", "value": "Ulm"}


@pytest.fixture
def people(hubspot: Driver) -> list[str]:
    """Three from Ulm and one from Bonn."""
    cities = ("Ulm", "Ulm", "Bonn", "Ulm")
    return hubspot.seed(*[{"email": f"p{n}@example.com", "city": city} for n, city in enumerate(cities)])


def joined(account: Account, list_id: str) -> dict[str, str]:
    """Record id → when it joined."""
    rows = account.members(list_id).json()["results"]
    return {row["recordId"]: row["membershipTimestamp"] for row in rows}


def move(hubspot: Driver, contact: str, city: str) -> None:
    hubspot.control(f"portals/{EU}/contacts/{contact}", {"properties": {"city": city}})


def test_a_dynamic_list_begins_with_those_that_fit_its_rule(
    hubspot: Driver, reader: Account, people: list[str]
) -> None:
    assert reader.member_ids(hubspot.make_list(rule=ULM)) == [people[0], people[1], people[3]]
    assert reader.member_ids(hubspot.make_list(rule={"property": "phone", "value": ""})) == people
    assert reader.member_ids(hubspot.make_list(rule="all")) == people


def test_new_contacts_join_the_dynamic_lists_that_they_fit(hubspot: Driver, reader: Account) -> None:
    ulm, everybody = hubspot.make_list(rule=ULM), hubspot.make_list(rule="all")

    reader.upsert(row("a", "a@example.com", city="Ulm"), row("b", "b@example.com", city="Bonn"))
    (seeded,) = hubspot.seed({"email": "c@example.com", "city": "Ulm"})

    made = hubspot.look(f"portals/{EU}/contacts/a@example.com")["id"]
    assert reader.member_ids(ulm) == [made, seeded]
    assert len(reader.member_ids(everybody)) == 3


def test_a_change_makes_a_contact_join_or_leave_and_who_comes_back_is_the_last(
    hubspot: Driver, reader: Account, people: list[str]
) -> None:
    ulm = hubspot.make_list(rule=ULM)
    before = joined(reader, ulm)

    move(hubspot, people[0], "Bonn")
    assert reader.member_ids(ulm) == [people[1], people[3]]
    move(hubspot, people[0], "Ulm")
    reader.call("PATCH", f"{CONTACTS}/{people[2]}", {"properties": {"city": "Ulm"}})

    after = joined(reader, ulm)
    assert reader.member_ids(ulm) == [people[1], people[3], people[0], people[2]]
    assert after[people[0]] > before[people[0]]
    assert after[people[1]] == before[people[1]]


def test_another_change_leaves_the_time_of_joining_as_it_is(
    hubspot: Driver, reader: Account, people: list[str]
) -> None:
    ulm = hubspot.make_list(rule=ULM)
    before = joined(reader, ulm)
    time.sleep(0.002)

    reader.post("/batch/update", {"inputs": [{"id": people[0], "properties": {"plan": "pro"}}]})

    assert joined(reader, ulm) == before


def test_a_static_list_follows_people_only(hubspot: Driver, reader: Account, people: list[str]) -> None:
    manual = hubspot.make_list(people[1], "p0@example.com")

    move(hubspot, people[0], "Bonn")
    assert hubspot.change_list(manual, add=[people[3]], remove=[people[1]]) == 2
    assert reader.member_ids(manual) == [people[0], people[3]]

    time.sleep(0.002)
    before = joined(reader, manual)
    assert hubspot.change_list(manual, add=[people[0]], remove=["p0@example.com"]) == 2
    assert reader.member_ids(manual) == [people[3], people[0]]
    assert joined(reader, manual)[people[0]] > before[people[0]]


def test_nobody_joins_again_in_the_millisecond_of_before(
    hubspot: Driver, reader: Account, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "now_ms", lambda: 1_790_000_000_000)
    manual = hubspot.make_list(people[0], people[1])

    for _ in range(2):
        hubspot.change_list(manual, remove=[people[0]], add=[people[0]])

    times = joined(reader, manual)
    assert (times[people[1]][-5:], times[people[0]][-5:]) == (".000Z", ".002Z")


def test_a_static_list_can_have_all_contacts_of_now(hubspot: Driver, reader: Account, people: list[str]) -> None:
    everybody = hubspot.make_list(members="all")

    hubspot.seed({"email": "later@example.com"})

    assert reader.member_ids(everybody) == people
    assert hubspot.change_list(everybody, remove="all") == 0


def test_a_snapshot_has_those_who_fitted_its_rule_once(hubspot: Driver, reader: Account, people: list[str]) -> None:
    snapshot = hubspot.make_list(rule=ULM, processing_type="SNAPSHOT")

    move(hubspot, people[0], "Bonn")
    move(hubspot, people[2], "Ulm")

    assert reader.member_ids(snapshot) == [people[0], people[1], people[3]]
    assert reader.lists(processingTypes=["SNAPSHOT"]).json()["total"] == 1


@pytest.mark.parametrize("way", ["archive", "batch", "person", "privacy"])
def test_a_deleted_contact_leaves_its_lists(hubspot: Driver, reader: Account, people: list[str], way: str) -> None:
    both = [hubspot.make_list(*people), hubspot.make_list(rule="all")]

    if way == "archive":
        reader.call("DELETE", f"{CONTACTS}/{people[0]}")
    elif way == "batch":
        reader.post("/batch/archive", {"inputs": [{"id": people[0]}]})
    elif way == "person":
        hubspot.control(f"portals/{EU}/contacts/{people[0]}", method="DELETE")
    else:
        reader.post("/gdpr-delete", {"objectId": people[0]})

    assert [reader.member_ids(one) for one in both] == [people[1:]] * 2


def test_a_restored_contact_joins_dynamic_lists_anew(hubspot: Driver, reader: Account, people: list[str]) -> None:
    static, ulm = hubspot.make_list(*people), hubspot.make_list(rule=ULM)
    before = joined(reader, ulm)[people[0]]
    hubspot.control(f"portals/{EU}/contacts/{people[0]}", method="DELETE")

    hubspot.control(f"portals/{EU}/contacts/{people[0]}/restore")

    assert reader.member_ids(ulm) == [people[1], people[3], people[0]]
    assert joined(reader, ulm)[people[0]] > before
    assert reader.member_ids(static) == people[1:]


def test_a_merge_puts_the_survivor_where_one_of_the_two_was(
    hubspot: Driver, reader: Account, people: list[str]
) -> None:
    ulm, static = hubspot.make_list(rule=ULM), hubspot.make_list(people[2], people[3])

    survivor = hubspot.control(f"portals/{EU}/merge", {"primary": people[0], "other": people[2]})["id"]

    assert reader.member_ids(ulm) == [people[1], people[3], survivor]
    assert reader.member_ids(static) == [people[3], survivor]


def test_a_merge_into_who_does_not_fit_leaves_the_dynamic_list(
    hubspot: Driver, reader: Account, people: list[str]
) -> None:
    ulm = hubspot.make_list(rule=ULM)

    hubspot.control(f"portals/{EU}/merge", {"primary": people[2], "other": people[0]})

    assert reader.member_ids(ulm) == [people[1], people[3]]


def test_a_primary_that_keeps_its_id_keeps_its_place(hubspot: Driver, reader: Account, people: list[str]) -> None:
    hubspot.switch(merge_keeps_primary_id=True)
    ulm, static = hubspot.make_list(rule=ULM), hubspot.make_list(people[0], people[2], people[3])
    before = joined(reader, ulm)

    hubspot.control(f"portals/{EU}/merge", {"primary": people[0], "other": people[3]})

    assert reader.member_ids(ulm) == [people[0], people[1]]
    assert reader.member_ids(static) == [people[0], people[2]]
    assert joined(reader, ulm)[people[0]] == before[people[0]]


def test_lists_belong_to_one_portal(hubspot: Driver, reader: Account, people: list[str]) -> None:
    everybody = hubspot.make_list(rule="all")

    hubspot.seed({"email": "a@example.com"}, portal=US)

    assert reader.member_ids(everybody) == people
    elsewhere = hubspot.connect(US, optional_scope="crm.lists.read")
    assert elsewhere.lists().json()["total"] == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"members": ["nobody@example.com"]}, 404),
        ({"rule": {"property": "nothing", "value": "x"}}, 404),
        ({"rule": "all", "members": []}, 400),
        ({"rule": "all", "processing_type": "MANUAL"}, 400),
        ({"processing_type": "DYNAMIC"}, 400),
        ({"processing_type": "STATIC"}, 400),
    ],
)
def test_a_list_that_cannot_be_is_refused_and_not_made(
    hubspot: Driver, reader: Account, body: dict[str, Any], status: int
) -> None:
    answer = hubspot.session.post(f"{hubspot.url}/_sim/portals/{EU}/lists", json={"name": "x"} | body, timeout=10)

    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)
    assert reader.lists().json()["total"] == 0


def test_people_do_not_put_anybody_into_a_dynamic_list(hubspot: Driver, reader: Account, people: list[str]) -> None:
    ulm = hubspot.make_list(rule=ULM)

    answer = hubspot.session.post(f"{hubspot.url}/_sim/portals/{EU}/lists/{ulm}", json={"add": people}, timeout=10)

    assert answer.status_code == 400
    assert len(reader.member_ids(ulm)) == 3
