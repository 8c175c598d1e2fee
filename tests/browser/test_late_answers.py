"""Answers that come late: after somebody typed on, pressed again, or left the screen."""

import re
from collections.abc import Callable

from playwright.sync_api import Frame, Locator, Page, Route, expect

from tests.browser.opening import in_a_tab
from tests.browser.settings_form import DO_NOTHING, SettingsForm
from tests.stack.connecting import Customers

REFERRERS = "/crm/hubspot/referrers"


def hold(page: Page, method: str, path: str) -> Callable[[], None]:
    """Keep requests of the page's waiting until what is returned is called."""
    waiting: list[Route] = []
    held = True

    def answer(route: Route) -> None:
        if held and route.request.method == method:
            waiting.append(route)
        else:
            route.continue_()

    def release() -> None:
        nonlocal held
        held = False
        for route in waiting:
            route.continue_()

    page.route(re.compile(rf"/v1/campaigns/[^/]+/{path}(\?|$)"), answer)
    return release


def takes_the_focus(control: Locator) -> bool:
    return bool(control.evaluate("node => { node.focus(); return document.activeElement === node; }"))


def asks_before_leaving(console: Frame | Page) -> None:
    console.get_by_role("navigation", name="Campaign").get_by_role("link", name="Activity").click()
    expect(console.get_by_role("dialog", name="Leave without saving?")).to_be_visible()


def test_nothing_can_be_typed_into_a_form_that_is_being_saved(page: Page, customers: Customers) -> None:
    form = SettingsForm(in_a_tab(page, customers.connected()))
    form.console.get_by_role("radio", name="Update the Contact that already exists in HubSpot").check()
    release = hold(page, "PUT", "hubspot/leads")

    form.press_save()

    expect(form.save_bar).to_contain_text("Saving …")
    assert not takes_the_focus(form.joins())
    release()
    expect(form.console.get_by_text("Saved.", exact=True)).to_be_visible()
    assert takes_the_focus(form.joins())


def test_a_screen_that_was_left_before_it_had_loaded_keeps_its_hands_off_the_next(
    page: Page, customers: Customers
) -> None:
    campaign = customers.connected()
    release = hold(page, "GET", "hubspot/leads")
    form = SettingsForm(in_a_tab(page, campaign))
    expect(form.console.get_by_text("Loading …")).to_be_visible()
    form.console.evaluate(f"location.hash = '{REFERRERS}'")
    form.choose("Create new Contact in HubSpot", "referrer")

    with page.expect_response(re.compile(r"/hubspot/properties/contacts")):
        release()

    expect(form.save_bar).to_be_visible()
    asks_before_leaving(form.console)


def test_a_sync_that_starts_does_not_drag_back_whoever_left(page: Page, customers: Customers) -> None:
    campaign = customers.connected()
    console = in_a_tab(page, campaign, "/referrers/sync")
    console.get_by_role("radio", name="All contacts").check()
    for step in ("Map Fields", "Map Return Fields", "Confirm"):
        console.get_by_role("button", name="Next", exact=True).click()
        expect(console.get_by_role("heading", name=step, exact=True)).to_be_visible()
    release = hold(page, "POST", "syncs")
    console.get_by_role("button", name="Start Sync").click()
    expect(console.get_by_role("button", name="Starting …")).to_be_visible()

    console.get_by_role("link", name="Integrations and API").click()
    console.get_by_role("button", name="Leave without saving").click()
    form = SettingsForm(console)
    form.choose(DO_NOTHING)
    release()

    expect(console.get_by_text("Your HubSpot sync has started.")).to_be_visible()
    expect(form.joins()).to_be_visible()
    asks_before_leaving(console)


def test_a_question_takes_one_answer(page: Page, customers: Customers) -> None:
    campaign = customers.connected()
    answers = [{"answer": "send", "label": "Send them"}, {"answer": "do_not_send", "label": "Do not send them"}]
    text = "2 leads are waiting. Send them?"
    asked = {"questions": [{"code": "held", "side": "lead", "count": 2, "text": text, "answers": answers}]}
    page.route(re.compile(r"/hubspot/questions$"), lambda route: route.fulfill(json=asked))
    hold(page, "POST", "hubspot/questions/held")
    console = in_a_tab(page, campaign, "/leads")

    console.get_by_role("button", name="Send them", exact=True).click()

    for label in ("Send them", "Do not send them"):
        expect(console.get_by_role("button", name=label, exact=True)).to_be_disabled()


def test_a_token_that_is_given_to_an_open_console_does_not_stay_in_its_address(
    page: Page, customers: Customers
) -> None:
    with page.expect_request(re.compile(r"/v1/campaigns/")) as asked:
        console = in_a_tab(page, customers.connected())
    token = asked.value.headers["authorization"].removeprefix("Bearer ")
    expect(SettingsForm(console).joins()).to_be_visible()

    console.evaluate(f"location.hash = 'token={token}&to=/activity'")

    expect(console.get_by_role("heading", name="Activity", exact=True)).to_be_visible()
    assert token not in page.url
