"""Grants that nobody uses any more, or not yet: kept sealed until they are given back to HubSpot."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from referral_hubspot.storage import dynamo, keys
from referral_hubspot.storage.dynamo import Item
from referral_hubspot.storage.grant_rows import fingerprint, first_version, retired_row, secrets
from referral_hubspot.storage.sealing import Sealer
from referral_hubspot.usecases.access import Grant
from referral_hubspot.usecases.connection_ports import Leftover

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FREE = "attribute_not_exists(pk) OR lease_until <= :now"


class CleanupTable:
    """One row per account and portal; a disconnect makes it (`retired_row`), a new connection removes it."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient", sealer: Sealer) -> None:
        self._table = table_name
        self._client = dynamodb
        self._sealer = sealer

    def park(self, account_id: str, grant: Grant, due: datetime, now: datetime) -> bool:
        """Keep a grant that no campaign uses (yet); False while an earlier one is being given back."""
        token = {
            "account_id": account_id,
            "portal_id": grant.portal_id,
            "sealed": self._sealer.seal(account_id, grant.portal_id, secrets(grant)),
            "fingerprint": fingerprint(grant.refresh_token),
            "version": first_version(now),
        }
        parked = dynamo.put(self._table, retired_row(token, due), condition=_FREE, values={":now": now})
        return not dynamo.transact(self._client, [parked])

    def of(self, account_id: str, portal_id: int) -> Leftover | None:
        """What is kept of one account's grant on a portal."""
        key = keys.cleanup(account_id, portal_id)
        row = dynamo.batch_get(self._client, self._table, [key]).get(key)
        return self._leftover(row) if row else None

    def due(self, now: datetime) -> list[Leftover]:
        """What is to be given back by now, and nobody is about to."""
        rows = self._rows("due_at <= :now AND lease_until <= :now", {":now": now})
        return [self._leftover(row) for row in rows]

    def fingerprints(self, portal_id: int) -> dict[str, str]:
        """Account → fingerprint of what is kept for the portal; nothing is unsealed."""
        rows = self._rows("portal_id = :portal", {":portal": portal_id})
        return {row["account_id"]: row["fingerprint"] for row in rows}

    def take(self, leftover: Leftover, now: datetime, until: datetime) -> bool:
        """Work on it alone until then; False when another does, it is gone, or the portal is connected."""
        free = dynamo.check(
            self._table, keys.token(leftover.account_id, leftover.portal_id), "attribute_not_exists(pk)"
        )
        begun = dynamo.update(
            self._table,
            keys.cleanup(leftover.account_id, leftover.portal_id),
            "SET lease_until = :until",
            condition="#version = :version AND lease_until <= :now",
            names={"#version": "version"},
            values={":version": leftover.version, ":until": until, ":now": now},
        )
        return not dynamo.transact(self._client, [free, begun])

    def finish(self, leftover: Leftover) -> None:
        """Nothing is left to do; of no effect when a later grant is kept by now."""
        gone = dynamo.delete(
            self._table,
            keys.cleanup(leftover.account_id, leftover.portal_id),
            condition="#version = :version",
            names={"#version": "version"},
            values={":version": leftover.version},
        )
        dynamo.transact(self._client, [gone])

    def put_off(self, leftover: Leftover, due: datetime) -> None:
        """Try again at `due`; of no effect when a later grant is kept by now."""
        later = dynamo.update(
            self._table,
            keys.cleanup(leftover.account_id, leftover.portal_id),
            "SET due_at = :due, lease_until = :free, attempts = attempts + :one",
            condition="#version = :version",
            names={"#version": "version"},
            values={":version": leftover.version, ":due": due, ":free": "", ":one": 1},
        )
        dynamo.transact(self._client, [later])

    def _rows(self, condition: str, values: Item) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            FilterExpression=condition,
            ExpressionAttributeValues=dynamo.marshal({":pk": keys.CLEANUPS, **values}),
            ConsistentRead=True,
        )
        for page in pages:
            yield from (dynamo.unmarshal(row) for row in page["Items"])

    def _leftover(self, row: Item) -> Leftover:
        opened = self._sealer.open(row["account_id"], row["portal_id"], row["sealed"])
        return Leftover(
            account_id=row["account_id"],
            portal_id=row["portal_id"],
            refresh_token=opened["refresh_token"],
            fingerprint=row["fingerprint"],
            version=row["version"],
            attempts=row["attempts"],
            since=dynamo.moment(row["since"]),
        )
