"""What the platform told of referrers before it told that they joined."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.people import SHARDS, Person, PersonKey, keyed_hash
from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import Item, batch_get, delete, put, query, transact, transact_groups
from referral_hubspot.storage.keys import Key
from referral_hubspot.storage.people import EMAIL_INDEX, LISTED_INDEX, key_from, shard_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_FOR = timedelta(hours=24)
_LIST = "early"
_CHUNK = 100


def key_of(person: PersonKey) -> Key:
    """Where the row stands: beside that of the person."""
    return keys.early_update(person.account_id, person.campaign_id, person.side, person.person_id)


def early_updates(rows: Mapping[Key, Item], joined: Iterable[Person]) -> dict[PersonKey, Person]:
    """What was told of these people within the day before they came into our queue, without their addresses."""
    return {
        person.key: Person(
            person.key, person.joined_at, person.received_at, details=row["details"], revision=row["revision"]
        )
        for person in joined
        if (row := rows.get(key_of(person.key))) and row["expires_at"] > person.received_at.timestamp()
    }


class EarlyUpdateTable:
    """A row per referrer, for a day. The newest revision stays; erasures find it by address, id and campaign."""

    def __init__(self, table: str, client: "DynamoDBClient", pepper: bytes) -> None:
        self._table = table
        self._client = client
        self._pepper = pepper

    def keep(self, updates: Iterable[Person], now: datetime) -> None:
        """Keep what was told of each of these, once per person, unless something newer is kept."""
        newest = "attribute_not_exists(pk) OR revision < :revision OR expires_at <= :now"
        values = {":now": int(now.timestamp())}
        writes = [
            put(self._table, self._row(told, now), condition=newest, values=values | {":revision": told.revision})
            for told in updates
        ]
        transact_groups(self._client, [[write] for write in writes])

    def _row(self, told: Person, now: datetime) -> dict[str, Any]:
        key = told.key
        row: dict[str, Any] = key_of(key).item() | {
            "details": {source: value for source, value in told.details.items() if source != "email"},
            "revision": told.revision,
            "expires_at": int((now + KEPT_FOR).timestamp()),
            f"{LISTED_INDEX}_pk": self._shard(key.account_id, key.campaign_id, shard_of(key)),
            f"{LISTED_INDEX}_sk": key.person_id,
        }
        if told.email:
            row[f"{EMAIL_INDEX}_pk"] = keys.by_email(key.account_id, keyed_hash(self._pepper, told.email))
        return row

    def read(self, joined: Collection[Person]) -> dict[PersonKey, Person]:
        """What was told of these people before they joined, strongly consistent."""
        rows = batch_get(self._client, self._table, [key_of(person.key) for person in joined])
        return early_updates(rows, joined)

    def drop(self, people: Iterable[PersonKey]) -> None:
        """Forget what was told of these people."""
        rows = batch_get(self._client, self._table, map(key_of, people))
        for found in batched(rows, _CHUNK, strict=False):
            transact(self._client, [delete(self._table, key) for key in found])

    def of_campaign(self, account_id: str, campaign_id: str) -> Iterator[PersonKey]:
        """Every referrer of a campaign of whom something is kept, in no order."""
        for shard in range(SHARDS):
            partition = {":pk": self._shard(account_id, campaign_id, shard)}
            for item in query(self._client, self._table, LISTED_INDEX, "listed_pk = :pk", partition):
                yield key_from(item["pk"])

    def _shard(self, account_id: str, campaign_id: str, shard: int) -> str:
        return keys.standing_shard(account_id, campaign_id, "referrer", _LIST, shard)
