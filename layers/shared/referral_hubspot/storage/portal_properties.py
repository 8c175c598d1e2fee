"""What HubSpot said of an account's properties, kept so that a settings page opens without asking again."""

import json
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.crm import Option, Property
from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import batch_get, marshal, moment
from referral_hubspot.usecases.lookups import PropertyList

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ROW_LIMIT = 390_000  # bytes of compressed text; a DynamoDB item takes 400 kB with its keys


class PortalProperties:
    """One compressed row per account, HubSpot account and object."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._client = dynamodb

    def load(self, account_id: str, portal_id: int, object_type: str) -> PropertyList | None:
        """What was read last, None if nothing was."""
        key = keys.properties(account_id, portal_id, object_type)
        row = batch_get(self._client, self._table, [key]).get(key)
        if row is None:
            return None
        stored = json.loads(zlib.decompress(row["content"]))
        return PropertyList(tuple(_property(values) for values in stored), moment(row["read_at"]))

    def store(self, account_id: str, portal_id: int, object_type: str, properties: PropertyList) -> None:
        """Keep what was read, unless it is too much for a row: then HubSpot is asked each time."""
        text = json.dumps([asdict(known) for known in properties.properties], separators=(",", ":"))
        content = zlib.compress(text.encode())
        if len(content) > _ROW_LIMIT:
            return
        key = keys.properties(account_id, portal_id, object_type)
        row = key.item() | {"content": content, "read_at": properties.read_at}
        self._client.put_item(TableName=self._table, Item=marshal(row))


def _property(values: dict[str, Any]) -> Property:
    return Property(**values | {"options": tuple(Option(**option) for option in values["options"])})
