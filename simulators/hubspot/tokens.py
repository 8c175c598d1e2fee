"""Codes, grants and access tokens, kept as honestly as HubSpot keeps them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from simulators.hubspot.moments import now_ms


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person allowed, waiting behind a single-use code."""

    portal_id: int
    user_id: int
    redirect_uri: str
    scopes: tuple[str, ...]
    given_ms: int
    code_challenge: str | None = None


@dataclass(slots=True)
class Grant:
    """A refresh token and what it is good for."""

    portal_id: int
    user_id: int
    scopes: list[str]
    refresh_token: str = field(repr=False)


@dataclass(slots=True)
class AccessToken:
    token: str = field(repr=False)
    grant: Grant
    expires_ms: int


class Tokens:
    """The tokens of the one app."""

    def __init__(self) -> None:
        self._consents: dict[str, Consent] = {}
        self._grants: dict[str, Grant] = {}
        self._access: dict[str, AccessToken] = {}

    def keep_consent(self, consent: Consent) -> str:
        """The code to hand out."""
        code = secrets.token_urlsafe(24)
        self._consents[code] = consent
        return code

    def take_consent(self, code: str) -> Consent | None:
        """The consent behind a code, once."""
        return self._consents.pop(code, None)

    def consent(self, code: str) -> Consent | None:
        return self._consents.get(code)

    def grant_for(self, consent: Consent, region: str, *, reuse: bool) -> Grant:
        """A new grant, or with `reuse` the portal's former one with what is allowed now."""
        if reuse:
            for grant in self._grants.values():
                if grant.portal_id == consent.portal_id:
                    grant.scopes = list(consent.scopes)
                    return grant
        token = f"{region}-{secrets.token_hex(4)}-{secrets.token_urlsafe(32)}"
        grant = Grant(consent.portal_id, consent.user_id, list(consent.scopes), token)
        self._grants[token] = grant
        return grant

    def grant(self, refresh_token: str) -> Grant | None:
        return self._grants.get(refresh_token)

    def rotate(self, grant: Grant) -> None:
        del self._grants[grant.refresh_token]
        grant.refresh_token = f"{grant.refresh_token.partition('-')[0]}-{secrets.token_urlsafe(40)}"
        self._grants[grant.refresh_token] = grant

    def issue(self, grant: Grant, lifetime_s: float) -> AccessToken:
        """Long, because HubSpot's may take 512 characters."""
        issued = AccessToken(f"C{secrets.token_urlsafe(210)}", grant, now_ms() + int(lifetime_s * 1000))
        self._access[issued.token] = issued
        return issued

    def access(self, token: str) -> AccessToken | None:
        return self._access.get(token)

    def revoke(self, grant: Grant, *, access_too: bool) -> None:
        self._grants.pop(grant.refresh_token, None)
        if access_too:
            self._access = {token: issued for token, issued in self._access.items() if issued.grant is not grant}

    def forget_portal(self, portal_id: int, *, keep_access: bool = False) -> None:
        """The app is no longer installed there."""
        self._consents = {code: item for code, item in self._consents.items() if item.portal_id != portal_id}
        self._grants = {token: item for token, item in self._grants.items() if item.portal_id != portal_id}
        if not keep_access:
            self._access = {t: issued for t, issued in self._access.items() if issued.grant.portal_id != portal_id}

    def expire(self, portal_id: int | None) -> int:
        """End the access tokens of a portal, or of all, now. Says how many."""
        ended = 0
        for issued in self._access.values():
            if portal_id in (None, issued.grant.portal_id) and issued.expires_ms > now_ms():
                issued.expires_ms = now_ms() - 1000
                ended += 1
        return ended

    def grants(self, portal_id: int) -> list[Grant]:
        return [grant for grant in self._grants.values() if grant.portal_id == portal_id]

    def live_access_tokens(self, portal_id: int) -> int:
        return sum(t.grant.portal_id == portal_id and t.expires_ms > now_ms() for t in self._access.values())
