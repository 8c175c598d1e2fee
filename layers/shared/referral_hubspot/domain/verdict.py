"""Was the person in HubSpot before this referral?"""

from datetime import datetime, timedelta

from referral_hubspot.domain.people import Verdict

GRACE = timedelta(minutes=10)
"""A contact made within this time before joining may be this referral's own: a form of the customer's
site, for one, writes to HubSpot and joins the campaign in the same moment."""


def verdict(contact_created_at: datetime, joined_at: datetime) -> Verdict:
    """Judge by HubSpot's `createdate` against the joining, never by our own clock."""
    return Verdict.KNOWN if contact_created_at < joined_at - GRACE else Verdict.NEW
