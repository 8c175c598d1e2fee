"""Property definitions: list, one, create."""

from __future__ import annotations

from typing import Any

from simulators.hubspot.answers import Answer, Call
from simulators.hubspot.definitions import FIELD_TYPES, TYPES, Option, Property
from simulators.hubspot.problems import ProblemError, bad_request, not_found

Json = dict[str, Any]

MOST_UNIQUE_PROPERTIES = 10


def list_all(call: Call) -> Answer:
    archived = call.flag("archived")
    found = [prop.as_json() for prop in call.store.schema.properties.values() if prop.archived == archived]
    return Answer(200, {"results": found})


def read(call: Call) -> Answer:
    prop = call.store.schema.properties.get(call.params["property_name"])
    if prop is None or prop.archived != call.flag("archived"):
        raise not_found(f"Property {call.params['property_name']} does not exist")
    return Answer(200, prop.as_json())


def create(call: Call) -> Answer:
    """An archived name comes back to life, with the definition of now."""
    call.rows = 1
    schema = call.store.schema
    prop = new_property(call.json())
    existing = schema.properties.get(prop.name)
    if existing is not None and not existing.archived:
        raise ProblemError(
            409,
            "OBJECT_ALREADY_EXISTS",
            f"A property named '{prop.name}' already exists.",
            sub_category="Properties.PROPERTY_WITH_NAME_EXISTS",
        )
    if prop.unique and len(schema.unique_properties) >= MOST_UNIQUE_PROPERTIES:
        raise bad_request(f"At most {MOST_UNIQUE_PROPERTIES} properties can have unique values")
    schema.properties[prop.name] = prop
    return Answer(201, prop.as_json())


def new_property(body: Json) -> Property:
    """Raises:
    ProblemError: 400, the definition is incomplete or contradicts itself.
    """
    for name in ("name", "label", "type", "fieldType", "groupName"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise bad_request(f"{name} is required", propertyName=[name])
    if body["type"] not in TYPES:
        raise bad_request(f"type must be one of {', '.join(TYPES)}", propertyName=["type"])
    if body["fieldType"] not in FIELD_TYPES:
        raise bad_request(f"fieldType must be one of {', '.join(FIELD_TYPES)}", propertyName=["fieldType"])
    return Property(
        body["name"].lower(),
        body["label"],
        body["type"],
        body["fieldType"],
        body["groupName"],
        str(body.get("description", "")),
        [new_option(row, index) for index, row in enumerate(body.get("options") or [])],
        read_only=bool(body.get("readOnly", False)),
        unique=bool(body.get("hasUniqueValue", False)),
        hidden=bool(body.get("hidden", False)),
        hubspot_defined=False,
    )


def new_option(row: Json, order: int) -> Option:
    return Option(
        str(row["value"]),
        str(row.get("label", row["value"])),
        int(row.get("displayOrder", order)),
        bool(row.get("hidden", False)),
    )
