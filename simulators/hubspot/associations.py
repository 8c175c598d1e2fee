"""Which records of a portal belong together."""

from __future__ import annotations

from simulators.hubspot.object_types import BY_NAME, CONTACT, DEAL, ObjectType
from simulators.hubspot.record import Record
from simulators.hubspot.record_store import RecordStore

CATEGORY = "HUBSPOT_DEFINED"
TYPE_IDS = {(DEAL, CONTACT): 3, (CONTACT, DEAL): 4}

_Key = tuple[ObjectType, int]


class Associations:
    """Both directions of each, by the ids that the records had when they were associated: a merge is followed, and
    what lies in the recycle bin is not shown."""

    def __init__(self) -> None:
        self._beside: dict[_Key, dict[_Key, None]] = {}

    def add(self, one: Record, other: Record) -> None:
        """Once more makes no difference."""
        for left, right in ((one, other), (other, one)):
            self._beside.setdefault((left.type, left.id), {})[(right.type, right.id)] = None

    def of(self, record: Record, others: RecordStore) -> list[Record]:
        """The live records of a store that belong to this one, the first associated first."""
        found: dict[int, Record] = {}
        for record_id in dict.fromkeys([*record.merged_ids, record.id]):
            for kind, other_id in self._beside.get((record.type, record_id), {}):
                other = others.by_id(other_id) if kind is others.type else None
                if other is not None:
                    found[other.id] = other
        return list(found.values())


def target_of(source: ObjectType, type_id: object) -> ObjectType | None:
    """What an association type leads to from an object type."""
    for (start, end), number in TYPE_IDS.items():
        if start is source and number == type_id:
            return end
    return None


def label(source: ObjectType, target: ObjectType) -> str:
    """deal_to_contact"""
    return f"{source.name}_to_{target.name}"


def object_type(name: str) -> ObjectType | None:
    """By any of the names that addresses use."""
    return BY_NAME.get(name)
