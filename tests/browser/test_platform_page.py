"""The platform's pages that open the console, with a stand-in for the console that only asks for a token."""

import json
from collections.abc import Callable

import httpx
import jwt
import pytest
from playwright.sync_api import Frame, Page, Route, expect

from simulators.local import Stack
from tests.browser.accessibility import no_violations
from tests.browser.looks import every_look, nothing_sticks_out
from tests.browser.opening import in_a_frame, in_a_tab, in_an_opened_tab, of_another_site, platform_page
from tests.browser.watch import Watch
from tests.stack.connecting import Customers
from tests.stack.driver import Driver

HTML = "text/html; charset=utf-8"
# Shows every message it gets, and who it is from.
STAND_IN = """<!doctype html><html lang="en"><title>Console</title><link rel="icon" href="data:,">
<body><main><h1>Console</h1><output></output></main><script>
  addEventListener("message", ({ origin, data }) => {
    document.querySelector("output").textContent = JSON.stringify({ origin, ...data });
  });
  (opener ?? parent).postMessage({ type: "token-needed" }, "*");
</script>"""


@pytest.fixture
def campaign(customers: Customers) -> Driver:
    return customers.campaign()


@pytest.fixture
def console(watch: Watch, stack: Stack) -> str:
    """Where the stand-in is."""

    def answer(route: Route) -> None:
        route.fulfill(body=STAND_IN, content_type=HTML)

    def follow(route: Route) -> None:
        there = route.fetch(max_redirects=0).headers["location"]
        route.fulfill(body=f"<script>location.replace({json.dumps(there)})</script>", content_type=HTML)

    watch.context.route(f"{stack.console_url}**", answer)
    watch.context.route(f"{stack.platform_url}/campaigns/*/console/tab?**", follow)  # Playwright answers no redirects
    return stack.console_url


def told(frame: Frame) -> dict[str, str]:
    """The message that the stand-in got."""
    output = frame.locator("output")
    expect(output).not_to_be_empty()
    message: dict[str, str] = json.loads(output.text_content() or "")
    return message


@pytest.mark.parametrize("opened", [in_a_frame, in_an_opened_tab])
def test_a_console_that_asks_gets_a_token_that_the_api_takes(
    page: Page, console: str, campaign: Driver, opened: Callable[..., Frame]
) -> None:
    message = told(opened(page, campaign, name="Vera", role="viewer", expires_in=70))

    where = campaign.stack.platform_url
    assert (message["type"], message["origin"]) == ("token", of_another_site(where) if opened is in_a_frame else where)
    claims = jwt.decode(message["token"], options={"verify_signature": False})
    assert (claims["name"], claims["role"], claims["exp"] - claims["iat"]) == ("Vera", "viewer", 70)
    address = f"{campaign.stack.api_url}/v1/campaigns/{campaign.campaign}/hubspot"
    assert httpx.get(address, headers={"Authorization": f"Bearer {message['token']}"}, timeout=30).is_success


def test_the_frame_shows_the_screen_that_the_menu_names(page: Page, console: str, campaign: Driver) -> None:
    page.goto(f"{campaign.stack.platform_url}/campaigns/{campaign.campaign}?account_id={campaign.account}")

    for name, screen in {"Leads": "/leads", "Referrers": "/referrers", "CRM": "/crm/hubspot/leads"}.items():
        page.get_by_role("navigation").get_by_role("link", name=name).click()
        expect(page.locator("iframe")).to_have_attribute("src", f"{console}?campaign={campaign.campaign}#{screen}")
        told(page.frames[1])


def test_a_tab_has_its_token_in_the_fragment_and_the_server_is_not_told(
    page: Page, console: str, campaign: Driver, watch: Watch
) -> None:
    asked: list[str] = []
    watch.context.on("request", lambda request: asked.append(request.url))

    frame = in_a_tab(page, campaign, "/leads")

    assert frame.url.startswith(f"{console}?campaign={campaign.campaign}#token=ey")
    assert frame.url.endswith("&to=/leads")
    assert f"{console}?campaign={campaign.campaign}" in {url.partition("#")[0] for url in asked}
    assert not any("ey" in url.partition("#")[0].partition("?")[2] for url in asked)


def test_a_page_of_a_third_party_that_asks_gets_nothing(page: Page, console: str, campaign: Driver) -> None:
    frame = in_a_frame(page, campaign)
    told(frame)
    page.evaluate("document.querySelector('main').append(document.createElement('iframe'))")
    stranger = page.frames[2]
    stranger.goto(campaign.stack.hubspot_url)
    stranger.evaluate(
        """() => {
            window.got = [];
            addEventListener("message", ({ data }) => got.push(data));
            parent.postMessage({ type: "token-needed" }, "*");
        }"""
    )

    frame.evaluate("document.querySelector('output').textContent = ''")
    frame.evaluate("parent.postMessage({ type: 'token-needed' }, '*')")

    assert told(frame)["type"] == "token"  # asked later, and answered by now
    assert stranger.evaluate("got") == []


def test_everybody_can_use_the_page_with_the_console(page: Page, console: str, campaign: Driver) -> None:
    page.goto(platform_page(campaign))

    for look in every_look(page):
        no_violations(page, look)
        nothing_sticks_out(page, look)
