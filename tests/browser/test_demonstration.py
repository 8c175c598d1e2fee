"""The demonstration's page: a referral's way through platform, console and HubSpot, and the troubles on it."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from simulators.local import Stack
from tests.browser.accessibility import no_violations
from tests.browser.looks import every_look, nothing_sticks_out
from tests.stack.connecting import Customers
from tests.stack.driver import Driver
from tests.stack.hubspot_account import HTTP
from tests.stack.waiting import wait_until
from tests.stack.workers import changes_are_judged

pytestmark = pytest.mark.usefixtures("leads_taken_at_once")


@pytest.fixture
def campaign(customers: Customers, page: Page) -> Driver:
    """A campaign of its own on the page."""
    campaign = customers.connected(duplicates="skip")
    show(page, campaign)
    return campaign


@pytest.fixture(scope="module")
def connected(stack: Stack) -> Driver:
    """A campaign for tests that leave it as it was."""
    return Customers.of(stack).connected(duplicates="skip")


@pytest.fixture
def shared(connected: Driver, page: Page) -> Iterator[Driver]:
    """The campaign of all on the page; HubSpot answers afterwards."""
    show(page, connected)
    yield connected
    hubspot_is_back(connected)


def show(page: Page, campaign: Driver) -> None:
    """Open the page, and wait until its console can be used."""
    shown = {"account_id": campaign.account, "campaign_id": campaign.campaign, "portal": campaign.hubspot.id}
    page.goto(f"{campaign.stack.platform_url}/demonstration?{urlencode(shown)}")
    expect(pane(page, "Console").get_by_role("heading", level=1)).to_have_text("Leads")


def pane(page: Page, name: str) -> FrameLocator:
    return page.frame_locator(f'iframe[title="{name}"]')


def counter(page: Page, name: str, number: int) -> None:
    """Wait until the counter says so."""
    one = page.locator("dl div").filter(has=page.get_by_text(name, exact=True))
    expect(one.get_by_role("definition")).to_have_text(str(number))


def newest(page: Page) -> Locator:
    """The stopwatch of the lead that was sent last."""
    return page.get_by_role("list", name="Stopwatches").get_by_role("listitem").first


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def told(page: Page, text: str) -> None:
    """Wait until the page says so."""
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible(timeout=60_000)


def hubspot_is_back(campaign: Driver) -> None:
    """Before its time: no test waits for 30 s."""
    HTTP.delete(f"{campaign.stack.hubspot_url}/_sim/faults").raise_for_status()


def test_a_lead_is_sent_appears_in_every_pane_is_moved_and_qualifies(page: Page, campaign: Driver) -> None:
    contacts = pane(page, "HubSpot").get_by_role("heading", name="Newest contacts of Acme Test")
    expect(contacts).to_be_visible()

    press(page, "Somebody new")

    expect(newest(page)).to_have_text(re.compile(r"in HubSpot after \d+\.\d s"))
    expect(pane(page, "HubSpot").get_by_role("row").filter(has_text="example.com")).to_be_visible()
    expect(pane(page, "Console").get_by_role("row").filter(has_text="In HubSpot, not qualified yet")).to_be_visible()
    expect(pane(page, "Referral platform").get_by_text("In HubSpot, not qualified yet")).to_be_visible()
    press(page, "Move it to Customer in HubSpot")
    expect(newest(page)).to_have_text(re.compile(r"Qualified, in HubSpot after .* s, qualified after \d+\.\d s"))
    counter(page, "Qualified", 1)


@pytest.mark.parametrize(
    ("prepared", "outcome"),
    [
        ("Somebody known to HubSpot", "Already in HubSpot"),
        ("The same person again", "Already referred by someone else"),
        ("Somebody without an e-mail", "No usable e-mail"),
        ("Somebody with a mistyped e-mail", "HubSpot refused it"),
        ("Somebody the platform closes", "Closed in Referral platform"),
        ("Somebody who asks to be forgotten", "Erased"),
        ("Somebody under Do nothing", "Not sent (your setting: Do nothing)"),
        ("Somebody who waited 8 days", "Not sent (you chose so)"),
        ("Somebody who waits 90 days", "Waited 90 days, not sent"),
    ],
)
def test_every_outcome_has_a_prepared_lead(page: Page, shared: Driver, prepared: str, outcome: str) -> None:
    button = page.get_by_role("button", name=f"{prepared} {outcome}")
    before = shared.api("GET", "hubspot/leads")["action"]

    button.click()

    expect(newest(page)).to_have_text(re.compile(rf"{prepared[1:]}: {re.escape(outcome)}.* after \d+\.\d s"))
    for screen in ("Activity", "Leads"):  # by itself it looks again after seconds
        pane(page, "Console").get_by_role("link", name=screen, exact=True).click()
        expect(pane(page, "Console").get_by_role("heading", level=1)).to_have_text(screen)
    expect(pane(page, "Console").get_by_role("row").filter(has_text=outcome)).to_be_visible()
    counter(page, "Left out", 1)
    counter(page, "Doubled in HubSpot", 0)
    expect(button).to_be_enabled()
    assert shared.api("GET", "hubspot/leads")["action"] == before


def test_leads_wait_while_hubspot_is_down_and_nobody_is_lost_or_doubled(page: Page, campaign: Driver) -> None:
    press(page, "HubSpot down for 30 s")
    told(page, "HubSpot answers nobody for 30 s.")
    expect(page.get_by_role("button", name=re.compile(r"HubSpot is down: \d+ s"))).to_be_disabled()
    press(page, "Somebody new")
    counter(page, "Waiting", 1)
    expect(newest(page)).to_contain_text("Waiting: HubSpot does not answer")

    hubspot_is_back(campaign)
    campaign.sweep()

    counter(page, "In HubSpot", 1)
    counter(page, "Lost", 0)
    counter(page, "Doubled in HubSpot", 0)


def test_hubspot_comes_back_by_itself_and_the_page_says_so(page: Page, shared: Driver) -> None:
    page.clock.install()
    press(page, "HubSpot down for 30 s")
    told(page, "HubSpot answers nobody for 30 s.")
    [fault] = HTTP.get(f"{shared.stack.hubspot_url}/_sim/state").raise_for_status().json()["faults"]

    for _ in range(30):
        page.clock.run_for(1000)

    told(page, "HubSpot answers again")
    assert (fault["portal"], fault["for_s"]) == (shared.hubspot.id, 30)
    expect(page.get_by_role("button", name="HubSpot down for 30 s")).to_be_enabled()


def test_webhooks_that_come_twice_reward_once(page: Page, shared: Driver) -> None:
    press(page, "Double the webhooks")
    told(page, "HubSpot tells of every change twice")
    press(page, "Somebody new")
    expect(newest(page)).to_contain_text("in HubSpot after")
    heard_before = changes_heard(shared)
    press(page, "Move it to Customer in HubSpot")
    counter(page, "Qualified", 1)

    wait_until("the same change twice", lambda: changes_heard(shared) == heard_before + 2)
    wait_until("both judged", lambda: changes_are_judged(shared.stack))
    counter(page, "Rewarded twice", 0)
    rewarded = shared.announcements("referral.qualified.v1")
    assert len(rewarded) == len({event["data"]["lead_id"] for event in rewarded})
    press(page, "Double the webhooks no more")
    told(page, "HubSpot tells of every change once.")


def changes_heard(campaign: Driver) -> int:
    """How many deliveries told of changes in the campaign's HubSpot account."""
    deliveries = campaign.hubspot.control("webhooks")["deliveries"]
    return sum(campaign.hubspot.id in one["portals"] for one in deliveries)


def test_access_that_was_taken_away_is_named_in_the_console_until_it_is_back(page: Page, campaign: Driver) -> None:
    press(page, "Take our access away")
    told(page, "HubSpot no longer lets us in.")
    press(page, "Somebody new")

    waiting = pane(page, "Console").get_by_role("row").filter(has_text="Waiting: connection lost, reconnect")
    expect(waiting).to_be_visible()
    expect(newest(page)).to_contain_text("Waiting: connection lost, reconnect")
    expect(pane(page, "Console").get_by_role("link", name="Reconnect HubSpot")).to_be_visible()
    campaign.connect()
    told(page, "HubSpot lets us in again")
    counter(page, "In HubSpot", 1)


def test_everybody_can_use_the_demonstration(page: Page, shared: Driver) -> None:
    new = page.get_by_role("button", name="Somebody new")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("Tab")
    expect(new).to_be_focused()
    page.keyboard.press("Enter")
    counter(page, "In HubSpot", 1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    counter(page, "Qualified", 1)

    for look in every_look(page):
        no_violations(page.main_frame, look)
        nothing_sticks_out(page, look)
