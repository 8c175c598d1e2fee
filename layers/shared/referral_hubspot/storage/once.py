"""Secrets that open something once: connect tickets, OAuth states, switches to another HubSpot account.

The table knows a secret by its hash only. A used row stays until its time is over, so that a second
use is told from a guess.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from referral_hubspot.domain.connection import Refusal, SecretRefusedError
from referral_hubspot.storage import dynamo, keys
from referral_hubspot.storage.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Purpose = Literal["TICKET", "STATE", "SWITCH"]


class OnceTable:
    """Keeps what a secret opens, and gives it out to the first who asks."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._client = dynamodb

    def keep(
        self, purpose: Purpose, secret: str, content: Mapping[str, Any], *, browser: str, expires_at: datetime
    ) -> None:
        """Store `content` for whoever brings the secret in time, from the browser with this cookie ("" for any)."""
        row = {
            **_key(purpose, secret).item(),
            "content": dict(content),
            "browser": _hash(browser),
            "expires_at": int(expires_at.timestamp()),
        }
        dynamo.transact(self._client, [dynamo.put(self._table, row)])

    def take(self, purpose: Purpose, secret: str, *, browser: str, now: datetime) -> dict[str, Any]:
        """What the secret opens, to exactly one of several who ask at once.

        A foreign browser learns nothing and uses nothing up.

        Raises:
            SecretRefusedError: it opens nothing, or nothing any more, or not to this browser.
        """
        key = _key(purpose, secret)
        row = dynamo.batch_get(self._client, self._table, [key]).get(key)
        if row is None:
            raise SecretRefusedError(purpose, Refusal.UNKNOWN)
        if row["browser"] != _hash(browser):
            raise SecretRefusedError(purpose, Refusal.OTHER_BROWSER)
        way_back = row["content"].get("return_url", "")
        if row["expires_at"] <= now.timestamp():
            raise SecretRefusedError(purpose, Refusal.EXPIRED, way_back)
        if "used_at" in row or not self._first_to_use(key, now):
            raise SecretRefusedError(purpose, Refusal.USED, way_back)
        content: dict[str, Any] = row["content"]
        return content

    def _first_to_use(self, key: Key, now: datetime) -> bool:
        use = dynamo.update(
            self._table,
            key,
            "SET used_at = :now",
            condition="attribute_exists(pk) AND attribute_not_exists(used_at)",
            values={":now": now},
        )
        return not dynamo.transact(self._client, [use])


def _key(purpose: Purpose, secret: str) -> Key:
    return keys.once(purpose, _hash(secret))


def _hash(secret: str) -> str:
    # A secret is 256 random bits: there is nothing to guess, so a plain hash keeps it.
    return hashlib.sha256(secret.encode()).hexdigest()
