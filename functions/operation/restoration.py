"""Bring rows back that were deleted by mistake, with the caller's rights: no function may restore a table."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from functions.operation.stacks import StackAccess

TABLES = ("CampaignTable", "CredentialTable")
_READ = 100  # rows that one BatchGetItem takes
_Row = Mapping[str, Any]


class RestorationRefusedError(Exception):
    """Nothing was restored; the text says what is missing."""


def restore(stack: StackAccess, words: Mapping[str, str]) -> list[str]:
    """Bring back rows of a table as they were at a moment, if they are gone; a row that is there is left alone.

    What is restored is named by the beginning of its `pk`: other rows were deleted on purpose since then.

    Raises:
        RestorationRefusedError: a word is missing or wrong.
    """
    table, beginning, moment = words.get("table", ""), words.get("rows", ""), _moment(words.get("at", ""))
    if table not in TABLES:
        raise RestorationRefusedError(f"TABLE is one of {', '.join(TABLES)}.")
    if not beginning:
        raise RestorationRefusedError("ROWS is how the pk of the rows begins, such as A#account#C#campaign.")
    dynamodb = stack.client("dynamodb")
    name = stack.resource(table)
    copy = f"{name}-{moment:%Y%m%d%H%M%S}"
    errors = dynamodb.exceptions
    # Where a run before this one was interrupted, its copy is gone on with.
    with suppress(errors.TableAlreadyExistsException, errors.TableInUseException):
        dynamodb.restore_table_to_point_in_time(SourceTableName=name, TargetTableName=copy, RestoreDateTime=moment)
    dynamodb.get_waiter("table_exists").wait(TableName=copy, WaiterConfig={"Delay": 5, "MaxAttempts": 2_000})
    seen = restored = 0
    for rows in _rows(dynamodb, copy, beginning):
        seen += len(rows)
        for row in _gone(dynamodb, name, rows):
            dynamodb.put_item(TableName=name, Item=row)
            restored += 1
    dynamodb.delete_table(TableName=copy)
    return [f"{seen} rows begin so: {restored} were gone and are back, {seen - restored} are as they were."]


def _moment(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise RestorationRefusedError("AT is a moment of the last 35 days, as in 2026-11-25T10:00Z.") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _rows(dynamodb: Any, table: str, beginning: str) -> Iterator[list[_Row]]:
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="begins_with(pk, :beginning)",
        ExpressionAttributeValues={":beginning": {"S": beginning}},
    )
    for page in pages:
        for start in range(0, len(page["Items"]), _READ):
            yield page["Items"][start : start + _READ]


def _gone(dynamodb: Any, table: str, rows: list[_Row]) -> Iterator[_Row]:
    asked: Any = {table: {"Keys": [{"pk": row["pk"], "sk": row["sk"]} for row in rows], "ConsistentRead": True}}
    there: set[tuple[str, str]] = set()
    while asked:
        answer = dynamodb.batch_get_item(RequestItems=asked)
        there |= {(row["pk"]["S"], row["sk"]["S"]) for row in answer["Responses"][table]}
        asked = answer.get("UnprocessedKeys")
    yield from (row for row in rows if (row["pk"]["S"], row["sk"]["S"]) not in there)
