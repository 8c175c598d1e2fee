"""What a sync found, what it remembers of that and what it asks the platform for are stored together or not at all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from referral_hubspot.domain.syncs import (
    Enrolment,
    EnrolmentState,
    Newcomer,
    Plan,
    Return,
    Run,
    RunKind,
    Sync,
    SyncChangedError,
)
from referral_hubspot.storage.enrolments import EnrolmentRepository
from referral_hubspot.storage.syncs import SyncRepository
from referral_hubspot.usecases.sync_ports import MOST_FOUND
from tests.tables import CAMPAIGNS, local_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
PLAN = Plan("1", "Customers", {"email": "email", "first_name": "firstname"}, {Return.LINK: "referral_link"}, 15)
SYNC = Sync("acme", "spring", "s1", 7, PLAN, "Ana", NOW, run=Run("r1", RunKind.EVERYBODY, NOW))
PLACE = ("acme", "spring", 7)


@pytest.fixture
def client() -> "Iterator[DynamoDBClient]":
    with local_tables() as made:
        yield made


@pytest.fixture
def enrolments(client: "DynamoDBClient") -> EnrolmentRepository:
    return EnrolmentRepository(CAMPAIGNS, client, b"pepper")


@pytest.fixture
def syncs(client: "DynamoDBClient") -> SyncRepository:
    return SyncRepository(CAMPAIGNS, client)


def found(contact: str, state: EnrolmentState = EnrolmentState.ASKED, run: str = "r1", sync: str = "s1") -> Enrolment:
    return Enrolment(*PLACE, contact, sync, run, state, NOW)


def newcomer(one: Enrolment) -> Newcomer:
    return Newcomer(one.enrolment_id, f"c{one.contact_id}@example.com", "C", {"size": "XL"})


def requests(client: "DynamoDBClient") -> int:
    """How many requests stand in the table."""
    return sum(1 for item in client.scan(TableName=CAMPAIGNS)["Items"] if item["sk"]["S"] == "ENROLMENTS")


def test_a_full_step_is_one_transaction(
    enrolments: EnrolmentRepository, syncs: SyncRepository, client: "DynamoDBClient"
) -> None:
    stored = syncs.put(SYNC)
    rows = [found(str(number)) for number in range(MOST_FOUND)]

    assert enrolments.find(replace(stored, people=98), rows, [newcomer(one) for one in rows], NOW) == frozenset()

    kept = syncs.get("acme", "spring", "s1")
    assert kept == replace(stored, people=98, version=stored.version + 1)
    assert enrolments.load(*PLACE, ["0", "97"]) == {"0": rows[0], "97": rows[97]}
    assert requests(client) == 1


def test_over_another_version_of_the_sync_nothing_is_stored(
    enrolments: EnrolmentRepository, syncs: SyncRepository, client: "DynamoDBClient"
) -> None:
    stored = syncs.put(SYNC)
    syncs.put(stored)
    one = found("1")

    with pytest.raises(SyncChangedError):
        enrolments.find(stored, [one], [newcomer(one)], NOW)

    assert (enrolments.load(*PLACE, ["1"]), requests(client)) == ({}, 0)


@pytest.mark.parametrize(
    ("state", "run", "takes"),
    [
        (EnrolmentState.WITHOUT_EMAIL, "r1", True),
        (EnrolmentState.ASKED, "r0", True),
        (EnrolmentState.ASKED, "r1", False),
        (EnrolmentState.JOINED, "r0", False),
        (EnrolmentState.DECLINED, "r0", False),
        (EnrolmentState.REFUSED, "r0", False),
    ],
)
def test_only_what_is_open_is_found_again(
    enrolments: EnrolmentRepository,
    syncs: SyncRepository,
    client: "DynamoDBClient",
    state: EnrolmentState,
    run: str,
    takes: bool,
) -> None:
    stored = syncs.put(SYNC)
    asked = found("1", EnrolmentState.ASKED, run, "s0")
    assert not enrolments.find(stored, [asked], [newcomer(asked)], NOW)
    before = replace(asked, state=state, sync_id="s0")
    if state is EnrolmentState.WITHOUT_EMAIL:
        enrolments._put([before], [EnrolmentState.ASKED])
    elif state is EnrolmentState.REFUSED:
        enrolments.answered([replace(before, state=EnrolmentState.JOINED)])
        enrolments.returned([before])
    elif state is not EnrolmentState.ASKED:
        enrolments.answered([before])
    kept, again, other = syncs.get("acme", "spring", "s1"), found("1"), found("2")
    assert kept is not None

    taken = enrolments.find(kept, [again, other], [newcomer(again), newcomer(other)], NOW)

    assert taken == (frozenset() if takes else {"1"})
    rows = enrolments.load(*PLACE, ["1", "2"])
    assert rows == ({"1": again, "2": other} if takes else {"1": before})
    assert requests(client) == (2 if takes else 1)


def test_an_answer_to_what_was_asked_anew_meanwhile_is_refused_and_so_comes_again(
    enrolments: EnrolmentRepository, syncs: SyncRepository
) -> None:
    stored, first, second = syncs.put(SYNC), found("1", run="r0", sync="s0"), replace(found("1"), others=("s0",))
    enrolments.find(stored, [first], [newcomer(first)], NOW)
    kept = syncs.get("acme", "spring", "s1")
    assert kept is not None
    enrolments.find(kept, [second], [newcomer(second)], NOW)
    joined = replace(first, state=EnrolmentState.JOINED, referrer_id="r-1")

    assert enrolments.answered([joined]) == {"1"}
    assert enrolments.answered([replace(second, state=EnrolmentState.JOINED, referrer_id="r-1")]) == frozenset()
    assert enrolments.load(*PLACE, ["1"])["1"].syncs == ("s0", "s1")


def test_nobody_who_joined_is_declined_afterwards(enrolments: EnrolmentRepository, syncs: SyncRepository) -> None:
    one = found("1")
    enrolments.find(syncs.put(SYNC), [one], [newcomer(one)], NOW)
    enrolments.answered([replace(one, state=EnrolmentState.JOINED)])

    assert enrolments.answered([replace(one, state=EnrolmentState.DECLINED)]) == {"1"}
    assert enrolments.load(*PLACE, ["1"])["1"].state is EnrolmentState.JOINED
