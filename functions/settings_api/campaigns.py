"""Campaigns as the platform told of them."""

from referral_hubspot.domain.settings import Campaign, Side
from referral_hubspot.domain.sources import Source, source_groups

from .endpoint import Call
from .models import CampaignAnswer, SourceAnswer, SourceGroupAnswer, SourcesAnswer


def show(call: Call) -> CampaignAnswer:
    """One campaign with the fields that its rows can name."""
    campaign = call.known.campaign
    return CampaignAnswer(
        campaign_id=campaign.campaign_id,
        name=campaign.name,
        state=campaign.state,
        time_zone=campaign.time_zone,
        sources=SourcesAnswer(leads=_groups(campaign, "lead"), referrers=_groups(campaign, "referrer")),
    )


def _groups(campaign: Campaign, side: Side) -> list[SourceGroupAnswer]:
    return [
        SourceGroupAnswer(label=group.label, fields=[_source(one) for one in group.sources])
        for group in source_groups(campaign, side)
    ]


def _source(one: Source) -> SourceAnswer:
    return SourceAnswer(
        source=one.name,
        label=one.label,
        type=one.type,
        property_types=list(one.property_types),
        required_contact_property=one.contact_property or None,
    )
