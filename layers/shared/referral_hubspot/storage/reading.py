"""How far HubSpot was read: watermarks of searches, and where slow passes stand."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.reading import Halfway, OpenPass, Place, Target, Watermark
from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import Item, batch_get, moment, put, transact

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ReadingTable:
    """Rows that are written whole. Of two sweeps at once the later writer wins: at worst a little is read again."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def watermarks(self, targets: Iterable[Target]) -> dict[Target, Watermark]:
        """Each target asked for, read before or not."""
        wanted = {_watermark_key(target): target for target in targets}
        rows = batch_get(self._client, self._table, wanted)
        return {target: _watermark(rows[key]) if key in rows else Watermark() for key, target in wanted.items()}

    def keep_watermark(self, target: Target, watermark: Watermark) -> None:
        """Remember how far a target was read."""
        row: dict[str, Any] = _watermark_key(target).item() | {"read_until": dict(watermark.read_until)}
        if (cut := watermark.open) is not None:
            row["open"] = {
                "started_at": cut.started_at,
                "since": cut.since,
                "campaigns": sorted(cut.campaigns),
                "after": cut.after,
            }
        transact(self._client, [put(self._table, row)])

    def places(self, campaigns: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Place]:
        """Where the slow pass through the leads of each campaign stands."""
        wanted = {keys.slow_pass(*campaign, "lead"): campaign for campaign in campaigns}
        rows = batch_get(self._client, self._table, wanted)
        return {campaign: _place(rows[key]) if key in rows else Place() for key, campaign in wanted.items()}

    def keep_place(self, account_id: str, campaign_id: str, place: Place) -> None:
        """Remember where the slow pass through a campaign's leads stands."""
        row = keys.slow_pass(account_id, campaign_id, "lead").item() | {
            "cursor": place.cursor,
            "began_at": place.began_at,
            "seen_at": place.seen_at,
        }
        transact(self._client, [put(self._table, row)])

    def halfway(self, account_id: str, campaign_id: str) -> Halfway:
        """How far the last look at everyone pending of a campaign came; blank if it came to its end."""
        key = keys.halfway(account_id, campaign_id, "lead")
        row = batch_get(self._client, self._table, [key]).get(key)
        return Halfway(row["purpose"], row["cursor"], row["count"]) if row else Halfway()

    def keep_halfway(self, account_id: str, campaign_id: str, halfway: Halfway) -> None:
        """Remember how far one came."""
        row = keys.halfway(account_id, campaign_id, "lead").item() | {
            "purpose": halfway.purpose,
            "cursor": halfway.cursor,
            "count": halfway.count,
        }
        transact(self._client, [put(self._table, row)])


def _watermark_key(target: Target) -> keys.Key:
    text = f"{target.object_type}|{target.property}|{target.value}"
    return keys.watermark(target.account_id, target.portal_id, hashlib.sha256(text.encode()).hexdigest()[:40])


def _watermark(row: Item) -> Watermark:
    cut = row.get("open")
    return Watermark(
        read_until={campaign: moment(text) for campaign, text in row["read_until"].items()},
        open=OpenPass(moment(cut["started_at"]), moment(cut["since"]), frozenset(cut["campaigns"]), cut["after"])
        if cut
        else None,
    )


def _place(row: Item) -> Place:
    return Place(row["cursor"], _optional(row["began_at"]), _optional(row["seen_at"]))


def _optional(text: str | None) -> datetime | None:
    return moment(text) if text else None
