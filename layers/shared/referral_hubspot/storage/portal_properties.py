"""How HubSpot accounts are set up, as it was read last, so that a settings page opens without asking again."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.crm import ObjectType, Option, Pipeline, Property, Stage
from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import batch_get, marshal, moment
from referral_hubspot.storage.keys import Key
from referral_hubspot.usecases.read_portal import PipelineList, PropertyList

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FIELDS = tuple(one.name for one in fields(Property))
_ROW_LIMIT = 390_000  # bytes of compressed text; a DynamoDB item takes 400 kB with its keys


class PortalProperties:
    """One compressed row per account, HubSpot account and object, and one for the pipelines of deals."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._client = dynamodb

    def load(self, account_id: str, portal_id: int, object_type: ObjectType) -> PropertyList | None:
        """What was read last, None if nothing was."""
        kept = self._load(keys.properties(account_id, portal_id, object_type))
        if kept is None:
            return None
        stored, read_at = kept
        owners = _options(stored["owners"])
        return PropertyList(tuple(_property(values, owners) for values in stored["properties"]), read_at)

    def store(self, account_id: str, portal_id: int, object_type: ObjectType, properties: PropertyList) -> None:
        """Keep what was read, unless it is too much for a row: then HubSpot is asked each time."""
        # HubSpot's users are the same in each property that offers them, and may be thousands.
        owners = next((known.options for known in properties.properties if known.of_owners), ())
        plain = [replace(known, options=()) if known.of_owners else known for known in properties.properties]
        content = {"properties": [asdict(known) for known in plain], "owners": [asdict(owner) for owner in owners]}
        self._store(keys.properties(account_id, portal_id, object_type), content, properties.read_at)

    def load_pipelines(self, account_id: str, portal_id: int) -> PipelineList | None:
        """What was read last, None if nothing was."""
        kept = self._load(keys.pipelines(account_id, portal_id))
        if kept is None:
            return None
        stored, read_at = kept
        return PipelineList(tuple(_pipeline(values) for values in stored), read_at)

    def store_pipelines(self, account_id: str, portal_id: int, pipelines: PipelineList) -> None:
        """Keep what was read, as `store` does."""
        content = [asdict(pipeline) for pipeline in pipelines.pipelines]
        self._store(keys.pipelines(account_id, portal_id), content, pipelines.read_at)

    def _load(self, key: Key) -> tuple[Any, datetime] | None:
        row = batch_get(self._client, self._table, [key]).get(key)
        return (json.loads(zlib.decompress(row["content"])), moment(row["read_at"])) if row else None

    def _store(self, key: Key, content: Any, read_at: datetime) -> None:
        compressed = zlib.compress(json.dumps(content, separators=(",", ":")).encode())
        if len(compressed) > _ROW_LIMIT:
            return
        row = key.item() | {"content": compressed, "read_at": read_at}
        self._client.put_item(TableName=self._table, Item=marshal(row))


def _property(values: dict[str, Any], owners: tuple[Option, ...]) -> Property:
    options = owners if values["of_owners"] else _options(values["options"])
    return Property(**{name: values[name] for name in _FIELDS if name in values} | {"options": options})


def _options(stored: Sequence[dict[str, str]]) -> tuple[Option, ...]:
    return tuple(Option(**option) for option in stored)


def _pipeline(values: dict[str, Any]) -> Pipeline:
    return Pipeline(**values | {"stages": tuple(Stage(**stage) for stage in values["stages"])})
