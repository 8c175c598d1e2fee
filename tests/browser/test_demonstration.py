"""The demonstration's page: a referral's way through platform, console and HubSpot, and the troubles on it."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.accessibility import no_violations
from tests.stack.connecting import Customers
from tests.stack.driver import Driver
from tests.stack.hubspot_account import HTTP

pytestmark = pytest.mark.usefixtures("leads_taken_at_once")


@pytest.fixture
def campaign(customers: Customers, page: Page) -> Driver:
    """A campaign on the page."""
    campaign = customers.connected(duplicates="skip")
    shown = {"account_id": campaign.account, "campaign_id": campaign.campaign, "portal": campaign.hubspot.id}
    page.goto(f"{campaign.stack.platform_url}/demonstration?{urlencode(shown)}")
    expect(pane(page, "Console").get_by_role("heading", level=1)).to_have_text("Leads")
    return campaign


def pane(page: Page, name: str) -> FrameLocator:
    return page.frame_locator(f'iframe[title="{name}"]')


def counter(page: Page, name: str, number: int) -> None:
    """Wait until the counter says so."""
    one = page.locator("dl div").filter(has=page.get_by_text(name, exact=True))
    expect(one.get_by_role("definition")).to_have_text(str(number))


def test_a_lead_is_sent_appears_in_every_pane_is_moved_and_qualifies(page: Page, campaign: Driver) -> None:
    first = page.get_by_role("list", name="Stopwatches").get_by_role("listitem").first

    page.get_by_role("button", name="Somebody new").click()

    expect(first).to_have_text(re.compile(r"in HubSpot after \d+\.\d s"))
    expect(pane(page, "HubSpot").get_by_role("row").filter(has_text="example.com")).to_be_visible()
    expect(pane(page, "Console").get_by_role("row").filter(has_text="In HubSpot, not qualified yet")).to_be_visible()
    expect(pane(page, "Referral platform").get_by_text("In HubSpot, not qualified yet")).to_be_visible()
    page.get_by_role("button", name="Move it to Customer in HubSpot").click()
    expect(first).to_have_text(re.compile(r"qualified after \d+\.\d s"))
    counter(page, "Qualified", 1)


@pytest.mark.parametrize(
    ("prepared", "told"),
    [
        ("Somebody known to HubSpot", "left out: was in HubSpot before"),
        ("Somebody without an e-mail", "no usable e-mail"),
        ("Somebody the platform closes", "closed by the platform"),
    ],
)
def test_every_outcome_has_a_prepared_lead(page: Page, campaign: Driver, prepared: str, told: str) -> None:
    page.get_by_role("button", name=prepared).click()

    expect(page.get_by_role("list", name="Stopwatches")).to_contain_text(told)
    counter(page, "Left out", 1)


def test_the_same_person_is_not_referred_twice(page: Page, campaign: Driver) -> None:
    page.get_by_role("button", name="Somebody new").click()
    counter(page, "In HubSpot", 1)

    page.get_by_role("button", name="The same person again").click()

    expect(page.get_by_role("list", name="Stopwatches")).to_contain_text("left out: referred before")
    counter(page, "Doubled in HubSpot", 0)


def test_leads_wait_while_hubspot_is_down_and_nobody_is_lost_or_doubled(page: Page, campaign: Driver) -> None:
    page.get_by_role("button", name="HubSpot down for 30 s").click()
    expect(page.get_by_role("status")).to_contain_text("HubSpot answers nobody for 30 s.")
    page.get_by_role("button", name="Somebody new").click()
    counter(page, "Waiting", 1)

    HTTP.delete(f"{campaign.stack.hubspot_url}/_sim/faults").raise_for_status()
    campaign.sweep()

    counter(page, "In HubSpot", 1)
    counter(page, "Lost", 0)
    counter(page, "Doubled in HubSpot", 0)


def test_webhooks_that_come_twice_reward_once(page: Page, campaign: Driver) -> None:
    page.get_by_role("button", name="Double the webhooks").click()
    expect(page.get_by_role("status")).to_contain_text("HubSpot tells of every change twice.")
    page.get_by_role("button", name="Somebody new").click()
    page.get_by_role("button", name="Move it to Customer in HubSpot").click()
    counter(page, "Qualified", 1)

    counter(page, "Rewarded twice", 0)
    page.get_by_role("button", name="Double the webhooks no more").click()
    expect(page.get_by_role("status")).to_contain_text("HubSpot tells of every change once.")


def test_access_that_was_taken_away_is_named_in_the_console(page: Page, campaign: Driver) -> None:
    page.get_by_role("button", name="Take our access away").click()
    page.get_by_role("button", name="Somebody new").click()

    waiting = pane(page, "Console").get_by_role("row").filter(has_text="Waiting: connection lost, reconnect")
    expect(waiting).to_be_visible(timeout=30_000)
    expect(pane(page, "Console").get_by_role("link", name="Reconnect HubSpot")).to_be_visible()


def test_everybody_can_use_the_demonstration(page: Page, campaign: Driver) -> None:
    page.get_by_role("button", name="Somebody new").click()
    counter(page, "In HubSpot", 1)

    no_violations(page.main_frame)
