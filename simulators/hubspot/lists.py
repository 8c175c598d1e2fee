"""The lists of contacts of one portal, and who is in them since when."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from simulators.hubspot.moments import iso, now_ms
from simulators.hubspot.record import Record

Json = dict[str, Any]

MANUAL, SNAPSHOT, DYNAMIC = "MANUAL", "SNAPSHOT", "DYNAMIC"
PROCESSING_TYPES = (MANUAL, SNAPSHOT, DYNAMIC)
FIRST_ID = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """Who belongs: contacts with this value of a property (a blank one: without any), or everybody (no property)."""

    property_name: str | None = None
    value: str = ""

    def fits(self, record: Record) -> bool:
        return self.property_name is None or (record.get(self.property_name) or "") == self.value


@dataclass(frozen=True, slots=True)
class Membership:
    """`turn` counts the joinings of a list: who joins again has a later one."""

    turn: int
    joined_ms: int


class Members:
    """Found by id and by turn. Adding at the end is free; elsewhere a hundred thousand members cost some 30 us."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.turns: list[int] = []
        self._by_id: dict[int, Membership] = {}
        self._by_turn: dict[int, int] = {}
        self._left_ms: dict[int, int] = {}
        self._last = Membership(0, 0)

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, record_id: int) -> bool:
        return record_id in self._by_id

    def membership(self, record_id: int) -> Membership:
        return self._by_id[record_id]

    def of_turn(self, turn: int) -> int:
        return self._by_turn[turn]

    def add(self, record_id: int) -> None:
        """As the last to join, unless it is a member already. Nobody joins again in the millisecond of before."""
        if record_id in self._by_id:
            return
        joined_ms = max(now_ms(), self._last.joined_ms, self._left_ms.get(record_id, 0) + 1)
        self._last = Membership(self._last.turn + 1, joined_ms)
        self._by_id[record_id] = self._last
        self._by_turn[self._last.turn] = record_id
        self.turns.append(self._last.turn)
        if self.ids and record_id < self.ids[-1]:
            insort(self.ids, record_id)
        else:
            self.ids.append(record_id)

    def remove(self, record_id: int) -> None:
        """Who is no member is not missed."""
        membership = self._by_id.pop(record_id, None)
        if membership is None:
            return
        self._left_ms[record_id] = max(now_ms(), membership.joined_ms)
        del self._by_turn[membership.turn]
        del self.turns[bisect_left(self.turns, membership.turn)]
        del self.ids[bisect_left(self.ids, record_id)]


class ContactList:
    """A dynamic list follows its rule; a static one (MANUAL, SNAPSHOT: no rule) has whom people put there."""

    def __init__(self, list_id: int, name: str, processing_type: str, rule: Rule | None) -> None:
        self.id = list_id
        self.name = name
        self.processing_type = processing_type
        self.rule = rule
        self.members = Members()
        self._made_ms = now_ms()

    def follow(self, record: Record) -> None:
        """Let a contact join or leave as the rule says."""
        if self.rule is None:
            return
        if self.rule.fits(record):
            self.members.add(record.id)
        else:
            self.members.remove(record.id)

    def as_json(self) -> Json:
        return {
            "listId": str(self.id),
            "listVersion": 1,
            "name": self.name,
            "objectTypeId": "0-1",
            "processingStatus": "COMPLETE",
            "processingType": self.processing_type,
            "createdAt": iso(self._made_ms),
            "updatedAt": iso(self._made_ms),
        }


class Lists:
    """Those that are not deleted, by their ids. Nobody outside knows whether a restored contact is back in the static
    lists it was in: here it is not."""

    def __init__(self) -> None:
        self._next_id = FIRST_ID
        self._live: dict[int, ContactList] = {}

    def __iter__(self) -> Iterator[ContactList]:
        return iter(self._live.values())

    def __getitem__(self, list_id: int) -> ContactList:
        return self._live[list_id]

    def get(self, list_id: int) -> ContactList | None:
        return self._live.get(list_id)

    def make(self, name: str, processing_type: str, rule: Rule | None = None) -> ContactList:
        made = ContactList(self._next_id, name, processing_type, rule)
        self._next_id += 1
        self._live[made.id] = made
        return made

    def delete(self, list_id: int) -> None:
        del self._live[list_id]

    def saw(self, record: Record) -> None:
        """A contact is new, changed or restored."""
        for one in self:
            one.follow(record)

    def lost(self, record: Record) -> None:
        """A contact is deleted."""
        for one in self:
            one.members.remove(record.id)

    def merged(self, survivor: Record, gone: Iterable[int]) -> None:
        """Static lists that had one of the merged contacts have the survivor; a contact that keeps its id stays where
        it is."""
        for one in self:
            was_there = [record_id for record_id in gone if record_id in one.members]
            for record_id in was_there:
                one.members.remove(record_id)
            if one.rule is None and was_there:
                one.members.add(survivor.id)
            one.follow(survivor)
