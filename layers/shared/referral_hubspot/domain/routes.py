"""How a HubSpot account's webhooks find the campaigns that are bound to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from referral_hubspot.domain.settings import Rule


@dataclass(frozen=True, slots=True)
class Route:
    """One campaign bound to a portal, with what a webhook and a save must know of its settings.

    `writes` says what the campaign's mapping rows put into HubSpot: property → fixed values, where an
    empty tuple means any value (a dynamic row).
    """

    portal_id: int
    account_id: str
    campaign_id: str
    rule: Rule = field(default_factory=Rule)
    writes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
