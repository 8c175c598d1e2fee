"""HubSpot's consent page and token endpoint. Everything goes in the form body, nothing secret in an address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import requests

from referral_hubspot.domain.errors import AppMisconfiguredError, CrmUnavailableError, GrantRefusedError
from referral_hubspot.hubspot.refusals import retry_after_s, texts
from referral_hubspot.hubspot.transport import API_VERSION, Transport, read_object, read_refusal
from referral_hubspot.usecases.access import Grant

_TOKEN = f"/oauth/{API_VERSION}/token"

# `status` is HubSpot's own word and more exact than RFC 6749's `error`, which is invalid_grant for a wrong redirect
# address too.
_GRANT_STATUSES = frozenset({"BAD_REFRESH_TOKEN", "BAD_AUTH_CODE", "BAD_CODE_VERIFIER", "BAD_HUB"})
_OUR_STATUSES = frozenset({"BAD_CLIENT_ID", "BAD_CLIENT_SECRET", "BAD_REDIRECT_URI", "BAD_GRANT_TYPE", "BAD_SCOPES"})
_GRANT_ERRORS = frozenset({"invalid_grant", "access_denied"})
_WAIT_S = {429: 10.0, 423: 2.0}


@dataclass(frozen=True, slots=True)
class HubSpotApp:
    """Our app at HubSpot. `authorize_url` is HubSpot's consent page, `redirect_url` our callback."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_url: str
    authorize_url: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What HubSpot says of a token; of an inactive one, and sometimes of an active one, nothing else."""

    active: bool
    portal_id: int = 0
    hub_domain: str = ""
    user: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()


class OAuth:
    """Grants, from and back to HubSpot.

    Calls raise CrmUnavailableError where HubSpot says nothing about the grant, AppMisconfiguredError
    where it refuses this app, and GrantRefusedError where it refuses the code or the refresh token.
    """

    def __init__(self, transport: Transport, app: HubSpotApp) -> None:
        self._transport = transport
        self._app = app

    def authorize_url(self, state: str, portal_id: int | None = None) -> str:
        """Where to send the browser; with `portal_id` that HubSpot account is chosen already."""
        base = self._app.authorize_url
        if portal_id is not None:
            head, _, tail = base.rpartition("/")
            base = f"{head}/{portal_id}/{tail}"
        query = {
            "client_id": self._app.client_id,
            "redirect_uri": self._app.redirect_url,
            "scope": " ".join(self._app.scopes),
            "state": state,
        }
        return f"{base}?{urlencode(query, quote_via=quote)}"

    def exchange(self, code: str) -> Grant:
        """The grant behind an authorization code, which is spent by asking."""
        return self._grant({"grant_type": "authorization_code", "redirect_uri": self._app.redirect_url, "code": code})

    def refresh(self, refresh_token: str) -> Grant:
        """A new access token; the refresh token in the answer is to be kept, should it be another."""
        return self._grant({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def introspect(self, access_token: str) -> TokenFacts:
        """What HubSpot says of an access token."""
        facts = self._ask(f"{_TOKEN}/introspect", {"token": access_token, "token_type_hint": "access_token"})
        return TokenFacts(
            active=facts.get("active") is True,
            portal_id=_number(facts.get("hub_id")),
            hub_domain=str(facts.get("hub_domain") or ""),
            user=str(facts.get("user") or ""),
            scopes=tuple(texts(facts.get("scopes"))),
        )

    def revoke(self, refresh_token: str) -> None:
        """End a grant; access tokens already issued live on for up to half an hour."""
        self._ask(f"{_TOKEN}/revoke", {"token": refresh_token, "token_type_hint": "refresh_token"})

    def _grant(self, form: Mapping[str, str]) -> Grant:
        answer = self._ask(_TOKEN, form)
        grant = Grant(
            access_token=str(answer.get("access_token") or ""),
            refresh_token=str(answer.get("refresh_token") or form.get("refresh_token") or ""),
            expires_in=_number(answer.get("expires_in")),
            portal_id=_number(answer.get("hub_id")),
            scopes=_scopes(answer),
            user=str(answer.get("user_id") or ""),
        )
        known_portal = grant.portal_id or "refresh_token" in form  # a refresh is about a grant whose portal is known
        if not (grant.access_token and grant.refresh_token and grant.expires_in > 0 and known_portal):
            raise CrmUnavailableError(status=200)
        return grant

    def _ask(self, path: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        ours = {"client_id": self._app.client_id, "client_secret": self._app.client_secret}
        response = self._transport.send("POST", path, form={**ours, **form})
        status = response.status_code
        if 200 <= status < 300:
            return read_object(response)
        if status in (423, 429, 477) or status >= 500 or status < 400:
            waiting_s = retry_after_s(response.headers)
            raise CrmUnavailableError(
                status=status, retry_after_s=_WAIT_S.get(status) if waiting_s is None else waiting_s
            )
        raise _refusal(response)


def _refusal(response: requests.Response) -> GrantRefusedError | AppMisconfiguredError:
    """Whose fault it is. What is not certain to be the grant's is ours: no customer is cut off by a guess."""
    body = read_refusal(response)
    status, error = str(body.get("status") or ""), str(body.get("error") or "")
    named = status or error or f"HTTP {response.status_code}"
    if status in _GRANT_STATUSES or (error in _GRANT_ERRORS and status not in _OUR_STATUSES):
        return GrantRefusedError(named)
    return AppMisconfiguredError(named)


def _scopes(answer: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(texts(answer.get("scopes"))) or tuple(str(answer.get("scope") or "").split())


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
