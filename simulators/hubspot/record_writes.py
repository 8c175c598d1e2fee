"""Creating, finding and changing one record; single calls and batches share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulators.hubspot.answers import Call
from simulators.hubspot.association_calls import associated_in
from simulators.hubspot.moments import now_ms
from simulators.hubspot.object_types import CONTACT
from simulators.hubspot.problems import bad_request
from simulators.hubspot.record import Record
from simulators.hubspot.record_rules import Checked, check, check_unique

Json = dict[str, Any]
Commit = Callable[[], Json]


def plan_create(call: Call, row: Mapping[str, Any]) -> Commit:
    """A creation that is checked and waits to be carried out; `row` has properties and perhaps associations.

    Raises:
        ProblemError: it is refused.
    """
    checked = check(call, properties_of(row), None)
    check_unique(call, checked.values, None)
    beside = associated_in(call, row)
    return lambda: _create(call, checked, beside)


def plan_update(call: Call, record: Record, properties: Mapping[str, Any]) -> Commit:
    """As `plan_create`, for an existing record."""
    checked = check(call, properties, record)
    check_unique(call, checked.values, record)
    return lambda: _update(call, record, checked)


def find(call: Call, id_property: str | None, value: str, *, secondary: bool) -> Record | None:
    """The record that a caller means by its id, an e-mail or a unique value.

    Raises:
        ProblemError: 400, the property does not tell records apart.
    """
    store = call.store
    if id_property in (None, "", "hs_object_id"):
        return store.by_number(value)
    if id_property == "email" and store.type is CONTACT:
        return store.by_email(value, secondary=secondary)
    prop = store.schema.property(str(id_property))
    if prop is None or not prop.unique:
        raise bad_request(f"Unable to perform update/upsert by non-unique {store.type.id} property {id_property}")
    return store.by_unique(prop.name, value)


def properties_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises:
    ProblemError: 400, they are no object.
    """
    properties = row.get("properties", {})
    if not isinstance(properties, dict):
        raise bad_request("properties must be an object")
    return properties


def shown(call: Call, record: Record, written: Mapping[str, Any], warnings: list[Json]) -> Json:
    """The object that a write answers with."""
    body = record.as_json([*written, *record.type.echoed])
    body["url"] = call.portal.record_url(record)
    return body | {"warnings": warnings} if warnings else body


def _create(call: Call, checked: Checked, beside: list[Record]) -> Json:
    switches = call.simulation.switches
    values = dict(checked.values)
    if switches.new_contact_lifecycle_stage and call.store.type is CONTACT:
        values.setdefault("lifecyclestage", switches.new_contact_lifecycle_stage)
    record = call.store.add(
        values,
        at_ms=now_ms(),
        source=call.simulation.our_app,
        property_changes=switches.property_change_on_create,
    )
    for other in beside:
        call.portal.associations.add(record, other)
    return shown(call, record, values, checked.warnings)


def _update(call: Call, record: Record, checked: Checked) -> Json:
    call.store.change(record, checked.values, at_ms=now_ms(), source=call.simulation.our_app)
    return shown(call, record, checked.values, checked.warnings)
