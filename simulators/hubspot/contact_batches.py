"""Batches of contacts: what HubSpot does with a hundred rows when some of them are wrong."""

from __future__ import annotations

from typing import Any

from simulators.hubspot.answers import Answer, Call, batch_answer
from simulators.hubspot.batch_rows import carry_out, disordered, identity, inputs, refuse_duplicates
from simulators.hubspot.contact import DEFAULT_PROPERTIES, Contact
from simulators.hubspot.contact_writes import Commit, find, plan_create, plan_update, properties_of
from simulators.hubspot.moments import iso, now_ms
from simulators.hubspot.problems import bad_request, contact_exists, invalid_values, objects_not_found

Json = dict[str, Any]


def create(call: Call) -> Answer:
    rows = inputs(call)

    def plan(row: Json) -> Commit:
        return plan_create(call, properties_of(row))

    return carry_out(call, rows, plan, ok=201, emails_in=lambda row: properties_of(row).get("email"))


def update(call: Call) -> Answer:
    rows = inputs(call)
    refuse_duplicates([identity(row) for row in rows])
    by_email = call.simulation.switches.batch_update_by_email

    def plan(row: Json) -> Commit | None:
        if row.get("idProperty") == "email" and by_email == "ignored":
            return None
        if row.get("idProperty") == "email" and by_email == "refused":
            raise bad_request("Unable to perform update/upsert by non-unique 0-1 property email")
        contact = find(call, row.get("idProperty"), str(row.get("id", "")), secondary=True)
        if _dropped(call, row):
            return None
        if contact is None:
            raise objects_not_found([str(row.get("id", ""))])
        return plan_update(call, contact, properties_of(row))

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
        contact = find(call, id_property, value, secondary=switches.batch_upsert_matches_secondary_email)
        if contact is not None:
            commit = plan_update(call, contact, properties)
            return lambda: commit() | {"new": False}
        if not id_property:
            raise objects_not_found([value])
        if id_property == "email" and (owner := call.portal.contacts.by_email(value)) is not None:
            raise contact_exists(owner.id)
        commit = plan_create(call, {str(id_property): value} | properties)
        return lambda: commit() | {"new": True}

    together = switches.upsert_by_email_all_or_nothing and any(row.get("idProperty") == "email" for row in rows)
    return carry_out(call, rows, plan, ok=200, together=together)


def read(call: Call) -> Answer:
    rows = inputs(call)
    body, switches = call.json(), call.simulation.switches
    history = list(body.get("propertiesWithHistory") or [])
    if history and len(rows) > switches.history_batch_max:
        raise bad_request(f"With propertiesWithHistory, at most {switches.history_batch_max} inputs are allowed")
    names = list(body.get("properties") or DEFAULT_PROPERTIES)
    known = [name for name in dict.fromkeys([*names, *history]) if call.portal.property(name)]
    found: dict[int, Contact] = {}
    missing: list[str] = []
    started = now_ms()
    for row in rows:
        value = str(row.get("id", ""))
        contact = _found_archived(call, value) if call.flag("archived") else _found(call, body, value)
        if _dropped(call, row | {"idProperty": body.get("idProperty")}):
            continue
        if contact is None:
            missing.append(value)
        else:
            found[contact.id] = contact
    shown = [name for name in names if name in known]
    results = [
        contact.as_json(shown, known=known, history=history) | {"url": call.portal.record_url(contact.id)}
        for contact in found.values()
    ]
    problems = [objects_not_found(missing).row(None)] if missing else []
    return batch_answer(disordered(call, results), problems, iso(started), iso(now_ms()), 200)


def archive(call: Call) -> Answer:
    for row in inputs(call):
        contact = find(call, None, str(row.get("id", "")), secondary=False)
        if contact is not None:
            call.portal.contacts.archive(contact, at_ms=now_ms(), source=call.simulation.our_app)
    return Answer(204)


def _found(call: Call, body: Json, value: str) -> Contact | None:
    secondary = call.simulation.switches.batch_read_matches_secondary_email
    return find(call, body.get("idProperty"), value, secondary=secondary)


def _found_archived(call: Call, value: str) -> Contact | None:
    return call.portal.contacts.archived.get(int(value)) if value.isascii() and value.isdigit() else None


def _dropped(call: Call, row: Json) -> bool:
    """Whether HubSpot says nothing at all about a row, because its id was merged away."""
    value = str(row.get("id", ""))
    return (
        call.simulation.switches.batch_drops_merged_ids
        and row.get("idProperty") in (None, "", "hs_object_id")
        and value.isdigit()
        and call.portal.contacts.was_merged_away(int(value))
    )
