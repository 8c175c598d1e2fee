"""Property definitions and their groups: list, one, create, archive."""

from __future__ import annotations

from typing import Any

from simulators.hubspot.answers import Answer, Call, batch_answer
from simulators.hubspot.batch_rows import inputs
from simulators.hubspot.definitions import FIELD_TYPES, TYPES, Option, Property, PropertyGroup
from simulators.hubspot.moments import iso, now_ms
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
    return Answer(201, _create(call, call.json()))


def batch_create(call: Call) -> Answer:
    """What is refused is a row of the answer; the others are made."""
    started, results, problems = now_ms(), list[Json](), list[Json]()
    for row in inputs(call):
        try:
            results.append(_create(call, row))
        except ProblemError as problem:
            problems.append(problem.row(None))
    return batch_answer(results, problems, iso(started), iso(now_ms()), 201)


def archive(call: Call) -> Answer:
    """HubSpot's own properties stay."""
    call.rows = 1
    name = call.params["property_name"]
    prop = call.store.schema.property(name)
    if prop is None:
        raise not_found(f"Property {name} does not exist")
    if prop.hubspot_defined:
        raise bad_request(f"Property {name} is defined by HubSpot and cannot be archived", propertyName=[name])
    call.store.schema.archive(name)
    return Answer(204)


def list_groups(call: Call) -> Answer:
    return Answer(200, {"results": [group.as_json() for group in call.store.schema.groups.values()]})


def create_group(call: Call) -> Answer:
    """How a name that is taken is refused nobody outside knows; a property's is refused so."""
    call.rows = 1
    body, groups = call.json(), call.store.schema.groups
    _demand(body, ("name", "label"))
    group = PropertyGroup(body["name"].lower(), body["label"], int(body.get("displayOrder", -1)))
    if group.name in groups:
        message = f"A property group named '{group.name}' already exists."
        raise ProblemError(409, "OBJECT_ALREADY_EXISTS", message)
    groups[group.name] = group
    return Answer(201, group.as_json())


def _create(call: Call, definition: Json) -> Json:
    schema = call.store.schema
    prop = new_property(definition)
    if schema.property(prop.name) is not None:
        raise ProblemError(
            409,
            "OBJECT_ALREADY_EXISTS",
            f"A property named '{prop.name}' already exists.",
            sub_category="Properties.PROPERTY_WITH_NAME_EXISTS",
        )
    if prop.group not in schema.groups:
        raise bad_request(f"Property group {prop.group} does not exist", propertyName=["groupName"])
    if prop.unique and len(schema.unique_properties) >= MOST_UNIQUE_PROPERTIES:
        raise bad_request(f"At most {MOST_UNIQUE_PROPERTIES} properties can have unique values")
    schema.put(prop)
    return prop.as_json()


def _demand(body: Json, names: tuple[str, ...]) -> None:
    for name in names:
        if not isinstance(body.get(name), str) or not body[name]:
            raise bad_request(f"{name} is required", propertyName=[name])


def new_property(body: Json) -> Property:
    """Raises:
    ProblemError: 400, the definition is incomplete or contradicts itself.
    """
    _demand(body, ("name", "label", "type", "fieldType", "groupName"))
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
