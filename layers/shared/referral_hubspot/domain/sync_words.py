"""What keeps a sync from going on, and what to do about it, in plain words."""

from dataclasses import dataclass

from referral_hubspot.domain import scopes
from referral_hubspot.domain.syncs import Cause, Plan


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence about what is wrong, and one about the next step."""

    message: str
    next_step: str


_GOES_ON = "the sync then goes on where it stopped."


def words(cause: Cause, about: str, plan: Plan) -> Words:
    """What a cause means for the admin of a sync."""
    match cause:
        case Cause.NOT_CONNECTED:
            return Words("The campaign is not connected to HubSpot.", f"Connect HubSpot, then resume: {_GOES_ON}")
        case Cause.RECONNECT:
            return Words("HubSpot no longer accepts the connection.", f"Reconnect HubSpot, then resume: {_GOES_ON}")
        case Cause.OTHER_ACCOUNT:
            return Words(
                "The campaign is connected to another HubSpot account than the one this sync reads.",
                "Connect the first account again and resume, or remove this sync and start a new one.",
            )
        case Cause.LIST_GONE:
            return Words(
                f"The list {plan.list_name or 'that was chosen'} was deleted in HubSpot.",
                "Restore it in HubSpot and resume, or stop this sync and start one with another list.",
            )
        case Cause.PROPERTY_GONE:
            return Words(
                f"The HubSpot property {about} does not exist any more, or cannot be written.",
                "Restore it in HubSpot and resume, or remove this sync and start one with another property.",
            )
        case Cause.PROPERTY_CHANGED:
            return Words(
                f"The HubSpot property {about} no longer takes what is written to it: its type was changed.",
                "Change it back in HubSpot and resume, or remove this sync and start one with another property.",
            )
        case Cause.MISSING_SCOPE:
            return Words(
                f"HubSpot does not allow us {scopes.doings(filter(None, about.split(', ')))}.",
                f"Reconnect HubSpot and leave that permission ticked, then resume: {_GOES_ON}",
            )
        case Cause.REFUSED:
            return Words(
                f"HubSpot refuses what the sync asks for ({about}).",
                "Resume; if it stops again, send this sync's id to support.",
            )
        case Cause.CAMPAIGN_DELETED:
            return Words("The campaign was deleted.", "Nothing is left to do.")
        case Cause.STOPPED:
            return Words("An admin stopped it.", "Start another sync to enrol more contacts.")
        case Cause.NONE:
            return Words("", "")
