"""The handler as API Gateway calls it, over real tables and a HubSpot of our own."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from logging import StreamHandler
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from functions.oauth_callback import app
from referral_hubspot.domain.errors import AppMisconfiguredError
from referral_hubspot.runtime.admin import AdminEnvironment
from referral_hubspot.runtime.observability import logger
from tests.connecting import BACK, BASE_URL, EU, US, World, new_world

COOKIE = "__Host-hubspot-connect"


@dataclass
class Context:
    function_name: str = "oauth_callback"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:oauth_callback"
    aws_request_id: str = "request-1"


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as world:
        yield world


@pytest.fixture(autouse=True)
def deployed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "wiring", lambda: world)
    deploy(monkeypatch, BASE_URL)


def deploy(monkeypatch: pytest.MonkeyPatch, base_url: str) -> None:
    environment = AdminEnvironment(
        campaign_table="campaigns",
        pepper_secret_arn="pepper",
        credential_table="credentials",
        token_key_id="key",
        hubspot_api_url="https://api.hubapi.com",
        hubspot_client_id="client",
        hubspot_secret_arn="secret",
        public_base_url=base_url,
        budget_per_second=10,
        budget_burst=8,
        hubspot_authorize_url="https://app.hubspot.com/oauth/authorize",
        allowed_origins="https://platform.example.com",
        platform_name="Referral Factory",
        sweep_function="sweep",
        sweep_rate="5 minutes",
    )
    monkeypatch.setattr(app, "environment", lambda: environment)


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """What the logger writes; it holds on to the stdout that was there when it was made."""
    lines, handler = StringIO(), logger.registered_handler
    assert isinstance(handler, StreamHandler)
    before = handler.setStream(lines)
    yield lines
    handler.setStream(before)


def call(route: str, query: dict[str, str] | None = None, *, browser: str = "", **more: Any) -> dict[str, Any]:
    cookies = {"cookies": ["theme=dark", f"{COOKIE}={browser}"]} if browser else {}
    event = {"routeKey": route, "rawQueryString": urlencode(query or {}), **cookies, **more}
    answer: dict[str, Any] = app.lambda_handler(event, Context())
    return answer


def leave(world: World) -> tuple[str, str]:
    """Open the address that a console got; the state and the cookie."""
    url = world.connect_url.start("acme", "spring", "Ada", BACK)
    answer = call("GET /connect", {"ticket": parse_qs(urlsplit(url).query)["ticket"][0]})
    state = parse_qs(urlsplit(answer["headers"]["location"]).query)["state"][0]
    return state, answer["cookies"][0].partition("=")[2].partition(";")[0]


def choose(world: World, portal_id: int) -> dict[str, Any]:
    state, browser = leave(world)
    code = world.hubspot.consent(portal_id)
    return call("GET /callback", {"state": state, "code": code}, browser=browser) | {"browser": browser}


def test_a_ticket_leads_to_hubspot_with_a_cookie_of_this_host_only(world: World) -> None:
    ticket = parse_qs(urlsplit(world.connect_url.start("acme", "spring", "Ada", BACK)).query)["ticket"][0]

    answer = call("GET /connect", {"ticket": ticket})

    assert answer["statusCode"] == 302
    assert answer["headers"]["location"].startswith("https://app.hubspot.com/oauth/authorize?state=")
    assert answer["headers"]["cache-control"] == "no-store"
    [cookie] = answer["cookies"]
    assert re.fullmatch(rf"{COOKIE}=[\w-]{{43}}; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax; Secure", cookie)


def test_a_local_site_without_https_gets_a_cookie_that_works_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(monkeypatch, "http://127.0.0.1:8080")
    ticket = parse_qs(urlsplit(world.connect_url.start("acme", "spring", "Ada", BACK)).query)["ticket"][0]

    [cookie] = call("GET /connect", {"ticket": ticket})["cookies"]

    assert cookie.startswith("hubspot-connect=")
    assert cookie.endswith("; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax")


@pytest.mark.parametrize("query", [{}, {"ticket": "made-up"}])
def test_a_ticket_that_opens_nothing_is_explained(query: dict[str, str]) -> None:
    answer = call("GET /connect", query)

    assert answer["statusCode"] == 400
    assert "This link works no more" in answer["body"]


def test_a_used_ticket_leads_back(world: World) -> None:
    ticket = {"ticket": parse_qs(urlsplit(world.connect_url.start("acme", "spring", "Ada", BACK)).query)["ticket"][0]}
    call("GET /connect", ticket)

    assert BACK in call("GET /connect", ticket)["body"]


def test_coming_back_connects(world: World) -> None:
    answer = choose(world, EU)

    assert answer["statusCode"] == 200
    assert "HubSpot is connected" in answer["body"]
    assert "Back to Referral Factory" in answer["body"]
    assert answer["headers"]["content-type"] == "text/html; charset=utf-8"
    assert answer["headers"]["content-security-policy"].startswith("default-src 'none'")
    assert answer["headers"]["referrer-policy"] == "no-referrer"
    assert world.binding().portal_id == EU


def test_a_browser_without_the_cookie_is_sent_back_and_no_token_is_asked_for(world: World) -> None:
    state, _ = leave(world)

    answer = call("GET /callback", {"state": state, "code": world.hubspot.consent(EU)})

    assert answer["statusCode"] == 400
    assert world.hubspot.asked == []


def test_a_refusal_by_hubspot_is_explained(world: World) -> None:
    state, browser = leave(world)

    answer = call("GET /callback", {"state": state, "error": "access_denied"}, browser=browser)

    assert "was not allowed in HubSpot" in answer["body"]


@pytest.mark.parametrize("encoded", [True, False])
def test_a_switch_is_confirmed_by_the_form_on_the_page(world: World, encoded: bool) -> None:
    choose(world, EU)
    question = choose(world, US)
    secret = re.findall(r'name="switch" value="([^"]+)"', question["body"])[0]
    form = urlencode({"switch": secret})
    body = {"body": base64.b64encode(form.encode()).decode(), "isBase64Encoded": True} if encoded else {"body": form}
    assert f'action="{BASE_URL}/connect/switch"' in question["body"]

    answer = call("POST /connect/switch", browser=question["browser"], **body)

    assert "This campaign uses the HubSpot account Acme US." in answer["body"]
    assert world.binding().portal_id == US


def test_a_form_without_a_secret_switches_nothing(world: World) -> None:
    choose(world, EU)

    assert call("POST /connect/switch", browser="x" * 43)["statusCode"] == 400


def test_an_address_that_is_none_of_ours_is_not_found() -> None:
    assert call("GET /favicon.ico")["statusCode"] == 404


def test_only_our_own_fault_calls_for_an_operator(world: World, logged: StringIO) -> None:
    world.hubspot.away = AppMisconfiguredError("BAD_CLIENT_SECRET")

    answer = choose(world, EU)

    assert answer["statusCode"] == 500
    assert '"level":"ERROR"' in logged.getvalue()


def test_no_log_line_holds_a_secret_or_a_person(world: World, logged: StringIO) -> None:
    choose(world, EU)
    question = choose(world, US)
    call("GET /connect", {"ticket": "made-up"})
    call("GET /callback", {"state": "made-up", "code": "made-up"}, browser=question["browser"])

    assert logged.getvalue().count('"message"') == 4
    for secret in ("made-up", "refresh-", "access-", "Ada", question["browser"], "code-"):
        assert secret not in logged.getvalue()
