"""The campaign that a request is about."""

from dataclasses import dataclass, replace

from referral_hubspot.domain.errors import PermanentError
from referral_hubspot.domain.settings import Binding, Campaign, Side, SideSettings
from referral_hubspot.usecases.ports import CampaignStates


class UnknownCampaignError(PermanentError):
    """The platform never told of this campaign of this account, or has deleted it."""

    def __init__(self, account_id: str, campaign_id: str) -> None:
        super().__init__(f"account {account_id} has no campaign {campaign_id}")
        self.account_id = account_id
        self.campaign_id = campaign_id


@dataclass(frozen=True, slots=True)
class KnownCampaign:
    """A campaign that exists, with its settings and connection."""

    campaign: Campaign
    leads: SideSettings
    referrers: SideSettings
    binding: Binding | None

    def settings(self, side: Side) -> SideSettings:
        """What was chosen for a side."""
        return self.leads if side == "lead" else self.referrers

    def with_settings(self, side: Side, settings: SideSettings) -> "KnownCampaign":
        """The same campaign with other settings for a side."""
        return replace(self, leads=settings) if side == "lead" else replace(self, referrers=settings)


class FindCampaign:
    """Reads one campaign whole."""

    def __init__(self, campaigns: CampaignStates) -> None:
        self._campaigns = campaigns

    def __call__(self, account_id: str, campaign_id: str) -> KnownCampaign:
        """The campaign as it is now.

        Raises:
            UnknownCampaignError: there is none for this account.
        """
        state = self._campaigns.load([(account_id, campaign_id)])[account_id, campaign_id]
        if state.campaign is None or state.campaign.state == "deleted":
            raise UnknownCampaignError(account_id, campaign_id)
        return KnownCampaign(state.campaign, state.leads, state.referrers, state.binding)
