"""The token endpoints."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl

from simulators.hubspot.answers import Answer, Call
from simulators.hubspot.moments import now_ms
from simulators.hubspot.problems import RefusalError
from simulators.hubspot.tokens import AccessToken, Consent, Grant

Json = dict[str, Any]

FORM = "application/x-www-form-urlencoded"
_OPAQUE = (  # in HubSpot encoded for itself
    "scopes",
    "scopeToScopeGroupPks",
    "trialScopes",
    "trialScopeToScopeGroupPks",
    "signature",
    "newSignature",
)


def token(call: Call) -> Answer:
    """Exchange a code, or refresh."""
    form = read_form(call)
    _check_client(call, form)
    match form.get("grant_type"):
        case "authorization_code":
            call.kind = "oauth.exchange"
            return _exchange(call, form)
        case "refresh_token":
            call.kind = "oauth.refresh"
            return _refresh(call, form)
        case _:
            raise refusal("unsupported_grant_type", "BAD_GRANT_TYPE", "missing or unknown grant type")


def introspect(call: Call) -> Answer:
    form = read_form(call)
    _check_client(call, form)
    value, simulation = form.get("token", ""), call.simulation
    issued, grant = simulation.tokens.access(value), simulation.tokens.grant(value)
    if issued is not None and issued.expires_ms > now_ms():
        grant = issued.grant
    elif grant is None:
        return Answer(200, {"active": False})
    else:
        issued = None
    if simulation.switches.introspect_says_active_only:
        return Answer(200, {"active": True})
    call.portal_id = grant.portal_id
    return Answer(200, _description(call, grant, issued))


def revoke(call: Call) -> Answer:
    """Unknown tokens are no error, as RFC 7009 has it."""
    form = read_form(call)
    _check_client(call, form)
    simulation = call.simulation
    value = form.get("token", "")
    issued = simulation.tokens.access(value)
    grant = issued.grant if issued else simulation.tokens.grant(value)
    if grant is not None:
        call.portal_id = grant.portal_id
        simulation.tokens.revoke(grant, access_too=simulation.switches.revoke_ends_access_tokens)
    return Answer(200, {})


def read_form(call: Call) -> dict[str, str]:
    """The body's fields; what stands in the address is not looked at.

    Raises:
        RefusalError: 400 or 415, it is no form.
    """
    if call.headers.get("content-type", "").partition(";")[0].strip() != FORM:
        raise RefusalError(415, {"status": "error", "message": f"The body must be {FORM}", "error": "invalid_request"})
    return dict(parse_qsl(call.raw_body.decode(errors="replace"), keep_blank_values=True))


def portal_of(call: Call) -> int | None:
    """Whose token a form is about, for the journal and for faults."""
    try:
        form = read_form(call)
    except RefusalError:
        return None
    tokens = call.simulation.tokens
    if consent := tokens.consent(form.get("code", "")):
        return consent.portal_id
    for name in ("refresh_token", "token"):
        if grant := tokens.grant(form.get(name, "")):
            return grant.portal_id
    issued = tokens.access(form.get("token", ""))
    return issued.grant.portal_id if issued else None


def refusal(error: str, status: str, message: str) -> RefusalError:
    """RFC 6749's form beside HubSpot's own."""
    return RefusalError(400, {"error": error, "error_description": message, "status": status, "message": message})


def _check_client(call: Call, form: Json) -> None:
    app = call.simulation.app
    if form.get("client_id") != app.client_id:
        raise refusal("invalid_client", "BAD_CLIENT_ID", "missing or unknown client id")
    if not hmac.compare_digest(str(form.get("client_secret", "")).encode(), app.client_secret.encode()):
        raise refusal("invalid_client", "BAD_CLIENT_SECRET", "missing or invalid client secret")


def _exchange(call: Call, form: Json) -> Answer:
    """A code is spent by the first attempt that names it, right or wrong."""
    simulation = call.simulation
    consent = simulation.tokens.take_consent(str(form.get("code", "")))
    lifetime_ms = simulation.switches.code_lifetime_s * 1000
    if consent is None or now_ms() - consent.given_ms > lifetime_ms:
        raise refusal("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code")
    call.portal_id = consent.portal_id
    if form.get("redirect_uri") != consent.redirect_uri:
        raise refusal("invalid_grant", "BAD_REDIRECT_URI", "redirect URI mismatch")
    if simulation.switches.pkce_is_enforced and not _proves(consent, str(form.get("code_verifier", ""))):
        raise refusal("invalid_grant", "BAD_CODE_VERIFIER", "code verifier does not match")
    region = call.portal.hosting
    reuse = simulation.switches.reconnect_returns_same_refresh_token
    grant = simulation.tokens.grant_for(consent, region, reuse=reuse)
    simulation.install(consent.portal_id)
    return _issued(call, grant)


def _proves(consent: Consent, verifier: str) -> bool:
    if consent.code_challenge is None:
        return True
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == consent.code_challenge


def _refresh(call: Call, form: Json) -> Answer:
    simulation = call.simulation
    grant = simulation.tokens.grant(str(form.get("refresh_token", "")))
    if grant is None:
        raise refusal("invalid_grant", "BAD_REFRESH_TOKEN", "refresh token is invalid, expired or revoked")
    call.portal_id = grant.portal_id
    if simulation.switches.refresh_token_rotates:
        simulation.tokens.rotate(grant)
    return _issued(call, grant)


def _issued(call: Call, grant: Grant) -> Answer:
    lifetime_s = call.simulation.app.expires_in
    issued = call.simulation.tokens.issue(grant, lifetime_s)
    return Answer(
        200,
        {
            "token_type": "bearer",
            "access_token": issued.token,
            "refresh_token": grant.refresh_token,
            "expires_in": int(lifetime_s),
            "hub_id": grant.portal_id,
            "scopes": list(grant.scopes),
            "user_id": grant.user_id,
            "token_use": "access_token",
        },
        {"Cache-Control": "no-store"},
    )


def _description(call: Call, grant: Grant, issued: AccessToken | None) -> Json:
    app = call.simulation.app
    body: Json = {
        "active": True,
        "token": issued.token if issued else grant.refresh_token,
        "hub_id": grant.portal_id,
        "user_id": grant.user_id,
        "client_id": app.client_id,
        "app_id": app.app_id,
        "user": "admin@example.com",
        "hub_domain": call.simulation.portals[grant.portal_id].website,
        "scopes": list(grant.scopes),
        "is_private_distribution": False,
        "token_use": "access_token" if issued else "refresh_token",
        "token_type": "bearer",
    }
    if issued is not None:
        body["expires_in"] = max(0, (issued.expires_ms - now_ms()) // 1000)
        body["signed_access_token"] = {
            "expiresAt": issued.expires_ms,
            "hubId": grant.portal_id,
            "userId": grant.user_id,
            "installingUserId": grant.user_id,
            "appId": app.app_id,
            "hublet": call.simulation.portals[grant.portal_id].hosting,
            "isUserLevel": False,
            "isServiceAccount": False,
            "isPrivateDistribution": False,
            **dict.fromkeys(_OPAQUE, ""),
        }
    return body
