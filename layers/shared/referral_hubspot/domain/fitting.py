"""Which names in the settings does the connected HubSpot account not have?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from referral_hubspot.domain.crm import DEAL_KEY, DEAL_STAGE, PIPELINE, ObjectType, Pipeline, Property
from referral_hubspot.domain.settings import Action, Broken, MappingRow, Part, Rule, RuleKind, SideSettings


@dataclass(frozen=True, slots=True)
class Portal:
    """What there is in a HubSpot account, by object; of an object that could not be read, nothing is said."""

    properties: Mapping[ObjectType, Mapping[str, Property]] = field(default_factory=dict)
    pipelines: tuple[Pipeline, ...] | None = None


def broken_names(settings: SideSettings, portal: Portal) -> tuple[Broken, ...]:
    """What the settings name and the HubSpot account does not have, in the settings' order."""
    beside = Part.CONTACT_MAPPING if settings.action is Action.CREATE_DEAL else Part.MAPPING
    found = _of_rows(Part.MAPPING, settings.deal_rows, ObjectType.DEAL, portal)
    found += _of_rows(beside, settings.contact_rows, ObjectType.CONTACT, portal)
    if settings.action is Action.CREATE_DEAL:
        deals = portal.properties.get(ObjectType.DEAL)
        # One of that name that somebody made by hand, with values that may repeat, keeps nothing single.
        if deals is not None and not (DEAL_KEY in deals and deals[DEAL_KEY].unique):
            found.append(Broken(Part.DEAL_KEY, DEAL_KEY))
    found += _of_rule(settings.rule, portal)
    return tuple(dict.fromkeys(found))


def objects_named(settings: SideSettings) -> frozenset[ObjectType]:
    """The objects that `broken_names` must know of; whoever makes deals needs their key, so always deals."""
    contacts = settings.contact_rows or settings.rule.kind is RuleKind.CONTACT_PROPERTY
    deals = settings.action is Action.CREATE_DEAL or settings.rule.kind is RuleKind.DEAL_STAGE
    return frozenset({ObjectType.CONTACT} if contacts else ()) | frozenset({ObjectType.DEAL} if deals else ())


def _of_rows(part: Part, rows: Sequence[MappingRow], object_type: ObjectType, portal: Portal) -> list[Broken]:
    known = portal.properties.get(object_type)
    if known is None:
        return []
    found: list[Broken] = []
    for row in rows:
        if row.property not in known or not known[row.property].writable:
            found.append(Broken(part, row.property))
        elif row.value and not _offers(known[row.property], row, object_type, portal, _pipeline_of(rows)):
            found.append(Broken(part, row.property, row.value))
    return found


def _pipeline_of(rows: Sequence[MappingRow]) -> str:
    return next((row.value for row in rows if row.property == PIPELINE), "")


def _offers(known: Property, row: MappingRow, object_type: ObjectType, portal: Portal, pipeline: str) -> bool:
    """Whether a fixed value is still one of the choices; where HubSpot lists none it judges itself."""
    if object_type is ObjectType.DEAL and row.property in {PIPELINE, DEAL_STAGE} and portal.pipelines is not None:
        if row.property == PIPELINE:
            return row.value in {one.id for one in portal.pipelines}
        return row.value in _stages(portal.pipelines, pipeline)
    if row.type != "enumeration" or not known.options:
        return True
    there = {option.value for option in known.options}
    values = row.value.split(";") if row.field_type == "checkbox" else [row.value]
    chosen = {row.options.get(value.strip().lower(), value.strip()) for value in values if value.strip()}
    return chosen <= there


def _stages(pipelines: Sequence[Pipeline], pipeline: str = "") -> set[str]:
    return {stage.id for one in pipelines if pipeline in ("", one.id) for stage in one.stages}


def _of_rule(rule: Rule, portal: Portal) -> list[Broken]:
    if rule.kind is RuleKind.DEAL_STAGE:
        gone = portal.pipelines is not None and rule.value not in _stages(portal.pipelines)
        return [Broken(Part.RULE, rule.property, rule.value)] if gone else []
    if rule.kind is RuleKind.NONE or (known := portal.properties.get(ObjectType.CONTACT)) is None:
        return []
    if rule.property not in known:
        return [Broken(Part.RULE, rule.property)]
    options = {option.value for option in known[rule.property].options}
    return [Broken(Part.RULE, rule.property, rule.value)] if options and rule.value not in options else []
