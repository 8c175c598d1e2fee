"""Marks of erased people, for good, and erasures that are still to be carried out."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import delete, marshal, put, timestamp, transact, unmarshal, update
from referral_hubspot.usecases.erase import Erasure

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ErasureRepository:
    """Keyed hashes only: nobody can be read out of these rows."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def mark(self, account_id: str, identities: Iterable[str]) -> None:
        """Remember keyed hashes for good: later events of these people are refused."""
        for identity in identities:
            mark = {":identity": {identity}}
            key = keys.erased(account_id, identity)
            transact(self._client, [update(self._table, key, "ADD identities :identity", values=mark)])

    def schedule(self, erasure: Erasure, due: datetime) -> None:
        """Have it looked at (again) when `due`."""
        row = keys.work(timestamp(due), uuid.uuid4().hex).item() | {
            "account_id": erasure.account_id,
            "email_hash": erasure.email_hash,
            "person_id": erasure.person_id,
            "campaign_id": erasure.campaign_id,
        }
        transact(self._client, [put(self._table, row)])

    def due(self, now: datetime) -> list[tuple[str, Erasure]]:
        """Erasures to be looked at now, each with its handle."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk < :now",
            ExpressionAttributeValues=marshal({":pk": keys.work("", "").pk, ":now": f"{timestamp(now)}~"}),
            ConsistentRead=True,
            Limit=100,
        )
        return [
            (row["sk"], Erasure(row["account_id"], row["email_hash"], row["person_id"], row["campaign_id"]))
            for row in map(unmarshal, answer["Items"])
        ]

    def done(self, handle: str) -> None:
        """Forget an erasure that was looked at."""
        transact(self._client, [delete(self._table, keys.Key(keys.work("", "").pk, handle))])
