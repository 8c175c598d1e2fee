"""What is announced of a campaign that waits for its admin."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from referral_hubspot.domain.attention import Attention, AttentionReason
from referral_hubspot.storage import keys
from referral_hubspot.storage.attention import AttentionTable
from referral_hubspot.storage.told_rows import ToldRowsTable
from tests.functions.announcements.announcer import Announcer
from tests.functions.announcements.stream import NOW, Stream
from tests.tables import CAMPAIGNS, local_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

CAMPAIGN = ("acme", "spring")
BEGUN = Attention(AttentionReason.SETUP, NOW, 3, open=True, version=1, changed_at=NOW)
OVER = replace(BEGUN, open=False, waiting=0, version=2)


@pytest.fixture(name="client")
def _client() -> "Iterator[DynamoDBClient]":
    with local_tables() as client:
        yield client


@pytest.fixture
def stream(client: "DynamoDBClient") -> Stream:
    return Stream(client)


def becomes(client: "DynamoDBClient", stream: Stream, *attentions: Attention) -> None:
    table = AttentionTable(CAMPAIGNS, client)
    for attention in attentions:
        stream.watch(keys.attention(*CAMPAIGN), partial(table.store, CAMPAIGN, attention))


def told(announcer: Announcer) -> list[tuple[str, str, int]]:
    return [(one["type"], one["data"]["reason"], one["data"]["waiting"]) for one in announcer.events.taken]


def test_what_begins_and_ends_is_announced_once_each(
    announcer: Announcer, client: "DynamoDBClient", stream: Stream
) -> None:
    becomes(client, stream, BEGUN, OVER)

    announcer.hand(stream.records)

    assert told(announcer) == [("campaign.attention.v1", "setup", 3), ("campaign.attention_over.v1", "setup", 0)]
    assert announcer.events.taken[0]["data"] == {
        "account_id": "acme",
        "campaign_id": "spring",
        "reason": "setup",
        "since": "2026-11-22T10:00:00Z",
        "waiting": 3,
    }


def test_another_reason_is_announced_with_the_end_of_the_first(
    announcer: Announcer, client: "DynamoDBClient", stream: Stream
) -> None:
    becomes(client, stream, BEGUN, replace(BEGUN, reason=AttentionReason.ASKS_FIRST, version=2))

    announcer.hand(stream.records)

    assert told(announcer)[1:] == [
        ("campaign.attention_over.v1", "setup", 3),
        ("campaign.attention.v1", "asks_first", 3),
    ]


@pytest.mark.parametrize("changes", [(BEGUN,), (BEGUN, OVER), (BEGUN, OVER, replace(BEGUN, version=3))])
def test_deriving_it_again_out_of_the_table_gives_the_same_id(
    announcer: Announcer, client: "DynamoDBClient", stream: Stream, changes: tuple[Attention, ...]
) -> None:
    becomes(client, stream, *changes)
    announcer.hand(stream.records)
    last = announcer.events.taken[-1]["id"]
    assert len({one["id"] for one in announcer.events.taken}) == len(changes)
    announcer.events.taken.clear()

    [row], _ = ToldRowsTable(CAMPAIGNS, client).page("")
    announcer.hand([row.record])

    assert row.changed_at == NOW
    assert [one["id"] for one in announcer.events.taken] == [last]


def test_a_campaign_that_waits_is_listed_until_it_is_over(client: "DynamoDBClient", stream: Stream) -> None:
    becomes(client, stream, BEGUN)
    open_row = stream.records[0]["dynamodb"]["NewImage"]
    becomes(client, stream, OVER)
    over_row = stream.records[1]["dynamodb"]["NewImage"]

    assert open_row["listed_pk"] == {"S": keys.open_attention()}
    assert "listed_pk" not in over_row
