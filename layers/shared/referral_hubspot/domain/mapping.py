"""From a person's values to HubSpot's properties."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from referral_hubspot.domain.crm import DEAL_NAME, ObjectType
from referral_hubspot.domain.people import Person
from referral_hubspot.domain.settings import REQUIRED_CONTACT_PROPERTIES, REQUIRED_DEAL_PROPERTIES, MappingRow

_MOST_DIGITS = 40

_TRUE = frozenset({"true", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "no", "n", "off", "0"})


class ValueUnfitError(Exception):
    """A value that the property's type cannot hold; the message says what would fit, not the value."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """Property → value as HubSpot takes it, and what had to be left out: property → why.

    `unique` are the properties of which no two records may have the same value.
    """

    properties: Mapping[str, str] = field(repr=False)
    left_out: Mapping[str, str]
    unique: frozenset[str] = frozenset()


def record_properties(
    person: Person, mapping: tuple[MappingRow, ...], object_type: ObjectType, time_zone: str
) -> Mapped:
    """Translate a person into the properties of a contact or a deal that the campaign maps.

    A blank value is dropped: HubSpot reads "" as "clear this property", and a blank form field must
    not erase what sales typed in. A contact's e-mail address is the record's identity and never among
    them. A deal cannot be without a name: a blank one becomes the person's e-mail address.
    """
    properties: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for row in mapping:
        value = (row.value or person.details.get(row.source, "")).strip()
        if object_type is ObjectType.DEAL and row.property == DEAL_NAME:
            value = value or person.email
        if not value or (object_type is ObjectType.CONTACT and row.property == "email"):
            continue
        try:
            properties[row.property] = coerced(value, row, time_zone)
        except ValueUnfitError as error:
            left_out[row.property] = str(error)
    return Mapped(properties, left_out, frozenset(row.property for row in mapping if row.unique) & properties.keys())


_REQUIRED: Mapping[ObjectType, Mapping[str, str]] = {
    ObjectType.CONTACT: REQUIRED_CONTACT_PROPERTIES,
    ObjectType.DEAL: REQUIRED_DEAL_PROPERTIES,
}


def is_required(object_type: ObjectType, property_name: str) -> bool:
    """Whether a record without this property is of no use."""
    return property_name in _REQUIRED[object_type]


def coerced(value: str, row: MappingRow, time_zone: str) -> str:
    """A value in the form that the property's type takes.

    Raises:
        ValueUnfitError: no reading of the value fits.

    Source: HubSpot, "Properties" guide: dates as YYYY-MM-DD, datetimes as ISO 8601 in UTC, numbers in
    digits, booleans as true or false, choices by internal value, several of them joined by ";".
    """
    coerce = _COERCIONS.get(row.type)
    try:
        return coerce(value, row, time_zone) if coerce else value
    except OverflowError:  # the first or last day there is, moved to another time zone
        raise ValueUnfitError("is not a date") from None


def _number(value: str, _row: MappingRow, _time_zone: str) -> str:
    try:
        number = Decimal(value.replace(" ", ""))
    except InvalidOperation:
        raise ValueUnfitError("is not a number") from None
    # 1e999999999 is short to write and a gigabyte in digits.
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise ValueUnfitError("is not a number")
    return format(number, "f")


def _bool(value: str, _row: MappingRow, _time_zone: str) -> str:
    word = value.lower()
    if word in _TRUE:
        return "true"
    if word in _FALSE:
        return "false"
    raise ValueUnfitError("is neither yes nor no")


def _date(value: str, _row: MappingRow, time_zone: str) -> str:
    moment = _parsed(value, time_zone)
    # A moment falls on the day it has where the campaign lives; in UTC it may be the day before.
    return moment.astimezone(zone(time_zone)).date().isoformat()


def _datetime(value: str, _row: MappingRow, time_zone: str) -> str:
    return _parsed(value, time_zone).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _enumeration(value: str, row: MappingRow, _time_zone: str) -> str:
    choices = value.split(";") if row.field_type == "checkbox" else [value]
    # A choice that was added in HubSpot after saving is unknown here: HubSpot judges it.
    internal = [row.options.get(choice.strip().lower(), choice.strip()) for choice in choices if choice.strip()]
    return ";".join(internal)


def _parsed(value: str, time_zone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueUnfitError("is not a date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone(time_zone))


def zone(name: str) -> ZoneInfo:
    """A time zone by its name; UTC for a name that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


_COERCIONS: Mapping[str, Callable[[str, MappingRow, str], str]] = {
    "number": _number,
    "bool": _bool,
    "date": _date,
    "datetime": _datetime,
    "enumeration": _enumeration,
}
