"""Would leads qualify by themselves, because our own mapping writes what a rule waits for?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.draft import SaveProblem
from referral_hubspot.domain.mapping import coerced
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import (
    Action,
    Broken,
    Campaign,
    MappingRow,
    Part,
    Rule,
    RuleKind,
    Side,
    SideSettings,
)

Writes = Mapping[str, tuple[str, ...]]

MESSAGE = "Leads would qualify the moment they are sent."
MESSAGE_OF_RETURNS = "Leads who are referrers, too, would qualify by what a sync writes back."
MESSAGE_OF_REFERRERS = "Leads who are referrers, too, would qualify by what is written for referrers."

_OF_DEALS = "deals/"


def writes_of(settings: SideSettings, time_zone: str) -> Writes:
    """What the mapping, whose values fit, puts into HubSpot, by target: see `Route.writes`.

    *Do nothing* sends nothing, so its rows write nothing until another action is saved.
    """
    return {
        f"{prefix}{row.property}": () if row.source else (coerced(row.value, row, time_zone),)
        for prefix, rows in (("", settings.contact_rows), (_OF_DEALS, settings.deal_rows))
        for row in rows
        if row.source or row.value
    }


def satisfied_by(rule: Rule, writes: Writes) -> bool:
    """Whether these writes contain the change that the rule waits for."""
    values = writes.get(_target(rule))
    return rule.kind is not RuleKind.NONE and values is not None and (not values or rule.value in values)


def self_qualifying(
    side: Side, settings: SideSettings, writes: Writes, campaign_id: str, routes: Iterable[Route]
) -> list[SaveProblem]:
    """What makes leads qualify by themselves: on this side of the campaign, between its sides, or between it and
    others on the HubSpot account.
    """
    problems: list[SaveProblem] = []
    for rule in settings.rules:
        if satisfied_by(rule, writes):
            remedy = "or choose another rule" if rule == settings.rule else "for leads sent before still qualify by it"
            problems.append(_problem(MESSAGE, _place_of(rule, settings), f"{_undo(rule, settings)}, {remedy}."))
    others = [_other_side(side, route) if route.campaign_id == campaign_id else route for route in routes]
    for rule, other, waits in _between(settings, writes, others):
        own = other.campaign_id == campaign_id
        message = MESSAGE_OF_REFERRERS if own or side == "referrer" else MESSAGE
        if waits:
            who = "The rule in the Leads settings" if own else f"Campaign {other.campaign_id}"
            step = f"{who} waits for this. {_undo(rule, settings)}, or change the rule there."
            problems.append(_problem(message, _row_of(rule, settings), step))
        else:
            whose = "this campaign" if own else f"campaign {other.campaign_id}"
            if _target(rule) in other.returns:
                message = MESSAGE_OF_RETURNS
                step = f"A sync of {whose} writes {rule.property}: remove that sync, or choose another rule."
            else:
                who = "The mapping in the Referrers settings" if own else f"Campaign {other.campaign_id}"
                step = f"{who} writes {rule.property}: change that there, or choose another rule."
            problems.append(_problem(message, "rule.value", step))
    return problems


def clashes(settings: SideSettings, campaign: Campaign, routes: Iterable[Route]) -> tuple[Broken, ...]:
    """The same between campaigns, as what keeps a newly connected one from sending; `value` is the other campaign."""
    others = [route for route in routes if route.campaign_id != campaign.campaign_id]
    found = _between(settings, writes_of(settings, campaign.time_zone), others)
    return tuple(dict.fromkeys(Broken(Part.CLASH, rule.property, other.campaign_id) for rule, other, _ in found))


def _other_side(side: Side, own: Route) -> Route:
    """The campaign as the side that is not being saved stands: only leads have rules."""
    return replace(own, rules=(), writes=own.beside) if side == "lead" else replace(own, writes={})


def _between(settings: SideSettings, writes: Writes, others: Iterable[Route]) -> Iterator[tuple[Rule, Route, bool]]:
    """A rule that others' writes satisfy, or one of others that these writes do (True)."""
    for other in others:
        theirs = {**other.writes, **dict.fromkeys(other.returns, ())}
        yield from ((rule, other, False) for rule in settings.rules if satisfied_by(rule, theirs))
        yield from ((rule, other, True) for rule in other.rules if satisfied_by(rule, writes))


def _target(rule: Rule) -> str:
    return f"{_OF_DEALS}{rule.property}" if rule.kind.object_type is ObjectType.DEAL else rule.property


def _problem(message: str, field: str, next_step: str) -> SaveProblem:
    return SaveProblem("qualifies_by_itself", field, message, next_step)


def _place_of(rule: Rule, settings: SideSettings) -> str:
    """Where a rule of ours stands; a kept one stands nowhere in the form, but the row does."""
    return "rule.value" if rule == settings.rule else _row_of(rule, settings)


def _row_of(rule: Rule, settings: SideSettings) -> str:
    part, rows = _written(rule, settings)
    return f"{part}.{_index(rule, rows)}.property"


def _undo(rule: Rule, settings: SideSettings) -> str:
    part, rows = _written(rule, settings)
    if rule.kind.object_type is ObjectType.DEAL:
        return "Choose another Deal Stage in the mapping"
    of = "the contact's mapping" if part is Part.CONTACT_MAPPING else "the mapping"
    return f"Remove row {_index(rule, rows) + 1} of {of}"


def _written(rule: Rule, settings: SideSettings) -> tuple[Part, Sequence[MappingRow]]:
    """The rows that write what a rule looks at."""
    beside = rule.kind.object_type is ObjectType.CONTACT and settings.action is Action.CREATE_DEAL
    return (Part.CONTACT_MAPPING, settings.contact_mapping) if beside else (Part.MAPPING, settings.mapping)


def _index(rule: Rule, rows: Sequence[MappingRow]) -> int:
    return next(index for index, row in enumerate(rows) if row.property == rule.property)
