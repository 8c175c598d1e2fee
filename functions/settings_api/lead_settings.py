"""What happens to the leads of a campaign."""

from collections.abc import Sequence

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.draft import Draft, DraftRow, DraftRule, draft_of
from referral_hubspot.domain.settings import Rule, RuleKind, gaps
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
    RuleAnswer,
)
from .row_refusals import row_refusals


def show(call: Call) -> LeadSettingsAnswer:
    """What is saved; at first nothing is chosen."""
    return _answer(call, call.known)


def save(call: Call) -> LeadSettingsAnswer:
    """Save the whole form, or nothing of it."""
    campaign = call.known.campaign
    draft = _draft(call.parsed(LeadSettingsRequest))
    saved = call.services.save_settings(campaign.account_id, campaign.campaign_id, draft, call.caller.name)
    logger.info(
        "settings_saved",
        account_id=campaign.account_id,
        campaign_id=campaign.campaign_id,
        version=saved.leads.version,
    )
    return _answer(call, saved)


def _draft(request: LeadSettingsRequest) -> Draft:
    return Draft(
        version=request.version,
        action=request.action,
        mapping=_draft_rows(request.mapping),
        duplicates=request.duplicates,
        rule=DraftRule(request.rule.kind, request.rule.property, request.rule.value),
        with_contact=request.with_contact,
        contact_mapping=_draft_rows(request.contact_mapping),
    )


def _draft_rows(rows: Sequence[MappingRequest]) -> tuple[DraftRow, ...]:
    return tuple(DraftRow(row.kind, row.property, row.source, row.value) for row in rows)


def _answer(call: Call, known: KnownCampaign) -> LeadSettingsAnswer:
    settings = known.leads
    missing = gaps(settings, known.binding)
    form = draft_of(settings)
    return LeadSettingsAnswer(
        version=settings.version,
        saved_by=settings.saved_by or None,
        saved_at=settings.saved_at,
        action=settings.action,
        mapping=_rows(form.mapping),
        duplicates=settings.duplicates,
        rule=RuleAnswer(kind=settings.rule.kind, property=settings.rule.property, value=settings.rule.value),
        rule_since=settings.rule.since,
        with_contact=settings.with_contact,
        contact_mapping=_rows(form.contact_mapping),
        kept_rule=_kept_rule(call, known),
        refusals=row_refusals(call, known),
        gaps=[ProblemAnswer(code=g.code, field=g.field, message=g.message, next_step=g.next_step) for g in missing],
        setup_required=bool(missing),
        waiting=call.services.read_leads.waiting(known),
    )


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
    text = _goes_on(rule, call.services.read_leads.names(known))
    return KeptRuleAnswer.model_validate(
        {"kind": rule.kind, "property": rule.property, "value": rule.value, "since": rule.since, "text": text}
    )


def _goes_on(rule: Rule, names: Names) -> str:
    object_type = rule.kind.object_type or ObjectType.CONTACT
    changed = names.property(rule.property, object_type)
    value = names.value(rule.property, rule.value, object_type)
    return f"Leads sent as {object_type.plural} still qualify when {changed} changes to {value}."
