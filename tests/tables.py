"""Both tables on moto, with the keys and settings that the repositories rely on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import boto3
from moto import mock_aws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CAMPAIGNS = "campaigns"
CREDENTIALS = "credentials"


@contextmanager
def local_tables() -> Iterator["DynamoDBClient"]:
    """A client on empty tables; nothing leaves the process."""
    with mock_aws():
        client = boto3.client(
            "dynamodb",
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        for name in (CAMPAIGNS, CREDENTIALS):
            client.create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                AttributeDefinitions=[
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "S"},
                ],
                BillingMode="PAY_PER_REQUEST",
            )
        yield client


def interrupted(client: "DynamoDBClient", interlude: Callable[[], object], times: int = 1) -> "DynamoDBClient":
    """The client of a worker that is overtaken: `interlude` happens just before its next transactions."""
    return cast("DynamoDBClient", _Interrupted(client, interlude, times))


class _Interrupted:
    def __init__(self, client: "DynamoDBClient", interlude: Callable[[], object], times: int) -> None:
        self._client = client
        self._interlude = interlude
        self._times = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        if self._times:
            self._times -= 1
            self._interlude()
        return self._client.transact_write_items(**request)
