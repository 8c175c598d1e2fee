"""What stops a sync, and what heals by itself."""

from datetime import timedelta

from referral_hubspot.domain.errors import (
    ConnectionLostError,
    CrmUnavailableError,
    NotConnectedError,
    PermanentError,
    RequestRefusedError,
    RetryableError,
    ScopeMissingError,
)
from referral_hubspot.domain.settings import DELETED, BindingState, CampaignState
from referral_hubspot.domain.syncs import Cause, ListGoneError

_FAULT_PAUSE = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(minutes=15)  # SQS delays a message no longer


def unable(portal_id: int, state: CampaignState) -> Cause:
    """What keeps a sync with this HubSpot account from going on, as far as its campaign tells."""
    if state.campaign is not None and state.campaign.state == DELETED:
        return Cause.CAMPAIGN_DELETED
    if state.binding is None:
        return Cause.NOT_CONNECTED
    if state.binding.portal_id != portal_id:
        return Cause.OTHER_ACCOUNT
    return Cause.RECONNECT if state.binding.state is BindingState.LOST else Cause.NONE


def cause_of(fault: PermanentError) -> tuple[Cause, str]:
    """What a person has to mend, and what it is about."""
    match fault:
        case ListGoneError():
            return Cause.LIST_GONE, ""
        case ScopeMissingError():
            return Cause.MISSING_SCOPE, ", ".join(fault.scopes)
        case NotConnectedError():
            return Cause.NOT_CONNECTED, ""
        case ConnectionLostError():
            return Cause.RECONNECT, ""
        case RequestRefusedError():
            named = next((problem.property for problem in fault.problems if problem.property), "")
            return (Cause.PROPERTY_GONE, named) if named else (Cause.REFUSED, fault.category)
        case _:
            return Cause.REFUSED, ""


def pause_after(fault: RetryableError) -> timedelta:
    """How long to wait before the next attempt."""
    asked_for = fault.retry_after_s if isinstance(fault, CrmUnavailableError) else None
    return min(timedelta(seconds=asked_for), _LONGEST_PAUSE) if asked_for else _FAULT_PAUSE
