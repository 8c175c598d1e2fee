"""Would leads qualify the moment they are sent, because our own mapping writes what a rule waits for?"""

from collections.abc import Iterable, Mapping, Sequence

from referral_hubspot.domain.draft import SaveProblem
from referral_hubspot.domain.mapping import coerced
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import Action, MappingRow, Rule, RuleKind, SideSettings

Writes = Mapping[str, tuple[str, ...]]

MESSAGE = "Leads would qualify the moment they are sent."


def writes_of(settings: SideSettings, time_zone: str) -> Writes:
    """What the mapping, whose values fit, puts into HubSpot: property → fixed values, none for any value.

    *Do nothing* sends nothing, so its rows write nothing until another action is saved.
    """
    if settings.action is Action.NONE:
        return {}
    return {
        row.property: () if row.source else (coerced(row.value, row, time_zone),)
        for row in settings.mapping
        if _filled(row)
    }


def satisfied_by(rule: Rule, writes: Writes) -> bool:
    """Whether these writes contain the change that the rule waits for."""
    values = writes.get(rule.property)
    return rule.kind is RuleKind.CONTACT_PROPERTY and values is not None and (not values or rule.value in values)


def self_qualifying(
    settings: SideSettings, writes: Writes, campaign_id: str, routes: Iterable[Route]
) -> list[SaveProblem]:
    """What makes leads qualify by themselves: in this campaign, or between it and others on the HubSpot account."""
    problems: list[SaveProblem] = []
    if satisfied_by(settings.rule, writes):
        row = _row_of(settings.rule.property, settings.mapping)
        problems.append(_problem("rule.value", f"Remove row {row + 1} of the mapping, or choose another rule."))
    for other in (route for route in routes if route.campaign_id != campaign_id):
        if satisfied_by(settings.rule, other.writes):
            step = f"Campaign {other.campaign_id} writes {settings.rule.property}: remove that row"
            problems.append(_problem("rule.value", f"{step}, or choose another rule."))
        if satisfied_by(other.rule, writes):
            row = _row_of(other.rule.property, settings.mapping)
            step = f"Campaign {other.campaign_id} waits for this: remove the row"
            problems.append(_problem(f"mapping.{row}.property", f"{step}, or change that campaign's rule."))
    return problems


def _problem(field: str, next_step: str) -> SaveProblem:
    return SaveProblem("qualifies_by_itself", field, MESSAGE, next_step)


def _row_of(property_name: str, mapping: Sequence[MappingRow]) -> int:
    return next(index for index, row in enumerate(mapping) if row.property == property_name)


def _filled(row: MappingRow) -> bool:
    return bool(row.source or row.value)
