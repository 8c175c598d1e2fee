"""The platform's fields that mapping rows may name, in the guide's words and groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from referral_hubspot.domain.settings import Campaign, Side

CUSTOM_PREFIX = "fields."

_TEXT = ("string", "enumeration")
_NUMBER = ("number", "string")
_ANYTHING = ("string", "enumeration", "number", "bool", "date", "datetime", "phone_number")
_FITTING: Mapping[str, tuple[str, ...]] = {
    "text": _TEXT,
    "email": ("string",),
    "link": ("string",),
    "number": _NUMBER,
    "integer": _NUMBER,
    "date": ("date", "datetime", "string"),
    "datetime": ("datetime", "date", "string"),
    "bool": ("bool", "enumeration", "string"),
    "boolean": ("bool", "enumeration", "string"),
}
"""HubSpot's types that hold every value of a type."""

_OF_CONTACTS: Mapping[str, str] = {"email": "email", "first_name": "firstname"}
"""Sources of the properties without which a contact is of no use."""


@dataclass(frozen=True, slots=True)
class Source:
    """A field of the platform: what rows call it, what people call it, and what its values are."""

    name: str
    label: str
    type: str = "text"

    @property
    def property_types(self) -> tuple[str, ...]:
        """HubSpot's types of properties that can hold its values."""
        # A custom text may as well be somebody's number or date: a value that is none is left out.
        custom_text = self.name.startswith(CUSTOM_PREFIX) and self.type == "text"
        return _ANYTHING if custom_text else _FITTING.get(self.type, _ANYTHING)

    @property
    def contact_property(self) -> str:
        """The required property of contacts that takes it; "" if none does."""
        return _OF_CONTACTS.get(self.name, "")


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """Fields that the guide lists together."""

    label: str
    sources: tuple[Source, ...]


_BASIC = SourceGroup(
    "Basic Fields",
    (
        Source("first_name", "First Name"),
        Source("email", "Email", "email"),
        Source("referral_code", "Referral Code"),
        Source("source", "Source"),
        Source("referral_link", "Referral Link", "link"),
    ),
)
_CAMPAIGN = SourceGroup("Campaign Fields", (Source("campaign_name", "Campaign Name"),))
_REFERRER: Mapping[Side, SourceGroup] = {
    "lead": SourceGroup(
        "Referrer Fields",
        (
            Source("referrer.first_name", "Referrer First Name"),
            Source("referrer.email", "Referrer Email", "email"),
            Source("referrer.referral_code", "Referrer Referral Code"),
            Source("referrer.referral_link", "Referrer Referral Link", "link"),
            Source("referrer.referrals_count", "Referrals Count", "number"),
        ),
    ),
    "referrer": SourceGroup(
        "Referrer Fields",
        (
            Source("referrals_count", "Referrals Count", "number"),
            Source("converted_referrals_count", "Converted Referrals Count", "number"),
        ),
    ),
}
"""Of a lead's referrer; of a referrer, whom they referred so far and how many of those qualified."""


def source_groups(campaign: Campaign, side: Side) -> tuple[SourceGroup, ...]:
    """Every field that a dynamic row of this side of the campaign may name."""
    groups = (_BASIC, _CAMPAIGN, _REFERRER[side], SourceGroup("Custom Fields", tuple(_custom(campaign))))
    return tuple(group for group in groups if group.sources)


def sources_of(campaign: Campaign, side: Side) -> frozenset[str]:
    """The names of these fields."""
    return frozenset(source.name for group in source_groups(campaign, side) for source in group.sources)


def _custom(campaign: Campaign) -> Iterator[Source]:
    for field in campaign.custom_fields:
        yield Source(f"{CUSTOM_PREFIX}{field.key}", field.label or field.key, field.type)
