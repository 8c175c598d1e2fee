"""What a campaign's settings are worth in the HubSpot account that it comes to."""

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.fitting import Portal, broken_names
from referral_hubspot.domain.routes import Neighbourhood
from referral_hubspot.domain.self_qualifying import clashes
from referral_hubspot.domain.settings import SIDES, Binding, Broken, Campaign, CampaignState, Side
from referral_hubspot.usecases.read_portal import ReadPortal


class BrokenThere:
    """Judges the saved settings by what the HubSpot account has, which is read once."""

    def __init__(self, reader: ReadPortal, binding: Binding) -> None:
        self._reader = reader
        self._binding = binding
        self._portal = reader.portal(ObjectType)

    def __call__(self, seen: CampaignState, around: Neighbourhood) -> dict[Side, tuple[Broken, ...]]:
        """What keeps the settings of each side from working; the key that deals need is made, if it may be.

        That leads would qualify by themselves, which a save refuses, is a gap here: whoever connects cannot
        change settings on the way, and what waits for a decision is not sent.
        """
        for side in SIDES:
            self._portal = self._reader.with_deal_key(seen.settings(side), self._portal)
        return {side: self._broken(seen, side, self._portal, around) for side in SIDES}

    def _broken(self, seen: CampaignState, side: Side, portal: Portal, around: Neighbourhood) -> tuple[Broken, ...]:
        campaign = seen.campaign or Campaign(self._binding.account_id, self._binding.campaign_id)
        settings = seen.settings(side)
        return (*broken_names(settings, portal), *clashes(settings, campaign, around.routes))
