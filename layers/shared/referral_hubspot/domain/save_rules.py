"""Whether a form can be saved: an incomplete one can, one that would mislead or be refused by HubSpot cannot."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from referral_hubspot.domain.crm import DEAL_STAGE, ObjectType
from referral_hubspot.domain.draft import Draft, SaveProblem, SaveRefusedError, unjudged
from referral_hubspot.domain.fitting import Portal
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.save_rows import (
    Target,
    compiled_rows,
    not_allowed,
    sent_value,
    shape_problems,
    value_problems,
)
from referral_hubspot.domain.self_qualifying import Writes, self_qualifying, writes_of
from referral_hubspot.domain.settings import Action, Campaign, Duplicates, Part, Rule, RuleKind, Side, SideSettings
from referral_hubspot.domain.sources import sources_of


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a form is judged against.

    `portal` is the connected HubSpot account, None while nothing is connected; `routes` are all
    campaigns of the account on it, this one too. `side` is whom the form is about.
    """

    campaign: Campaign
    portal: Portal | None = None
    routes: Sequence[Route] = field(default=())
    side: Side = "lead"


@dataclass(frozen=True, slots=True)
class Accepted:
    """Settings ready to be stored, without version, author and date, and what their mapping writes."""

    settings: SideSettings
    writes: Writes


def accepted(draft: Draft, current: SideSettings, around: Surroundings, now: datetime) -> Accepted:
    """The settings that the form means.

    Rows that nothing is written by, under *Do nothing* for one, are kept as they are until an action uses
    them. The rule's date is `now` if the rule is another one than before, and stays otherwise: what
    changed in HubSpot since then still counts.

    Raises:
        SaveRefusedError: with every problem that could be found.
    """
    meant = unjudged(draft)
    problems = _choice_problems(draft, meant, around.side) + _shape_problems(draft, meant, around)
    if around.portal is None and (meant.contact_rows or meant.deal_rows or meant.rules):
        message = "HubSpot is not connected, so its properties are not known."
        problems.insert(0, SaveProblem("not_connected", "connection", message, "Connect HubSpot, then save again."))
    if problems:
        raise SaveRefusedError(problems)
    portal = around.portal or Portal()
    judged, problems = _compiled(meant, portal, around.campaign.time_zone)
    problems += _rule_problems(meant.rule, portal, around.campaign.time_zone)
    if problems:
        raise SaveRefusedError(list(dict.fromkeys(problems)))
    rule, kept_rule = _rules(meant.rule, current, now)
    settings = replace(judged, duplicates=Duplicates(draft.duplicates), rule=rule, kept_rule=kept_rule)
    writes = writes_of(settings, around.campaign.time_zone)
    if problems := self_qualifying(around.side, settings, writes, around.campaign.campaign_id, around.routes):
        raise SaveRefusedError(problems)
    return Accepted(settings, writes)


def _choice_problems(draft: Draft, meant: SideSettings, side: Side) -> list[SaveProblem]:
    problems = []
    if draft.action is not None and meant.action is None:
        step = "Choose Create new Contact in HubSpot, Create new Deals in HubSpot, or Do nothing."
        problems.append(SaveProblem("unknown_action", "action", "There is no such action.", step))
    if draft.duplicates not in set(Duplicates):
        step = "Choose Do nothing (skip) or Update the Contact (update)."
        problems.append(SaveProblem("unknown_duplicates", "duplicates", "There is no such choice.", step))
    return problems + _rule_choice_problems(draft, meant, side)


def _rule_choice_problems(draft: Draft, meant: SideSettings, side: Side) -> list[SaveProblem]:
    if side == "referrer":
        if draft.rule.kind == RuleKind.NONE:
            return []
        step = "Leave the rule out here, and choose it in the Leads settings."
        return [SaveProblem("rule_is_for_leads", "rule.kind", "Only leads qualify: referrers have no rule.", step)]
    if draft.rule.kind not in set(RuleKind):
        step = "Choose Contact property would change, Deal stage would change, or Do not qualify my referrals."
        return [SaveProblem("unknown_rule", "rule.kind", "There is no such rule.", step)]
    sent_as = meant.action.object_type if meant.action else None
    if sent_as and meant.rule.kind.object_type not in (None, sent_as):
        message, step = _MISFITS[meant.rule.kind]
        return [SaveProblem("rule_does_not_fit_action", "rule.kind", message, step)]
    return []


# Each with the guide's way around it.
_MISFITS = {
    RuleKind.DEAL_STAGE: (
        "Deal stage would change is only available where the action creates deals.",
        "Choose Contact property would change. To go by a deal's stage, let a workflow in HubSpot set a "
        "contact property when the deal reaches it, and choose that property here.",
    ),
    RuleKind.CONTACT_PROPERTY: (
        "Contact property would change is only available where the action creates contacts.",
        "Choose Deal stage would change. To go by a contact property, let a workflow in HubSpot move the deal "
        "to a stage when the property changes, and choose that stage here.",
    ),
}


def _shape_problems(draft: Draft, meant: SideSettings, around: Surroundings) -> list[SaveProblem]:
    sent_as = meant.action.object_type if meant.action else None
    beside = ObjectType.CONTACT if sent_as is ObjectType.DEAL and meant.with_contact else None
    sources = sources_of(around.campaign, around.side)
    return [
        *shape_problems(Part.MAPPING, draft.mapping, sent_as, sources),
        *shape_problems(Part.CONTACT_MAPPING, draft.contact_mapping, beside, sources),
    ]


def _compiled(meant: SideSettings, portal: Portal, time_zone: str) -> tuple[SideSettings, list[SaveProblem]]:
    contacts = Target(ObjectType.CONTACT, portal, time_zone)
    match meant.action:
        case Action.CREATE_CONTACT:
            mapping, problems = compiled_rows(Part.MAPPING, meant.mapping, contacts)
            return replace(meant, mapping=mapping), problems
        case Action.CREATE_DEAL:
            deals = Target(ObjectType.DEAL, portal, time_zone)
            mapping, problems = compiled_rows(Part.MAPPING, meant.mapping, deals)
            if not meant.with_contact:
                return replace(meant, mapping=mapping), problems
            beside, more = compiled_rows(Part.CONTACT_MAPPING, meant.contact_mapping, contacts)
            return replace(meant, mapping=mapping, contact_mapping=beside), problems + more
        case _:
            return meant, []


def _rule_problems(rule: Rule, portal: Portal, time_zone: str) -> list[SaveProblem]:
    match rule.kind:
        case RuleKind.CONTACT_PROPERTY:
            return _property_problems(rule, portal, time_zone)
        case RuleKind.DEAL_STAGE:
            return _stage_problems(rule, portal)
        case _:
            return []


def _property_problems(rule: Rule, portal: Portal, time_zone: str) -> list[SaveProblem]:
    properties = portal.properties.get(ObjectType.CONTACT)
    if properties is None:
        return [not_allowed(ObjectType.CONTACT)]
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


def _stage_problems(rule: Rule, portal: Portal) -> list[SaveProblem]:
    if rule.property != DEAL_STAGE:
        step = f"Send {DEAL_STAGE} as the property of this rule, or leave it out."
        return [SaveProblem("unknown_property", "rule.property", "This rule is about the Deal Stage only.", step)]
    if not rule.value:
        step = "Choose the Deal Stage that qualifies a referral."
        return [SaveProblem("value_missing", "rule.value", "The rule names no stage.", step)]
    if portal.pipelines is None:
        return [not_allowed(ObjectType.DEAL)]
    # A salesperson may move a deal to another pipeline, so each one's stages are offered.
    if rule.value not in {stage.id for pipeline in portal.pipelines for stage in pipeline.stages}:
        step = "Choose a Deal Stage that the connected HubSpot account has; refresh the list if it is new."
        return [SaveProblem("unknown_option", "rule.value", "HubSpot has no such Deal Stage.", step)]
    return []


def _rules(meant: Rule, current: SideSettings, now: datetime) -> tuple[Rule, Rule]:
    """The rule, and the one that goes on for those who were sent as the other object."""
    if meant.kind is RuleKind.NONE:
        return Rule(), Rule()
    rule = next((one for one in current.rules if replace(one, since=None) == meant), replace(meant, since=now))
    kept = (one for one in current.rules if one.kind.object_type is not rule.kind.object_type)
    return rule, next(kept, Rule())
