from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.simulators.hubspot.driver import AUTHORIZE, EU, REDIRECT, SCOPES, US, Driver


def show(hubspot: Driver, path: str = "/oauth/authorize", **change: str) -> requests.Response:
    return hubspot.session.get(hubspot.url + path, params=AUTHORIZE | change, timeout=10)


def test_the_page_offers_both_accounts_and_names_the_scopes(hubspot: Driver) -> None:
    page = show(hubspot)

    assert page.status_code == 200
    assert "Acme EU" in page.text
    assert "Acme US" in page.text
    assert "crm.objects.contacts.write" in page.text


def test_an_address_with_an_account_preselects_it(hubspot: Driver) -> None:
    page = show(hubspot, f"/oauth/{US}/authorize")

    assert f"value='{US}' checked" in page.text
    assert f"value='{EU}' checked" not in page.text


def test_approving_sends_back_with_a_code_and_the_state_unchanged(hubspot: Driver) -> None:
    answer = hubspot.approve(EU, state="a b&c=ü")

    assert answer.status_code == 302
    location = urlsplit(answer.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == REDIRECT
    assert parse_qs(location.query)["state"] == ["a b&c=ü"]
    assert parse_qs(location.query)["code"]


def test_a_redirect_uri_keeps_its_own_query(hubspot: Driver) -> None:
    hubspot.control("app", {"redirect_urls": [REDIRECT + "?x=1"]})

    answer = hubspot.approve(EU, redirect_uri=REDIRECT + "?x=1")

    assert parse_qs(urlsplit(answer.headers["location"]).query)["x"] == ["1"]


def test_declining_sends_nobody_anywhere(hubspot: Driver) -> None:
    answer = hubspot.approve(EU, decision="decline")

    assert answer.status_code == 200
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "another-app"},
        {"redirect_uri": "http://127.0.0.1:9/elsewhere"},
        {"scope": "oauth crm.objects.contacts.read"},
        {"scope": SCOPES + " tickets"},
        {"optional_scope": "tickets"},
        {"code_challenge": "abc", "code_challenge_method": "plain"},
    ],
)
def test_an_address_that_does_not_fit_the_app_blocks_the_page_and_the_form(
    hubspot: Driver, change: dict[str, str]
) -> None:
    assert show(hubspot, **change).status_code == 400
    answer = hubspot.approve(EU, **change)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_optional_scopes_are_granted_with_the_required_ones(hubspot: Driver) -> None:
    account = hubspot.connect(EU, optional_scope="crm.objects.deals.read")

    assert account.tokens["scopes"] == [*SCOPES.split(), "crm.objects.deals.read"]


def test_each_optional_scope_can_be_left_out(hubspot: Driver) -> None:
    optional = ["crm.objects.deals.read", "crm.objects.deals.write", "crm.lists.read"]
    form: dict[str, Any] = {"account": str(EU), "decision": "approve", "optional_scope": " ".join(optional)}
    form |= {"without": [*optional[1:], "crm.objects.contacts.read", ""]}

    answer = hubspot.session.post(
        hubspot.url + "/oauth/authorize", data=AUTHORIZE | form, allow_redirects=False, timeout=10
    )

    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    assert hubspot.exchange(code).json()["scopes"] == [*SCOPES.split(), optional[0]]


def test_the_page_has_a_ticked_box_for_each_optional_scope(hubspot: Driver) -> None:
    page = show(hubspot, optional_scope="crm.objects.deals.read crm.lists.read").text

    assert page.count('type="checkbox" checked') == 2
    assert 'type="checkbox"' not in show(hubspot).text


def test_an_account_that_does_not_exist_cannot_be_chosen(hubspot: Driver) -> None:
    assert hubspot.approve(99).status_code == 400


def test_what_stands_in_the_address_cannot_write_markup_into_the_page(hubspot: Driver) -> None:
    page = show(hubspot, state="'><script>")

    assert "<script>" not in page.text
