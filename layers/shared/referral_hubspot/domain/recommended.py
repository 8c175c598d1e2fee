"""What the settings for referrers do well to map, though nothing waits for it."""

from dataclasses import dataclass

from referral_hubspot.domain.settings import Action, Part, SideSettings


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A field of the platform that is worth a row, the part of the settings that the row belongs to, and why."""

    source: str
    field: str
    message: str
    next_step: str


def recommended(referrers: SideSettings) -> list[Recommendation]:
    """Referral Link where contacts are written without it: HubSpot's own e-mails and workflows can use it there."""
    beside = referrers.action is Action.CREATE_DEAL and referrers.with_contact
    writes_contacts = beside or referrers.action is Action.CREATE_CONTACT
    if not writes_contacts or any(row.source == "referral_link" for row in referrers.contact_rows):
        return []
    return [
        Recommendation(
            "referral_link",
            Part.CONTACT_MAPPING if beside else Part.MAPPING,
            "Referral Link is recommended and not mapped.",
            "Map Referral Link to a text property of contacts, so that HubSpot's e-mails and workflows can use it.",
        )
    ]
