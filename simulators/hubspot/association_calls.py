"""Associations: inline in a creation, one made afterwards, and those of a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.hubspot.answers import Answer, Call, batch_answer
from simulators.hubspot.associations import CATEGORY, TYPE_IDS, label, object_type, target_of
from simulators.hubspot.moments import iso, now_ms
from simulators.hubspot.object_types import ObjectType
from simulators.hubspot.problems import ProblemError, bad_request, not_found
from simulators.hubspot.record import Record

Json = dict[str, Any]


def associated_in(call: Call, row: Mapping[str, Any]) -> list[Record]:
    """The records that a new one is to be associated with. A row without `types` associates nothing and says so to
    nobody, as people have found.

    Raises:
        ProblemError: 400, a record or a type of association does not exist.
    """
    rows = row.get("associations") or []
    if not isinstance(rows, list) or not all(isinstance(item, dict) for item in rows):
        raise bad_request("associations must be a list of objects")
    found = []
    for item in rows:
        for spec in item.get("types") or []:
            target = target_of(call.store.type, spec.get("associationTypeId"))
            if target is None or spec.get("associationCategory") != CATEGORY:
                raise bad_request(f"Association type {spec.get('associationTypeId')} is not valid")
            other_id = str((item.get("to") or {}).get("id", ""))
            other = call.portal.store(target).by_number(other_id)
            if other is None:
                raise _invalid(target, other_id)
            found.append(other)
    return found


def associate(call: Call) -> Answer:
    """The usual association of two records; once more makes no difference."""
    call.rows = 1
    record, target = _record(call), _target(call)
    other_id = call.params["to_id"]
    other = call.portal.store(target).by_number(other_id)
    if record is None:
        raise _invalid(call.store.type, call.params["object_id"])
    if other is None:
        raise _invalid(target, other_id)
    call.portal.associations.add(record, other)
    moment = iso(now_ms())
    results = [_made(record, other), _made(other, record)]
    return batch_answer(results, [], moment, moment, 200)


def list_all(call: Call) -> Answer:
    """All at once: no test has five hundred."""
    record, target = _record(call), _target(call)
    if record is None:
        raise not_found()
    others = call.portal.associations.of(record, call.portal.store(target))
    call.rows = len(others)
    kind = {"category": CATEGORY, "typeId": TYPE_IDS[(record.type, target)], "label": None}
    results = [{"toObjectId": str(other.id), "associationTypes": [kind]} for other in others]
    return Answer(200, {"results": results})


def shown_beside(call: Call, record: Record) -> Json:
    """What `?associations=` adds to an object; a type that nothing is associated with is left out."""
    beside: Json = {}
    for name in call.several("associations"):
        target = object_type(name)
        if target is None or (record.type, target) not in TYPE_IDS:
            raise bad_request(f"{name} is not an object type that {record.type.plural} are associated with")
        kind = label(record.type, target)
        others = call.portal.associations.of(record, call.portal.store(target))
        if others:
            beside[target.plural] = {"results": [{"id": str(other.id), "type": kind} for other in others]}
    return {"associations": beside} if beside else {}


def _record(call: Call) -> Record | None:
    return call.store.by_number(call.params["object_id"])


def _target(call: Call) -> ObjectType:
    target = object_type(call.params["to_type"])
    if target is None or (call.store.type, target) not in TYPE_IDS:
        raise bad_request(f"Unable to infer object type from: {call.params['to_type']}")
    return target


def _made(start: Record, end: Record) -> Json:
    return {
        "from": {"id": str(start.id)},
        "to": {"id": str(end.id)},
        "associationSpec": {
            "associationCategory": CATEGORY,
            "associationTypeId": TYPE_IDS[(start.type, end.type)],
        },
    }


def _invalid(kind: ObjectType, record_id: str) -> ProblemError:
    name = kind.name.upper()
    context = {
        "INVALID_OBJECT_IDS": [f"{name}={record_id} is not valid"],
        "objectId": [record_id],
        "objectType": [name],
    }
    return ProblemError(400, "VALIDATION_ERROR", "One or more associations are invalid", context=context)
