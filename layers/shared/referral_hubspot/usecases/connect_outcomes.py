"""How an attempt to connect ends; each is a page that the admin reads."""

from dataclasses import dataclass, field
from enum import StrEnum

from referral_hubspot.domain.connection import CampaignDeletedError, CleanUpRunningError, ConnectionChangedError
from referral_hubspot.domain.errors import (
    AppMisconfiguredError,
    GrantRefusedError,
    ReferralHubSpotError,
    RetryableError,
)


class Obstacle(StrEnum):
    """Why a campaign was not connected."""

    LINK_REFUSED = "link_refused"
    DECLINED = "declined"
    CODE_REFUSED = "code_refused"
    HUBSPOT_AWAY = "hubspot_away"
    OUR_FAULT = "our_fault"
    DISCONNECTING = "disconnecting"
    CHANGED = "changed"
    CAMPAIGN_DELETED = "campaign_deleted"
    CHOICE_GONE = "choice_gone"


AGAIN = frozenset(Obstacle) - {Obstacle.LINK_REFUSED, Obstacle.OUR_FAULT, Obstacle.CAMPAIGN_DELETED}
"""Where going to HubSpot once more may end better."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The campaign is connected; `missing_scopes` is what HubSpot's user did not allow, optional or not."""

    campaign_id: str
    account_name: str
    return_url: str
    missing_scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherAccount:
    """Another HubSpot account was chosen than the campaign uses; `secret` confirms the switch.

    `again_url` is HubSpot's consent page once more, for this browser and campaign.
    """

    former_name: str
    chosen_name: str
    secret: str = field(repr=False)
    return_url: str
    again_url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotConnected:
    """Nothing changed. `detail` is for logs, `again_url` leads to HubSpot once more where that may help."""

    obstacle: Obstacle
    return_url: str = ""
    detail: str = ""
    again_url: str = field(default="", repr=False)


Outcome = Connected | OtherAccount | NotConnected


def obstacle(error: ReferralHubSpotError) -> Obstacle:
    """What a failure means to the admin who tried to connect."""
    match error:
        case GrantRefusedError():
            return Obstacle.CODE_REFUSED
        case AppMisconfiguredError():
            return Obstacle.OUR_FAULT
        case CampaignDeletedError():
            return Obstacle.CAMPAIGN_DELETED
        case CleanUpRunningError():
            return Obstacle.DISCONNECTING
        case ConnectionChangedError():
            return Obstacle.CHANGED
        case RetryableError():
            return Obstacle.HUBSPOT_AWAY
        case _:  # HubSpot refuses what this app may always ask
            return Obstacle.OUR_FAULT
