"""DynamoDB in plain Python values: bulk reads that are whole, transactions that say which row failed."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

from referral_hubspot.storage.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]

_READ_LIMIT = 100  # keys of one BatchGetItem
_ACTION_LIMIT = 100  # actions of one TransactWriteItems
_SIZE_LIMIT = 3_500_000  # bytes of one TransactWriteItems, which takes 4 MB with what DynamoDB adds
_CONFLICT_ATTEMPTS = 6

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def marshal(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values as DynamoDB's wire form; datetimes become text."""
    return {name: _serializer.serialize(_plain(value)) for name, value in values.items()}


def unmarshal(item: Mapping[str, Any]) -> dict[str, Any]:
    """A row in plain values; whole numbers are ints."""
    return {name: _python(_deserializer.deserialize(value)) for name, value in item.items()}


def timestamp(moment: datetime) -> str:
    """UTC with microseconds, so that text sorts as time does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """What `timestamp` wrote."""
    return datetime.fromisoformat(text)


def batch_get(
    client: "DynamoDBClient",
    table: str,
    keys: Iterable[Key],
    *,
    attributes: Sequence[str] = (),
    consistent: bool = True,
) -> dict[Key, dict[str, Any]]:
    """Rows by key, strongly consistent unless told not to, repeats asked once; what does not exist is left out.

    Args:
        attributes: Those to read beside the key; none for all.
    """
    wanted = list(dict.fromkeys(keys))
    found: dict[Key, dict[str, Any]] = {}
    how: Any = {"ConsistentRead": consistent} | _projected(attributes)
    for start in range(0, len(wanted), _READ_LIMIT):
        asked: Any = [marshal(key.item()) for key in wanted[start : start + _READ_LIMIT]]
        pause = 0.05
        while asked:
            request: Any = {table: {"Keys": asked, **how}}
            answer = client.batch_get_item(RequestItems=request)
            for row in answer["Responses"].get(table, []):
                item = unmarshal(row)
                found[Key(item["pk"], item["sk"])] = item
            unprocessed: Any = answer.get("UnprocessedKeys", {})
            asked = unprocessed[table]["Keys"] if unprocessed else []
            if asked:  # throttled: the rest is asked again, slower each time
                time.sleep(pause)
                pause = min(pause * 2, 1.0)
    return found


def _projected(attributes: Sequence[str]) -> dict[str, Any]:
    if not attributes:
        return {}
    names = {f"#{name}": name for name in ("pk", "sk", *attributes)}
    return {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}


def query(
    client: "DynamoDBClient",
    table: str,
    index: str,
    condition: str,
    values: Mapping[str, Any],
    *,
    newest_first: bool = False,
    limit: int = 0,
    page: int = 0,
) -> Iterator[dict[str, Any]]:
    """Rows of an index as far as it projects them, page by page while they are asked for.

    Args:
        limit: At most so many rows; 0 for all.
        page: Rows of one call; 0 for as many as `limit`.
    """
    pages = client.get_paginator("query").paginate(
        TableName=table,
        IndexName=index,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=marshal(values),
        ScanIndexForward=not newest_first,
        PaginationConfig={"MaxItems": limit, "PageSize": page or limit} if limit else {},
    )
    for answer in pages:
        yield from map(unmarshal, answer["Items"])


def count(
    client: "DynamoDBClient", table: str, index: str, condition: str, partitions: Iterable[Mapping[str, Any]]
) -> int:
    """How many rows an index has, of each of these values of the condition; nothing of them is read."""
    return sum(
        page["Count"]
        for values in partitions
        for page in client.get_paginator("query").paginate(
            TableName=table,
            IndexName=index,
            Select="COUNT",
            KeyConditionExpression=condition,
            ExpressionAttributeValues=marshal(values),
        )
    )


@dataclass(frozen=True, slots=True)
class Write:
    """One action of a transaction: `kind` is Put, Update, Delete or ConditionCheck, `request` in wire form."""

    kind: str
    request: Mapping[str, Any] = field(repr=False)


def put(table: str, item: Item, *, condition: str = "", names: Item | None = None, values: Item | None = None) -> Write:
    """Write a whole row."""
    return Write("Put", {"TableName": table, "Item": marshal(item)} | _conditioned(condition, names, values))


def update(
    table: str,
    key: Key,
    expression: str,
    *,
    condition: str = "",
    names: Item | None = None,
    values: Item | None = None,
) -> Write:
    """Change some attributes of a row."""
    request = {"TableName": table, "Key": marshal(key.item()), "UpdateExpression": expression}
    return Write("Update", request | _conditioned(condition, names, values))


def delete(
    table: str, key: Key, *, condition: str = "", names: Item | None = None, values: Item | None = None
) -> Write:
    """Remove a row."""
    return Write("Delete", {"TableName": table, "Key": marshal(key.item())} | _conditioned(condition, names, values))


def check(table: str, key: Key, condition: str, *, names: Item | None = None, values: Item | None = None) -> Write:
    """Let the transaction pass only if another row is as expected."""
    request = {"TableName": table, "Key": marshal(key.item())}
    return Write("ConditionCheck", request | _conditioned(condition, names, values))


def transact(client: "DynamoDBClient", writes: Sequence[Write]) -> dict[int, dict[str, Any]]:
    """Write all or nothing, at most 100 actions.

    Returns:
        Index → the stored row (empty if there is none) for each action whose condition failed; an
        empty result means that everything was written. Conflicts with other transactions and
        throttles are tried again here, because nothing was written by them.
    """
    assert len(writes) <= _ACTION_LIMIT, "a transaction takes at most 100 actions"
    items: Any = [
        {
            write.kind: {
                **write.request,
                **(
                    {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if "ConditionExpression" in write.request else {}
                ),
            }
        }
        for write in writes
    ]
    for attempt in range(1, _CONFLICT_ATTEMPTS + 1):
        try:
            client.transact_write_items(TransactItems=items)
        except client.exceptions.TransactionCanceledException as error:
            reasons = error.response["CancellationReasons"]
            failed = {
                index: unmarshal(reason.get("Item", {}))
                for index, reason in enumerate(reasons)
                if reason.get("Code") == "ConditionalCheckFailed"
            }
            if failed:
                return failed
            if attempt == _CONFLICT_ATTEMPTS:
                raise
            time.sleep(0.02 * 2**attempt)
        else:
            return {}
    raise AssertionError("unreachable")


def transact_groups(
    client: "DynamoDBClient", groups: Sequence[Sequence[Write]]
) -> dict[int, dict[int, dict[str, Any]]]:
    """Write many small transactions in as few calls as possible.

    Each group is written whole or not at all. Groups share a call; when a condition fails, the call
    is made again without the groups it failed for, so one refused group never holds up the others.
    No two groups may touch the same row.

    Returns:
        Group index → (index in the group → stored row) for each group that was not written.
    """
    refused: dict[int, dict[int, dict[str, Any]]] = {}
    for batch in _packed(groups):
        pending = list(batch)
        while pending:
            flat = [(group, index, write) for group in pending for index, write in enumerate(groups[group])]
            failed = transact(client, [write for _, _, write in flat])
            if not failed:
                break
            for position, row in failed.items():
                group, index, _ = flat[position]
                refused.setdefault(group, {})[index] = row
            pending = [group for group in pending if group not in refused]
    return refused


def _packed(groups: Sequence[Sequence[Write]]) -> Iterable[list[int]]:
    batch: list[int] = []
    actions = size = 0
    for index, group in enumerate(groups):
        weight = sum(len(repr(write.request)) for write in group)
        if batch and (actions + len(group) > _ACTION_LIMIT or size + weight > _SIZE_LIMIT):
            yield batch
            batch, actions, size = [], 0, 0
        batch.append(index)
        actions += len(group)
        size += weight
    if batch:
        yield batch


def _conditioned(condition: str, names: Item | None, values: Item | None) -> dict[str, Any]:
    request: dict[str, Any] = {}
    if condition:
        request["ConditionExpression"] = condition
    if names:
        request["ExpressionAttributeNames"] = dict(names)
    if values:
        request["ExpressionAttributeValues"] = marshal(values)
    return request


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return Decimal(str(value))
    return value


def _python(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {key: _python(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_python(inner) for inner in value]
    if isinstance(value, Binary):
        return value.__bytes__()
    return value
