"""What is announced of syncs: whom to enrol, and how a run came out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from referral_hubspot.domain.syncs import (
    Cause,
    Counts,
    Enrolment,
    EnrolmentRequest,
    EnrolmentState,
    Newcomer,
    PastRun,
    Plan,
    RunKind,
    Sync,
)
from referral_hubspot.events.deriving import of_request
from referral_hubspot.storage import keys
from referral_hubspot.storage.enrolments import EnrolmentRepository
from referral_hubspot.storage.keys import Key
from referral_hubspot.storage.syncs import SyncRepository
from referral_hubspot.storage.told_rows import ToldRowsTable
from referral_hubspot.usecases.newcomers import requests
from tests.functions.announcements.announcer import Announcer
from tests.functions.announcements.stream import NOW, Stream
from tests.tables import CAMPAIGNS, local_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SYNC = Sync("acme", "spring", "s1", 7, Plan("", "", {}, {}), "Ana", NOW)
PAST = PastRun(
    "acme",
    "spring",
    "s1",
    "r1",
    RunKind.EVERYBODY,
    NOW,
    NOW + timedelta(minutes=5),
    Counts(read=9, without_email=2, already=1, asked=6),
    joined=3,
    declined=2,
    unanswered=1,
)


@pytest.fixture(name="client")
def _client() -> "Iterator[DynamoDBClient]":
    with local_tables() as client:
        yield client


@pytest.fixture
def stream(client: "DynamoDBClient") -> Stream:
    return Stream(client)


def asks(client: "DynamoDBClient", stream: Stream, *newcomers: Newcomer) -> None:
    """Ask the platform for contacts, and take down the row of that request."""
    before = {item["pk"]["S"] for item in client.scan(TableName=CAMPAIGNS)["Items"]}
    EnrolmentRepository(CAMPAIGNS, client, b"pepper").request("acme", "spring", newcomers, NOW)
    [new] = [item for item in client.scan(TableName=CAMPAIGNS)["Items"] if item["pk"]["S"] not in before]
    key = Key(new["pk"]["S"], new["sk"]["S"])
    client.delete_item(TableName=CAMPAIGNS, Key={"pk": new["pk"], "sk": new["sk"]})
    stream.watch(key, lambda: client.put_item(TableName=CAMPAIGNS, Item=new))


def again(client: "DynamoDBClient", announcer: Announcer) -> list[str]:
    """Ids of what is announced again out of the table."""
    announcer.events.taken.clear()
    rows, after = ToldRowsTable(CAMPAIGNS, client).page("")
    assert not after
    assert announcer.hand([row.record for row in rows]) == []
    return sorted(one["id"] for one in announcer.events.taken)


def test_a_request_names_each_contact_with_its_enrolment_and_writes_to_nobody(
    announcer: Announcer, client: "DynamoDBClient", stream: Stream
) -> None:
    asks(client, stream, Newcomer("spring:7:1", "ada@example.com", "Ada", {"size": "XL"}))

    announcer.hand(stream.records)

    [one] = announcer.events.taken
    assert (one["type"], one["subject"]) == ("referrers.enrolment_requested.v1", "acme/spring")
    assert one["data"] == {
        "account_id": "acme",
        "campaign_id": "spring",
        "notify": False,
        "contacts": [
            {
                "enrolment_id": "spring:7:1",
                "email": "ada@example.com",
                "first_name": "Ada",
                "fields": {"size": "XL"},
            }
        ],
    }


def test_whoever_is_asked_for_again_is_another_request_and_one_that_is_announced_again_is_the_same(
    announcer: Announcer, client: "DynamoDBClient", stream: Stream
) -> None:
    contact = Newcomer("spring:7:1", "ada@example.com", "Ada", {})
    asks(client, stream, contact)
    asks(client, stream, contact)

    announcer.hand(stream.records)

    told = sorted(one["id"] for one in announcer.events.taken)
    assert len(set(told)) == 2
    assert again(client, announcer) == told


@pytest.mark.parametrize("text", ["x", '"', "\\", "\n", "\x01", "Ж", "字", "🎉"])
def test_a_request_fits_an_announcement_whatever_its_texts_are(text: str) -> None:
    newcomers = [
        Newcomer(f"spring:7:{number}", f"c{number}@example.com", text * 400, {"note": text * 4_000, "size": ""})
        for number in range(100)
    ]

    packed = list(requests(newcomers))

    assert [one for group in packed for one in group] == newcomers
    for number, group in enumerate(packed):
        [told] = of_request(EnrolmentRequest("acme", "spring", str(number), tuple(group)), NOW)
        assert len(group) <= 100
        assert len(told.model_dump_json().encode()) <= 250_000, "256 kB, with what the bus counts beside"


@pytest.mark.parametrize("cause", [Cause.NONE, Cause.LIST_GONE])
def test_a_run_that_ended_or_was_stopped_is_announced_with_its_counts(
    announcer: Announcer, client: "DynamoDBClient", stream: Stream, cause: Cause
) -> None:
    syncs = SyncRepository(CAMPAIGNS, client)
    stream.watch(keys.run("acme", "spring", "s1", "r1"), lambda: syncs.put(SYNC, replace(PAST, cause=cause)))

    announcer.hand(stream.records)

    [one] = announcer.events.taken
    assert (one["type"], one["subject"]) == ("sync.finished.v1", "acme/spring/s1")
    data = one["data"]
    assert (data["kind"], data["cause"]) == ("everybody", cause)
    assert (data["without_email"], data["already_referrers"], data["asked"]) == (2, 1, 6)
    assert data["asked"] == data["joined"] + data["declined"] + data["unanswered"]
    assert again(client, announcer) == [one["id"]]


def test_a_run_that_was_stopped_and_ended_later_is_announced_twice(
    announcer: Announcer, client: "DynamoDBClient", stream: Stream
) -> None:
    syncs, key = SyncRepository(CAMPAIGNS, client), keys.run("acme", "spring", "s1", "r1")
    stream.watch(key, lambda: syncs.put(SYNC, replace(PAST, cause=Cause.LIST_GONE)))
    later = replace(PAST, ended_at=PAST.ended_at + timedelta(hours=1))
    stream.watch(key, lambda: syncs.put(replace(SYNC, version=1), later))

    announcer.hand(stream.records)

    assert len({one["id"] for one in announcer.events.taken}) == 2


def test_what_became_of_a_contact_and_of_a_sync_is_nobody_s_news(
    announcer: Announcer, client: "DynamoDBClient", stream: Stream
) -> None:
    syncs, enrolments = SyncRepository(CAMPAIGNS, client), EnrolmentRepository(CAMPAIGNS, client, b"pepper")
    found = Enrolment("acme", "spring", 7, "1", "s1", "r1", EnrolmentState.WITHOUT_EMAIL, NOW)
    stream.watch(keys.sync("acme", "spring", "s1"), lambda: syncs.put(SYNC))
    stored = replace(SYNC, version=1)
    stream.watch(keys.enrolment("acme", "spring", 7, "1"), lambda: enrolments.find(stored, [found], [], NOW))

    announcer.hand(stream.records)

    assert announcer.events.taken == []
