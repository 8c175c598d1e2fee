"""What HubSpot tells this app of by webhook: fixed in `hubspot_app`, the same for every account that installs it.

Subscribed to in the generic form (`crmObjects`), the standard one of HubSpot's developer platform: a change comes as
`object.propertyChange`, `object.merge` or `object.deletion`, its kind of record in `objectTypeId` (0-1 or 0-3). A
privacy deletion has no generic form and comes as `contact.privacyDeletion`. Deals are told of only by accounts that
granted `crm.objects.deals.read`.

Source: HubSpot, "Configure webhooks" (developer platform); changelog, "Generic webhook subscriptions".
"""

from referral_hubspot.domain.crm import DEAL_STAGE, ObjectType

PROPERTY_CHANGE = "object.propertyChange"

# The two that say how far a contact has come. Others change with every import, or are HubSpot's to calculate.
CONTACT_PROPERTIES = ("lifecyclestage", "hs_lead_status")
DEAL_PROPERTIES = (DEAL_STAGE,)

RECORD_EVENTS = ("object.merge", "object.deletion")
"""Of contacts and of deals."""

PRIVACY_DELETION = "contact.privacyDeletion"


def told_by_webhook(object_type: ObjectType, property_name: str) -> bool:
    """Whether a change of this property usually arrives within seconds; any other waits for the sweep to find it."""
    return property_name in (CONTACT_PROPERTIES if object_type is ObjectType.CONTACT else DEAL_PROPERTIES)
