"""What HubSpot refused last of the mapping rows, in words of ours: HubSpot's may quote what somebody typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from referral_hubspot.domain.refusals import RowRefusal
from referral_hubspot.domain.settings import Part, Side, SideSettings
from referral_hubspot.usecases.find_campaign import KnownCampaign

from .endpoint import Call


@dataclass(frozen=True, slots=True)
class _Words:
    message: str
    next_step: str


_OF_THE_PROPERTY = _Words(
    "HubSpot has no such property any more.", "Choose another property in this row, or create it in HubSpot; then save."
)
_OF_THE_TYPE = _Words("The value does not fit the property's type.", "Map a field whose values fit it.")
_BY_CODE: Mapping[str, _Words] = {
    "PROPERTY_DOESNT_EXIST": _OF_THE_PROPERTY,
    "READ_ONLY_VALUE": _Words("Nobody can write this property in HubSpot.", "Choose another property in this row."),
    "INVALID_OPTION": _Words(
        "The value is none of the property's options.",
        "Add the option in HubSpot, or map a field whose values are options of it.",
    ),
    "INVALID_OWNER_ID": _Words(
        "The value is nobody who uses this HubSpot account.", "Choose a user of HubSpot in this row."
    ),
    "INVALID_DATE": _OF_THE_TYPE,
    "INVALID_LONG": _OF_THE_TYPE,
    "INVALID_INTEGER": _OF_THE_TYPE,
    "INVALID_EMAIL": _Words("The value is no e-mail address.", "Map a field that holds e-mail addresses."),
    "CONFLICTING_UNIQUE_VALUE": _Words(
        "Another record has this value, and the property takes each value once.", "Choose another property in this row."
    ),
}
_OTHERWISE = _Words("HubSpot did not take the value.", "See the person's timeline for what HubSpot says.")


@dataclass(frozen=True, slots=True)
class ToldRefusal:
    """A refusal as every side's answer tells it, and whose value it was."""

    told: Mapping[str, Any]
    person_id: str


def row_refusals(call: Call, known: KnownCampaign, side: Side) -> list[ToldRefusal]:
    """Each row's last refusal under the settings as they are saved, in the order of the rows."""
    campaign, settings = known.campaign, known.settings(side)
    if not settings.version:
        return []
    found = call.services.refusals.refusals(campaign.account_id, campaign.campaign_id, side, settings.version)
    return [
        _told(at, property_name, found[part, property_name])
        for part, at, property_name in _rows(settings)
        if (part, property_name) in found
    ]


def _rows(settings: SideSettings) -> list[tuple[Part, str, str]]:
    parts = {Part.MAPPING: settings.mapping, Part.CONTACT_MAPPING: settings.contact_mapping}
    return [(part, f"{part}.{index}", row.property) for part, rows in parts.items() for index, row in enumerate(rows)]


def _told(at: str, property_name: str, refusal: RowRefusal) -> ToldRefusal:
    words = _BY_CODE.get(refusal.code, _OTHERWISE)
    told = {
        "field": at,
        "property": property_name,
        "code": refusal.code,
        "at": refusal.at,
        "message": words.message,
        "next_step": words.next_step,
    }
    return ToldRefusal(told, refusal.person_id)
