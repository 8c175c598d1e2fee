"""What a portal knows about one kind of record: its properties, and what its admin demands of new ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from simulators.hubspot.definitions import Property, PropertyGroup
from simulators.hubspot.moments import now_ms


@dataclass(slots=True)
class Schema:
    """`required` are the properties without which no record is created; `conditional` rows say that a property with a
    value asks for another: (property, value, what is then required)."""

    properties: dict[str, Property]
    groups: dict[str, PropertyGroup] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    conditional: list[tuple[str, str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, properties: Iterable[Property]) -> Schema:
        schema = cls({})
        for prop in properties:
            schema.put(prop)
        return schema

    def put(self, prop: Property) -> None:
        """A definition, in place of an archived one of its name, which it brings back. Its group is made where there
        is none."""
        former = self.properties.get(prop.name)
        if former is not None:
            prop.created_ms = former.created_ms
        self.properties[prop.name] = prop
        self.groups.setdefault(prop.group, PropertyGroup(prop.group, prop.group))

    def archive(self, name: str) -> None:
        self.properties[name].archived_ms = now_ms()

    @property
    def unique_properties(self) -> list[str]:
        """Archived ones too, whose values stay where they are."""
        return [prop.name for prop in self.properties.values() if prop.unique]

    def property(self, name: str) -> Property | None:
        """The definition, unless it is archived."""
        prop = self.properties.get(name)
        return None if prop is None or prop.archived else prop
