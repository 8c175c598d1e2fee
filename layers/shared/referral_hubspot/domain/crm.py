"""What HubSpot holds and answers, in this project's own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as HubSpot answered it; `properties` are those asked for, blanks left out."""

    record_id: str
    created_at: datetime
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One row of a batch write.

    `trace` is unique within the call and names the row in the answer. A create or upsert goes by
    `email` (lower-case), an update by `record_id`. `properties` never hold the e-mail address.
    """

    trace: str
    properties: Mapping[str, str] = field(repr=False)
    email: str = field(default="", repr=False)
    record_id: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why HubSpot refused a value. `message` is HubSpot's text and may quote the value: never log it."""

    property: str
    code: str
    message: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Written:
    """A row that HubSpot wrote. `properties` are those in its answer, which it may have changed or kept."""

    trace: str
    record_id: str
    created: bool
    properties: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row whose e-mail address belongs to the record `existing_id` already."""

    trace: str
    existing_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that HubSpot refused; trying it again unchanged will not help."""

    trace: str
    category: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A row that HubSpot's answer does not mention, as in an empty 2xx: nothing is known of it.

    `one_of_these_refused`: the answer holds refusals that name no row, so each such row may be meant.
    """

    trace: str
    one_of_these_refused: bool = False


RowAnswer = Written | Conflict | Refused | Unanswered


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of an enumeration: HubSpot stores `value` and shows `label`."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Property:
    """A property of contacts or deals in one HubSpot account."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    writable: bool
    options: tuple[Option, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class HubSpotAccount:
    """The HubSpot account a grant belongs to (a portal)."""

    portal_id: int
    name: str
    ui_domain: str
    time_zone: str

    def record_link(self, object_type_id: str, record_id: str) -> str:
        """The page of a record; `object_type_id` is 0-1 for contacts, 0-3 for deals."""
        return f"https://{self.ui_domain}/contacts/{self.portal_id}/record/{object_type_id}/{record_id}"
