"""The HubSpot section's card under the CRM tab, and the way from it to HubSpot and back."""

from playwright.sync_api import Frame, Locator, Page, expect

from tests.stack.hubspot_account import HubSpotAccount

ACCOUNT = "acme-test.example.com"  # what is learned of a HubSpot account that is called "Acme Test"


def card(console: Frame | Page) -> Locator:
    """The HubSpot section's own card."""
    return console.get_by_role("region", name="HubSpot", exact=True)


def dialog_of(console: Frame | Page, button: str) -> Locator:
    """The pop-up that a button of the card opens."""
    card(console).get_by_role("button", name=button, exact=True).click()
    return console.get_by_role("dialog")


def window_of(page: Page, button: Locator) -> Page:
    """The window that a button opens, once it shows HubSpot."""
    with page.context.expect_page() as opened:
        button.click()
    opened.value.get_by_role("button", name="Connect app").wait_for()
    return opened.value


def leave(page: Page, console: Frame | Page) -> Page:
    """Click Connect, and Connect HubSpot in the pop-up; HubSpot's page."""
    return window_of(page, dialog_of(console, "Connect").get_by_role("button", name="Connect HubSpot"))


def approve(window: Page, account: HubSpotAccount) -> None:
    """Choose an account on HubSpot's page, and connect."""
    window.get_by_role("radio", name=str(account.id)).check()
    window.get_by_role("button", name="Connect app").click()


def is_connected(console: Frame | Page, name: str = ACCOUNT) -> None:
    """Fail unless the card says so, with the account's name."""
    expect(card(console).get_by_text("Connected", exact=True)).to_be_visible()
    expect(card(console).get_by_text(name, exact=True)).to_be_visible()
