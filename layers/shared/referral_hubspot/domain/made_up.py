"""Somebody made up for an admin's own try: every value can be told from a real one's."""

from collections.abc import Sequence
from datetime import datetime

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.errors import PermanentError
from referral_hubspot.domain.people import Person, PersonKey, Reason
from referral_hubspot.domain.settings import Campaign, Gap, MappingRow, Side, SideSettings
from referral_hubspot.domain.sources import CUSTOM_PREFIX

_AS_THEY_ARE = frozenset({"email", "referrer.email", "campaign_name"})
"""Addresses must look like addresses, and the campaign's name is not made up."""


class NotReadyError(PermanentError):
    """A lead would not be sent now; `reason` says why, `gaps` what is missing of the setup."""

    def __init__(self, reason: Reason, gaps: Sequence[Gap]) -> None:
        super().__init__(f"a lead would not be sent now ({reason})")
        self.reason = reason
        self.gaps = tuple(gaps)


class OnItsWayError(PermanentError):
    """The test lead is being sent at this moment."""

    def __init__(self, lead_id: str) -> None:
        super().__init__(f"{lead_id} is still being sent")
        self.lead_id = lead_id


class MergedMeanwhileError(PermanentError):
    """The record was merged with another one, which is not ours to delete."""

    def __init__(self, object_type: ObjectType) -> None:
        super().__init__(f"the {object_type} was merged with another")
        self.object_type = object_type


def made_up(campaign: Campaign, settings: SideSettings, mark: str, now: datetime, side: Side = "lead") -> Person:
    """Somebody of a side who has a value for everything that can be mapped.

    A value goes by the property that it is mapped to, as a dropdown of the form would: a made-up text
    in a choice of HubSpot's would only show that it was made up.

    Args:
        mark: Random letters and digits, by which id and address are nobody else's.
    """
    values = {
        "first_name": "Test",
        "email": f"test-{side}-{mark}@example.com",
        "referral_code": f"TEST-{mark}",
        "source": "Test",
        "referral_link": f"https://example.com/test-{side}/{mark}",
        "campaign_name": campaign.name,
    }
    values |= _of_their_referrer(mark) if side == "lead" else _COUNTS
    values |= {f"{CUSTOM_PREFIX}{field.key}": f"Test {field.label}" for field in campaign.custom_fields}
    rows = (*settings.mapping, *settings.contact_mapping)
    details = {
        source: value if source in _AS_THEY_ARE else _fitting(value, [row for row in rows if row.source == source], now)
        for source, value in values.items()
    }
    return Person(
        key=PersonKey(campaign.account_id, campaign.campaign_id, side, f"test-{mark}"),
        joined_at=now,
        received_at=now,
        email=values["email"],
        details=details,
        test=True,
    )


_COUNTS = {"referrals_count": "1", "converted_referrals_count": "0"}


def _of_their_referrer(mark: str) -> dict[str, str]:
    return {
        "referrer.first_name": "Test referrer",
        "referrer.email": f"test-referrer-{mark}@example.com",
        "referrer.referral_code": f"TEST-REFERRER-{mark}",
        "referrer.referral_link": f"https://example.com/test-referrer/{mark}",
        "referrer.referrals_count": "1",
    }


def _fitting(value: str, rows: Sequence[MappingRow], now: datetime) -> str:
    """What the most particular of the properties takes that the value goes to."""
    for row in rows:
        match row.type:
            case "number":
                return "1"
            case "bool":
                return "true"
            case "date" | "datetime":
                return now.isoformat()
            case "enumeration" if row.options:
                return next(iter(row.options.values()))
    return value
