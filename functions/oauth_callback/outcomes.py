"""What operators are told of an attempt to connect."""

from referral_hubspot.runtime.observability import count, logger
from referral_hubspot.usecases.connect_outcomes import Connected, NotConnected, Obstacle, OtherAccount, Outcome


def note(outcome: Outcome) -> None:
    """Log and count it."""
    match outcome:
        case Connected():
            logger.info("hubspot_connected", campaign_id=outcome.campaign_id, missing_scopes=outcome.missing_scopes)
            count("HubSpotConnected")
        case OtherAccount():
            logger.info("hubspot_switch_offered")
            count("HubSpotSwitchOffered")
        case NotConnected(obstacle=Obstacle.OUR_FAULT):
            logger.error("hubspot_not_connected", obstacle=outcome.obstacle, detail=outcome.detail)
            count("HubSpotNotConnected")
        case NotConnected():
            logger.warning("hubspot_not_connected", obstacle=outcome.obstacle, detail=outcome.detail)
            count("HubSpotNotConnected")
