"""Campaigns as the platform told of them."""

from typing import Literal

from referral_hubspot.domain.settings import Binding, BindingState, Campaign, Side
from referral_hubspot.domain.sources import Source, source_groups
from referral_hubspot.usecases.find_campaign import KnownCampaign

from .endpoint import Call
from .models import (
    CampaignAnswer,
    CampaignsAnswer,
    ListedCampaignAnswer,
    SourceAnswer,
    SourceGroupAnswer,
    SourcesAnswer,
    UsedAccountAnswer,
)


def listed(call: Call) -> CampaignsAnswer:
    """The account's campaigns, as far as the token opens them."""
    found = call.services.list_campaigns(call.caller.account_id, call.caller.campaigns)
    return CampaignsAnswer(campaigns=[_listed(known) for known in found])


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


def _listed(known: KnownCampaign) -> ListedCampaignAnswer:
    campaign = known.campaign
    return ListedCampaignAnswer(
        campaign_id=campaign.campaign_id,
        name=campaign.name,
        state=campaign.state,
        account=_used(known.binding) if known.binding else None,
        leads_saved=known.leads.version > 0,
        referrers_saved=known.referrers.version > 0,
    )


def _used(binding: Binding) -> UsedAccountAnswer:
    lost = binding.state is BindingState.LOST
    status: Literal["connected", "reconnect_needed"] = "reconnect_needed" if lost else "connected"
    return UsedAccountAnswer(id=binding.portal_id, name=binding.portal_name, status=status)


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
