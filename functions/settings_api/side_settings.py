"""What happens to the leads of a campaign, and what to its referrers."""

from collections.abc import Sequence
from typing import Any

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.draft import Draft, DraftRow, DraftRule, draft_of
from referral_hubspot.domain.recommended import recommended
from referral_hubspot.domain.settings import Rule, RuleKind, Side, gaps
from referral_hubspot.domain.wording import Names
from referral_hubspot.runtime.observability import logger
from referral_hubspot.usecases.find_campaign import KnownCampaign

from .endpoint import Call
from .models import (
    KeptRuleAnswer,
    LeadSettingsAnswer,
    LeadSettingsRequest,
    MappingAnswer,
    MappingRequest,
    ProblemAnswer,
    RecommendationAnswer,
    ReferrerRowRefusalAnswer,
    ReferrerSettingsAnswer,
    ReferrerSettingsRequest,
    RowRefusalAnswer,
    RuleAnswer,
)
from .row_refusals import row_refusals


def show_leads(call: Call) -> LeadSettingsAnswer:
    """What is saved; at first nothing is chosen."""
    return _of_leads(call, call.known)


def save_leads(call: Call) -> LeadSettingsAnswer:
    """Save the whole form, or nothing of it."""
    request = call.parsed(LeadSettingsRequest)
    return _of_leads(call, _saved(call, "lead", drafted(request)))


def show_referrers(call: Call) -> ReferrerSettingsAnswer:
    """What is saved; at first nothing is chosen."""
    return _of_referrers(call, call.known)


def save_referrers(call: Call) -> ReferrerSettingsAnswer:
    """Save the whole form, or nothing of it."""
    request = call.parsed(ReferrerSettingsRequest)
    return _of_referrers(call, _saved(call, "referrer", drafted(request)))


def _saved(call: Call, side: Side, draft: Draft) -> KnownCampaign:
    campaign = call.known.campaign
    saved = call.services.save_settings(campaign.account_id, campaign.campaign_id, side, draft, call.caller.name)
    logger.info(
        "settings_saved",
        account_id=campaign.account_id,
        campaign_id=campaign.campaign_id,
        side=side,
        version=saved.settings(side).version,
    )
    return saved


def drafted(request: LeadSettingsRequest | ReferrerSettingsRequest) -> Draft:
    """The form that was sent."""
    rule = request.rule
    return Draft(
        version=request.version,
        action=request.action,
        mapping=_draft_rows(request.mapping),
        duplicates=request.duplicates,
        rule=DraftRule(rule.kind, rule.property, rule.value),
        with_contact=request.with_contact,
        contact_mapping=_draft_rows(request.contact_mapping),
    )


def _draft_rows(rows: Sequence[MappingRequest]) -> tuple[DraftRow, ...]:
    return tuple(DraftRow(row.kind, row.property, row.source, row.value) for row in rows)


def _of_leads(call: Call, known: KnownCampaign) -> LeadSettingsAnswer:
    rule = known.leads.rule
    return LeadSettingsAnswer(
        **_of_side(call, known, "lead"),
        rule=RuleAnswer(kind=rule.kind, property=rule.property, value=rule.value),
        rule_since=rule.since,
        kept_rule=_kept_rule(call, known),
        refusals=[RowRefusalAnswer(**one.told, lead_id=one.person_id) for one in row_refusals(call, known, "lead")],
    )


def _of_referrers(call: Call, known: KnownCampaign) -> ReferrerSettingsAnswer:
    refusals = row_refusals(call, known, "referrer")
    worth_having = recommended(known.referrers)
    return ReferrerSettingsAnswer(
        **_of_side(call, known, "referrer"),
        refusals=[ReferrerRowRefusalAnswer(**one.told, referrer_id=one.person_id) for one in refusals],
        recommended=[
            RecommendationAnswer(source=one.source, field=one.field, message=one.message, next_step=one.next_step)
            for one in worth_having
        ],
    )


def _of_side(call: Call, known: KnownCampaign, side: Side) -> dict[str, Any]:
    settings = known.settings(side)
    missing = gaps(settings, known.binding)
    form = draft_of(settings)
    return {
        "version": settings.version,
        "saved_by": settings.saved_by or None,
        "saved_at": settings.saved_at,
        "action": settings.action,
        "mapping": _rows(form.mapping),
        "duplicates": settings.duplicates,
        "with_contact": settings.with_contact,
        "contact_mapping": _rows(form.contact_mapping),
        "gaps": [
            ProblemAnswer(code=gap.code, field=gap.field, message=gap.message, next_step=gap.next_step)
            for gap in missing
        ],
        "setup_required": bool(missing),
        "warnings": call.services.read_warnings(known, side),
        "waiting": call.services.read_people.waiting(known, side),
    }


def _rows(rows: Sequence[DraftRow]) -> list[MappingAnswer]:
    return [
        MappingAnswer.model_validate(
            {"kind": row.kind, "source": row.source, "value": row.value, "property": row.property}
        )
        for row in rows
    ]


def _kept_rule(call: Call, known: KnownCampaign) -> KeptRuleAnswer | None:
    rule = known.leads.kept_rule
    if rule.kind is RuleKind.NONE:
        return None
    text = _goes_on(rule, call.services.read_people.names(known))
    return KeptRuleAnswer.model_validate(
        {"kind": rule.kind, "property": rule.property, "value": rule.value, "since": rule.since, "text": text}
    )


def _goes_on(rule: Rule, names: Names) -> str:
    object_type = rule.kind.object_type or ObjectType.CONTACT
    changed = names.property(rule.property, object_type)
    value = names.value(rule.property, rule.value, object_type)
    return f"Leads sent as {object_type.plural} still qualify when {changed} changes to {value}."
