"""How a person comes to the console: from the platform, which opens it in a tab or in a frame."""

from urllib.parse import urlencode

from playwright.sync_api import Frame, Page

from tests.stack.driver import Driver

START = "/crm/hubspot/leads"
COOKIE = "document.cookie = 'kept=1; SameSite=None; Secure'; document.cookie"
"""Sets a cookie that a frame of another site may have, too, if the browser lets it; which there are then."""


def of_another_site(url: str) -> str:
    """The same server by the name that makes its pages another site's than the console's."""
    return url.replace("//127.0.0.1:", "//localhost:")


def platform_page(campaign: Driver, to: str = START, kind: str = "", **visitor: str | int) -> str:
    """Where the platform opens the console.

    Args:
        campaign: Whose settings.
        to: The screen, such as "/leads".
        kind: "" for the page with the frame, "/tab" for the way to a tab.
        visitor: Who opens it: `name`, `role`; of the tokens `expires_in`, and `every_campaign` if they open others too.
    """
    query = urlencode({"account_id": campaign.account, "to": to, **visitor})
    return f"{campaign.stack.platform_url}/campaigns/{campaign.campaign}/console{kind}?{query}"


def in_a_tab(page: Page, campaign: Driver, to: str = START, **visitor: str | int) -> Frame:
    """The console in the page itself. Nobody opened the page: it has one token, and none to ask for another."""
    page.goto(platform_page(campaign, to, "/tab", **visitor))
    return page.main_frame


def in_an_opened_tab(page: Page, campaign: Driver, to: str = START, **visitor: str | int) -> Frame:
    """The console in a new tab that a click on the platform's page opened, which it asks for further tokens."""
    page.goto(platform_page(campaign, to, "", **visitor))
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open in a tab").click()
    return opened.value.main_frame


def in_a_frame(page: Page, campaign: Driver, to: str = START, **visitor: str | int) -> Frame:
    """The console in a frame on a page of another site: it gets no cookies there, and asks that page for tokens."""
    page.goto(of_another_site(platform_page(campaign, to, "", **visitor)))
    frame = page.locator("iframe").element_handle().content_frame()
    assert frame
    return frame
