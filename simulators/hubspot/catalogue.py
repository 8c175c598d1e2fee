"""The properties of contacts that a new portal has, and some that its admin has added."""

from __future__ import annotations

from collections.abc import Sequence

from simulators.hubspot.definitions import Option, Property, options, owner_property

LIFECYCLE_STAGES = (
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
)

LEAD_STATUSES = (
    ("NEW", "New"),
    ("OPEN", "Open"),
    ("IN_PROGRESS", "In Progress"),
    ("OPEN_DEAL", "Open Deal"),
    ("UNQUALIFIED", "Unqualified"),
    ("ATTEMPTED_TO_CONTACT", "Attempted to Contact"),
    ("CONNECTED", "Connected"),
    ("BAD_TIMING", "Bad Timing"),
)


def contact_properties() -> list[Property]:
    """A fresh set; a portal may change its own."""
    return [
        Property("email", "Email"),
        Property("firstname", "First Name"),
        Property("lastname", "Last Name"),
        Property("phone", "Phone Number", field_type="phonenumber"),
        Property("mobilephone", "Mobile Phone Number", field_type="phonenumber"),
        Property("company", "Company Name"),
        Property("jobtitle", "Job Title"),
        Property("website", "Website URL"),
        Property("address", "Street Address"),
        Property("city", "City"),
        Property("state", "State/Region"),
        Property("zip", "Postal Code"),
        Property("country", "Country/Region"),
        Property("message", "Message", field_type="textarea"),
        Property(
            "hs_language",
            "Preferred language",
            "enumeration",
            "select",
            options=options(("en", "English"), ("de", "German"), ("fr", "French"), ("es", "Spanish")),
        ),
        Property("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", options=options(*LIFECYCLE_STAGES)),
        Property(
            "hs_lead_status", "Lead Status", "enumeration", "radio", "sales_properties", options=options(*LEAD_STATUSES)
        ),
        owner_property("Contact owner", "sales_properties"),
        Property("createdate", "Create Date", "datetime", "date", read_only=True),
        Property("lastmodifieddate", "Last Modified Date", "datetime", "date", read_only=True),
        Property("hs_object_id", "Record ID", "number", "number", read_only=True),
        Property("hs_additional_emails", "Additional email addresses", "enumeration", "checkbox", read_only=True),
        Property("hs_merged_object_ids", "Merged record IDs", "enumeration", "checkbox", read_only=True),
        Property("hs_email_domain", "Email Domain", calculated=True, read_only=True),
        Property("date_of_birth", "Date of birth"),
        Property("closedate", "Close Date", "datetime", "date", "sales_properties"),
        Property("annualrevenue", "Annual Revenue"),
        Property(
            "numemployees",
            "Number of Employees",
            "enumeration",
            "select",
            options=options(
                ("1-5", "1-5"), ("5-25", "5-25"), ("25-50", "25-50"), ("50-100", "50-100"), ("100-500", "100-500")
            ),
        ),
        *_added_by_the_admin(),
    ]


def _added_by_the_admin() -> list[Property]:
    def added(
        name: str,
        label: str,
        kind: str = "string",
        field_type: str = "text",
        *,
        options: Sequence[Option] = (),
        unique: bool = False,
    ) -> Property:
        return Property(
            name, label, kind, field_type, "referrals", options=list(options), unique=unique, hubspot_defined=False
        )

    return [
        added("referral_link", "Referral link"),
        added("referral_code", "Referral code"),
        added("referred_by", "Referred by"),
        added("referral_source", "Referral source"),
        added("referral_campaign", "Referral campaign"),
        added("referrals_count", "Referrals count", "number", "number"),
        added("converted_referrals_count", "Converted referrals count", "number", "number"),
        added("trial_start", "Trial start", "date", "date"),
        added("last_demo_at", "Last demo at", "datetime", "date"),
        added("seats", "Seats", "number", "number"),
        added("newsletter", "Newsletter", "bool", "booleancheckbox", options=options(("true", "Yes"), ("false", "No"))),
        added(
            "interests",
            "Interests",
            "enumeration",
            "checkbox",
            options=options(("crm", "CRM"), ("marketing", "Marketing"), ("service", "Service"), ("ops", "Operations")),
        ),
        added(
            "plan",
            "Plan",
            "enumeration",
            "select",
            options=options(("free", "Free"), ("starter", "Starter"), ("pro", "Professional")),
        ),
        added("customer_number", "Customer number", unique=True),
    ]
