"""The kinds of record that a portal keeps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObjectType:
    """`id` as in addresses (0-1); `modified` is the property that tells the last change. `default_properties` are shown
    when nobody asks for others, `echoed` by every write; `searched` are those that a search's `query` looks at."""

    name: str
    plural: str
    id: str
    modified: str
    default_properties: tuple[str, ...]
    echoed: tuple[str, ...]
    searched: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What HubSpot takes for it in an address."""
        return (self.plural, self.name, self.id)

    @property
    def always_shown(self) -> tuple[str, ...]:
        return ("createdate", "hs_object_id", self.modified)


CONTACT = ObjectType(
    "contact",
    "contacts",
    "0-1",
    "lastmodifieddate",
    ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    ("email",),
    ("firstname", "lastname", "email", "phone", "company", "hs_additional_emails"),
)
DEAL = ObjectType(
    "deal",
    "deals",
    "0-3",
    "hs_lastmodifieddate",
    (
        "amount",
        "closedate",
        "createdate",
        "dealname",
        "dealstage",
        "hs_lastmodifieddate",
        "hs_object_id",
        "pipeline",
    ),
    ("dealstage", "pipeline"),
    ("dealname",),
)
OBJECT_TYPES = (CONTACT, DEAL)
BY_NAME = {name: kind for kind in OBJECT_TYPES for name in kind.names}
