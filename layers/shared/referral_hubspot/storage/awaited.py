"""Records that a connection check waits to hear of, and when HubSpot told of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import batch_get, delete, moment, put, transact, update
from referral_hubspot.usecases.links import PortalRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class AwaitedTable:
    """A row per record, beside the portal's routes: whoever reads those for a webhook reads these with them."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def expect(self, record: PortalRecord, until: datetime) -> None:
        """Have it noted when HubSpot tells of this record; forgotten some time after `until`."""
        row = _key(record).item() | {"record": [record.object_type, record.record_id]}
        transact(self._client, [put(self._table, row | {"expires_at": int(until.timestamp())})])

    def note(self, records: Iterable[PortalRecord], at: datetime) -> None:
        """HubSpot told of these; of one that nobody waits for any more nothing is written."""
        for record in records:
            noted = update(
                self._table,
                _key(record),
                "SET arrived_at = if_not_exists(arrived_at, :at)",
                condition="attribute_exists(pk)",
                values={":at": at},
            )
            transact(self._client, [noted])

    def arrived_at(self, record: PortalRecord) -> datetime | None:
        """When HubSpot told of it first, None so far; strongly consistent."""
        row = batch_get(self._client, self._table, [_key(record)]).get(_key(record), {})
        return moment(row["arrived_at"]) if "arrived_at" in row else None

    def forget(self, record: PortalRecord) -> None:
        """Wait for it no more."""
        transact(self._client, [delete(self._table, _key(record))])


def _key(record: PortalRecord) -> keys.Key:
    return keys.awaited(record.portal_id, record.object_type, record.record_id)
