"""Bringing rows back that were deleted by mistake."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from functions.operation.restoration import RestorationRefusedError, restore
from functions.operation.stacks import StackAccess

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT = datetime(2026, 11, 25, 10, tzinfo=UTC)
LIVE, COPY = "table-CampaignTable", "table-CampaignTable-20261125100000"
WORDS = {"table": "CampaignTable", "at": "2026-11-25T10:00Z", "rows": "A#acme"}


class Here(StackAccess):
    """A stack whose tables are moto's."""

    def resource(self, logical_id: str) -> str:
        return f"table-{logical_id}"


@pytest.fixture
def stack() -> Iterator[StackAccess]:
    with mock_aws():
        yield Here("here", boto3.Session("test", "test", region_name="eu-west-1"))


@pytest.fixture
def dynamodb(stack: StackAccess) -> "DynamoDBClient":
    client: DynamoDBClient = stack.client("dynamodb")
    for name in (LIVE, COPY):
        client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
    return client


def put(client: "DynamoDBClient", table: str, pk: str, version: int) -> None:
    client.put_item(TableName=table, Item={"pk": {"S": pk}, "sk": {"S": "PERSON"}, "version": {"N": str(version)}})


def rows(client: "DynamoDBClient") -> Mapping[str, str]:
    return {row["pk"]["S"]: row["version"]["N"] for row in client.scan(TableName=LIVE)["Items"]}


def test_what_is_gone_comes_back_and_what_is_there_stays_as_it_is(
    stack: StackAccess, dynamodb: "DynamoDBClient"
) -> None:
    for number in range(120):
        put(dynamodb, COPY, f"A#acme#{number}", 1)
    put(dynamodb, COPY, "A#other", 1)
    put(dynamodb, LIVE, "A#acme#7", 2)

    [line] = restore(stack, WORDS)

    found = rows(dynamodb)
    assert line == "120 rows begin so: 119 were gone and are back, 1 are as they were."
    assert (len(found), found["A#acme#7"], found["A#acme#8"]) == (120, "2", "1")
    assert "A#other" not in found, "it was deleted on purpose, for all that was said"
    assert dynamodb.list_tables()["TableNames"] == [LIVE]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"at": ""}, "AT is a moment of the last 35 days"),
        ({"at": "yesterday"}, "AT is a moment of the last 35 days"),
        ({"table": "Campaigns"}, "TABLE is one of CampaignTable, CredentialTable."),
        ({"rows": ""}, "ROWS is how the pk of the rows begins"),
    ],
)
def test_an_incomplete_wish_restores_nothing(
    stack: StackAccess, dynamodb: "DynamoDBClient", change: dict[str, str], said: str
) -> None:
    with pytest.raises(RestorationRefusedError, match=said):
        restore(stack, WORDS | change)

    assert dynamodb.list_tables()["TableNames"] == [LIVE, COPY]
