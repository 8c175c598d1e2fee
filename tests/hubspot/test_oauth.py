from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from referral_hubspot.domain.errors import AppMisconfiguredError, CrmUnavailableError, GrantRefusedError
from referral_hubspot.hubspot.oauth import HubSpotApp, OAuth, TokenFacts
from referral_hubspot.usecases.access import Grant
from tests.hubspot.scripted import Said, ScriptedHubSpot
from tests.hubspot.stand_ins import APP

ANSWER = {
    "token_type": "bearer",
    "access_token": "access-1",
    "refresh_token": "refresh-1",
    "expires_in": 1800,
    "hub_id": 42,
    "scopes": ["oauth", "crm.objects.contacts.read"],
    "user_id": 7,
}
GRANT = Grant("access-1", "refresh-1", 1800, 42, ("oauth", "crm.objects.contacts.read"), "7")


def refused(status: str, error: str, code: int = 400) -> Said:
    return Said(code, {"error": error, "error_description": "no", "status": status, "message": "no"})


def oauth(*answers: Said | Exception, app: HubSpotApp = APP) -> tuple[OAuth, ScriptedHubSpot]:
    hubspot = ScriptedHubSpot(*answers)
    return OAuth(hubspot.transport(), app), hubspot


def with_secrets(*secrets: str) -> HubSpotApp:
    return replace(APP, client_secrets=lambda: secrets)


def secrets_sent(hubspot: ScriptedHubSpot) -> list[str]:
    return [hubspot.form(index)["client_secret"] for index in range(len(hubspot.requests))]


def test_the_consent_address_names_app_scopes_and_state() -> None:
    address = oauth()[0].authorize_url("st/ate")

    assert address.startswith("https://app.example.test/oauth/authorize?")
    assert "optional_scope" not in address
    assert "scope=oauth%20crm.objects.contacts.read" in address  # not "+", which HubSpot does not promise to read
    assert parse_qs(urlsplit(address).query) == {
        "client_id": ["client"],
        "redirect_uri": ["https://us.example.test/callback"],
        "scope": ["oauth crm.objects.contacts.read"],
        "state": ["st/ate"],
    }


def test_what_an_admin_may_decline_is_asked_for_apart() -> None:
    app = replace(APP, optional_scopes=("crm.objects.deals.read", "crm.objects.owners.read"))

    address = oauth(app=app)[0].authorize_url("s")

    assert "&optional_scope=crm.objects.deals.read%20crm.objects.owners.read" in address
    assert parse_qs(urlsplit(address).query)["scope"] == ["oauth crm.objects.contacts.read"]


def test_a_hubspot_account_can_be_chosen_already() -> None:
    assert urlsplit(oauth()[0].authorize_url("s", 42)).path == "/oauth/42/authorize"


def test_a_code_becomes_a_grant_and_no_secret_is_in_the_address() -> None:
    tokens, hubspot = oauth(Said(200, ANSWER))

    assert tokens.exchange("code-1") == GRANT

    assert hubspot.paths == ["POST /oauth/2026-09/token"]
    assert hubspot.form() == {
        "client_id": "client",
        "client_secret": "hush",
        "grant_type": "authorization_code",
        "redirect_uri": "https://us.example.test/callback",
        "code": "code-1",
    }


def test_a_refresh_keeps_its_token_when_hubspot_names_none() -> None:
    answer = {name: value for name, value in ANSWER.items() if name not in ("refresh_token", "scopes", "hub_id")}
    tokens, hubspot = oauth(Said(200, answer | {"scope": "oauth x"}))

    assert tokens.refresh("refresh-0") == Grant("access-1", "refresh-0", 1800, 0, ("oauth", "x"), "7")

    assert hubspot.form()["grant_type"] == "refresh_token"


@pytest.mark.parametrize("missing", ["access_token", "refresh_token", "expires_in", "hub_id"])
def test_an_incomplete_answer_to_a_code_is_no_grant(missing: str) -> None:
    tokens, _ = oauth(Said(200, {name: value for name, value in ANSWER.items() if name != missing}))

    with pytest.raises(CrmUnavailableError):
        tokens.exchange("code-1")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("BAD_REFRESH_TOKEN", "invalid_grant"),
        ("BAD_AUTH_CODE", "invalid_grant"),
        ("BAD_HUB", "access_denied"),
        ("", "invalid_grant"),
        ("", "access_denied"),
        ("BAD_CODE_VERIFIER", ""),
        ("SOMETHING_NEW", "invalid_grant"),
    ],
)
def test_a_dead_grant_is_said_to_be_dead(status: str, error: str) -> None:
    tokens, _ = oauth(refused(status, error))

    with pytest.raises(GrantRefusedError) as raised:
        tokens.refresh("refresh-0")

    assert raised.value.status == (status or error)


@pytest.mark.parametrize(
    "answer",
    [
        refused("BAD_CLIENT_ID", "invalid_client"),
        refused("BAD_CLIENT_SECRET", "invalid_client", 401),
        refused("BAD_REDIRECT_URI", "invalid_grant"),
        refused("BAD_GRANT_TYPE", "unsupported_grant_type"),
        refused("BAD_SCOPES", "invalid_scope"),
        Said(400, b"<html>no</html>"),
        Said(404, {"message": "resource not found"}),
    ],
)
def test_what_is_not_certainly_the_grants_fault_is_ours(answer: Said) -> None:
    tokens, _ = oauth(answer)

    with pytest.raises(AppMisconfiguredError):
        tokens.refresh("refresh-0")


@pytest.mark.parametrize(
    ("answer", "retry_after_s"),
    [
        (Said(429, {}, {"Retry-After": "7"}), 7.0),
        (Said(429, {}), 10.0),
        (Said(423, {}), 2.0),
        (Said(477, {}, {"Retry-After": "3600"}), 3600.0),
        (Said(502, b"<html>"), None),
        (Said(302, {}, {"Location": "https://elsewhere.example"}), None),
        (Said(200, b"{"), None),
        (Said(200, b""), None),
        (requests.ConnectTimeout(), None),
    ],
)
def test_hubspot_being_away_says_nothing_about_the_grant(answer: Said | Exception, retry_after_s: float | None) -> None:
    tokens, hubspot = oauth(answer)

    with pytest.raises(CrmUnavailableError) as raised:
        tokens.refresh("refresh-0")

    assert raised.value.retry_after_s == retry_after_s
    assert len(hubspot.requests) == 1


# While the client secret is being replaced

WRONG_SECRET = refused("BAD_CLIENT_SECRET", "invalid_client")


def test_a_rotated_secret_is_used_by_a_process_that_started_before() -> None:
    stored = ["old"]
    tokens, hubspot = oauth(Said(200, ANSWER), Said(200, ANSWER), app=replace(APP, client_secrets=lambda: stored))

    tokens.refresh("refresh-0")
    stored[:] = ["new", "old"]
    tokens.refresh("refresh-0")

    assert secrets_sent(hubspot) == ["old", "new"]


@pytest.mark.parametrize("wrong", [WRONG_SECRET, refused("BAD_CLIENT_SECRET", "", 401), refused("", "invalid_client")])
def test_the_former_secret_is_tried_while_hubspot_knows_no_other(wrong: Said) -> None:
    tokens, hubspot = oauth(wrong, Said(200, ANSWER), app=with_secrets("new", "old"))

    assert tokens.exchange("code-1") == GRANT

    assert secrets_sent(hubspot) == ["new", "old"]
    assert hubspot.form(0) | {"client_secret": "old"} == hubspot.form(1)


def test_what_hubspot_says_with_the_former_secret_counts() -> None:
    dead = refused("BAD_REFRESH_TOKEN", "invalid_grant")
    tokens, _ = oauth(WRONG_SECRET, dead, WRONG_SECRET, Said(503), app=with_secrets("new", "old"))

    with pytest.raises(GrantRefusedError):
        tokens.refresh("refresh-0")
    with pytest.raises(CrmUnavailableError):
        tokens.refresh("refresh-0")


def test_no_secret_that_hubspot_knows_is_our_fault() -> None:
    tokens, hubspot = oauth(WRONG_SECRET, WRONG_SECRET, app=with_secrets("new", "old"))

    with pytest.raises(AppMisconfiguredError) as raised:
        tokens.refresh("refresh-0")

    assert raised.value.status == "BAD_CLIENT_SECRET"
    assert len(hubspot.requests) == 2


def test_without_a_stored_secret_hubspot_is_not_asked() -> None:
    tokens, hubspot = oauth(app=with_secrets())

    with pytest.raises(AppMisconfiguredError):
        tokens.refresh("refresh-0")

    assert hubspot.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        refused("BAD_CLIENT_ID", "invalid_client"),
        refused("BAD_REFRESH_TOKEN", "invalid_grant"),
        Said(500, {"status": "BAD_CLIENT_SECRET"}),
        Said(400, b"<html>"),
    ],
)
def test_only_a_refused_secret_makes_us_try_the_other(answer: Said) -> None:
    tokens, hubspot = oauth(answer, app=with_secrets("new", "old"))

    with pytest.raises((AppMisconfiguredError, GrantRefusedError, CrmUnavailableError)):
        tokens.refresh("refresh-0")

    assert len(hubspot.requests) == 1


# What a token is


def test_our_apps_id_is_asked_for_until_it_is_told() -> None:
    tokens, hubspot = oauth(Said(200, {"active": True}), Said(200, {"active": True, "app_id": 1001}))

    assert [tokens.app_id("access-1") for _ in range(3)] == ["", "1001", "1001"]
    assert len(hubspot.requests) == 2


def test_introspection_may_say_much_or_little() -> None:
    much = {"active": True, "hub_id": 42, "hub_domain": "acme.example", "user": "a@b.co", "scopes": ["oauth"]}
    much |= {"app_id": 1001}
    tokens, hubspot = oauth(Said(200, much), Said(200, {"active": True}), Said(200, {"active": False}))

    assert tokens.introspect("access-1") == TokenFacts(True, 42, "acme.example", "a@b.co", ("oauth",), "1001")
    assert tokens.introspect("access-1") == TokenFacts(True)
    assert tokens.introspect("access-1") == TokenFacts(False)
    assert hubspot.form()["token"] == "access-1"


def test_a_revoked_grant_is_named_by_its_refresh_token() -> None:
    tokens, hubspot = oauth(Said(200, b""))

    tokens.revoke("refresh-1")

    assert hubspot.paths == ["POST /oauth/2026-09/token/revoke"]
    assert hubspot.form()["token"] == "refresh-1"
    assert hubspot.form()["token_type_hint"] == "refresh_token"


@pytest.mark.parametrize("value", [GRANT, APP, TokenFacts(True, 42, "", "a@b.co")])
def test_nothing_secret_shows(value: Any) -> None:
    shown = repr(value)

    assert not any(secret in shown for secret in ("access-1", "refresh-1", "hush", "a@b.co"))
