"""Connecting a campaign to a HubSpot account: what is asked, where it may come back to, what can go wrong.

ReferralHubSpotError
├── RetryableError
│   ├── ConnectionChangedError      the campaign's connection changed meanwhile: read again, then decide
│   └── CleanUpRunningError         the same HubSpot account is being disconnected right now
└── PermanentError
    ├── SettingsChangedError        someone else saved these settings first
    ├── CampaignDeletedError        the platform deleted the campaign
    ├── AccountNotInUseError        no other campaign of the customer uses this HubSpot account
    ├── OtherAccountError           the campaign uses another HubSpot account, which nobody said to leave
    ├── ReturnAddressRefusedError   the way back is not on an allowed origin
    └── SecretRefusedError          a ticket, state or switch is wrong, used, expired or someone else's
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from referral_hubspot.domain.errors import PermanentError, RetryableError
from referral_hubspot.domain.settings import Binding, Broken, CampaignState, Side

# What browsers read differently from the standard, or not at all: refused rather than understood.
_AMBIGUOUS = re.compile(r"[\s\\\x00-\x1f\x7f]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """An admin's wish to connect a campaign; it travels with the browser under single-use secrets."""

    account_id: str
    campaign_id: str
    connected_by: str = field(repr=False)
    return_url: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A campaign that comes to a HubSpot account, as it is stored if all that it was judged by still stands.

    `seen` is how the campaign stood before, `broken` what keeps the saved settings of each side from working in
    this HubSpot account, and `over` the version of the neighbourhood that `broken` was found in.
    """

    binding: Binding
    seen: CampaignState
    broken: Mapping[Side, Sequence[Broken]] = field(default_factory=dict)
    over: int = 0


class Refusal(StrEnum):
    """Why a single-use secret opens nothing."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    OTHER_BROWSER = "other_browser"


class ConnectionChangedError(RetryableError):
    """The campaign, or another one on its HubSpot account, was connected or saved between reading and writing."""

    def __init__(self, account_id: str, campaign_id: str) -> None:
        super().__init__(f"the connection of campaign {campaign_id} of account {account_id} changed meanwhile")
        self.account_id = account_id
        self.campaign_id = campaign_id


class CleanUpRunningError(RetryableError):
    """The grant would be revoked a moment after it is stored; in a minute it would not."""

    def __init__(self, account_id: str, portal_id: int) -> None:
        super().__init__(f"the grant of account {account_id} on portal {portal_id} is being given back")
        self.account_id = account_id
        self.portal_id = portal_id


class SettingsChangedError(PermanentError):
    """Someone saved a newer version; `saved_by` and `saved_at` say who and when, for the admin to read."""

    def __init__(self, saved_by: str, saved_at: datetime | None) -> None:
        super().__init__("the settings were saved by someone else meanwhile")
        self.saved_by = saved_by
        self.saved_at = saved_at


class CampaignDeletedError(PermanentError):
    """The platform deleted the campaign, for good."""

    def __init__(self, account_id: str, campaign_id: str) -> None:
        super().__init__(f"campaign {campaign_id} of account {account_id} is deleted")
        self.account_id = account_id
        self.campaign_id = campaign_id


class AccountNotInUseError(PermanentError):
    """There is no connection to share: HubSpot's own page has to be asked."""

    def __init__(self, account_id: str, portal_id: int) -> None:
        super().__init__(f"no other campaign of account {account_id} uses portal {portal_id}")
        self.account_id = account_id
        self.portal_id = portal_id


class OtherAccountError(PermanentError):
    """The campaign uses another HubSpot account than the chosen one; an admin has to say that it may be left."""

    def __init__(self, former_name: str, chosen_name: str) -> None:
        super().__init__("the campaign uses another HubSpot account")
        self.former_name = former_name
        self.chosen_name = chosen_name


class ReturnAddressRefusedError(PermanentError):
    """The address to come back to is not on an allowed origin."""

    def __init__(self) -> None:
        super().__init__("the return address is not on an allowed origin")


class SecretRefusedError(PermanentError):
    """A single-use secret does not open what it claims to; `reason` is for logs, not for people.

    `return_url` is the way back where the secret was this browser's own once.
    """

    def __init__(self, purpose: str, reason: Refusal, return_url: str = "") -> None:
        super().__init__(f"{purpose} refused: {reason}")
        self.purpose = purpose
        self.reason = reason
        self.return_url = return_url


def told_apart(former: str, former_id: int, chosen: str, chosen_id: int) -> tuple[str, str]:
    """The names of two HubSpot accounts; two of one company get their number, which is in HubSpot's account menu."""
    return (former, chosen) if former != chosen else (f"{former} ({former_id})", f"{chosen} ({chosen_id})")


def origin(url: str) -> str | None:
    """Scheme, host and port as a browser compares them; None for anything but a plain web address."""
    if _AMBIGUOUS.search(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


def may_return(url: str, allowed_origins: Iterable[str]) -> bool:
    """Whether the address is on one of the origins that the operator listed."""
    came_from = origin(url)
    return came_from is not None and came_from in {origin(allowed) for allowed in allowed_origins}
