"""What holds on every screen: who is let in, who may frame the console, and where the token is kept."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Frame, Page, expect

from simulators.local import Stack
from tests.browser.accessibility import no_violations
from tests.browser.looks import every_look, nothing_sticks_out
from tests.browser.opening import START, in_a_frame, in_a_tab, in_an_opened_tab, of_another_site
from tests.browser.watch import Watch
from tests.stack.connecting import Customers
from tests.stack.driver import Driver

NOWHERE = "/nowhere"
WAYS = [in_a_tab, in_an_opened_tab, in_a_frame]

Opens = Callable[..., Frame]


@pytest.fixture
def campaign(customers: Customers) -> Driver:
    return customers.campaign()


@pytest.mark.parametrize("opened", WAYS)
def test_the_platform_opens_it_soon_and_with_little_to_load(
    page: Page,
    campaign: Driver,
    usable: Callable[[str, Frame], float],
    transferred: Callable[[str], int],
    opened: Opens,
) -> None:
    frame = opened(page, campaign)

    usable(f"The console {opened.__name__.replace('_', ' ')}", frame)
    assert transferred(campaign.stack.api_url) < 150_000
    files = frame.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert sorted(url.rpartition(".")[2] for url in files if "/console/" in url) == ["css", "js"]
    expect(frame.get_by_role("heading", level=1)).to_be_visible()
    for look in every_look(frame.page):
        no_violations(frame.page, look)
        nothing_sticks_out(frame, look)


def test_an_address_that_leads_to_no_screen_says_so_and_leads_on(page: Page, campaign: Driver) -> None:
    frame = in_a_tab(page, campaign, NOWHERE)

    expect(frame.get_by_text("There is nothing at this address.")).to_be_visible()
    frame.get_by_role("link", name="Go to the start").click()
    expect(frame.get_by_role("heading", level=1)).to_be_visible()
    assert frame.url.endswith(f"#{START}")


@pytest.mark.parametrize("opened", WAYS)
def test_the_token_stays_in_memory(page: Page, campaign: Driver, watch: Watch, opened: Opens) -> None:
    frame = opened(page, campaign, NOWHERE)

    expect(frame.get_by_text("There is nothing at this address.")).to_be_visible()
    assert frame.url == f"{campaign.stack.console_url}?campaign={campaign.campaign}#{NOWHERE}"
    assert not watch.context.cookies()
    assert watch.context.storage_state(indexed_db=True)["origins"] == []


def test_without_a_token_it_says_who_opens_it(page: Page, campaign: Driver) -> None:
    page.goto(f"{campaign.stack.console_url}?campaign={campaign.campaign}")

    expect(page.get_by_text("You are not signed in here.")).to_be_visible()
    expect(page.get_by_text("Open this page from Referral platform.")).to_be_visible()


def test_an_address_without_a_campaign_says_so(page: Page, stack: Stack) -> None:
    page.goto(stack.console_url)

    expect(page.get_by_text("This address names no campaign.")).to_be_visible()


def test_a_page_that_is_not_configured_cannot_frame_it(page: Page, stack: Stack, watch: Watch) -> None:
    page.goto(stack.hubspot_url)

    with watch.expected("frame-ancestors"), watch.expected("ERR_BLOCKED_BY_RESPONSE"):
        page.evaluate(
            "url => document.body.append(Object.assign(document.createElement('iframe'), { src: url }))",
            stack.console_url,
        )

    assert page.frames[1].evaluate("document.body.textContent.includes('campaign')") is False


def test_a_token_that_is_about_to_end_is_asked_for_anew(page: Page, campaign: Driver, watch: Watch) -> None:
    tokens = f"{of_another_site(campaign.stack.platform_url)}/_sim/token"
    asked: list[str] = []
    watch.context.on("request", lambda request: asked.append(request.url))
    frame = in_a_frame(page, campaign, expires_in=61)
    heading = frame.get_by_role("heading", level=1)
    expect(heading).to_be_visible()
    page.wait_for_timeout(1_500)  # less than a minute is left now
    before = asked.count(tokens)

    frame.get_by_role("navigation", name="Campaign").get_by_role("link", name="Referrers").click()

    expect(heading).to_have_text("Referrers")
    assert asked.count(tokens) > before > 0
