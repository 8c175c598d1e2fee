"""What tells our deals apart in HubSpot."""

import hashlib

from referral_hubspot.domain.people import PersonKey


def deal_key(stage: str, lead: PersonKey) -> str:
    """The value of the unique deal property for a lead: one and the same for each attempt, and nobody else's.

    Args:
        stage: Which deployment this is: two of them may serve the same lead ids on one HubSpot account.
    """
    # No id holds a "#": ids that are only cut differently give another text.
    text = "#".join((stage, lead.account_id, lead.campaign_id, lead.person_id))
    return hashlib.sha256(text.encode()).hexdigest()[:40]
