"""What a portal demands of a record that is written through the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.hubspot.answers import Call
from simulators.hubspot.deal_rules import judge_stage
from simulators.hubspot.definitions import Property
from simulators.hubspot.object_types import CONTACT, DEAL
from simulators.hubspot.problems import ConflictError, ProblemError, invalid_values, record_exists
from simulators.hubspot.record import Record
from simulators.hubspot.values import ValueRefusedError, accept

Json = dict[str, Any]
Refused = tuple[str, str, str]


@dataclass(slots=True)
class Checked:
    """Values ready to store, and HubSpot's remarks on them."""

    values: dict[str, str] = field(default_factory=dict)
    warnings: list[Json] = field(default_factory=list)


def check(call: Call, properties: Mapping[str, Any], record: Record | None) -> Checked:
    """Judge values for a new record (None) or an existing one.

    Raises:
        ProblemError: with every refused value.
    """
    schema, checked, refused = call.store.schema, Checked(), list[Refused]()
    for name, raw in properties.items():
        text = _text(raw)
        prop = schema.property(name)
        if prop is None:
            refused.append((name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
            continue
        current = record.get(name) if record else None
        normalise = call.enforces_2026_09 and call.simulation.switches.dates_are_normalised
        try:
            accepted = accept(prop, text, current, normalise_dates=normalise)
            value = _told_from_elsewhere(call, prop, accepted.value, current)
        except ValueRefusedError as error:
            refused.append((name, error.code, error.message))
            continue
        checked.values[name] = value
        if accepted.normalised:
            checked.warnings.append(_normalised(name, text, value))
    if call.store.type is DEAL and not any(name in ("pipeline", "dealstage") for name, _, _ in refused):
        refused += judge_stage(call.portal.pipelines, checked.values, record)
    if call.enforces_2026_09:
        refused += _missing(call, checked.values, record)
    if refused:
        raise invalid_values(call.portal.id, refused)
    if record is None:
        _demand_a_name(call, checked.values)
    return checked


def check_unique(call: Call, values: Mapping[str, str], record: Record | None) -> None:
    """Raises:
    ProblemError: another record has the e-mail or another unique value.
    """
    store, switches = call.store, call.simulation.switches
    if email := values.get("email"):
        owner = store.by_email(email)
        if owner is not None and record is None:
            raise record_exists(store.type.name, owner.id)
        if owner is not None and record is not None and owner.id != record.id:
            raise _address_taken(switches.email_conflict_status, owner.id)
    for name in store.schema.unique_properties:
        if value := values.get(name):
            owner = store.by_unique(name, value)
            if owner is not None and (record is None or owner.id != record.id):
                raise _value_taken(call, owner, name, value)


def _address_taken(status: int, owner_id: int) -> ConflictError:
    return ConflictError(
        status,
        "CONFLICT" if status == 409 else "VALIDATION_ERROR",
        f"Cannot set email on this contact: {owner_id} already has that value",
        errors=[
            {
                "message": f"{owner_id} already has that value",
                "code": "CONFLICTING_UNIQUE_VALUE",
                "context": {"propertyName": ["email"]},
            }
        ],
        context={"existingId": [str(owner_id)]},
    )


def _value_taken(call: Call, owner: Record, name: str, value: str) -> ProblemError:
    """The existing id stands in the text only."""
    if call.simulation.switches.unique_conflict == "409_existing_id":
        kind = owner.type.name.capitalize()
        return ProblemError(409, "CONFLICT", f"{kind} already exists. Existing ID: {owner.id}")
    where = f"portalId={call.portal.id}, objectTypeId={owner.type.id}, propertyName={name}, value={value}"
    message = f"Cannot set PropertyValueCoordinates{{{where}}}. {owner.id} already has that value."
    return invalid_values(call.portal.id, [(name, "CONFLICTING_UNIQUE_VALUE", message)])


def _text(raw: Any) -> str:
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return str(raw)


def _told_from_elsewhere(call: Call, prop: Property, value: str, current: str | None) -> str:
    """What depends on more than the property: who the owners are, and how far the lifecycle stage is."""
    if prop.name == "lifecyclestage":
        return _lifecycle(call, prop, value, current)
    if value and prop.referenced == "OWNER":
        owner = call.portal.owners.get(int(value)) if value.isascii() and value.isdigit() else None
        if owner is None or owner.archived_ms is not None:
            raise ValueRefusedError("INVALID_OWNER_ID", f"Owner {value} does not exist or is not active")
    return value


def _lifecycle(call: Call, prop: Property, wanted: str, current: str | None) -> str:
    """Forward only; clearing is allowed."""
    if not wanted or not current:
        return wanted
    order = [option.value for option in prop.options]
    if current not in order or order.index(wanted) >= order.index(current):
        return wanted
    if call.simulation.switches.lifecycle_backwards == "silent":
        return current
    raise ValueRefusedError(
        "INVALID_LIFECYCLE_STAGE", f"Lifecycle stage cannot be set backwards from {current} to {wanted}"
    )


def _missing(call: Call, values: Mapping[str, str], record: Record | None) -> list[Refused]:
    """What the portal's admin made required: at creation, and under a condition always."""
    schema = call.store.schema

    def has(name: str) -> bool:
        return bool(values[name] if name in values else record and record.get(name))

    refused: list[Refused] = []
    if record is None:
        refused += [_needed(name) for name in sorted(schema.required) if not has(name)]
    refused += [
        (needed, "MISSING_CONDITIONAL_REQUIRED_PROPERTY", f"A value for {needed} must be provided")
        for name, value, needed in schema.conditional
        if values.get(name) == value and not has(needed)
    ]
    return refused


def _demand_a_name(call: Call, values: Mapping[str, str]) -> None:
    """What HubSpot itself asks of every new record."""
    if call.store.type is CONTACT:
        if not any(values.get(name) for name in ("email", "firstname", "lastname")):
            message = "A contact needs an email, a first name or a last name"
            raise invalid_values(call.portal.id, [("email", "MISSING_REQUIRED_PROPERTY", message)])
    elif missing := [name for name in ("dealname", "pipeline", "dealstage") if not values.get(name)]:
        raise invalid_values(call.portal.id, [_needed(name) for name in missing])


def _needed(name: str) -> Refused:
    return (name, "MISSING_REQUIRED_PROPERTY", f"A value for {name} must be provided")


def _normalised(name: str, raw: str, value: str) -> Json:
    return {
        "category": "PROPERTY_VALUE_NORMALIZED",
        "context": {"propertyName": name, "rawValue": raw, "normalizedValue": value},
        "message": f"The value of {name} was normalised.",
    }
