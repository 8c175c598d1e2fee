"""Tokens: one row per account and portal, sealed, written only over the version that was read."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.connection import ConnectionChangedError
from referral_hubspot.domain.settings import BindingState
from referral_hubspot.storage import dynamo, keys
from referral_hubspot.storage.bindings import BindingRepository
from referral_hubspot.storage.dynamo import Item, Write
from referral_hubspot.storage.grant_rows import only_over, retired_row, secrets, to_grant, token_row
from referral_hubspot.storage.sealing import Sealer
from referral_hubspot.usecases.access import Grant, StoredGrant

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOST = "connection_lost"
"""Reason that a binding's row carries when HubSpot no longer accepts the grant."""

_BINDINGS_A_CALL = 99  # beside the token, in a transaction of at most 100 actions
_ATTEMPTS = 5


class CredentialTable:
    """Grants by account and portal.

    What this process has read or written is remembered by version, so that a warm worker with a
    valid token asks neither DynamoDB nor KMS. A token's own end is `valid_until`: `expires_at` is
    the attribute by which DynamoDB removes rows.
    """

    def __init__(
        self, table_name: str, dynamodb: "DynamoDBClient", sealer: Sealer, bindings: BindingRepository
    ) -> None:
        self._table = table_name
        self._client = dynamodb
        self._sealer = sealer
        self._bindings = bindings
        self._known: dict[tuple[str, int], StoredGrant] = {}

    def get(self, account_id: str, portal_id: int, *, fresh: bool = False) -> StoredGrant | None:
        """The grant; unless `fresh`, as this process last saw it."""
        known = self._known.get((account_id, portal_id))
        if known is not None and not known.lost and not fresh:
            return known
        row = self._row(account_id, portal_id)
        if row is None:
            self._known.pop((account_id, portal_id), None)
            return None
        grant = self._grant(row, known)
        self._known[account_id, portal_id] = grant
        return grant

    def version(self, account_id: str, portal_id: int) -> int:
        """The stored version, 0 for none."""
        row = self._row(account_id, portal_id)
        return int(row["version"]) if row else 0

    def grant_writes(self, account_id: str, grant: Grant, over: int, now: datetime) -> list[Write]:
        """Store what a consent gave over version `over` (0: none), first; second, cancel a clean-up.

        The caller sends them together with the binding. When the first fails, another version is
        stored: read it and ask again. When the second fails, the last grant is being given back
        right now, which would take this one with it.
        """
        row = self._sealed_row(account_id, grant, over, now)
        return [
            dynamo.put(self._table, row, **only_over(over)),
            dynamo.delete(
                self._table,
                keys.cleanup(account_id, grant.portal_id),
                condition="attribute_not_exists(pk) OR lease_until <= :now",
                values={":now": now},
            ),
        ]

    def shared_write(self, account_id: str, portal_id: int, now: datetime) -> Write:
        """Let one more campaign stand on a grant that works.

        The grant's version rises: whoever is retiring it, or about to mark it lost, has not counted that campaign
        and must look again. Fails while it is refreshed, whose answer is stored over the version it was made from.
        """
        return dynamo.update(
            self._table,
            keys.token(account_id, portal_id),
            "SET #version = #version + :one",
            condition="lost = :no AND lease_until <= :now",
            names={"#version": "version"},
            values={":one": 1, ":no": False, ":now": now},
        )

    def replace(self, seen: StoredGrant, grant: Grant, asked_at: datetime) -> StoredGrant | None:
        """Store a refreshed grant over `seen`; None when `seen` is not the stored version any more."""
        kept = Grant(
            access_token=grant.access_token,
            refresh_token=grant.refresh_token or seen.refresh_token,
            expires_in=grant.expires_in,
            portal_id=seen.portal_id,
            scopes=grant.scopes or seen.scopes,
        )
        row = self._sealed_row(seen.account_id, kept, seen.version, asked_at)
        if dynamo.transact(self._client, [dynamo.put(self._table, row, **only_over(seen.version))]):
            return None
        stored = to_grant(row, kept.access_token, kept.refresh_token)
        self._known[seen.account_id, seen.portal_id] = stored
        return stored

    def take_lease(self, seen: StoredGrant, now: datetime, until: datetime) -> bool:
        """Become the one worker that refreshes `seen`, until `until` at the latest."""
        write = dynamo.update(
            self._table,
            keys.token(seen.account_id, seen.portal_id),
            "SET lease_until = :until",
            condition="#version = :version AND lost = :no AND lease_until <= :now",
            names={"#version": "version"},
            values={":until": until, ":version": seen.version, ":no": False, ":now": now},
        )
        return not dynamo.transact(self._client, [write])

    def release_lease(self, seen: StoredGrant, until: datetime) -> None:
        """Let the next worker try at `until`; of no effect when another version is stored."""
        write = dynamo.update(
            self._table,
            keys.token(seen.account_id, seen.portal_id),
            "SET lease_until = :until",
            condition="#version = :version",
            names={"#version": "version"},
            values={":until": until, ":version": seen.version},
        )
        dynamo.transact(self._client, [write])

    def mark_lost(self, refused: StoredGrant) -> bool:
        """Mark the grant and the account's bindings on that portal lost, in one transaction.

        Returns:
            False when `refused` is not the stored version any more, or lost already: read again.

        Raises:
            ConnectionChangedError: bindings kept changing meanwhile.
        """
        self._known.pop((refused.account_id, refused.portal_id), None)
        for _ in range(_ATTEMPTS):
            bindings = [
                binding
                for binding in self._bindings.on_portal(refused.account_id, refused.portal_id)
                if binding.state is not BindingState.LOST
            ]
            writes = [w for b in bindings for w in self._bindings.become(b, BindingState.LOST, LOST)]
            # With more than fit, the rest goes before: should this stop half-way, the grant is not
            # lost yet, and whoever finds it refused next goes on.
            before, last = writes[_BINDINGS_A_CALL:], writes[:_BINDINGS_A_CALL]
            guard = self._still(refused)
            parts = [[guard, *before[at : at + _BINDINGS_A_CALL]] for at in range(0, len(before), _BINDINGS_A_CALL)]
            failed = self._in_turn([*parts, [self._become_lost(refused), *last]])
            if not failed:
                return True
            if 0 in failed:
                return False
        raise ConnectionChangedError(refused.account_id, "")

    def retire_writes(self, account_id: str, portal_id: int, due: datetime) -> list[Write]:
        """Move the tokens, sealed as they are, to a clean-up that is due at `due`; empty without tokens.

        The first write fails when another version is stored by then, as after a new connection.
        """
        row = self._row(account_id, portal_id)
        if row is None:
            return []
        return [
            dynamo.delete(self._table, keys.token(account_id, portal_id), **only_over(row["version"])),
            dynamo.put(self._table, retired_row(row, due)),
        ]

    def fingerprints(self, portal_id: int, account_ids: Iterable[str]) -> dict[str, str]:
        """Account → fingerprint of its refresh token on the portal, for the accounts that hold one."""
        wanted = [keys.token(account_id, portal_id) for account_id in account_ids]
        rows = dynamo.batch_get(self._client, self._table, wanted).values()
        return {row["account_id"]: row["fingerprint"] for row in rows}

    def _row(self, account_id: str, portal_id: int) -> dict[str, Any] | None:
        answer = self._client.get_item(
            TableName=self._table, Key=dynamo.marshal(keys.token(account_id, portal_id).item()), ConsistentRead=True
        )
        return dynamo.unmarshal(answer["Item"]) if "Item" in answer else None

    def _grant(self, row: Item, known: StoredGrant | None) -> StoredGrant:
        if known is not None and known.version == row["version"]:
            return to_grant(row, known.access_token, known.refresh_token)
        opened = self._sealer.open(row["account_id"], row["portal_id"], row["sealed"])
        return to_grant(row, opened["access_token"], opened["refresh_token"])

    def _sealed_row(self, account_id: str, grant: Grant, over: int, asked_at: datetime) -> dict[str, Any]:
        sealed = self._sealer.seal(account_id, grant.portal_id, secrets(grant))
        return token_row(account_id, grant, sealed, over, asked_at)

    def _become_lost(self, refused: StoredGrant) -> Write:
        return dynamo.update(
            self._table,
            keys.token(refused.account_id, refused.portal_id),
            "SET lost = :yes",
            condition="#version = :version AND lost = :no",
            names={"#version": "version"},
            values={":version": refused.version, ":yes": True, ":no": False},
        )

    def _still(self, refused: StoredGrant) -> Write:
        key = keys.token(refused.account_id, refused.portal_id)
        condition = only_over(refused.version)
        return dynamo.check(
            self._table, key, condition["condition"], names=condition["names"], values=condition["values"]
        )

    def _in_turn(self, transactions: list[list[Write]]) -> dict[int, dict[str, Any]]:
        for writes in transactions:
            if failed := dynamo.transact(self._client, writes):
                return failed
        return {}
