"""What a portal demands of a contact that is written through the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.hubspot.answers import Call
from simulators.hubspot.contact import Contact
from simulators.hubspot.portal import Portal
from simulators.hubspot.problems import ConflictError, contact_exists, invalid_values
from simulators.hubspot.values import ValueRefusedError, accept

Json = dict[str, Any]
Refused = tuple[str, str, str]


@dataclass(slots=True)
class Checked:
    """Values ready to store, and HubSpot's remarks on them."""

    values: dict[str, str] = field(default_factory=dict)
    warnings: list[Json] = field(default_factory=list)


def check(call: Call, properties: Mapping[str, Any], contact: Contact | None) -> Checked:
    """Judge values for a new contact (None) or an existing one.

    Raises:
        ProblemError: with every refused value.
    """
    portal, checked, refused = call.portal, Checked(), list[Refused]()
    for name, raw in properties.items():
        text = _text(raw)
        prop = portal.property(name)
        if prop is None:
            refused.append((name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
            continue
        current = contact.get(name) if contact else None
        normalise = call.enforces_2026_09 and call.simulation.switches.dates_are_normalised
        try:
            accepted = accept(prop, text, current, normalise_dates=normalise)
            value = _lifecycle(call, portal, accepted.value, current) if name == "lifecyclestage" else accepted.value
        except ValueRefusedError as error:
            refused.append((name, error.code, error.message))
            continue
        checked.values[name] = value
        if accepted.normalised:
            checked.warnings.append(_normalised(name, text, value))
    if call.enforces_2026_09:
        refused += _missing(portal, checked.values, contact)
    if refused:
        raise invalid_values(portal.id, refused)
    if contact is None and not any(checked.values.get(name) for name in ("email", "firstname", "lastname")):
        raise invalid_values(
            portal.id, [("email", "MISSING_REQUIRED_PROPERTY", "A contact needs an email, a first name or a last name")]
        )
    return checked


def check_unique(call: Call, values: Mapping[str, str], contact: Contact | None) -> None:
    """Raises:
    ProblemError: another contact has the e-mail or another unique value.
    """
    portal = call.portal
    if email := values.get("email"):
        owner = portal.contacts.by_email(email)
        if owner is not None and contact is None:
            raise contact_exists(owner.id)
        if owner is not None and contact is not None and owner.id != contact.id:
            raise _taken(call.simulation.switches.email_conflict_status, owner.id, "email", email)
    for name in portal.unique_properties:
        if value := values.get(name):
            owner = portal.contacts.by_unique(name, value)
            if owner is not None and (contact is None or owner.id != contact.id):
                raise _taken(call.simulation.switches.email_conflict_status, owner.id, name, value)


def _taken(status: int, owner_id: int, name: str, value: str) -> ConflictError:
    return ConflictError(
        status,
        "CONFLICT" if status == 409 else "VALIDATION_ERROR",
        f"Cannot set {name} on this contact: {owner_id} already has that value",
        errors=[
            {
                "message": f"{owner_id} already has that value",
                "code": "CONFLICTING_UNIQUE_VALUE",
                "context": {"propertyName": [name]},
            }
        ],
        context={"existingId": [str(owner_id)]},
    )


def _text(raw: Any) -> str:
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return str(raw)


def _lifecycle(call: Call, portal: Portal, wanted: str, current: str | None) -> str:
    """Forward only; clearing is allowed."""
    if not wanted or not current:
        return wanted
    order = [option.value for option in portal.properties["lifecyclestage"].options]
    if current not in order or order.index(wanted) >= order.index(current):
        return wanted
    if call.simulation.switches.lifecycle_backwards == "silent":
        return current
    raise ValueRefusedError(
        "INVALID_LIFECYCLE_STAGE", f"Lifecycle stage cannot be set backwards from {current} to {wanted}"
    )


def _missing(portal: Portal, values: Mapping[str, str], contact: Contact | None) -> list[Refused]:
    """What the portal's admin made required: at creation, and under a condition always."""

    def has(name: str) -> bool:
        return bool(values[name] if name in values else contact and contact.get(name))

    refused: list[Refused] = []
    if contact is None:
        refused += [
            (name, "MISSING_REQUIRED_PROPERTY", f"A value for {name} must be provided")
            for name in sorted(portal.required)
            if not has(name)
        ]
    refused += [
        (needed, "MISSING_CONDITIONAL_REQUIRED_PROPERTY", f"A value for {needed} must be provided")
        for name, value, needed in portal.conditional
        if values.get(name) == value and not has(needed)
    ]
    return refused


def _normalised(name: str, raw: str, value: str) -> Json:
    return {
        "category": "PROPERTY_VALUE_NORMALIZED",
        "context": {"propertyName": name, "rawValue": raw, "normalizedValue": value},
        "message": f"The value of {name} was normalised.",
    }
