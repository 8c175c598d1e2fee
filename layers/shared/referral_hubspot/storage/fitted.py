"""When the saved settings were last held against a HubSpot account."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from referral_hubspot.storage import dynamo, keys

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class FittedTable:
    """Implements the port `FittedTimes`: one row per account and HubSpot account."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def fitted_at(self, portals: Iterable[tuple[str, int]]) -> dict[tuple[str, int], datetime]:
        """When it was done for each (account, HubSpot account); where it never was, nothing is said."""
        wanted = {keys.fitted(*portal): portal for portal in portals}
        rows = dynamo.batch_get(self._client, self._table, wanted)
        return {wanted[key]: dynamo.moment(row["at"]) for key, row in rows.items()}

    def fitted(self, account_id: str, portal_id: int, at: datetime) -> None:
        """Note that it is done."""
        row = keys.fitted(account_id, portal_id).item() | {"at": at}
        dynamo.transact(self._client, [dynamo.put(self._table, row)])
