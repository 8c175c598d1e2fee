"""What whoever is on call has stopped for the moment: everything, one account, one HubSpot account or one campaign."""

import re
from dataclasses import dataclass

from referral_hubspot.domain.errors import PermanentError

_TARGET = re.compile(r"all|account:[^\s/#]+|portal:[0-9]+|campaign:[^\s/#]+/[^\s/#]+")

FORMS = ("all", "account:ACCOUNT", "portal:HUBSPOT_ACCOUNT", "campaign:ACCOUNT/CAMPAIGN")
"""How a target is written."""


class UnknownTargetError(PermanentError):
    """The text names nothing that can be paused."""

    def __init__(self) -> None:
        super().__init__(f"a target is one of {', '.join(FORMS)}")


def target(text: str) -> str:
    """The target that a text names.

    Raises:
        UnknownTargetError: it is written in none of the forms.
    """
    if not _TARGET.fullmatch(text):
        raise UnknownTargetError
    return text


@dataclass(frozen=True, slots=True)
class Pauses:
    """All targets that are paused now."""

    targets: frozenset[str] = frozenset()

    def cover(self, account_id: str, campaign_id: str, portal_id: int | None) -> bool:
        """Whether a campaign has to wait, by whichever of its names."""
        names = {"all", f"account:{account_id}", f"campaign:{account_id}/{campaign_id}"}
        return bool(self.targets & (names | ({f"portal:{portal_id}"} if portal_id else set())))
