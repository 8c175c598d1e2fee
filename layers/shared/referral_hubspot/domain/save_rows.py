"""Which mapping rows can be saved, and what must be known of their properties to send by them."""

from collections.abc import Mapping, Set

from referral_hubspot.domain.crm import Property
from referral_hubspot.domain.draft import DYNAMIC, FIXED, DraftRow, SaveProblem
from referral_hubspot.domain.mapping import (
    BASIC_SOURCES,
    CAMPAIGN_SOURCES,
    CUSTOM_PREFIX,
    REFERRER_SOURCES,
    ValueUnfitError,
    coerced,
)
from referral_hubspot.domain.settings import Campaign, MappingRow

_CHOOSE_PROPERTY = "Choose a property that the connected HubSpot account has; refresh the list if it is new."


def sources_of(campaign: Campaign) -> frozenset[str]:
    """Every source that a dynamic row of this campaign may name."""
    custom = {f"{CUSTOM_PREFIX}{field.key}" for field in campaign.custom_fields}
    return frozenset({*BASIC_SOURCES, *CAMPAIGN_SOURCES, *REFERRER_SOURCES, *custom})


def shape_problems(rows: tuple[DraftRow, ...], campaign: Campaign) -> list[SaveProblem]:
    """What is wrong with rows whatever HubSpot says."""
    sources = sources_of(campaign)
    seen: set[str] = set()
    problems: list[SaveProblem] = []
    for index, row in enumerate(rows):
        found = _shape_problem(f"mapping.{index}", row, sources, seen)
        problems += [found] if found else []
        seen.add(row.property)
    return problems


def _shape_problem(at: str, row: DraftRow, sources: Set[str], seen: Set[str]) -> SaveProblem | None:
    if row.kind not in {DYNAMIC, FIXED}:
        return SaveProblem(
            "unknown_row_kind", f"{at}.kind", "A row is dynamic or fixed.", "Choose Dynamic Value or Fixed Value."
        )
    if not row.property:
        step = "Choose the HubSpot property of this row, or remove the row."
        return SaveProblem("property_missing", f"{at}.property", "The row names no HubSpot property.", step)
    if (row.kind == DYNAMIC and row.value) or (row.kind == FIXED and row.source):
        excess = "value" if row.kind == DYNAMIC else "source"
        step = "Send a source in a dynamic row, a value in a fixed one."
        return SaveProblem("contradictory_row", f"{at}.{excess}", f"A {row.kind} row has no {excess}.", step)
    if row.source and row.source not in sources:
        step = "Choose a field that this campaign has."
        return SaveProblem("unknown_source", f"{at}.source", "The campaign has no such field.", step)
    if row.property in seen:
        message = f"Another row writes {row.property} already."
        return SaveProblem("mapped_twice", f"{at}.property", message, "Remove one of the two rows.")
    if row.property == "email" and (row.kind == FIXED or row.source not in {"", "email"}):
        place = f"{at}.{'value' if row.kind == FIXED else 'source'}"
        message = "HubSpot's Email is who the contact is: it takes the lead's own Email only."
        return SaveProblem("email_source", place, message, "Choose Dynamic Value and Email in this row.")
    return None


def compiled_rows(
    rows: tuple[DraftRow, ...], properties: Mapping[str, Property], time_zone: str
) -> tuple[tuple[MappingRow, ...], list[SaveProblem]]:
    """Rows with what HubSpot says of their properties, and what HubSpot would not take of them."""
    compiled: list[MappingRow] = []
    problems: list[SaveProblem] = []
    for index, row in enumerate(rows):
        at, known = f"mapping.{index}", properties.get(row.property)
        if known is None:
            message = "The connected HubSpot account has no such contact property."
            problems.append(SaveProblem("unknown_property", f"{at}.property", message, _CHOOSE_PROPERTY))
        elif not known.writable:
            message = f"HubSpot sets {known.label} itself; nobody can write it."
            problems.append(SaveProblem("property_not_writable", f"{at}.property", message, _CHOOSE_PROPERTY))
        else:
            compiled.append(_row(row, known))
            problems += value_problems(f"{at}.value", row.value, known, time_zone)
    return tuple(compiled), problems


def value_problems(at: str, value: str, known: Property, time_zone: str) -> list[SaveProblem]:
    """Why HubSpot would refuse a typed value; a blank one is not chosen yet and no problem."""
    if not value:
        return []
    try:
        sent = sent_value(value, known, time_zone)
    except ValueUnfitError as error:
        step = f"Type a value that fits {known.label} ({known.type})."
        return [SaveProblem("value_does_not_fit", at, f"The value {error}.", step)]
    # Some choices, owners for one, are not listed with the property: HubSpot judges those itself.
    listed = known.type == "enumeration" and bool(known.options)
    parts = sent.split(";") if known.field_type == "checkbox" else [sent]
    if listed and any(part not in {option.value for option in known.options} for part in parts):
        step = f"Choose one of the options of {known.label}; refresh the list if it is new."
        return [SaveProblem("unknown_option", at, f"{known.label} has no such option.", step)]
    return []


def sent_value(value: str, known: Property, time_zone: str) -> str:
    """A typed value in the form that HubSpot stores.

    Raises:
        ValueUnfitError: no reading of the value fits.
    """
    return coerced(value, _row(DraftRow(FIXED, known.name, value=value), known), time_zone)


def _row(row: DraftRow, known: Property) -> MappingRow:
    return MappingRow(row.property, row.source, row.value, known.type, known.field_type, _choices(known))


def _choices(known: Property) -> dict[str, str]:
    """Label or value in lower case → internal value; a value goes before another choice's label."""
    labels = {option.label.strip().lower(): option.value for option in known.options}
    return labels | {option.value.lower(): option.value for option in known.options}
