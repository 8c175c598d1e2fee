"""Which mapping rows can be saved, and what must be known of their properties to send by them."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from referral_hubspot.domain.crm import DEAL_KEY, DEAL_STAGE, PIPELINE, ObjectType, Pipeline, Property
from referral_hubspot.domain.draft import DYNAMIC, FIXED, DraftRow, SaveProblem
from referral_hubspot.domain.fitting import Portal
from referral_hubspot.domain.mapping import ValueUnfitError, coerced
from referral_hubspot.domain.settings import MappingRow, Part

_CHOOSE_PROPERTY = "Choose a property that the connected HubSpot account has; refresh the list if it is new."
_OF_THE_PORTAL = {PIPELINE: "Pipeline", DEAL_STAGE: "Deal Stage"}
"""Deal properties whose values are the HubSpot account's own and the same for every deal."""


def shape_problems(
    part: Part, rows: Sequence[DraftRow], object_type: ObjectType | None, sources: Set[str]
) -> list[SaveProblem]:
    """What is wrong with rows whatever HubSpot says; rows of no object are written nowhere."""
    seen: set[str] = set()
    problems: list[SaveProblem] = []
    for index, row in enumerate(rows):
        at = f"{part}.{index}"
        found = _shape_problem(at, row, sources, seen) or _object_problem(at, row, object_type)
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
    return None


def _object_problem(at: str, row: DraftRow, object_type: ObjectType | None) -> SaveProblem | None:
    if object_type is ObjectType.CONTACT and row.property == "email" and (row.value or row.source not in {"", "email"}):
        place = f"{at}.{'value' if row.value else 'source'}"
        message = "HubSpot's Email is who the contact is: it takes the person's own Email only."
        return SaveProblem("email_source", place, message, "Choose Dynamic Value and Email in this row.")
    if object_type is ObjectType.DEAL and row.property in _OF_THE_PORTAL and row.source:
        message = f"{_OF_THE_PORTAL[row.property]} is the same for every deal."
        return SaveProblem("must_be_fixed", f"{at}.kind", message, "Choose Fixed Value in this row.")
    if object_type is ObjectType.DEAL and row.property == DEAL_KEY:
        message = f"{DEAL_KEY} keeps a person from becoming two deals; it is written by itself."
        return SaveProblem("reserved_property", f"{at}.property", message, "Remove this row.")
    return None


@dataclass(frozen=True, slots=True)
class Target:
    """What rows are written into: an object of the connected HubSpot account."""

    object_type: ObjectType
    portal: Portal
    time_zone: str


def compiled_rows(
    part: Part, rows: Sequence[MappingRow], target: Target
) -> tuple[tuple[MappingRow, ...], list[SaveProblem]]:
    """Rows with what HubSpot says of their properties, and what HubSpot would not take of them."""
    properties = target.portal.properties.get(target.object_type)
    if not rows or properties is None:
        return (), [not_allowed(target.object_type)] if rows else []
    pipeline = next((row.value for row in rows if row.property == PIPELINE), "")
    compiled: list[MappingRow] = []
    problems: list[SaveProblem] = []
    for index, row in enumerate(rows):
        at = f"{part}.{index}"
        if found := unwritable(at, row.property, target.object_type, target.portal):
            problems.append(found)
            continue
        known = properties[row.property]
        compiled.append(typed(row, known, target.object_type))
        if of_the_portal(target.object_type, row.property):
            problems += _pipeline_problems(f"{at}.value", row, target.portal.pipelines or (), pipeline)
        else:
            problems += value_problems(f"{at}.value", row.value, known, target.time_zone)
    return tuple(compiled), problems


def unwritable(at: str, name: str, object_type: ObjectType, portal: Portal) -> SaveProblem | None:
    """Why nothing can be written into a property, whatever the value."""
    properties = portal.properties.get(object_type)
    if properties is None:
        return not_allowed(object_type)
    known = properties.get(name)
    if known is None:
        message = f"The connected HubSpot account has no such {object_type} property."
        return SaveProblem("unknown_property", f"{at}.property", message, _CHOOSE_PROPERTY)
    if not known.writable:
        message = f"HubSpot sets {known.label} itself; nobody can write it."
        return SaveProblem("property_not_writable", f"{at}.property", message, _CHOOSE_PROPERTY)
    return None


def of_the_portal(object_type: ObjectType, name: str) -> bool:
    """Whether the property's values are the HubSpot account's own: its pipelines and their stages."""
    return object_type is ObjectType.DEAL and name in _OF_THE_PORTAL


def typed(row: MappingRow, known: Property, object_type: ObjectType) -> MappingRow:
    """The row with what must be known of its property to send by it."""
    if of_the_portal(object_type, row.property):
        # By id only: two pipelines may each have a stage that is called Closed Won.
        return replace(row, type=known.type, field_type=known.field_type)
    return _row(row, known)


def not_allowed(object_type: ObjectType) -> SaveProblem:
    """HubSpot does not let us see what the form names."""
    message = f"HubSpot does not allow us to read {object_type.plural}, so what is chosen here cannot be checked."
    step = f"Reconnect HubSpot, and leave the permissions for {object_type.plural} ticked there."
    return SaveProblem("missing_scope", "connection.scopes", message, step)


def _pipeline_problems(at: str, row: MappingRow, pipelines: Sequence[Pipeline], pipeline: str) -> list[SaveProblem]:
    if not row.value:
        return []
    if row.property == PIPELINE:
        if row.value in {one.id for one in pipelines}:
            return []
        step = "Choose a pipeline that the connected HubSpot account has; refresh the list if it is new."
        return [SaveProblem("unknown_option", at, "HubSpot has no such pipeline.", step)]
    of = [one for one in pipelines if one.id == pipeline] or pipelines
    if row.value in {stage.id for one in of for stage in one.stages}:
        return []
    step = "Choose a Deal Stage of the chosen pipeline; refresh the list if it is new."
    return [SaveProblem("unknown_option", at, "The pipeline has no such stage.", step)]


def value_problems(at: str, value: str, known: Property, time_zone: str) -> list[SaveProblem]:
    """Why HubSpot would refuse a typed value; a blank one is not chosen yet and no problem."""
    if not value:
        return []
    try:
        sent = sent_value(value, known, time_zone)
    except ValueUnfitError as error:
        step = f"Type a value that fits {known.label} ({known.type})."
        return [SaveProblem("value_does_not_fit", at, f"The value {error}.", step)]
    # Some choices are not listed with the property, owners where nobody allowed to read them: HubSpot judges those.
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
    return coerced(value, _row(MappingRow(known.name, value=value), known), time_zone)


def _row(row: MappingRow, known: Property) -> MappingRow:
    return replace(row, type=known.type, field_type=known.field_type, options=_choices(known), unique=known.unique)


def _choices(known: Property) -> Mapping[str, str]:
    """Label or value in lower case → internal value; a value goes before another choice's label."""
    labels = {option.label.strip().lower(): option.value for option in known.options}
    return labels | {option.value.lower(): option.value for option in known.options}
