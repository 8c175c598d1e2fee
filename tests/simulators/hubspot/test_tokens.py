from __future__ import annotations

import pytest
import requests

from tests.simulators.hubspot.driver import CLIENT, EU, SCOPES, US, Account, Driver

DETAILS = "/account-info/2026-09/details"


def introspect(hubspot: Driver, token: str, what: str = "introspect") -> requests.Response:
    address = f"{hubspot.url}/oauth/2026-09/token/{what}"
    return hubspot.session.post(address, data=CLIENT | {"token": token}, timeout=10)


def test_a_code_becomes_tokens_for_the_chosen_account(hubspot: Driver) -> None:
    answer = hubspot.exchange(hubspot.code(US))

    tokens = answer.json()
    assert answer.status_code == 200
    assert (tokens["hub_id"], tokens["expires_in"], tokens["token_type"]) == (US, 1800, "bearer")
    assert tokens["scopes"] == SCOPES.split()
    assert tokens["refresh_token"].startswith("na1-")
    assert 256 < len(tokens["access_token"]) <= 512


def test_a_code_works_once(hubspot: Driver) -> None:
    code = hubspot.code()
    hubspot.exchange(code)

    again = hubspot.exchange(code)

    assert again.status_code == 400
    assert (again.json()["error"], again.json()["status"]) == ("invalid_grant", "BAD_AUTH_CODE")


@pytest.mark.parametrize(
    ("change", "error", "status"),
    [
        ({"client_id": "x"}, "invalid_client", "BAD_CLIENT_ID"),
        ({"client_secret": "x"}, "invalid_client", "BAD_CLIENT_SECRET"),
        ({"redirect_uri": "http://127.0.0.1:9/x"}, "invalid_grant", "BAD_REDIRECT_URI"),
        ({"grant_type": "password"}, "unsupported_grant_type", "BAD_GRANT_TYPE"),
        ({"code": "x"}, "invalid_grant", "BAD_AUTH_CODE"),
    ],
)
def test_a_wrong_exchange_is_refused_in_the_words_of_the_standard(
    hubspot: Driver, change: dict[str, str], error: str, status: str
) -> None:
    form = {"grant_type": "authorization_code", "code": hubspot.code(), "redirect_uri": "http://127.0.0.1:9/callback"}

    answer = hubspot.token(**(form | change))

    assert answer.status_code == 400
    assert (answer.json()["error"], answer.json()["status"]) == (error, status)
    assert answer.json()["error_description"] == answer.json()["message"]


def test_parameters_in_the_address_are_not_looked_at(hubspot: Driver) -> None:
    query = CLIENT | {"grant_type": "refresh_token", "refresh_token": "x"}
    address = f"{hubspot.url}/oauth/2026-09/token"

    assert hubspot.session.post(address, params=query, timeout=10).status_code == 415
    empty = hubspot.session.post(address, params=query, data={"a": "b"}, timeout=10)
    assert empty.json()["status"] == "BAD_CLIENT_ID"


def test_a_refresh_gives_another_access_token_and_the_former_lives_on(hubspot: Driver, account: Account) -> None:
    fresh = hubspot.refresh(account.tokens["refresh_token"]).json()

    assert fresh["access_token"] != account.tokens["access_token"]
    assert fresh["refresh_token"] == account.tokens["refresh_token"]
    assert account.call("GET", DETAILS).status_code == 200


def test_an_expired_access_token_is_refused_and_a_refresh_heals_it(hubspot: Driver, account: Account) -> None:
    hubspot.control("expire", {"portal": EU})

    refused = account.call("GET", DETAILS)
    assert (refused.status_code, refused.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")

    account.tokens = hubspot.refresh(account.tokens["refresh_token"]).json()
    assert account.call("GET", DETAILS).status_code == 200


def test_a_token_lives_as_long_as_the_app_is_told(hubspot: Driver) -> None:
    hubspot.control("app", {"expires_in": 0})

    account = hubspot.connect(EU)

    assert account.tokens["expires_in"] == 0
    assert account.call("GET", DETAILS).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer x", "Basic x"])
def test_an_unknown_token_is_refused(hubspot: Driver, header: str) -> None:
    answer = hubspot.session.get(hubspot.url + DETAILS, headers={"Authorization": header}, timeout=10)

    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_a_missing_scope_is_named(hubspot: Driver, account: Account) -> None:
    hubspot.control("scopes", {"portal": EU, "remove": ["crm.objects.contacts.write"]})

    answer = account.upsert()

    assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")
    assert answer.json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.contacts.write"]
    assert answer.json()["links"]["scopes"]


def test_properties_can_be_read_with_either_of_two_scopes(hubspot: Driver, account: Account) -> None:
    hubspot.control("scopes", {"portal": EU, "remove": ["crm.schemas.contacts.read"]})
    assert account.call("GET", "/crm/properties/2026-09/contacts").status_code == 200

    hubspot.control("scopes", {"portal": EU, "remove": ["crm.objects.contacts.read"]})
    assert account.call("GET", "/crm/properties/2026-09/contacts").status_code == 403


def test_introspection_describes_a_token(hubspot: Driver, account: Account) -> None:
    access = introspect(hubspot, account.tokens["access_token"]).json()
    refresh = introspect(hubspot, account.tokens["refresh_token"]).json()

    assert (access["active"], access["hub_id"], access["token_use"]) == (True, EU, "access_token")
    assert access["signed_access_token"]["hubId"] == EU
    assert (refresh["active"], refresh["token_use"]) == (True, "refresh_token")
    assert "expires_in" not in refresh
    assert introspect(hubspot, "x").json() == {"active": False}


def test_a_revoked_grant_cannot_be_refreshed_but_its_access_token_lives_on(hubspot: Driver, account: Account) -> None:
    assert introspect(hubspot, account.tokens["refresh_token"], "revoke").status_code == 200

    refused = hubspot.refresh(account.tokens["refresh_token"])
    assert (refused.status_code, refused.json()["status"]) == (400, "BAD_REFRESH_TOKEN")
    assert refused.json()["error"] == "invalid_grant"
    assert account.call("GET", DETAILS).status_code == 200
    assert introspect(hubspot, account.tokens["refresh_token"]).json() == {"active": False}


def test_two_consents_for_one_account_are_two_grants(hubspot: Driver, account: Account) -> None:
    other = hubspot.connect(EU)
    introspect(hubspot, account.tokens["refresh_token"], "revoke")

    assert hubspot.refresh(other.tokens["refresh_token"]).status_code == 200


def test_uninstalling_ends_every_token_of_that_account_only(hubspot: Driver, account: Account) -> None:
    elsewhere = hubspot.connect(US)

    answer = account.call("DELETE", "/appinstalls/2026-09/external-install")

    assert (answer.status_code, answer.content) == (204, b"")
    assert account.call("GET", DETAILS).status_code == 401
    assert hubspot.refresh(account.tokens["refresh_token"]).json()["status"] == "BAD_REFRESH_TOKEN"
    assert elsewhere.call("GET", DETAILS).status_code == 200


def test_a_person_can_remove_the_app(hubspot: Driver, account: Account) -> None:
    hubspot.control("revoke", {"portal": EU})

    assert hubspot.refresh(account.tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert account.call("GET", DETAILS).status_code == 401


def test_the_account_says_who_it_is_and_where_people_see_it(hubspot: Driver, account: Account) -> None:
    details = account.call("GET", DETAILS).json()

    assert (details["portalId"], details["uiDomain"]) == (EU, "app-eu1.hubspot.com")
    assert details["timeZone"] == "Europe/Berlin"
