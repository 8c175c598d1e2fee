"""Campaigns that wait for their admin: one row each, listed while it is open."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.attention import Attention, AttentionReason
from referral_hubspot.storage import dynamo, keys
from referral_hubspot.storage.dynamo import Item
from referral_hubspot.storage.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_OPEN = "open"
_OVER = "over"


class AttentionTable:
    """Implements the port `AttentionStore`; announcements are made of the changes of its rows."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def load(self, campaigns: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Attention]:
        """What each campaign waits or waited for; who never did is left out."""
        wanted = {keys.attention(*campaign): campaign for campaign in campaigns}
        rows = dynamo.batch_get(self._client, self._table, wanted)
        return {wanted[key]: attention_from(row) for key, row in rows.items()}

    def open(self) -> list[tuple[str, str]]:
        """Every campaign that waits for its admin; the index lags a little behind."""
        listed = dynamo.query(self._client, self._table, "listed", "listed_pk = :pk", {":pk": keys.open_attention()})
        return [keys.campaign_of(item["pk"]) for item in listed]

    def store(self, campaign: tuple[str, str], attention: Attention) -> bool:
        """Store what follows version `attention.version - 1`; False when something else does already."""
        write = dynamo.put(
            self._table,
            _row(campaign, attention),
            condition="#version = :seen" if attention.version > 1 else "attribute_not_exists(pk)",
            names={"#version": "version"} if attention.version > 1 else None,
            values={":seen": attention.version - 1} if attention.version > 1 else None,
        )
        return not dynamo.transact(self._client, [write])


def attention_from(row: Item) -> Attention:
    """A row in plain values as the domain sees it; also what the table's stream carries."""
    return Attention(
        reason=AttentionReason(row["reason"]),
        since=dynamo.moment(row["since"]),
        waiting=row["waiting"],
        open=row["state"] == _OPEN,
        version=row["version"],
        changed_at=dynamo.moment(row["changed_at"]),
    )


def _row(campaign: tuple[str, str], attention: Attention) -> dict[str, Any]:
    account_id, campaign_id = campaign
    key: Key = keys.attention(account_id, campaign_id)
    listed = {"listed_pk": keys.open_attention(), "listed_sk": key.pk} if attention.open else {}
    return {
        **key.item(),
        **listed,
        "account_id": account_id,
        "campaign_id": campaign_id,
        "reason": str(attention.reason),
        "since": attention.since,
        "waiting": attention.waiting,
        "state": _OPEN if attention.open else _OVER,
        "version": attention.version,
        "changed_at": attention.changed_at,
    }
