"""The properties of deals that a new portal has, and some that its admin has added."""

from __future__ import annotations

from simulators.hubspot.definitions import Property, owner_property

_GROUP = "dealinformation"


def deal_properties() -> list[Property]:
    """A fresh set; a portal may change its own. The choices of `pipeline` and `dealstage` are its pipelines'."""
    return [
        Property("dealname", "Deal Name", group=_GROUP),
        Property("pipeline", "Pipeline", "enumeration", "select", _GROUP),
        Property("dealstage", "Deal Stage", "enumeration", "radio", _GROUP),
        Property("amount", "Amount", "number", "number", _GROUP),
        Property("closedate", "Close Date", "datetime", "date", _GROUP),
        Property("description", "Deal Description", field_type="textarea", group=_GROUP),
        owner_property("Deal owner", _GROUP),
        Property("createdate", "Create Date", "datetime", "date", _GROUP, read_only=True),
        Property("hs_lastmodifieddate", "Last Modified Date", "datetime", "date", _GROUP, read_only=True),
        Property("hs_object_id", "Record ID", "number", "number", _GROUP, read_only=True),
        Property("hs_merged_object_ids", "Merged record IDs", "enumeration", "checkbox", _GROUP, read_only=True),
        Property("hs_is_closed", "Is Deal Closed?", "bool", "booleancheckbox", _GROUP, read_only=True, calculated=True),
        Property(
            "hs_is_closed_won", "Is Closed Won", "bool", "booleancheckbox", _GROUP, read_only=True, calculated=True
        ),
        Property("referral_code", "Referral code", group="referrals", hubspot_defined=False),
        Property("referred_by", "Referred by", group="referrals", hubspot_defined=False),
        Property("trial_start", "Trial start", "date", "date", "referrals", hubspot_defined=False),
        Property("seats", "Seats", "number", "number", "referrals", hubspot_defined=False),
        Property("order_number", "Order number", group="referrals", unique=True, hubspot_defined=False),
    ]
