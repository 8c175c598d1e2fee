"""HubSpot's consent page and token endpoint. Everything goes in the form body, nothing secret in an address."""

from collections.abc import Callable, Mapping, Sequence
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
    """Our app at HubSpot. `authorize_url` is HubSpot's consent page, `redirect_url` our callback.

    `client_secrets` answers the secret in use, and while it is being replaced the one before it; it is
    asked at each call, because a process outlives a rotation. An admin may decline `optional_scopes`.
    """

    client_id: str
    client_secrets: Callable[[], Sequence[str]] = field(repr=False)
    redirect_url: str
    authorize_url: str
    scopes: tuple[str, ...]
    optional_scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What HubSpot says of a token; of an inactive one, and sometimes of an active one, nothing else."""

    active: bool
    portal_id: int = 0
    hub_domain: str = ""
    user: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()
    app_id: str = ""


class OAuth:
    """Grants, from and back to HubSpot.

    Calls raise CrmUnavailableError where HubSpot says nothing about the grant, AppMisconfiguredError
    where it refuses this app, and GrantRefusedError where it refuses the code or the refresh token.
    """

    def __init__(self, transport: Transport, app: HubSpotApp) -> None:
        self._transport = transport
        self._app = app
        self._app_id = ""

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
        if self._app.optional_scopes:
            query["optional_scope"] = " ".join(self._app.optional_scopes)
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
            app_id=str(facts.get("app_id") or ""),
        )

    def app_id(self, access_token: str) -> str:
        """Our app's id at HubSpot, as values that it wrote name it; "" where HubSpot does not tell. Asked for once."""
        self._app_id = self._app_id or self.introspect(access_token).app_id
        return self._app_id

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
        response = self._send(path, form)
        status = response.status_code
        if 200 <= status < 300:
            return read_object(response)
        if status in (423, 429, 477) or status >= 500 or status < 400:
            waiting_s = retry_after_s(response.headers)
            raise CrmUnavailableError(
                status=status, retry_after_s=_WAIT_S.get(status) if waiting_s is None else waiting_s
            )
        raise _refusal(response)

    def _send(self, path: str, form: Mapping[str, str]) -> requests.Response:
        """The answer to the first secret that HubSpot knows; during a rotation that may be the former one."""
        answer: requests.Response | None = None
        for secret in self._app.client_secrets():
            ours = {"client_id": self._app.client_id, "client_secret": secret}
            answer = self._transport.send("POST", path, form={**ours, **form})
            if not _wrong_secret(answer):
                break
        if answer is None:
            raise AppMisconfiguredError("no client secret is stored")
        return answer


def _wrong_secret(response: requests.Response) -> bool:
    if response.status_code not in (400, 401):
        return False
    body = read_refusal(response)
    return body.get("status") == "BAD_CLIENT_SECRET" or (
        not body.get("status") and body.get("error") == "invalid_client"
    )


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
