"""Contacts that syncs found: one row each, and what the platform is asked to enrol."""

import zlib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from referral_hubspot.domain.people import SHARDS, PersonKey, keyed_hash
from referral_hubspot.domain.syncs import Enrolment, EnrolmentRequest, EnrolmentState, Newcomer, Sync, SyncChangedError
from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import (
    Item,
    Write,
    batch_get,
    count,
    moment,
    put,
    query,
    timestamp,
    transact,
    transact_groups,
)
from referral_hubspot.storage.people import LISTED_INDEX
from referral_hubspot.storage.syncs import next_version

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REQUEST_LIFE = timedelta(days=1)
"""How long what the platform was asked for can be announced again; it holds personal data."""

_LISTED = frozenset({EnrolmentState.ASKED, EnrolmentState.DECLINED, EnrolmentState.REFUSED})


class EnrolmentRepository:
    """Reads and writes enrolments."""

    def __init__(self, table: str, client: "DynamoDBClient", pepper: bytes) -> None:
        self._table = table
        self._client = client
        self._pepper = pepper

    def load(self, account_id: str, campaign_id: str, portal_id: int, contacts: Iterable[str]) -> dict[str, Enrolment]:
        """What became of contacts, strongly consistent; who was never found is left out."""
        wanted = [keys.enrolment(account_id, campaign_id, portal_id, contact) for contact in contacts]
        rows = batch_get(self._client, self._table, wanted)
        return {row["contact_id"]: enrolment_from(row) for row in rows.values()}

    def referrers(self, account_id: str, campaign_id: str, emails: Collection[str]) -> dict[str, PersonKey]:
        """Referrers of a campaign by address, of those who joined by themselves; strongly consistent."""
        wanted = {keys.guard(account_id, campaign_id, "referrer", self._hash(email)): email for email in emails}
        rows = batch_get(self._client, self._table, wanted)
        return {
            wanted[key]: PersonKey(account_id, campaign_id, "referrer", row["person_id"]) for key, row in rows.items()
        }

    def erased(self, account_id: str, emails: Collection[str]) -> frozenset[str]:
        """Those addresses whose owner asked to be forgotten."""
        hashes = {email: self._hash(email) for email in emails}
        rows = batch_get(self._client, self._table, [keys.erased(account_id, one) for one in hashes.values()])
        return frozenset(
            email
            for email, one in hashes.items()
            if one in rows.get(keys.erased(account_id, one), {}).get("identities", ())
        )

    def find(
        self, sync: Sync, found: Sequence[Enrolment], newcomers: Sequence[Newcomer], now: datetime
    ) -> frozenset[str]:
        """Store the next version of a sync with contacts that it found, and ask the platform: all of it, or nothing.

        Returns:
            Contacts that were answered meanwhile, or found by the same run; then nothing was stored.

        Raises:
            SyncChangedError: another version of the sync stands there; nothing was stored.
        """
        writes = [next_version(self._table, sync)]
        if newcomers:
            writes.append(self._request(sync.account_id, sync.campaign_id, newcomers, now))
        first = len(writes)
        for one in found:
            condition = "attribute_not_exists(pk) OR #state = :blank OR (#state = :asked AND run_id <> :run)"
            values = {
                ":blank": str(EnrolmentState.WITHOUT_EMAIL),
                ":asked": str(EnrolmentState.ASKED),
                ":run": one.run_id,
            }
            writes.append(put(self._table, _row(one), condition=condition, names={"#state": "state"}, values=values))
        failed = transact(self._client, writes)
        if 0 in failed:
            raise SyncChangedError(sync.sync_id)
        return frozenset(found[index - first].contact_id for index in failed)

    def answered(self, enrolments: Sequence[Enrolment]) -> frozenset[str]:
        """Store the platform's answers; one that has joined stays so.

        Returns:
            Contacts of whom the row is another one by now.
        """
        states = (EnrolmentState.ASKED, EnrolmentState.WITHOUT_EMAIL, EnrolmentState.DECLINED)
        return self._put(enrolments, states)

    def returned(self, enrolments: Sequence[Enrolment]) -> None:
        """Store of referrers whether HubSpot took their return fields."""
        self._put(enrolments, (EnrolmentState.JOINED, EnrolmentState.REFUSED))

    def _put(self, enrolments: Sequence[Enrolment], leaving: Sequence[EnrolmentState]) -> frozenset[str]:
        """Store rows over those that the same run found, and that are in one of these states."""
        states = {f":{state}": str(state) for state in leaving}
        condition = f"#state IN ({', '.join(states)}) AND run_id = :run"
        writes = [
            [
                put(
                    self._table,
                    _row(one),
                    condition=condition,
                    names={"#state": "state"},
                    values={**states, ":run": one.run_id},
                )
            ]
            for one in enrolments
        ]
        return frozenset(enrolments[index].contact_id for index in transact_groups(self._client, writes))

    def request(self, account_id: str, campaign_id: str, newcomers: Sequence[Newcomer], now: datetime) -> None:
        """Ask the platform to enrol contacts: the stream announces what is put here."""
        transact(self._client, [self._request(account_id, campaign_id, newcomers, now)])

    def _request(self, account_id: str, campaign_id: str, newcomers: Sequence[Newcomer], now: datetime) -> Write:
        request_id = uuid4().hex
        row: dict[str, Any] = keys.enrolment_request(account_id, campaign_id, request_id).item() | {
            "account_id": account_id,
            "campaign_id": campaign_id,
            "request_id": request_id,
            "at": timestamp(now),
            "contacts": [
                {
                    "enrolment_id": one.enrolment_id,
                    "email": one.email,
                    "first_name": one.first_name,
                    "fields": dict(one.fields),
                }
                for one in newcomers
            ],
            "expires_at": int((now + REQUEST_LIFE).timestamp()),
        }
        return put(self._table, row)

    def count(self, sync: Sync, state: EnrolmentState, run_id: str = "") -> int:
        """How many contacts of a sync are without an answer, declined, or refused; the index lags."""
        condition = "listed_pk = :pk" + (" AND begins_with(listed_sk, :run)" if run_id else "")
        of_run = {":run": f"{run_id}#"} if run_id else {}
        shards = ({":pk": _shard(sync, state, shard), **of_run} for shard in range(SHARDS))
        return count(self._client, self._table, LISTED_INDEX, condition, shards)

    def listed(self, sync: Sync, state: EnrolmentState, limit: int, after: str = "") -> tuple[list[Enrolment], str]:
        """Contacts of a sync without an answer, declined, or refused; where the next page begins."""
        number, _, position = after.partition("|")
        found: list[Item] = []
        for shard in range(int(number or 0), SHARDS):
            values = {":pk": _shard(sync, state, shard), ":after": position or " "}
            condition = "listed_pk = :pk AND listed_sk > :after"
            found += query(self._client, self._table, LISTED_INDEX, condition, values, limit=limit + 1 - len(found))
            if len(found) > limit:
                last = found[limit - 1]
                after = f"{last['listed_pk'].rpartition('#')[2]}|{last['listed_sk']}"
                found = found[:limit]
                break
            position = ""
        else:
            after = ""
        rows = batch_get(self._client, self._table, [keys.Key(one["pk"], one["sk"]) for one in found])
        return [enrolment for row in rows.values() if (enrolment := enrolment_from(row)).state is state], after

    def _hash(self, email: str) -> str:
        return keyed_hash(self._pepper, email)


def enrolment_from(row: Item) -> Enrolment:
    """An enrolment out of its row in plain values."""
    return Enrolment(
        account_id=row["account_id"],
        campaign_id=row["campaign_id"],
        portal_id=row["portal_id"],
        contact_id=row["contact_id"],
        sync_id=row["sync_id"],
        run_id=row["run_id"],
        state=EnrolmentState(row["state"]),
        at=moment(row["at"]),
        referrer_id=row.get("referrer_id", ""),
        reason=row.get("reason", ""),
        already=row.get("already", False),
        others=tuple(row.get("others", ())),
    )


def request_from(row: Item) -> EnrolmentRequest:
    """A request out of its row in plain values."""
    contacts = (Newcomer(**one) for one in row["contacts"])
    return EnrolmentRequest(row["account_id"], row["campaign_id"], row["request_id"], tuple(contacts))


def _row(one: Enrolment) -> dict[str, Any]:
    row: dict[str, Any] = keys.enrolment(one.account_id, one.campaign_id, one.portal_id, one.contact_id).item() | {
        "account_id": one.account_id,
        "campaign_id": one.campaign_id,
        "portal_id": one.portal_id,
        "contact_id": one.contact_id,
        "sync_id": one.sync_id,
        "run_id": one.run_id,
        "state": str(one.state),
        "at": timestamp(one.at),
    }
    optional: dict[str, Any] = {
        "referrer_id": one.referrer_id,
        "reason": one.reason,
        "already": one.already,
        "others": list(one.others),
    }
    row |= {name: value for name, value in optional.items() if value}
    if one.state in _LISTED:
        shard = zlib.crc32(one.contact_id.encode()) % SHARDS
        row["listed_pk"] = keys.enrolments_shard(one.account_id, one.campaign_id, one.sync_id, one.state, shard)
        row["listed_sk"] = f"{one.run_id}#{one.contact_id}"
    return row


def _shard(sync: Sync, state: EnrolmentState, shard: int) -> str:
    return keys.enrolments_shard(sync.account_id, sync.campaign_id, sync.sync_id, state, shard)
