"""The campaigns of a customer account."""

from collections.abc import Collection, Sequence
from typing import Protocol

from referral_hubspot.domain.settings import DELETED, Campaign
from referral_hubspot.usecases.find_campaign import KnownCampaign
from referral_hubspot.usecases.ports import CampaignStates


class CampaignList(CampaignStates, Protocol):
    """Campaigns with their settings; see `storage.campaigns`."""

    def campaigns(self, account_id: str) -> Sequence[Campaign]:
        """All campaigns that the platform told of, deleted ones too."""
        ...


class ListCampaigns:
    """Reads an account's campaigns whole: one query, and one call for each fourteen."""

    def __init__(self, campaigns: CampaignList) -> None:
        self._campaigns = campaigns

    def __call__(self, account_id: str, among: Collection[str] | None = None) -> list[KnownCampaign]:
        """The campaigns that exist, by name; `among` are those that may be seen, None for all."""
        told = [
            campaign
            for campaign in self._campaigns.campaigns(account_id)
            if campaign.state != DELETED and (among is None or campaign.campaign_id in among)
        ]
        states = self._campaigns.load((account_id, campaign.campaign_id) for campaign in told)
        found = [
            KnownCampaign(campaign, state.leads, state.referrers, state.binding)
            for campaign in told
            for state in [states[account_id, campaign.campaign_id]]
        ]
        return sorted(found, key=lambda known: (known.campaign.name.casefold(), known.campaign.campaign_id))
