"""Failures the business can name.

ReferralHubSpotError
├── RetryableError                  it heals by itself: the same work may succeed later
│   ├── CrmUnavailableError         HubSpot timed out, answered 5xx, or asked us to slow down
│   ├── NoSlotError                 the HubSpot account's rate budget has no slot soon enough
│   ├── TokenRefreshContendedError  another worker is refreshing this grant
│   ├── ContendedError              others kept changing the same row all the while
│   ├── TokenRefusedError           HubSpot answers 401 although the refresh works
│   └── AppMisconfiguredError       HubSpot refuses our own client id, secret or address: we must act
└── PermanentError                  no retry will help; a person has to act
    ├── NotConnectedError           no grant is stored for this account and HubSpot account
    ├── ConnectionLostError         the customer removed our app or revoked its grant
    ├── ScopeMissingError           the grant lacks a permission this call needs
    ├── RequestRefusedError         HubSpot refused a whole request as invalid
    └── GrantRefusedError           an authorization code that HubSpot does not accept

Every class carries its facts as attributes; the message is built from them and never holds an
e-mail address, a name or a token.
"""

from collections.abc import Sequence

from referral_hubspot.domain.crm import Problem


class ReferralHubSpotError(Exception):
    """Base of every failure this package names."""


class RetryableError(ReferralHubSpotError):
    """The same work may succeed later."""


class PermanentError(ReferralHubSpotError):
    """No retry will help; a person has to act."""


class CrmUnavailableError(RetryableError):
    """HubSpot could not serve the call."""

    def __init__(self, *, status: int | None, retry_after_s: float | None = None) -> None:
        super().__init__(f"HubSpot unavailable (status={status}, retry_after_s={retry_after_s})")
        self.status = status
        self.retry_after_s = retry_after_s


class NoSlotError(RetryableError):
    """No slot of the rate budget comes up within the time a worker may wait."""

    def __init__(self, portal_id: int, wait_s: float) -> None:
        super().__init__(f"portal {portal_id} has no free slot for {wait_s:.1f} s")
        self.portal_id = portal_id
        self.wait_s = wait_s


class TokenRefreshContendedError(RetryableError):
    """Another worker refreshes this grant, and the stored token is no longer usable meanwhile."""

    def __init__(self, account_id: str, portal_id: int) -> None:
        super().__init__(f"the grant of account {account_id} on portal {portal_id} is being refreshed")
        self.account_id = account_id
        self.portal_id = portal_id


class ContendedError(RetryableError):
    """A row changed each time before ours could be written."""

    def __init__(self, account_id: str) -> None:
        super().__init__(f"a row of account {account_id} kept changing")
        self.account_id = account_id


class TokenRefusedError(RetryableError):
    """HubSpot answers 401 to a token it has just issued."""

    def __init__(self, portal_id: int) -> None:
        super().__init__(f"portal {portal_id} refuses a fresh token")
        self.portal_id = portal_id


class AppMisconfiguredError(RetryableError):
    """HubSpot refuses our own client id, secret or redirect address; customers are not at fault."""

    def __init__(self, status: str) -> None:
        super().__init__(f"HubSpot refuses this app's own credentials ({status})")
        self.status = status


class NotConnectedError(PermanentError):
    """No grant is stored for this account on this portal."""

    def __init__(self, account_id: str, portal_id: int) -> None:
        super().__init__(f"account {account_id} holds no grant on portal {portal_id}")
        self.account_id = account_id
        self.portal_id = portal_id


class ConnectionLostError(PermanentError):
    """The grant was revoked, or the app was removed, in HubSpot."""

    def __init__(self, account_id: str, portal_id: int) -> None:
        super().__init__(f"the grant of account {account_id} on portal {portal_id} is lost")
        self.account_id = account_id
        self.portal_id = portal_id


class ScopeMissingError(PermanentError):
    """The grant lacks permissions that the call needs."""

    def __init__(self, portal_id: int, scopes: Sequence[str]) -> None:
        super().__init__(f"portal {portal_id} did not grant {', '.join(scopes) or 'a scope'}")
        self.portal_id = portal_id
        self.scopes = tuple(scopes)


class RequestRefusedError(PermanentError):
    """HubSpot refused a whole request; nothing of it was written."""

    def __init__(self, status: int, category: str, problems: Sequence[Problem]) -> None:
        codes = ", ".join(sorted({problem.code for problem in problems})) or category
        super().__init__(f"HubSpot refused the request (status={status}: {codes})")
        self.status = status
        self.category = category
        self.problems = tuple(problems)


class GrantRefusedError(PermanentError):
    """HubSpot did not accept an authorization code: wrong, used or expired."""

    def __init__(self, status: str) -> None:
        super().__init__(f"HubSpot refused the authorization code ({status})")
        self.status = status
