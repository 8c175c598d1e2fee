"""Whether a form can be saved: an incomplete one can, one that would mislead or be refused by HubSpot cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from referral_hubspot.domain.crm import Property
from referral_hubspot.domain.draft import Draft, DraftRule, SaveProblem, SaveRefusedError
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.save_rows import compiled_rows, sent_value, shape_problems, value_problems
from referral_hubspot.domain.self_qualifying import Writes, self_qualifying, writes_of
from referral_hubspot.domain.settings import Action, Campaign, Duplicates, Rule, RuleKind, SideSettings

DEAL_STAGE = "deal_stage"
"""A rule of the guide that goes with deals only."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a form is judged against.

    `properties` are those of the connected HubSpot account by name, None while nothing is connected;
    `routes` are all campaigns of the account on it.
    """

    campaign: Campaign
    properties: Mapping[str, Property] | None = None
    routes: Sequence[Route] = field(default=())


@dataclass(frozen=True, slots=True)
class Accepted:
    """Settings ready to be stored, without version, author and date, and what their mapping writes."""

    settings: SideSettings
    writes: Writes


def needs_hubspot(draft: Draft) -> bool:
    """Whether the form names anything that only HubSpot can confirm."""
    return bool(draft.mapping) or draft.rule.kind == RuleKind.CONTACT_PROPERTY


def accepted(draft: Draft, current: SideSettings, around: Surroundings, now: datetime) -> Accepted:
    """The settings that the form means.

    The rule's date is `now` if the rule is another one than before, and stays otherwise: what changed
    in HubSpot since then still counts.

    Raises:
        SaveRefusedError: with every problem that could be found.
    """
    problems = _choice_problems(draft) + shape_problems(draft.mapping, around.campaign)
    if around.properties is None and needs_hubspot(draft):
        message = "HubSpot is not connected, so its properties are not known."
        problems.insert(0, SaveProblem("not_connected", "connection", message, "Connect HubSpot, then save again."))
    if problems:
        raise SaveRefusedError(problems)
    properties = around.properties or {}
    rows, problems = compiled_rows(draft.mapping, properties, around.campaign.time_zone)
    problems += _rule_problems(draft.rule, properties, around.campaign.time_zone)
    if problems:
        raise SaveRefusedError(problems)
    settings = SideSettings(
        action=Action(draft.action) if draft.action else None,
        mapping=rows,
        duplicates=Duplicates(draft.duplicates),
        rule=_rule(draft.rule, current.rule, now),
    )
    writes = writes_of(settings, around.campaign.time_zone)
    if problems := self_qualifying(settings, writes, around.campaign.campaign_id, around.routes):
        raise SaveRefusedError(problems)
    return Accepted(settings, writes)


def _choice_problems(draft: Draft) -> list[SaveProblem]:
    problems = []
    if draft.action is not None and draft.action not in set(Action):
        step = "Choose Create new Contact in HubSpot, or Do nothing."
        problems.append(SaveProblem("unknown_action", "action", "There is no such action.", step))
    if draft.duplicates not in set(Duplicates):
        step = "Choose Do nothing (skip) or Update the Contact (update)."
        problems.append(SaveProblem("unknown_duplicates", "duplicates", "There is no such choice.", step))
    if draft.rule.kind == DEAL_STAGE:
        message = "Deal stage would change is only available where the action creates deals."
        step = (
            "Choose Contact property would change. To go by a deal's stage, let a workflow in HubSpot set a "
            "contact property when the deal reaches it, and choose that property here."
        )
        problems.append(SaveProblem("rule_does_not_fit_action", "rule.kind", message, step))
    elif draft.rule.kind not in set(RuleKind):
        step = "Choose Contact property would change, or Do not qualify my referrals."
        problems.append(SaveProblem("unknown_rule", "rule.kind", "There is no such rule.", step))
    return problems


def _rule_problems(rule: DraftRule, properties: Mapping[str, Property], time_zone: str) -> list[SaveProblem]:
    if rule.kind == RuleKind.NONE:
        return []
    known = properties.get(rule.property)
    if known is None:
        message = "The connected HubSpot account has no such contact property."
        step = "Choose the property whose change qualifies a referral; refresh the list if it is new."
        return [SaveProblem("unknown_property", "rule.property", message, step)]
    if not rule.value:
        step = f"Choose the value of {known.label} that qualifies a referral."
        return [SaveProblem("value_missing", "rule.value", "The rule names no value.", step)]
    # Internal values compare exactly, so another way of writing one would never match.
    if known.options and rule.value not in {option.value for option in known.options}:
        step = f"Choose one of the options of {known.label}; refresh the list if it is new."
        return [SaveProblem("unknown_option", "rule.value", f"{known.label} has no such option.", step)]
    if problems := value_problems("rule.value", rule.value, known, time_zone):
        return problems
    if rule.value != sent_value(rule.value, known, time_zone):
        step = f"Type it as HubSpot stores a {known.type}: {sent_value(rule.value, known, time_zone)}."
        return [SaveProblem("value_does_not_fit", "rule.value", "HubSpot writes this value another way.", step)]
    return []


def _rule(draft: DraftRule, current: Rule, now: datetime) -> Rule:
    if draft.kind == RuleKind.NONE:
        return Rule()
    same = (draft.kind, draft.property, draft.value) == (current.kind, current.property, current.value)
    return Rule(RuleKind(draft.kind), draft.property, draft.value, current.since if same else now)
