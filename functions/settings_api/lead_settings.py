"""What happens to the leads of a campaign."""

from referral_hubspot.domain.draft import Draft, DraftRow, DraftRule, draft_of
from referral_hubspot.domain.settings import gaps
from referral_hubspot.runtime.observability import logger
from referral_hubspot.usecases.find_campaign import KnownCampaign

from .endpoint import Call
from .models import LeadSettingsAnswer, LeadSettingsRequest, MappingAnswer, ProblemAnswer, RuleAnswer


def show(call: Call) -> LeadSettingsAnswer:
    """What is saved; at first nothing is chosen."""
    return _answer(call.known, call.services.read_leads.waiting(call.known))


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
    return _answer(saved, call.services.read_leads.waiting(saved))


def _draft(request: LeadSettingsRequest) -> Draft:
    return Draft(
        version=request.version,
        action=request.action,
        mapping=tuple(DraftRow(row.kind, row.property, row.source, row.value) for row in request.mapping),
        duplicates=request.duplicates,
        rule=DraftRule(request.rule.kind, request.rule.property, request.rule.value),
    )


def _answer(known: KnownCampaign, waiting: int) -> LeadSettingsAnswer:
    settings = known.leads
    missing = gaps(settings, known.binding)
    rows = draft_of(settings).mapping
    return LeadSettingsAnswer(
        version=settings.version,
        saved_by=settings.saved_by or None,
        saved_at=settings.saved_at,
        action=settings.action,
        mapping=[
            MappingAnswer.model_validate(
                {"kind": row.kind, "source": row.source, "value": row.value, "property": row.property}
            )
            for row in rows
        ],
        duplicates=settings.duplicates,
        rule=RuleAnswer(kind=settings.rule.kind, property=settings.rule.property, value=settings.rule.value),
        rule_since=settings.rule.since,
        gaps=[ProblemAnswer(code=g.code, field=g.field, message=g.message, next_step=g.next_step) for g in missing],
        setup_required=bool(missing),
        waiting=waiting,
    )
