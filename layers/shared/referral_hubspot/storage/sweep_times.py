"""When a sweep for everyone was last finished."""

from datetime import datetime
from typing import TYPE_CHECKING

from referral_hubspot.storage import dynamo, keys

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class SweepTimes:
    """One row; a sweep that ends late never sets it back."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def finished(self, at: datetime) -> None:
        """Note that a sweep got to its end."""
        write = dynamo.put(
            self._table,
            keys.sweep_finished().item() | {"finished_at": at},
            condition="attribute_not_exists(pk) OR finished_at < :at",
            values={":at": at},
        )
        dynamo.transact(self._client, [write])

    def finished_at(self) -> datetime | None:
        """When the last one did, None before the first."""
        row = dynamo.batch_get(self._client, self._table, [keys.sweep_finished()]).get(keys.sweep_finished())
        return dynamo.moment(row["finished_at"]) if row else None
