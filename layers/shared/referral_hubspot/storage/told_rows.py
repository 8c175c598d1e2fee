"""Rows whose changes are announced, all of them, as the table's stream hands over new ones."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from referral_hubspot.storage import campaign_rows, dynamo
from referral_hubspot.storage.dynamo import Item
from referral_hubspot.storage.keys import RUNS
from referral_hubspot.usecases.announce_again import ToldRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TOLD = ("PERSON", "BINDING", "ATTENTION", "ENROLMENTS")
"""Sort keys of the rows that the stream announces, beside the runs of syncs."""

_READ = 500  # rows that one call looks at, most of which may be others


class ToldRowsTable:
    """Implements the port `ToldRows` by reading the whole table: for the one on call, and nobody else."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def page(self, after: str) -> tuple[list[ToldRow], str]:
        """Some rows behind a position ("" for the first ones), and the next position ("" after the last)."""
        start: Any = {"ExclusiveStartKey": json.loads(after)} if after else {}
        answer = self._client.scan(
            TableName=self._table,
            ConsistentRead=True,
            Limit=_READ,
            FilterExpression=f"sk IN ({', '.join(f':{sk}' for sk in TOLD)}) OR begins_with(sk, :runs)",
            ExpressionAttributeValues=dynamo.marshal({f":{sk}": sk for sk in TOLD} | {":runs": RUNS}),
            **start,
        )
        following = answer.get("LastEvaluatedKey")
        rows = [_told(row, index) for index, row in enumerate(answer["Items"])]
        return rows, json.dumps(following) if following else ""


def _told(image: Any, index: int) -> ToldRow:
    row = dynamo.unmarshal(image)
    changed_at = _changed_at(row)
    images = {"NewImage": image}
    if row.get("state") == campaign_rows.REMOVED:
        images["OldImage"] = image | dynamo.marshal({"state": "connected"})  # it can only be removed if it was there
    return ToldRow(
        {
            "dynamodb": {
                **images,
                "SequenceNumber": str(index),
                "ApproximateCreationDateTime": (changed_at or dynamo.moment(row["connected_at"])).timestamp(),
            }
        },
        changed_at,
    )


def _changed_at(row: Item) -> datetime | None:
    if row["sk"] == "PERSON":
        return max(dynamo.moment(text) for text in (row["received_at"], *(line["at"] for line in row["timeline"])))
    if row["sk"] == "ATTENTION":
        return dynamo.moment(row["changed_at"])
    if row["sk"] == "ENROLMENTS":
        return dynamo.moment(row["at"])
    if row["sk"].startswith(RUNS):
        return dynamo.moment(row["ended_at"])
    # A connection says when it was made, and nothing of when it was lost or removed.
    return dynamo.moment(row["connected_at"]) if row["state"] == "connected" else None
