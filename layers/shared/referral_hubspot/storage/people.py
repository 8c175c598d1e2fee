"""Leads and referrers: one row each, a guard row that lets one person join once, lists by GSI."""

import heapq
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.activity import Joined
from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.people import (
    SHARDS,
    TEST_LIFE,
    Decision,
    Entry,
    Happening,
    Person,
    PersonKey,
    Reason,
    State,
    Verdict,
    keyed_hash,
    normalised,
)
from referral_hubspot.domain.settings import Action, Duplicates, Side
from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import (
    Write,
    batch_get,
    check,
    count,
    delete,
    marshal,
    moment,
    put,
    query,
    timestamp,
    transact_groups,
    unmarshal,
)
from referral_hubspot.storage.keys import Key
from referral_hubspot.usecases.people import Change, Due, Refusal, Standing, Waiting

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WAITING_INDEX = "waiting"
NEWEST_INDEX = "newest"
EMAIL_INDEX = "email"
REFERRER_EMAIL_INDEX = "referrer_email"
REFERRER_INDEX = "referrer"
LISTED_INDEX = "listed"
RETURNS_INDEX = "returns"

_LISTED = frozenset({State.SENT, State.DUPLICATE, State.NOT_SENT, State.EXPIRED})
"""States that somebody asks for all people of: to read them again in HubSpot, or to let them count after all.

Who was not sent because the settings said so is asked about by nobody, and is not listed.
"""

_TESTS = "test"
"""Test leads are in this list and in no other: nobody counts, sweeps or shows them with the campaign's leads."""


_UNEVEN = 1.3
"""A part of a list that gives more than its share of a page, by this factor, is asked again."""


def key_of(person: PersonKey) -> Key:
    """Where a person's row stands."""
    return keys.person(person.account_id, person.campaign_id, person.side, person.person_id)


def key_from(partition: str) -> PersonKey:
    """Whose row stands there."""
    _, account_id, _, campaign_id, side, person_id = partition.split("#")
    return PersonKey(account_id, campaign_id, "lead" if side == "LEAD" else "referrer", person_id)


def shard_of(person: PersonKey) -> int:
    """Which part of a list a person is in."""
    return zlib.crc32(person.person_id.encode()) % SHARDS


class PeopleRepository:
    """Reads and writes people; every write is conditional on the version it was made from."""

    def __init__(self, table: str, client: "DynamoDBClient", pepper: bytes) -> None:
        self._table = table
        self._client = client
        self._pepper = pepper

    def identity(self, value: str) -> str:
        """The keyed hash that stands for an address or an id where it must not be read."""
        return keyed_hash(self._pepper, value)

    def get(self, key: PersonKey) -> Person | None:
        """One person, strongly consistent."""
        return self.load([key]).get(key)

    def load(self, people: Iterable[PersonKey]) -> dict[PersonKey, Person]:
        """People by key, strongly consistent; who is not stored is left out."""
        rows = batch_get(self._client, self._table, [key_of(person) for person in people])
        return {person.key: person for person in map(person_from, rows.values())}

    def apply(self, changes: Sequence[Change]) -> dict[PersonKey, Refusal]:
        """Store changes, each whole or not at all, in as few calls as possible.

        A person may occur once, and so may an e-mail address among the claims.

        Returns:
            Whose change was not stored, with what stands in the table instead.
        """
        refused = transact_groups(self._client, [self._writes(change) for change in changes])
        return {changes[index].after.key: self._refusal(changes[index], rows) for index, rows in refused.items()}

    def _writes(self, change: Change) -> list[Write]:
        after, seen = change.after, change.before.version
        writes = [
            put(
                self._table,
                self._row(after),
                condition="version = :seen" if seen else "attribute_not_exists(pk)",
                values={":seen": seen} if seen else None,
            )
        ]
        if change.claims:
            writes.append(self._claim(change))
        if change.takes_over is not None:
            writes.append(
                check(
                    self._table,
                    key_of(change.takes_over.key),
                    "version = :seen",
                    values={":seen": change.takes_over.version},
                )
            )
        if change.releases:
            writes.append(delete(self._table, self._guard(after.key, change.releases)))
        return writes

    def _claim(self, change: Change) -> Write:
        key = change.after.key
        holder = change.takes_over.key.person_id if change.takes_over else key.person_id
        row = self._guard(key, change.after.email).item() | {"person_id": key.person_id} | _expiry(change.after)
        return put(
            self._table,
            row,
            condition="attribute_not_exists(pk) OR person_id IN (:me, :holder)",
            values={":me": key.person_id, ":holder": holder},
        )

    def _guard(self, key: PersonKey, email: str) -> Key:
        return keys.guard(key.account_id, key.campaign_id, key.side, self.identity(email))

    def _refusal(self, change: Change, rows: Mapping[int, Mapping[str, Any]]) -> Refusal:
        stored = rows.get(0)
        holder = rows.get(1, {}).get("person_id", "") if change.claims else ""
        return Refusal(stored=person_from(stored) if stored else None, holder=holder)

    def page(
        self, account_id: str, campaign_id: str, side: Side, limit: int, cursor: str = "", email: str = ""
    ) -> tuple[list[Person], str]:
        """People of a campaign, newest first; with an `email`, those who joined with that address.

        Returns:
            At most `limit` people and the cursor of the next page, "" on the last one.
        """
        if email:
            found = self._with_address((account_id, campaign_id), side, email, cursor)
        else:
            shards = (keys.newest_shard(account_id, campaign_id, side, shard) for shard in range(SHARDS))
            found = [entry for shard in shards for entry in self._newest(shard, limit, cursor)]
        newest = [key for _, key in heapq.nlargest(limit + 1, found)]
        rows = batch_get(self._client, self._table, newest[:limit])
        people = [person_from(rows[key]) for key in newest[:limit] if key in rows]
        if len(newest) <= limit or not people:
            return people, ""
        last = people[-1]
        return people, _newest_sort(last)

    def _with_address(self, campaign: tuple[str, str], side: Side, email: str, cursor: str) -> list[tuple[str, Key]]:
        listed = self.with_email(campaign[0], self.identity(email))
        people = self.load(key for key in listed if (key.campaign, key.side) == (campaign, side))
        shown = ((_newest_sort(one), key_of(key)) for key, one in people.items() if not one.test)
        return [entry for entry in shown if not cursor or entry[0] < cursor]

    def _newest(self, partition: str, limit: int, cursor: str) -> list[tuple[str, Key]]:
        before = cursor or "~"
        answer = self._client.query(
            TableName=self._table,
            IndexName=NEWEST_INDEX,
            KeyConditionExpression="newest_pk = :pk AND newest_sk < :before",
            ExpressionAttributeValues=marshal({":pk": partition, ":before": before}),
            ScanIndexForward=False,
            Limit=limit + 1,
        )
        return [(item["newest_sk"], Key(item["pk"], item["sk"])) for item in map(unmarshal, answer["Items"])]

    def count_waiting(
        self, account_id: str, campaign_id: str, side: Side | None = None, reason: Reason | None = None
    ) -> int:
        """How many people of a campaign are held: of a side or of both, for a reason or for any."""
        prefix = keys.waiting_people(account_id, campaign_id, side, reason)
        condition = "waiting_pk = :pk AND begins_with(waiting_sk, :prefix)"
        shards = ({":pk": keys.waiting_shard(shard), ":prefix": prefix} for shard in range(SHARDS))
        return count(self._client, self._table, WAITING_INDEX, condition, shards)

    def waiting(self, shard: int, after: str, limit: int, campaign: tuple[str, str] | None = None) -> list[Waiting]:
        """Held people of one shard, grouped by what they wait for, behind the position `after`.

        The index lags behind the rows: who is answered may be held no more.
        """
        prefix = f"{keys.campaign_partition(*campaign)}#" if campaign else ""
        answer = self._client.query(
            TableName=self._table,
            IndexName=WAITING_INDEX,
            KeyConditionExpression="waiting_pk = :pk AND waiting_sk BETWEEN :after AND :end",
            ExpressionAttributeValues=marshal(
                {":pk": keys.waiting_shard(shard), ":after": max(after, prefix) or " ", ":end": f"{prefix}~"}
            ),
            Limit=limit + 1,
        )
        found = [
            Waiting(item["waiting_sk"], item["waiting_sk"].rsplit("#", 2)[0] + "#", key_from(item["pk"]))
            for item in map(unmarshal, answer["Items"])
        ]
        return [entry for entry in found if entry.position != after][:limit]

    def with_email(self, account_id: str, email_hash: str) -> list[PersonKey]:
        """Everyone of an account who joined with this address."""
        return self._indexed(EMAIL_INDEX, keys.by_email(account_id, email_hash))

    def referred_by_email(self, account_id: str, email_hash: str) -> list[PersonKey]:
        """Everyone whose referrer has this address."""
        return self._indexed(REFERRER_EMAIL_INDEX, keys.by_email(account_id, email_hash))

    def referred_by(self, account_id: str, referrer_id: str) -> list[PersonKey]:
        """Everyone whose referrer has this id."""
        return self._indexed(REFERRER_INDEX, keys.by_referrer(account_id, referrer_id))

    def _indexed(self, index: str, partition: str) -> list[PersonKey]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=index,
            KeyConditionExpression="#pk = :pk",
            ExpressionAttributeNames={"#pk": f"{index}_pk"},
            ExpressionAttributeValues=marshal({":pk": partition}),
        )
        return [key_from(unmarshal(item)["pk"]) for page in pages for item in page["Items"]]

    def of_campaign(self, account_id: str, campaign_id: str, side: Side) -> Iterator[PersonKey]:
        """Everyone of a campaign, in no order."""
        for shard in range(SHARDS):
            partition = keys.newest_shard(account_id, campaign_id, side, shard)
            yield from self._indexed(NEWEST_INDEX, partition)

    def standing(
        self, account_id: str, campaign_id: str, side: Side, state: State, *, before: str = "", limit: int = 0
    ) -> list[Standing]:
        """People of a campaign in one of the listed states, newest first, behind the position `before`.

        The index lags behind the rows: who is answered may stand elsewhere by now. Tests are not among them.

        Args:
            limit: At most so many; 0 for all.
        """
        shards = [keys.standing_shard(account_id, campaign_id, side, state, shard) for shard in range(SHARDS)]
        pages = [
            query(
                self._client,
                self._table,
                LISTED_INDEX,
                "listed_pk = :pk AND listed_sk < :before",
                {":pk": shard, ":before": before or "~"},
                newest_first=True,
                limit=limit,
            )
            for shard in shards
        ]
        found = heapq.merge(*pages, key=lambda item: str(item["listed_sk"]), reverse=True)
        people = (Standing(item["listed_sk"], key_from(item["pk"])) for item in found)
        return list(islice(people, limit or None))

    def returns_due(self, account_id: str, campaign_id: str, before: datetime, limit: int) -> list[Due]:
        """Referrers whose return fields are due, the longest due first, at most `limit`.

        The index lags behind the rows: who is answered may be due no more.
        """
        share = math.ceil(limit / SHARDS * _UNEVEN)
        pages = [
            query(
                self._client,
                self._table,
                RETURNS_INDEX,
                "returns_pk = :pk AND returns_sk < :before",
                {":pk": keys.returns_shard(account_id, campaign_id, shard), ":before": timestamp(before)},
                limit=limit,
                page=share,
            )
            for shard in range(SHARDS)
        ]
        found = heapq.merge(*pages, key=lambda item: str(item["returns_sk"]))
        return [
            Due(key_from(item["pk"]), moment(item["returns_sk"].partition("#")[0])) for item in islice(found, limit)
        ]

    def joined_since(self, account_id: str, campaign_id: str, side: Side, since: datetime, limit: int) -> list[Joined]:
        """Where people of a campaign stand who joined since then, newest first, at most `limit`.

        Both index and rows are read as they are at hand, which may be a moment ago. Tests are not among them.
        """
        pages = [
            query(
                self._client,
                self._table,
                NEWEST_INDEX,
                "newest_pk = :pk AND newest_sk >= :since",
                {":pk": keys.newest_shard(account_id, campaign_id, side, shard), ":since": timestamp(since)},
                newest_first=True,
                limit=limit,
            )
            for shard in range(SHARDS)
        ]
        newest = heapq.merge(*pages, key=lambda item: str(item["newest_sk"]), reverse=True)
        wanted = [Key(item["pk"], item["sk"]) for item in islice(newest, limit)]
        rows = batch_get(
            self._client, self._table, wanted, attributes=("joined_at", "state", "reason"), consistent=False
        )
        return [_joined(rows[key]) for key in wanted if key in rows]

    def count_standing(self, account_id: str, campaign_id: str, side: Side, state: State) -> int:
        """How many people of a campaign are in one of the listed states."""
        place = account_id, campaign_id, side, state
        shards = ({":pk": keys.standing_shard(*place, shard)} for shard in range(SHARDS))
        return count(self._client, self._table, LISTED_INDEX, "listed_pk = :pk", shards)

    def tests(self, account_id: str, campaign_id: str) -> list[PersonKey]:
        """The test leads of a campaign, newest first; the index lags behind the rows."""
        partition = keys.standing_shard(account_id, campaign_id, "lead", _TESTS, 0)
        found = query(self._client, self._table, LISTED_INDEX, "listed_pk = :pk", {":pk": partition}, newest_first=True)
        return [key_from(item["pk"]) for item in found]

    def _row(self, person: Person) -> dict[str, Any]:
        key = person.key
        row: dict[str, Any] = key_of(key).item() | {
            "account_id": key.account_id,
            "campaign_id": key.campaign_id,
            "side": key.side,
            "person_id": key.person_id,
            "state": str(person.state),
            "reason": str(person.reason),
            "version": person.version,
            "joined_at": timestamp(person.joined_at),
            "received_at": timestamp(person.received_at),
            "details": dict(person.details),
            "timeline": [{"at": timestamp(e.at), "what": str(e.what), "facts": dict(e.facts)} for e in person.timeline],
        }
        optional = {
            "email": person.email,
            "referrer_id": person.referrer_id,
            "portal_id": person.portal_id,
            "record_id": person.record_id,
            "record_link": person.record_link,
            "contact_id": person.contact_id,
            "test": person.test,
            "revision": person.revision,
            "condition_lost_at": timestamp(person.condition_lost_at) if person.condition_lost_at else "",
            "record_type": str(person.record_type) if person.record_id else "",
            "evidence": dict(person.evidence),
            "syncs": list(person.syncs),
            "synced_contact_id": person.synced_contact_id,
            "returned": dict(person.returned),
            "returned_at": timestamp(person.returned_at) if person.returned_at else "",
        }
        row |= {name: value for name, value in optional.items() if value}
        row |= self._indexes(person) | _expiry(person)
        if person.decision is not None:
            row["decision"] = _decision_row(person.decision)
        return row

    def _indexes(self, person: Person) -> dict[str, str]:
        key = person.key
        indexes: dict[str, str] = {}
        if person.test:
            indexes["listed_pk"] = keys.standing_shard(key.account_id, key.campaign_id, key.side, _TESTS, 0)
            indexes["listed_sk"] = _newest_sort(person)
        else:
            shard = shard_of(key)
            indexes["newest_pk"] = keys.newest_shard(key.account_id, key.campaign_id, key.side, shard)
            indexes["newest_sk"] = _newest_sort(person)
            if person.state in _LISTED and person.reason is not Reason.DO_NOTHING:
                indexes["listed_pk"] = keys.standing_shard(
                    key.account_id, key.campaign_id, key.side, person.state, shard
                )
                indexes["listed_sk"] = _newest_sort(person)
        if person.email:
            indexes["email_pk"] = keys.by_email(key.account_id, self.identity(person.email))
        if referrer := normalised(person.details.get("referrer.email", "")):
            indexes["referrer_email_pk"] = keys.by_email(key.account_id, self.identity(referrer))
        if person.referrer_id:
            indexes["referrer_pk"] = keys.by_referrer(key.account_id, person.referrer_id)
        if person.return_due_at is not None:
            indexes["returns_pk"] = keys.returns_shard(key.account_id, key.campaign_id, shard_of(key))
            indexes["returns_sk"] = f"{timestamp(person.return_due_at)}#{key.person_id}"
        if person.held_since is not None and not person.test:
            since = timestamp(person.held_since)
            indexes |= {
                "held_since": since,
                "waiting_pk": keys.waiting_shard(shard_of(key)),
                "waiting_sk": f"{_waiting_group(person)}{since}#{key.person_id}",
            }
        return indexes


# What only a later release knows is read over: for a while during a release both are at work.
_REASONS = frozenset(Reason)
_HAPPENINGS = frozenset(Happening)


def person_from(row: Mapping[str, Any]) -> Person:
    """A row in plain values as the domain sees it; also what the table's stream carries."""
    return Person(
        key=PersonKey(row["account_id"], row["campaign_id"], row["side"], row["person_id"]),
        joined_at=moment(row["joined_at"]),
        received_at=moment(row["received_at"]),
        email=row.get("email", ""),
        details=row["details"],
        referrer_id=row.get("referrer_id", ""),
        state=State(row["state"]),
        reason=Reason(row["reason"]) if row["reason"] in _REASONS else Reason.NONE,
        version=row["version"],
        revision=row.get("revision", 0),
        decision=_decision_from(row["decision"]) if "decision" in row else None,
        portal_id=row.get("portal_id", 0),
        record_id=row.get("record_id", ""),
        record_link=row.get("record_link", ""),
        record_type=ObjectType(row.get("record_type", ObjectType.CONTACT)),
        contact_id=row.get("contact_id", ""),
        test=row.get("test", False),
        condition_lost_at=moment(row["condition_lost_at"]) if "condition_lost_at" in row else None,
        held_since=moment(row["held_since"]) if "held_since" in row else None,
        evidence=row.get("evidence", {}),
        syncs=tuple(row.get("syncs", ())),
        synced_contact_id=row.get("synced_contact_id", ""),
        returned=row.get("returned", {}),
        returned_at=moment(row["returned_at"]) if "returned_at" in row else None,
        return_due_at=moment(row["returns_sk"].partition("#")[0]) if "returns_sk" in row else None,
        timeline=tuple(
            Entry(moment(e["at"]), Happening(e["what"]), e["facts"])
            for e in row["timeline"]
            if e["what"] in _HAPPENINGS
        ),
    )


def _joined(row: Mapping[str, Any]) -> Joined:
    reason = Reason(row["reason"]) if row["reason"] in _REASONS else Reason.NONE
    return Joined(moment(row["joined_at"]), State(row["state"]), reason)


def _decision_row(decision: Decision) -> dict[str, Any]:
    return {
        "portal_id": decision.portal_id,
        "action": str(decision.action),
        "duplicates": str(decision.duplicates),
        "settings_version": decision.settings_version,
        "verdict": str(decision.verdict) if decision.verdict else "",
    }


def _decision_from(row: Mapping[str, Any]) -> Decision:
    return Decision(
        portal_id=row["portal_id"],
        action=Action(row["action"]),
        duplicates=Duplicates(row["duplicates"]),
        settings_version=row["settings_version"],
        verdict=Verdict(row["verdict"]) if row["verdict"] else None,
    )


def _expiry(person: Person) -> dict[str, int]:
    return {"expires_at": int((person.received_at + TEST_LIFE).timestamp())} if person.test else {}


def _waiting_group(person: Person) -> str:
    key = person.key
    return keys.waiting_group(key.account_id, key.campaign_id, key.side, person.reason)


def _newest_sort(person: Person) -> str:
    return f"{timestamp(person.joined_at)}#{person.key.person_id}"
