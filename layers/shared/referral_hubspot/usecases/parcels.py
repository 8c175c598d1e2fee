"""What is written into HubSpot for a person, and what can come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from referral_hubspot.domain.crm import Contact, ObjectType, Problem
from referral_hubspot.domain.errors import PermanentError, RetryableError
from referral_hubspot.domain.mapping import Mapped
from referral_hubspot.domain.people import Person, PersonKey
from referral_hubspot.domain.settings import Duplicates


@dataclass(frozen=True, slots=True)
class Deal:
    """The deal that a person becomes; if it was `tried` before, HubSpot may have it already."""

    key: str
    mapped: Mapped
    tried: bool


@dataclass(frozen=True, slots=True)
class Parcel:
    """A decided person with what to write.

    `contact` None: no contact is written. `known` is HubSpot's contact if the address was looked up
    and found.
    """

    person: Person
    duplicates: Duplicates
    contact: Mapped | None
    deal: Deal | None = None
    known: Contact | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A record that HubSpot has now; `written` is false where it was only found.

    `left_out` are the values that HubSpot refused, `answered` is what it says it holds.
    """

    record_id: str
    written: bool = True
    created: bool = False
    answered: Mapping[str, str] = field(default_factory=dict, repr=False)
    left_out: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrived:
    """HubSpot has the person: as a contact, or as a deal with or without one."""

    contact: Made | None = None
    deal: Made | None = None


@dataclass(frozen=True, slots=True)
class WasKnown:
    """The address belongs to someone who was in HubSpot before; nothing was written."""

    record_id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """HubSpot refuses the person's contact or deal; a repetition would not help."""

    object_type: ObjectType
    problem: Problem


Result = Arrived | WasKnown | Refusal


@dataclass(slots=True)
class Delivery:
    """What came of a delivery. Who has no result must be tried again; `fault` says why, if one stopped it."""

    results: dict[PersonKey, Result] = field(default_factory=dict)
    fault: RetryableError | PermanentError | None = None
