"""Which people a HubSpot record belongs to, and changes that came before that was known."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from referral_hubspot.domain.people import PersonKey
from referral_hubspot.domain.qualification import PropertyChange
from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import batch_get, moment, timestamp, transact, transact_groups, update
from referral_hubspot.usecases.links import PortalRecord, Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

UNCLAIMED_FOR = timedelta(hours=24)
_CHUNK = 100
_MOST_KEPT = 100  # changes of one record


class LinkRepository:
    """Record links and unclaimed changes; both are sets that are only ever added to by these writes."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def add(self, links: Iterable[tuple[Record, PersonKey]]) -> None:
        """Say whose records these are; saying it again changes nothing."""
        people: dict[Record, set[str]] = defaultdict(set)
        for record, person in links:
            people[record].add(f"{person.campaign_id}#{person.side}#{person.person_id}")
        self._add({_link_key(record): ("people", names) for record, names in people.items()})

    def people(self, records: Iterable[Record]) -> dict[Record, list[PersonKey]]:
        """Whose records these are, strongly consistent; a record of nobody is left out."""
        wanted = {_link_key(record): record for record in records}
        rows = batch_get(self._client, self._table, wanted)
        return {
            wanted[key]: [_person(wanted[key].account_id, name) for name in sorted(row.get("people", ()))]
            for key, row in rows.items()
        }

    def remove(self, record: Record, person: PersonKey) -> None:
        """Forget that the record belongs to a person who was erased."""
        names = {":members": {f"{person.campaign_id}#{person.side}#{person.person_id}"}}
        transact(self._client, [update(self._table, _link_key(record), "DELETE people :members", values=names)])

    def leave_unclaimed(self, changes: Iterable[PropertyChange], now: datetime) -> None:
        """Keep changes of records that nobody is linked to yet, for a day.

        A record that changes all the while is never rid of its row, which must not outgrow what DynamoDB
        takes: when it is full, it begins anew.
        """
        found: dict[keys.Key, set[str]] = defaultdict(set)
        for change in changes:
            text = f"{timestamp(change.at)}|{change.property}|{change.value}"
            found[_unclaimed_key(PortalRecord(change.portal_id, change.object_type, change.record_id))].add(text)
        rows = list(found.items())
        expires_at = int((now + UNCLAIMED_FOR).timestamp())
        add = "ADD changes :texts SET expires_at = :expires_at"
        room = "attribute_not_exists(changes) OR size(changes) < :most"
        full = self._keep(rows, add, expires_at, condition=room, values={":most": _MOST_KEPT})
        self._keep([rows[index] for index in full], "SET changes = :texts, expires_at = :expires_at", expires_at)

    def unclaimed(self, records: Iterable[PortalRecord], now: datetime) -> list[PropertyChange]:
        """Changes kept for these records, strongly consistent."""
        wanted = {_unclaimed_key(record): record for record in records}
        rows = batch_get(self._client, self._table, wanted)
        return [
            _change(wanted[key], text)
            for key, row in rows.items()
            if row["expires_at"] > now.timestamp()
            for text in sorted(row.get("changes", ()))
        ]

    def leave_forgotten(self, records: Iterable[PortalRecord], now: datetime) -> None:
        """Keep for a day that the people of these records asked HubSpot's owner to be forgotten."""
        sets = {_unclaimed_key(record): ("forgotten", {timestamp(now)}) for record in records}
        self._add(sets, int((now + UNCLAIMED_FOR).timestamp()))

    def forgotten(self, records: Iterable[PortalRecord], now: datetime) -> set[PortalRecord]:
        """Which of these records are known to be such, strongly consistent."""
        wanted = {_unclaimed_key(record): record for record in records}
        rows = batch_get(self._client, self._table, wanted)
        return {wanted[key] for key, row in rows.items() if "forgotten" in row and row["expires_at"] > now.timestamp()}

    def _keep(
        self,
        rows: Sequence[tuple[keys.Key, set[str]]],
        expression: str,
        expires_at: int,
        *,
        condition: str = "",
        values: Mapping[str, int] | None = None,
    ) -> Collection[int]:
        """Write changes of records; which of these the condition kept from it."""
        writes = [
            update(
                self._table,
                key,
                expression,
                condition=condition,
                values={":texts": texts, ":expires_at": expires_at, **(values or {})},
            )
            for key, texts in rows
        ]
        return transact_groups(self._client, [[write] for write in writes])

    def _add(self, sets: Mapping[keys.Key, tuple[str, set[str]]], expires_at: int | None = None) -> None:
        writes = [
            update(
                self._table,
                key,
                "ADD #set :members" + (" SET expires_at = :expires_at" if expires_at else ""),
                names={"#set": name},
                values={":members": members} | ({":expires_at": expires_at} if expires_at else {}),
            )
            for key, (name, members) in sets.items()
        ]
        for start in range(0, len(writes), _CHUNK):
            transact(self._client, writes[start : start + _CHUNK])


def _link_key(record: Record) -> keys.Key:
    return keys.record_link(record.account_id, record.portal_id, record.object_type, record.record_id)


def _unclaimed_key(record: PortalRecord) -> keys.Key:
    return keys.unclaimed(record.portal_id, record.object_type, record.record_id)


def _person(account_id: str, name: str) -> PersonKey:
    campaign_id, side, person_id = name.split("#")
    return PersonKey(account_id, campaign_id, "lead" if side == "lead" else "referrer", person_id)


def _change(record: PortalRecord, text: str) -> PropertyChange:
    at, name, value = text.split("|", 2)
    return PropertyChange(
        record.portal_id, record.object_type, record.record_id, name, value, moment(at).astimezone(UTC), ours=False
    )
