"""Syncs and the runs that ended, in the campaign's own partition."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.syncs import (
    Bookmark,
    Cause,
    Counts,
    PastRun,
    Plan,
    Return,
    Run,
    RunKind,
    Status,
    Sync,
    SyncChangedError,
)
from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import Item, Write, batch_get, marshal, moment, put, timestamp, transact, unmarshal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class SyncRepository:
    """Reads and writes syncs; every write is conditional on the version it was made from."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def get(self, account_id: str, campaign_id: str, sync_id: str) -> Sync | None:
        """One sync, strongly consistent."""
        key = keys.sync(account_id, campaign_id, sync_id)
        row = batch_get(self._client, self._table, [key]).get(key)
        return sync_from(row) if row else None

    def of_campaign(self, account_id: str, campaign_id: str) -> list[Sync]:
        """All syncs of a campaign, oldest first, strongly consistent."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=marshal(
                {":pk": keys.campaign_partition(account_id, campaign_id), ":prefix": keys.SYNCS}
            ),
            ConsistentRead=True,
        )
        found = [sync_from(unmarshal(item)) for page in pages for item in page["Items"]]
        return sorted(found, key=lambda sync: sync.started_at)

    def started(self, account_id: str, campaign_id: str) -> int:
        """How many syncs were ever started, strongly consistent."""
        key = keys.started_syncs(account_id, campaign_id)
        row = batch_get(self._client, self._table, [key]).get(key)
        return int(row["number"]) if row else 0

    def start(self, sync: Sync, over: int) -> Sync:
        """Store a new sync, if none was started since `over` were."""
        stored = replace(sync, version=1)
        counted = put(
            self._table,
            keys.started_syncs(sync.account_id, sync.campaign_id).item() | {"number": over + 1},
            condition="#number = :over" if over else "attribute_not_exists(pk)",
            names={"#number": "number"} if over else None,
            values={":over": over} if over else None,
        )
        if transact(self._client, [counted, put(self._table, _row(stored))]):
            raise SyncChangedError(sync.sync_id)
        return stored

    def put(self, sync: Sync, past: PastRun | None = None) -> Sync:
        """Store the next version, with a run that ended by it."""
        stored = replace(sync, version=sync.version + 1)
        writes = [next_version(self._table, sync)]
        if past is not None:
            writes.append(put(self._table, _past_row(past)))
        if transact(self._client, writes):
            raise SyncChangedError(sync.sync_id)
        return stored

    def remove(self, sync: Sync) -> None:
        """Take the sync away; that it is gone already is success."""
        key = keys.sync(sync.account_id, sync.campaign_id, sync.sync_id)
        self._client.delete_item(TableName=self._table, Key=marshal(key.item()))

    def runs(self, account_id: str, campaign_id: str, sync_id: str, limit: int) -> list[PastRun]:
        """Runs that ended, newest first."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=marshal(
                {":pk": keys.campaign_partition(account_id, campaign_id), ":prefix": f"{keys.RUNS}{sync_id}#"}
            ),
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=limit,
        )
        return [past_from(unmarshal(item)) for item in answer["Items"]]


def next_version(table: str, sync: Sync) -> Write:
    """What stores the next version of a sync, if nobody else did."""
    return put(
        table,
        _row(replace(sync, version=sync.version + 1)),
        condition="version = :seen" if sync.version else "attribute_not_exists(pk)",
        values={":seen": sync.version} if sync.version else None,
    )


def sync_from(row: Item) -> Sync:
    """A sync out of its row in plain values."""
    return Sync(
        account_id=row["account_id"],
        campaign_id=row["campaign_id"],
        sync_id=row["sync_id"],
        portal_id=row["portal_id"],
        plan=Plan(
            row["list_id"],
            row["list_name"],
            row["fields"],
            {Return(kind): name for kind, name in row["returns"].items()},
            row["every_minutes"],
        ),
        started_by=row["started_by"],
        started_at=moment(row["started_at"]),
        people=row["people"],
        status=Status(row["status"]),
        cause=Cause(row["cause"]),
        about=row["about"],
        bookmark=Bookmark(row["tail"], _moment(row, "newest"), _moment(row, "modified_since")),
        run=_run_from(row["run"]) if "run" in row else None,
        compared_at=_moment(row, "compared_at"),
        looked_at=_moment(row, "looked_at"),
        held_until=_moment(row, "held_until"),
        expected_at=_moment(row, "expected_at"),
        version=row["version"],
    )


def past_from(row: Item) -> PastRun:
    """A run that ended, out of its row in plain values."""
    return PastRun(
        account_id=row["account_id"],
        campaign_id=row["campaign_id"],
        sync_id=row["sync_id"],
        run_id=row["run_id"],
        kind=RunKind(row["kind"]),
        started_at=moment(row["started_at"]),
        ended_at=moment(row["ended_at"]),
        counts=_counts_from(row["counts"]),
        cause=Cause(row["cause"]),
        about=row["about"],
        joined=row["joined"],
        declined=row["declined"],
        unanswered=row["unanswered"],
    )


def _row(sync: Sync) -> dict[str, Any]:
    plan, bookmark = sync.plan, sync.bookmark
    row: dict[str, Any] = keys.sync(sync.account_id, sync.campaign_id, sync.sync_id).item() | {
        "account_id": sync.account_id,
        "campaign_id": sync.campaign_id,
        "sync_id": sync.sync_id,
        "portal_id": sync.portal_id,
        "list_id": plan.list_id,
        "list_name": plan.list_name,
        "fields": dict(plan.fields),
        "returns": {str(kind): name for kind, name in plan.returns.items()},
        "every_minutes": plan.every_minutes,
        "started_by": sync.started_by,
        "started_at": timestamp(sync.started_at),
        "people": sync.people,
        "status": str(sync.status),
        "cause": str(sync.cause),
        "about": sync.about,
        "tail": bookmark.tail,
        "version": sync.version,
    }
    moments = {
        "newest": bookmark.newest,
        "modified_since": bookmark.modified_since,
        "compared_at": sync.compared_at,
        "looked_at": sync.looked_at,
        "held_until": sync.held_until,
        "expected_at": sync.expected_at,
    }
    row |= _stamped(moments)
    return row | ({"run": _run_row(sync.run)} if sync.run else {})


def _run_row(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "kind": str(run.kind),
        "started_at": timestamp(run.started_at),
        "after": run.after,
        "begun_again": run.begun_again,
        "carried": list(run.carried),
        "reading": run.reading,
        "counts": _counts_row(run.counts),
        **_stamped({"newest": run.newest, "last_asked_at": run.last_asked_at}),
    }


def _run_from(row: Item) -> Run:
    return Run(
        run_id=row["run_id"],
        kind=RunKind(row["kind"]),
        started_at=moment(row["started_at"]),
        after=row["after"],
        begun_again=row["begun_again"],
        carried=tuple(row["carried"]),
        newest=_moment(row, "newest"),
        reading=row["reading"],
        counts=_counts_from(row["counts"]),
        last_asked_at=_moment(row, "last_asked_at"),
    )


def _past_row(past: PastRun) -> dict[str, Any]:
    return keys.run(past.account_id, past.campaign_id, past.sync_id, past.run_id).item() | {
        "account_id": past.account_id,
        "campaign_id": past.campaign_id,
        "sync_id": past.sync_id,
        "run_id": past.run_id,
        "kind": str(past.kind),
        "started_at": timestamp(past.started_at),
        "ended_at": timestamp(past.ended_at),
        "counts": _counts_row(past.counts),
        "cause": str(past.cause),
        "about": past.about,
        "joined": past.joined,
        "declined": past.declined,
        "unanswered": past.unanswered,
    }


def _counts_row(counts: Counts) -> dict[str, int]:
    return {
        "read": counts.read,
        "without_email": counts.without_email,
        "already": counts.already,
        "asked": counts.asked,
    }


def _counts_from(row: Item) -> Counts:
    return Counts(row["read"], row["without_email"], row["already"], row["asked"])


def _stamped(moments: Mapping[str, datetime | None]) -> dict[str, str]:
    return {name: timestamp(at) for name, at in moments.items() if at is not None}


def _moment(row: Item, name: str) -> datetime | None:
    return moment(row[name]) if name in row else None
