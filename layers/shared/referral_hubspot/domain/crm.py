"""What HubSpot holds and answers, in this project's own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ObjectType(StrEnum):
    """What a record in HubSpot is."""

    CONTACT = "contact"
    DEAL = "deal"

    @property
    def plural(self) -> str:
        """As HubSpot's paths name it."""
        return f"{self}s"

    @property
    def type_id(self) -> str:
        """HubSpot's number for it, as in a record's address."""
        return "0-1" if self is ObjectType.CONTACT else "0-3"


DEAL_KEY = "referral_lead_key"
"""The unique deal property that holds our key of a lead: deals have no natural one in HubSpot."""

DEAL_STAGE = "dealstage"
PIPELINE = "pipeline"
DEAL_NAME = "dealname"


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
class DealRow:
    """One deal to create.

    `key` is the value of the unique property `DEAL_KEY`, which `properties` never hold. With
    `contact_id` the deal is associated with that contact as it is created.
    """

    trace: str
    key: str
    properties: Mapping[str, str] = field(repr=False)
    contact_id: str = ""


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
    """A row whose e-mail address, or deal key, belongs to the record `existing_id` already.

    HubSpot may not say which property this is about: it may be any other unique one of the row's. It
    may not name the deal either; then `existing_id` is "".
    """

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
    unique: bool = False
    of_owners: bool = False
    """Its values are ids of HubSpot's users; what they are called is asked for apart."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline; a deal that is `closed` there was lost, unless `won`."""

    id: str
    label: str
    closed: bool = False
    won: bool = False


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline of deals with its stages in their order, archived ones left out."""

    id: str
    label: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """One value that a property took; `ours` is one that our app wrote."""

    value: str
    at: datetime
    ours: bool


@dataclass(frozen=True, slots=True)
class History:
    """What a property of a record was, oldest first.

    `record_id` is the surviving record's after a merge, `former_ids` are all that were merged into it.
    """

    record_id: str
    past: tuple[Past, ...]
    former_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matches:
    """A page of a search: record ids in rising order; `after` is where the next begins, "" on the last."""

    record_ids: tuple[str, ...]
    after: str


@dataclass(frozen=True, slots=True)
class HubSpotAccount:
    """The HubSpot account a grant belongs to (a portal)."""

    portal_id: int
    name: str
    ui_domain: str
    time_zone: str

    def record_link(self, object_type: ObjectType, record_id: str) -> str:
        """The page of a record."""
        return record_link(self.ui_domain, self.portal_id, object_type, record_id)


def record_link(ui_domain: str, portal_id: int, object_type: ObjectType, record_id: str) -> str:
    """The page of a record in HubSpot."""
    return f"https://{ui_domain}/contacts/{portal_id}/record/{object_type.type_id}/{record_id}"


@dataclass(frozen=True, slots=True)
class ContactList:
    """A list of contacts (a segment, in HubSpot's menus); `size` None where HubSpot does not say."""

    list_id: str
    name: str
    size: int | None
    dynamic: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A contact in a list."""

    record_id: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Members:
    """A page of a list's members; `after` is the token of the next page, "" on the last."""

    members: tuple[Member, ...]
    after: str


@dataclass(frozen=True, slots=True)
class ContactPage:
    """A page of contacts by rising id; `after` is the token of the next page, "" on the last."""

    contacts: tuple[Contact, ...]
    after: str
