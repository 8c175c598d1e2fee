"""Creating, finding and changing one contact; single calls and batches share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulators.hubspot.answers import Call
from simulators.hubspot.contact import WRITE_ANSWERS, Contact
from simulators.hubspot.contact_rules import Checked, check, check_unique
from simulators.hubspot.moments import now_ms
from simulators.hubspot.problems import ProblemError, bad_request

Json = dict[str, Any]
Commit = Callable[[], Json]


def plan_create(call: Call, properties: Mapping[str, Any]) -> Commit:
    """A creation that is checked and waits to be carried out.

    Raises:
        ProblemError: it is refused.
    """
    checked = check(call, properties, None)
    check_unique(call, checked.values, None)
    return lambda: _create(call, checked)


def plan_update(call: Call, contact: Contact, properties: Mapping[str, Any]) -> Commit:
    """As `plan_create`, for an existing contact."""
    checked = check(call, properties, contact)
    check_unique(call, checked.values, contact)
    return lambda: _update(call, contact, checked)


def find(call: Call, id_property: str | None, value: str, *, secondary: bool) -> Contact | None:
    """The contact that a caller means by a record id, an e-mail or a unique value.

    Raises:
        ProblemError: 400, the property does not tell contacts apart.
    """
    portal = call.portal
    if id_property in (None, "", "hs_object_id"):
        return portal.contacts.by_id(int(value)) if value.isascii() and value.isdigit() else None
    if id_property == "email":
        return portal.contacts.by_email(value, secondary=secondary)
    prop = portal.property(str(id_property))
    if prop is None or not prop.unique:
        raise bad_request(f"Unable to perform update/upsert by non-unique 0-1 property {id_property}")
    return portal.contacts.by_unique(prop.name, value)


def properties_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises:
    ProblemError: 400, they are no object.
    """
    properties = row.get("properties", {})
    if not isinstance(properties, dict):
        raise bad_request("properties must be an object")
    if row.get("associations"):
        raise ProblemError(400, "VALIDATION_ERROR", "This HubSpot has no other objects to associate a contact with")
    return properties


def shown(call: Call, contact: Contact, written: Mapping[str, Any], warnings: list[Json]) -> Json:
    """The object that a write answers with."""
    body = contact.as_json([*written, *WRITE_ANSWERS])
    body["url"] = call.portal.record_url(contact.id)
    return body | {"warnings": warnings} if warnings else body


def _create(call: Call, checked: Checked) -> Json:
    switches, portal = call.simulation.switches, call.portal
    values = dict(checked.values)
    if switches.new_contact_lifecycle_stage:
        values.setdefault("lifecyclestage", switches.new_contact_lifecycle_stage)
    contact = portal.contacts.add(
        values,
        at_ms=now_ms(),
        source=call.simulation.our_app,
        unique=portal.unique_properties,
        property_changes=switches.property_change_on_create,
    )
    return shown(call, contact, values, checked.warnings)


def _update(call: Call, contact: Contact, checked: Checked) -> Json:
    portal = call.portal
    portal.contacts.change(
        contact,
        checked.values,
        at_ms=now_ms(),
        source=call.simulation.our_app,
        unique=portal.unique_properties,
    )
    return shown(call, contact, checked.values, checked.warnings)
