"""One visit of a browser as API Gateway hands it over, and what goes back."""

import base64
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from .pages import Page

# Longer than a state and then a switch may take: HubSpot's sign-in can fill the first, a colleague's advice the second.
_COOKIE_LIFE_S = 1800

_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",  # the address holds the code and the state
    "x-content-type-options": "nosniff",
}


class Visit:
    """What a browser brought. `secure` is for a site on https, whose cookie no other host can set."""

    def __init__(self, event: Mapping[str, Any], *, secure: bool) -> None:
        self._event = event
        self._secure = secure
        self._name = "__Host-hubspot-connect" if secure else "hubspot-connect"

    @property
    def query(self) -> Mapping[str, str]:
        """The address's parameters, the last of each name."""
        return dict(parse_qsl(self._event.get("rawQueryString", "")))

    @cached_property
    def form(self) -> Mapping[str, str]:
        """The posted form; empty for what is none."""
        body = self._event.get("body") or ""
        text = base64.b64decode(body).decode("utf-8", "replace") if self._event.get("isBase64Encoded") else body
        return dict(parse_qsl(text))

    @property
    def browser(self) -> str:
        """The value of our cookie, empty if there is none."""
        for cookie in self._event.get("cookies", []):
            name, _, value = cookie.partition("=")
            if name == self._name:
                return str(value)
        return ""

    def cookie(self, value: str) -> str:
        """Our cookie, for this host only, out of reach of scripts, and sent when HubSpot sends the browser back."""
        secure = "; Secure" if self._secure else ""
        return f"{self._name}={value}; Path=/; Max-Age={_COOKIE_LIFE_S}; HttpOnly; SameSite=Lax{secure}"


def answer(page: Page) -> dict[str, Any]:
    """A page."""
    headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": page.policy}
    return {"statusCode": page.status, "headers": _HEADERS | headers, "body": page.html}


def redirect(url: str, cookie: str) -> dict[str, Any]:
    """The way to another site, with our cookie."""
    return {"statusCode": 302, "headers": _HEADERS | {"location": url}, "cookies": [cookie]}
