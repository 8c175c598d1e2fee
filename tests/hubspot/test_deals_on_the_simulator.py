"""The real client against the HubSpot simulator: deals, what all records share, and an account's set-up."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import (
    DEAL_KEY,
    Conflict,
    ContactRow,
    DealRow,
    Matches,
    ObjectType,
    Option,
    Property,
    Refused,
    RowAnswer,
    Stage,
    Unanswered,
    Written,
)
from referral_hubspot.domain.errors import CrmUnavailableError, RequestRefusedError, ScopeMissingError
from tests.hubspot.simulated import Connected, connect
from tests.simulators.hubspot.driver import EU

STAGES = {"pipeline": "default", "dealstage": "appointmentscheduled"}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DEAL, CONTACT = ObjectType.DEAL, ObjectType.CONTACT


@pytest.fixture
def ready(acme: Connected) -> Connected:
    """The account with the unique property, and nothing in the journal."""
    acme.crm.create_deal_key()
    acme.hubspot.control("journal", method="DELETE")
    return acme


def deal(number: int, contact_id: str = "", **properties: str) -> DealRow:
    return DealRow(f"t{number}", f"key-{number}", {"dealname": f"Lead {number}"} | STAGES | properties, contact_id)


def written(answers: list[RowAnswer]) -> list[str]:
    assert all(isinstance(answer, Written) and answer.created for answer in answers), answers
    return [answer.record_id for answer in answers if isinstance(answer, Written)]


def deals_of(acme: Connected, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = acme.hubspot.look(f"portals/{EU}/deals{query}")["deals"]
    return found


def seed_deals(acme: Connected, *rows: dict[str, Any]) -> list[str]:
    deals = [{"properties": {"dealname": "D"} | STAGES | properties} for properties in rows]
    ids: list[str] = acme.hubspot.control("seed", {"portal": EU, "deals": deals})["ids"]
    return ids


def caught_up(acme: Connected, search: Callable[[], Matches]) -> Matches:
    acme.hubspot.switch(search_lag_s=0)
    return search()


# Consent


def test_an_admin_may_decline_what_only_deals_need(acme: Connected) -> None:
    query = parse_qs(urlsplit(acme.oauth.authorize_url("st")).query)
    page = acme.hubspot.session.get(acme.oauth.authorize_url("st"), timeout=10)
    code = acme.hubspot.code(EU, optional_scope=query["optional_scope"][0], without="crm.objects.owners.read")
    grant = acme.oauth.exchange(code)

    assert page.status_code == 200
    assert all(scope in page.text for scope in scopes.OPTIONAL)
    assert set(grant.scopes) == {*scopes.REQUIRED, *scopes.OPTIONAL} - {"crm.objects.owners.read"}
    with pytest.raises(ScopeMissingError) as raised:
        acme.directory.with_grant(grant).owners()
    assert raised.value.scopes == ("crm.objects.owners.read",)


@pytest.mark.parametrize(
    ("scope", "call"),
    [
        ("crm.objects.deals.write", lambda crm: crm.create_deals([deal(0)])),
        ("crm.objects.deals.read", lambda crm: crm.deals_by_key(["key-0"])),
        ("crm.objects.deals.read", lambda crm: crm.search(DEAL, "dealstage", "closedwon", LONG_AGO)),
        ("crm.schemas.deals.write", lambda crm: crm.create_deal_key()),
        ("crm.objects.owners.read", lambda crm: crm.owners()),
    ],
)
def test_a_scope_that_deals_need_is_named(ready: Connected, scope: str, call: Callable[[Any], Any]) -> None:
    ready.hubspot.control("scopes", {"portal": EU, "remove": [scope]})

    with pytest.raises(ScopeMissingError) as raised:
        call(ready.crm)

    assert scope in raised.value.scopes


# Creating


def test_deals_are_created_with_their_contacts_in_one_call(ready: Connected) -> None:
    [contact_id] = ready.hubspot.seed({"email": "ada@example.com"})

    ids = written(ready.crm.create_deals([deal(0, contact_id), deal(1)]))

    assert ready.kinds == ["deals.batch_create"]
    assert [row["id"] for row in deals_of(ready, "?contact=ada@example.com")] == ids[:1]
    assert {row["id"]: row["properties"][DEAL_KEY] for row in deals_of(ready)} == {ids[0]: "key-0", ids[1]: "key-1"}


@pytest.mark.parametrize("form", ["409_existing_id", "400_has_value"])
@pytest.mark.parametrize("others", [0, 1, 3])
def test_a_deal_is_created_once_and_stays_where_a_salesperson_moved_it(
    ready: Connected, form: str, others: int
) -> None:
    ready.hubspot.switch(unique_conflict=form)
    [first] = written(ready.crm.create_deals([deal(0)]))
    ready.hubspot.control(f"portals/{EU}/deals/{first}", {"properties": {"dealstage": "closedwon"}})

    answers = ready.crm.create_deals([deal(number) for number in range(others + 1)])

    assert answers[0] == Conflict("t0", first)
    assert len(written(answers[1:])) == others
    assert len(deals_of(ready)) == others + 1
    assert [row["properties"]["dealstage"] for row in deals_of(ready, f"?{DEAL_KEY}=key-0")] == ["closedwon"]


def test_bad_deals_do_not_keep_good_ones_back(ready: Connected) -> None:
    rows = [
        deal(0, dealstage="no_such_stage"),
        deal(1, no_such_property="x"),
        deal(2, hubspot_owner_id="1"),
        deal(3, "99999999"),
        deal(4),
    ]

    *refused, good = ready.crm.create_deals(rows)

    assert isinstance(good, Written)
    assert all(isinstance(answer, Refused) for answer in refused)
    problems = [answer.problems[0] for answer in refused if isinstance(answer, Refused)]
    assert [problem.property for problem in problems] == ["dealstage", "no_such_property", "hubspot_owner_id", ""]
    assert [problem.code for problem in problems[:2]] == ["INVALID_OPTION", "PROPERTY_DOESNT_EXIST"]


def test_a_deal_whose_contact_is_gone_is_refused(ready: Connected) -> None:
    [refused] = ready.crm.create_deals([deal(0, "99999999")])

    assert isinstance(refused, Refused)
    assert refused.category == "VALIDATION_ERROR"
    assert deals_of(ready) == []


def test_another_unique_value_that_is_taken_is_no_deal_of_ours(ready: Connected) -> None:
    seed_deals(ready, {"order_number": "A-1"})

    refused, _ = ready.crm.create_deals([deal(0, order_number="A-1"), deal(1)])

    assert isinstance(refused, Refused)
    assert [problem.property for problem in refused.problems] == ["order_number"]


def test_without_the_unique_property_no_deal_is_created(acme: Connected) -> None:
    [refused] = acme.crm.create_deals([deal(0)])

    assert isinstance(refused, Refused)
    assert [(problem.property, problem.code) for problem in refused.problems] == [(DEAL_KEY, "PROPERTY_DOESNT_EXIST")]
    assert deals_of(acme) == []


@pytest.mark.parametrize("fault", [{"drop": True}, {"after_commit": True}, {"empty_2xx": True, "after_commit": True}])
def test_whatever_happens_to_an_answer_the_key_finds_the_deal(ready: Connected, fault: dict[str, Any]) -> None:
    ready.hubspot.control("faults", fault | {"kind": "deals.batch_create"})

    with suppress(CrmUnavailableError):
        assert ready.crm.create_deals([deal(0)]) == [Unanswered("t0")]
    found = ready.crm.deals_by_key(["key-0"])
    again = ready.crm.create_deals([deal(0)])

    assert again == [Conflict("t0", found["key-0"])] if found else written(again)
    assert len(deals_of(ready)) == 1


# Finding


def test_deals_are_found_by_their_keys(ready: Connected) -> None:
    ids = written(ready.crm.create_deals([deal(0), deal(1)]))

    assert ready.crm.deals_by_key(["key-1", "key-0", "key-9"]) == {"key-0": ids[0], "key-1": ids[1]}
    assert ready.crm.deals_by_key(["key-9"]) == {}


def test_keys_cannot_be_asked_for_without_the_property(acme: Connected) -> None:
    with pytest.raises(RequestRefusedError):
        acme.crm.deals_by_key(["key-0"])


@pytest.mark.parametrize("object_type", ObjectType)
def test_records_at_a_value_are_found_page_by_page_since_a_moment(acme: Connected, object_type: ObjectType) -> None:
    if object_type is DEAL:
        name, other = "dealstage", "qualifiedtobuy"
        ids = seed_deals(acme, *[{name: "closedwon"}] * 203, {name: other})
    else:
        name = "lifecyclestage"
        rows = [{"email": f"p{number}@example.com", name: "closedwon"} for number in range(203)]
        acme.hubspot.control(
            f"portals/{EU}/properties", {"add_options": {name: [{"value": "closedwon", "label": "Won"}]}}
        )
        ids = acme.hubspot.seed(*rows, {"email": "other@example.com", name: "lead"})

    first = caught_up(acme, lambda: acme.crm.search(object_type, name, "closedwon", LONG_AGO))
    second = acme.crm.search(object_type, name, "closedwon", LONG_AGO, first.after)

    assert first == Matches(tuple(ids[:200]), ids[199])
    assert second == Matches(tuple(ids[200:203]), "")
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert acme.crm.search(object_type, name, "closedwon", soon) == Matches((), "")
    assert [row["kind"] for row in acme.hubspot.journal()] == [f"{object_type.plural}.search"] * 3


def test_too_many_searches_are_refused_and_slow_only_searches_down(acme: Connected) -> None:
    acme.hubspot.switch(rate_scale=1)
    crm = acme.crm

    def search_hastily() -> None:
        for _ in range(50):
            crm.search(DEAL, "dealstage", "closedwon", LONG_AGO)

    with pytest.raises(CrmUnavailableError) as raised:
        search_hastily()

    assert raised.value.retry_after_s == 1.0
    assert acme.budget.stopped == [("search", 1.0)]
    assert crm.properties(DEAL)


# Histories


@pytest.mark.parametrize("known", [True, False])
def test_a_history_tells_our_writes_from_those_of_people(ready: Connected, known: bool) -> None:
    ready.hubspot.switch(introspect_says_active_only=not known)
    [record_id] = written(ready.crm.create_deals([deal(0)]))
    other = {"properties": {"dealstage": "qualifiedtobuy"}, "change_source": "INTEGRATION", "source_id": "77"}
    ready.hubspot.control(f"portals/{EU}/deals/{record_id}", other)
    ready.hubspot.control(f"portals/{EU}/deals/{record_id}", {"properties": {"dealstage": "closedwon"}})

    history = ready.crm.histories(DEAL, [record_id, "99999999"], "dealstage")

    assert list(history) == [record_id]
    assert [(one.value, one.ours) for one in history[record_id].past] == [
        ("appointmentscheduled", True),
        ("qualifiedtobuy", not known),
        ("closedwon", False),
    ]
    assert [one.at for one in history[record_id].past] == sorted(one.at for one in history[record_id].past)


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("object_type", ObjectType)
def test_a_merged_record_tells_its_history_under_both_former_ids(
    acme: Connected, object_type: ObjectType, keeps: bool
) -> None:
    acme.hubspot.switch(merge_keeps_primary_id=keeps)
    if object_type is DEAL:
        name, ids = "dealstage", seed_deals(acme, {}, {})
    else:
        name, ids = "firstname", acme.hubspot.seed({"email": "a@example.com"}, {"email": "b@example.com"})
    acme.hubspot.control(f"portals/{EU}/merge", {"object": object_type.plural, "primary": ids[0], "other": ids[1]})

    found = acme.crm.histories(object_type, ids, name)

    assert set(found) == set(ids)
    assert found[ids[0]] == found[ids[1]]
    assert (found[ids[0]].record_id == ids[0]) is keeps


def test_a_record_that_was_put_away_has_no_history_left(acme: Connected) -> None:
    ids = seed_deals(acme, {}, {})
    acme.crm.archive(DEAL, ids[:1])

    assert set(acme.crm.histories(DEAL, ids, "dealstage")) == {ids[1]}


# Putting away


@pytest.mark.parametrize("object_type", ObjectType)
def test_records_are_put_away_once_and_again(ready: Connected, object_type: ObjectType) -> None:
    contacts = ready.crm.create_contacts([ContactRow("0", {}, email="a@example.com")])
    ids = written(ready.crm.create_deals([deal(0)]) if object_type is DEAL else contacts)

    for _ in range(2):
        ready.crm.archive(object_type, ids)
    ready.crm.archive(object_type, [*ids, "99999999"])

    assert deals_of(ready) == []
    assert len(ready.hubspot.look(f"portals/{EU}/contacts")["contacts"]) == (1 if object_type is DEAL else 0)


# How the account is set up


def test_pipelines_and_their_stages_are_read_as_they_are_now(acme: Connected) -> None:
    change = {"archive_stages": ["qualifiedtobuy"], "archive": ["71204418"]}

    before = {pipeline.id: pipeline for pipeline in acme.crm.pipelines()}
    acme.hubspot.control(f"portals/{EU}/pipelines", change)
    [sales] = acme.crm.pipelines()

    assert list(before) == ["default", "71204418"]
    assert [stage.id for stage in before["default"].stages] == [
        "appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin", "contractsent",
        "closedwon", "closedlost",
    ]  # fmt: skip
    assert before["71204418"].stages[0] == Stage("138829001", "Introduced")
    assert [(stage.closed, stage.won) for stage in sales.stages] == [(False, False)] * 4 + [(True, True), (True, False)]
    assert [stage.id for stage in sales.stages][:2] == ["appointmentscheduled", "presentationscheduled"]


def test_active_owners_are_listed_over_all_pages(acme: Connected) -> None:
    added = [
        {"id": str(2000 + number), "email": f"o{number}@example.com", "first_name": f"Owner {number}"}
        for number in range(120)
    ]
    acme.hubspot.control(f"portals/{EU}/owners", {"add": added, "archive": ["910901"]})

    found = acme.crm.owners()

    assert {owner.value for owner in found} == {"910902", "910903", *(row["id"] for row in added)}
    assert len(found) == 122
    assert Option("2007", "Owner 7") in found
    assert acme.kinds == ["owners.list"] * 2


@pytest.mark.parametrize("object_type", ObjectType)
def test_the_owner_property_is_told_apart(acme: Connected, object_type: ObjectType) -> None:
    found = {item.name: item for item in acme.crm.properties(object_type)}

    assert [name for name, item in found.items() if item.of_owners] == ["hubspot_owner_id"]
    assert found["hubspot_owner_id"].options == ()
    assert found["hubspot_owner_id"].writable


def test_the_deal_key_is_made_once_and_brought_back_from_the_archive(acme: Connected) -> None:
    acme.crm.create_deal_key()
    acme.crm.create_deal_key()
    acme.hubspot.control(f"portals/{EU}/properties", {"object": "deals", "archive": [DEAL_KEY]})
    assert DEAL_KEY not in {item.name for item in acme.crm.properties(DEAL)}

    acme.crm.create_deal_key()

    [key] = [item for item in acme.crm.properties(DEAL) if item.name == DEAL_KEY]
    assert (key.label, key.type, key.field_type, key.group, key.writable) == (
        "Referral lead key", "string", "text", "dealinformation", True,
    )  # fmt: skip


def test_we_call_the_current_version_only(ready: Connected) -> None:
    ids = written(ready.crm.create_deals([deal(0)]))
    ready.crm.deals_by_key(["key-0"])
    ready.crm.search(DEAL, "dealstage", "closedwon", LONG_AGO)
    ready.crm.histories(DEAL, ids, "dealstage")
    ready.crm.archive(DEAL, ids)
    ready.crm.pipelines()
    ready.crm.owners()
    ready.crm.create_deal_key()
    ready.crm.create_contact_properties("ours", "Refer", [Property("our_link", "Link", "string", "text", "", True)])
    connect(ready)

    assert {entry["version"] for entry in ready.hubspot.journal()} == {"2026-09"}
