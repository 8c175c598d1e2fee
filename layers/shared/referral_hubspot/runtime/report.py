"""One log line and one metric per kind of outcome of a batch of people, and per fault that stopped one."""

from collections import Counter
from typing import TYPE_CHECKING

from referral_hubspot.domain.errors import (
    AppMisconfiguredError,
    ConnectionLostError,
    PermanentError,
    RequestRefusedError,
    RetryableError,
    TokenRefusedError,
)
from referral_hubspot.runtime.observability import count, logger

if TYPE_CHECKING:
    from referral_hubspot.domain.settings import Side
    from referral_hubspot.usecases.receive import Taken

_METRICS: dict["Side", dict[str, str]] = {
    "lead": {
        "sent": "LeadSent",
        "held": "LeadHeld",
        "duplicate": "LeadAlreadyInHubSpot",
        "already_referred": "LeadAlreadyReferred",
        "rejected": "LeadRejected",
        "not_sent": "LeadNotSent",
        "unserved": "LeadUnserved",
    },
    "referrer": {
        "sent": "ReferrerSent",
        "held": "ReferrerHeld",
        "duplicate": "ReferrerAlreadyInHubSpot",
        "already_referred": "ReferrerAlreadyReferred",
        "rejected": "ReferrerRejected",
        "not_sent": "ReferrerNotSent",
        "unserved": "ReferrerUnserved",
    },
}


def report(taken: "Taken") -> None:
    """Tell what came of a batch, in numbers."""
    of_sides: dict[Side, Counter[str]] = {side: Counter() for side in _METRICS}
    for outcome in taken.outcomes:
        of_sides[outcome.key.side][str(outcome.state) if outcome.state else "unserved"] += 1
    for side, kinds in of_sides.items():
        for kind, number in kinds.items():
            if kind in _METRICS[side]:
                count(_METRICS[side][kind], number)
    count("MessageRetried", len(taken.retry))
    outcomes = {side: dict(kinds) for side, kinds in of_sides.items()}
    logger.info("people_taken_in", retry=len(taken.retry), leads=outcomes["lead"], referrers=outcomes["referrer"])


_OURS = (AppMisconfiguredError, TokenRefusedError, RequestRefusedError)
"""Faults that no customer can mend: somebody of ours has to look."""

_FAULT_METRICS: dict[type[Exception], str] = {
    AppMisconfiguredError: "AppMisconfigured",
    TokenRefusedError: "TokenRefused",
    RequestRefusedError: "HubSpotCallRefused",
}


def report_fault(fault: RetryableError | PermanentError) -> None:
    """Tell why people have to wait; the messages of these errors hold ids and codes only."""
    if not isinstance(fault, ConnectionLostError):  # counted where it is lost, by `report_lost`
        count(_FAULT_METRICS.get(type(fault), "HubSpotUnavailable"))
    log = logger.error if isinstance(fault, _OURS) else logger.warning
    log("delivery_stopped", error=type(fault).__name__, detail=str(fault))


def report_lost(lost: ConnectionLostError) -> None:
    """Tell that HubSpot no longer accepts a grant, whatever was being done when that was found out."""
    count("ConnectionLost")
    logger.warning("connection_lost", error=type(lost).__name__, detail=str(lost))
