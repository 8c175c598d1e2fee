"""One log line and one metric per kind of outcome of a batch of leads."""

from collections import Counter

from referral_hubspot.runtime.observability import count, logger
from referral_hubspot.usecases.receive import Taken

_METRICS = {
    "sent": "LeadSent",
    "held": "LeadHeld",
    "duplicate": "LeadAlreadyInHubSpot",
    "already_referred": "LeadAlreadyReferred",
    "rejected": "LeadRejected",
    "not_sent": "LeadNotSent",
    "unserved": "LeadUnserved",
}


def report(taken: Taken) -> None:
    """Tell what came of a batch, in numbers."""
    kinds = Counter(str(outcome.state) if outcome.state else "unserved" for outcome in taken.outcomes)
    for kind, number in kinds.items():
        if kind in _METRICS:
            count(_METRICS[kind], number)
    count("MessageRetried", len(taken.retry))
    logger.info("leads_taken_in", retry=len(taken.retry), outcomes=dict(kinds))
