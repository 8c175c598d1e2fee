"""What an admin is warned of beside saved settings."""

from typing import Protocol

from referral_hubspot.domain.routes import Neighbourhood
from referral_hubspot.domain.settings import Side
from referral_hubspot.domain.shared_properties import beside_settings
from referral_hubspot.usecases.find_campaign import KnownCampaign


class Neighbourhoods(Protocol):
    """An account's campaigns on one HubSpot account; see `storage.campaigns`."""

    def neighbourhood(self, account_id: str, portal_id: int) -> Neighbourhood: ...


class ReadWarnings:
    """Holds settings against the syncs and the other campaigns of the account."""

    def __init__(self, campaigns: Neighbourhoods) -> None:
        self._campaigns = campaigns

    def __call__(self, known: KnownCampaign, side: Side) -> list[str]:
        """Who else writes a property that these settings write; see `beside_settings`."""
        settings, binding = known.settings(side), known.binding
        if binding is None or not settings.contact_rows:
            return []
        routes = self._campaigns.neighbourhood(binding.account_id, binding.portal_id).routes
        return list(beside_settings(settings, known.campaign.campaign_id, routes))
