"""Batches of records: what HubSpot does with a hundred rows when some of them are wrong."""

from __future__ import annotations

from typing import Any

from simulators.hubspot.answers import Answer, Call, batch_answer
from simulators.hubspot.batch_rows import Key, carry_out, disordered, identity, inputs, refuse_duplicates
from simulators.hubspot.moments import iso, now_ms
from simulators.hubspot.object_types import CONTACT
from simulators.hubspot.problems import bad_request, invalid_values, objects_not_found, record_exists
from simulators.hubspot.record import Record
from simulators.hubspot.record_writes import Commit, find, plan_create, plan_update, properties_of

Json = dict[str, Any]


def create(call: Call) -> Answer:
    rows = inputs(call)

    def plan(row: Json) -> Commit:
        return plan_create(call, row)

    def keys_in(row: Json) -> list[Key]:
        values = properties_of(row)
        keys = [(name, str(values[name])) for name in call.store.schema.unique_properties if values.get(name)]
        return [*keys, ("email", str(values["email"]).strip().lower())] if values.get("email") else keys

    return carry_out(call, rows, plan, ok=201, keys_in=keys_in)


def update(call: Call) -> Answer:
    rows = inputs(call)
    refuse_duplicates([identity(row) for row in rows])
    by_email = call.simulation.switches.batch_update_by_email if call.store.type is CONTACT else "works"

    def plan(row: Json) -> Commit | None:
        if row.get("idProperty") == "email" and by_email == "ignored":
            return None
        if row.get("idProperty") == "email" and by_email == "refused":
            raise bad_request("Unable to perform update/upsert by non-unique 0-1 property email")
        record = find(call, row.get("idProperty"), str(row.get("id", "")), secondary=True)
        if _dropped(call, row):
            return None
        if record is None:
            raise objects_not_found(call.store.type.name, [str(row.get("id", ""))])
        return plan_update(call, record, properties_of(row))

    return carry_out(call, rows, plan, ok=200)


def upsert(call: Call) -> Answer:
    rows = inputs(call)
    refuse_duplicates([identity(row) for row in rows])
    switches = call.simulation.switches

    def plan(row: Json) -> Commit:
        id_property, value, properties = row.get("idProperty"), str(row.get("id", "")), dict(properties_of(row))
        if id_property == "email" and switches.upsert_needs_email_property and not properties.get("email"):
            missing = ("email", "MISSING_REQUIRED_PROPERTY", "A value for email must be provided")
            raise invalid_values(call.portal.id, [missing])
        record = find(call, id_property, value, secondary=switches.batch_upsert_matches_secondary_email)
        if record is not None:
            commit = plan_update(call, record, properties)
            return lambda: commit() | {"new": False}
        if not id_property:
            raise objects_not_found(call.store.type.name, [value])
        if id_property == "email" and (owner := call.store.by_email(value)) is not None:
            raise record_exists(call.store.type.name, owner.id)
        commit = plan_create(call, {"properties": {str(id_property): value} | properties})
        return lambda: commit() | {"new": True}

    together = switches.upsert_by_email_all_or_nothing and any(row.get("idProperty") == "email" for row in rows)
    return carry_out(call, rows, plan, ok=200, together=together)


def read(call: Call) -> Answer:
    rows = inputs(call)
    body, switches = call.json(), call.simulation.switches
    history = list(body.get("propertiesWithHistory") or [])
    if history and len(rows) > switches.history_batch_max:
        raise bad_request(f"With propertiesWithHistory, at most {switches.history_batch_max} inputs are allowed")
    names = list(body.get("properties") or call.store.type.default_properties)
    known = [name for name in dict.fromkeys([*names, *history]) if call.store.schema.property(name)]
    found: dict[int, Record] = {}
    missing: list[str] = []
    started = now_ms()
    for row in rows:
        value = str(row.get("id", ""))
        record = _found_archived(call, value) if call.flag("archived") else _found(call, body, value)
        if _dropped(call, row | {"idProperty": body.get("idProperty")}):
            continue
        if record is None:
            missing.append(value)
        else:
            found[record.id] = record
    shown = [name for name in names if name in known]
    results = [
        record.as_json(shown, known=known, history=history) | {"url": call.portal.record_url(record)}
        for record in found.values()
    ]
    problems = [objects_not_found(call.store.type.name, missing).row(None)] if missing else []
    return batch_answer(disordered(call, results), problems, iso(started), iso(now_ms()), 200)


def archive(call: Call) -> Answer:
    for row in inputs(call):
        record = find(call, None, str(row.get("id", "")), secondary=False)
        if record is not None:
            call.store.archive(record, at_ms=now_ms(), source=call.simulation.our_app)
    return Answer(204)


def _found(call: Call, body: Json, value: str) -> Record | None:
    secondary = call.simulation.switches.batch_read_matches_secondary_email
    return find(call, body.get("idProperty"), value, secondary=secondary)


def _found_archived(call: Call, value: str) -> Record | None:
    return call.store.archived.get(int(value)) if value.isascii() and value.isdigit() else None


def _dropped(call: Call, row: Json) -> bool:
    """Whether HubSpot says nothing at all about a row, because its id was merged away."""
    value = str(row.get("id", ""))
    return (
        call.simulation.switches.batch_drops_merged_ids
        and row.get("idProperty") in (None, "", "hs_object_id")
        and value.isdigit()
        and call.store.was_merged_away(int(value))
    )
