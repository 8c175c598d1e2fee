"""Property definitions of a portal: what a property is called, takes and refuses to take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulators.hubspot.moments import iso, now_ms

Json = dict[str, Any]

TYPES = ("bool", "date", "datetime", "enumeration", "number", "phone_number", "string")
FIELD_TYPES = (
    "booleancheckbox",
    "calculation_equation",
    "checkbox",
    "date",
    "file",
    "html",
    "number",
    "phonenumber",
    "radio",
    "select",
    "text",
    "textarea",
)


@dataclass(slots=True)
class Option:
    value: str
    label: str
    display_order: int = 0
    hidden: bool = False

    def as_json(self) -> Json:
        return {
            "label": self.label,
            "value": self.value,
            "displayOrder": self.display_order,
            "hidden": self.hidden,
        }


@dataclass(slots=True)
class Property:
    """`read_only` values are HubSpot's own to write; `calculated` ones follow from others. `referenced`: values are ids
    of what HubSpot keeps elsewhere (OWNER), and no options are listed here."""

    name: str
    label: str
    type: str = "string"
    field_type: str = "text"
    group: str = "contactinformation"
    description: str = ""
    options: list[Option] = field(default_factory=list)
    read_only: bool = False
    calculated: bool = False
    unique: bool = False
    hidden: bool = False
    hubspot_defined: bool = True
    display_order: int = -1
    referenced: str = ""
    created_ms: int = field(default_factory=now_ms)
    archived_ms: int | None = None

    @property
    def archived(self) -> bool:
        return self.archived_ms is not None

    @property
    def writable(self) -> bool:
        return not (self.read_only or self.calculated)

    def as_json(self) -> Json:
        body: Json = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [option.as_json() for option in self.options],
            "displayOrder": self.display_order,
            "calculated": self.calculated,
            "externalOptions": bool(self.referenced),
            "archived": self.archived,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": self.hubspot_defined,
            "modificationMetadata": {
                "archivable": not self.hubspot_defined,
                "readOnlyDefinition": self.hubspot_defined,
                "readOnlyOptions": False,
                "readOnlyValue": not self.writable,
            },
            "formField": self.writable,
            "dataSensitivity": "non_sensitive",
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.created_ms),
        }
        if self.referenced:
            body["referencedObjectType"] = self.referenced
        if self.archived_ms is not None:
            body["archivedAt"] = iso(self.archived_ms)
        return body


@dataclass(frozen=True, slots=True)
class PropertyGroup:
    name: str
    label: str
    display_order: int = -1

    def as_json(self) -> Json:
        return {"name": self.name, "label": self.label, "displayOrder": self.display_order, "archived": False}


def options(*pairs: tuple[str, str]) -> list[Option]:
    """(value, label) pairs in their display order."""
    return [Option(value, label, order) for order, (value, label) in enumerate(pairs)]


def owner_property(label: str, group: str) -> Property:
    """Whose record it is: an id that the list of owners explains."""
    return Property("hubspot_owner_id", label, "enumeration", "select", group, referenced="OWNER")
