"""What went wrong and what to do about it, in the words of someone who runs a campaign."""

from collections.abc import Mapping

from referral_hubspot.usecases.connect_outcomes import Obstacle

STALE = (
    400,
    "This link works no more",
    "It works once, for a short while, and in the browser that asked for it. Go back to your campaign: "
    "if HubSpot shows as connected there, all is done; if not, click Connect again.",
)

EXPLANATIONS: Mapping[Obstacle, tuple[int, str, str]] = {
    Obstacle.LINK_REFUSED: STALE,
    Obstacle.DECLINED: (
        200,
        "HubSpot was not connected",
        "The connection was not allowed in HubSpot. Nothing has changed.",
    ),
    Obstacle.CODE_REFUSED: (
        400,
        "HubSpot was not connected",
        "HubSpot did not confirm the connection, perhaps because too much time had passed. Nothing has changed.",
    ),
    Obstacle.HUBSPOT_AWAY: (
        503,
        "HubSpot does not answer right now",
        "Nothing has changed. Try again in a few minutes.",
    ),
    Obstacle.OUR_FAULT: (
        500,
        "HubSpot could not be connected",
        "Something is wrong on our side, and we have been told. Nothing has changed. Please try again later.",
    ),
    Obstacle.DISCONNECTING: (
        503,
        "HubSpot is still being disconnected",
        "This takes about a minute. Then try again.",
    ),
    Obstacle.CHANGED: (
        409,
        "Someone else is changing this connection",
        "Have a look at your campaign before you try again.",
    ),
    Obstacle.CAMPAIGN_DELETED: (
        410,
        "This campaign was deleted",
        "It can no longer be connected to HubSpot.",
    ),
    Obstacle.CHOICE_GONE: (
        400,
        "Please choose once more",
        "Your choice of a HubSpot account was kept for ten minutes. Try again and choose it once more.",
    ),
}
