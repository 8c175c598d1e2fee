"""The way to HubSpot's consent page: a ticket for the window, a cookie and a state for the browser."""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from referral_hubspot.domain.connection import ConnectRequest, ReturnAddressRefusedError, may_return
from referral_hubspot.usecases.connection_ports import ConsentAddress, SingleUse

TICKET_LIFE = timedelta(seconds=60)
STATE_LIFE = timedelta(minutes=10)

_BROWSER = re.compile(r"[A-Za-z0-9_-]{43}")


def new_secret() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


class ConnectUrl:
    """Gives an admin's console the address of our own page that starts connecting."""

    def __init__(
        self,
        once: SingleUse,
        *,
        public_base_url: str,
        allowed_origins: Sequence[str],
        clock: Callable[[], datetime],
        new_secret: Callable[[], str] = new_secret,
    ) -> None:
        self._once = once
        self._base_url = public_base_url.rstrip("/")
        self._allowed_origins = allowed_origins
        self._clock = clock
        self._new_secret = new_secret

    def start(self, account_id: str, campaign_id: str, connected_by: str, return_url: str = "") -> str:
        """An address that works once, for a minute.

        Raises:
            ReturnAddressRefusedError: `return_url` is given and not on an allowed origin.
        """
        if return_url and not may_return(return_url, self._allowed_origins):
            raise ReturnAddressRefusedError
        ticket = self._new_secret()
        request = ConnectRequest(account_id, campaign_id, connected_by, return_url)
        self._once.keep("TICKET", ticket, asdict(request), browser="", expires_at=self._clock() + TICKET_LIFE)
        return f"{self._base_url}/connect?ticket={quote(ticket)}"


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes next, and the cookie value it must bring back."""

    url: str = field(repr=False)
    browser: str = field(repr=False)


class AskConsent:
    """Trades a ticket for the way to HubSpot."""

    def __init__(
        self,
        once: SingleUse,
        consent: ConsentAddress,
        *,
        clock: Callable[[], datetime],
        new_secret: Callable[[], str] = new_secret,
    ) -> None:
        self._once = once
        self._consent = consent
        self._clock = clock
        self._new_secret = new_secret

    def __call__(self, ticket: str, browser: str) -> Departure:
        """Start connecting in the browser that brought the ticket.

        Args:
            browser: The value of its cookie, if it has one: a second window must not break the first.

        Raises:
            SecretRefusedError: the ticket is wrong, used or too old.
        """
        now = self._clock()
        request = self._once.take("TICKET", ticket, browser="", now=now)
        known = browser if _BROWSER.fullmatch(browser) else self._new_secret()
        state = self._new_secret()
        self._once.keep("STATE", state, request, browser=known, expires_at=now + STATE_LIFE)
        return Departure(self._consent.authorize_url(state), known)
