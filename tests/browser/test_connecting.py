"""The guide's Step 1, "Connect HubSpot", and everything that may come between."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from referral_hubspot.domain import scopes
from tests.browser.accessibility import no_violations
from tests.browser.hubspot_card import ACCOUNT, approve, card, dialog_of, is_connected, leave, window_of
from tests.browser.looks import every_look, no_markup, nothing_sticks_out, words_of_people
from tests.browser.opening import in_a_tab
from tests.browser.watch import Watch
from tests.stack.connecting import Customers, set_up
from tests.stack.driver import Driver
from tests.stack.hubspot_account import HubSpotAccount
from tests.stack.waiting import wait_until

BAD_NAME = "<img/src=x/onerror=alert(1)>"
IN_TIME = 30_000


def lose_the_connection(campaign: Driver) -> None:
    """Let somebody remove the app in HubSpot, and let us notice."""
    campaign.hubspot.control("revoke", {"portal": campaign.hubspot.id})
    campaign.wait(campaign.join("lost@example.com"), "held")
    assert campaign.api("GET", "hubspot")["status"] == "reconnect_needed"


def test_the_window_tells_the_console_which_need_not_look_again(page: Page, customers: Customers) -> None:
    campaign = customers.campaign()
    page.clock.install()
    console = in_a_tab(page, campaign)
    window = leave(page, console)
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=30))

    approve(window, campaign.hubspot)

    is_connected(console)


def test_who_cancels_in_hubspot_starts_again(page: Page, customers: Customers) -> None:
    campaign = customers.campaign()
    console = in_a_tab(page, campaign)
    window = leave(page, console)
    window.get_by_role("button", name="Cancel").click()
    expect(window.get_by_text("You did not connect the app.")).to_be_visible()
    expect(console.get_by_text("Waiting for HubSpot …")).to_be_visible()

    again = window_of(page, console.get_by_role("button", name="Start again"))

    assert window.is_closed()
    approve(again, campaign.hubspot)
    is_connected(console)


def test_who_stops_waiting_has_connect_again(page: Page, customers: Customers) -> None:
    console = in_a_tab(page, customers.campaign())
    leave(page, console).close()

    console.get_by_role("button", name="Stop waiting").click()

    expect(console.get_by_text("Waiting for HubSpot …")).to_be_hidden()
    expect(card(console).get_by_role("button", name="Connect", exact=True)).to_be_visible()


def test_a_window_that_the_browser_blocks_becomes_a_link(page: Page, customers: Customers) -> None:
    campaign = customers.campaign()
    page.add_init_script("window.open = () => null")
    console = in_a_tab(page, campaign)
    dialog_of(console, "Connect").get_by_role("button", name="Connect HubSpot").click()

    approve(window_of(page, console.get_by_role("link", name="Open HubSpot")), campaign.hubspot)

    is_connected(console)


def test_what_was_left_out_in_hubspot_says_what_does_not_work_until_it_is_allowed(
    page: Page, customers: Customers
) -> None:
    campaign = customers.campaign()
    campaign.connect(without=scopes.DEALS)
    console = in_a_tab(page, campaign)
    expect(card(console)).to_contain_text("Create new Deals in HubSpot")
    expect(card(console)).to_contain_text("Not allowed: to read deals, to create deals")

    approve(window_of(page, card(console).get_by_role("button", name="Connect again")), campaign.hubspot)

    expect(card(console).get_by_text("Not everything was allowed")).to_be_hidden()
    is_connected(console)


def test_disconnect_says_what_stops_and_keeps_the_settings(page: Page, customers: Customers) -> None:
    campaign = customers.connected()
    in_a_tab(page, campaign, every_campaign=1)

    asked = dialog_of(page, "Disconnect")
    expect(asked).to_contain_text("no longer sent to HubSpot")
    expect(asked).to_contain_text("nothing is deleted in HubSpot")
    expect(asked).to_contain_text(f"No other campaign uses {ACCOUNT}, so HubSpot will e-mail its admins")
    asked.get_by_role("button", name="Stay connected").click()
    is_connected(page)
    dialog_of(page, "Disconnect").get_by_role("button", name="Disconnect").click()

    expect(card(page).get_by_text("Not connected", exact=True)).to_be_visible()
    expect(page.get_by_text("Your settings are kept.")).to_be_visible()
    expect(page.get_by_role("navigation", name="HubSpot settings")).to_be_visible()
    assert campaign.api("GET", "hubspot")["status"] == "not_connected"


def test_a_campaign_that_was_never_set_up_shows_what_comes_next(page: Page, customers: Customers) -> None:
    console = in_a_tab(page, customers.campaign())

    expect(console.get_by_role("heading", name="What comes next")).to_be_visible()
    expect(console.get_by_role("navigation", name="HubSpot settings")).to_be_hidden()


def test_an_account_of_another_campaign_takes_one_click_and_stays_with_that_one(
    page: Page, customers: Customers
) -> None:
    first, second = customers.two_campaigns()
    first.register(name=f"{BAD_NAME} Summer")
    set_up(first)
    in_a_tab(page, second, every_campaign=1)
    expect(card(page)).to_contain_text(f"used by {BAD_NAME} Summer")
    no_markup(page)

    card(page).get_by_role("button", name=f"Use {ACCOUNT}").click()

    is_connected(page)
    asked = dialog_of(page, "Disconnect")
    expect(asked).to_contain_text(f"{ACCOUNT} stays connected to {BAD_NAME} Summer.")
    no_markup(page)
    assert first.api("GET", "hubspot")["account"] == second.api("GET", "hubspot")["account"]


def test_a_lost_connection_is_reconnected(page: Page, customers: Customers) -> None:
    campaign = customers.connected()
    lose_the_connection(campaign)
    console = in_a_tab(page, campaign)
    lost = card(console).get_by_role("alert")
    expect(lost).to_contain_text("Connection lost: reconnect")
    _looks_well(page, "lost")

    approve(window_of(page, lost.get_by_role("button", name="Reconnect")), campaign.hubspot)

    expect(lost).to_be_hidden()
    is_connected(console)


def test_reconnecting_with_another_account_asks_and_then_shows_that_one(page: Page, customers: Customers) -> None:
    campaign = customers.connected()
    other = HubSpotAccount.new(campaign.stack, "Acme US")
    lose_the_connection(campaign)
    console = in_a_tab(page, campaign)
    window = window_of(page, card(console).get_by_role("button", name="Reconnect"))
    approve(window, other)
    expect(window.get_by_text(f"This campaign uses {ACCOUNT}; you chose acme-us.example.com.")).to_be_visible()

    window.get_by_role("button", name="Switch to acme-us.example.com").click()

    is_connected(console, "acme-us.example.com")


def test_a_viewer_sees_the_connection_and_no_button_that_works(page: Page, customers: Customers) -> None:
    connected, apart = customers.connected(), customers.campaign()

    for campaign, label in ((apart, "Connect"), (connected, "Disconnect")):
        console = in_a_tab(page, campaign, role="viewer")
        expect(console.get_by_text("You can look, but not change anything.")).to_be_visible()
        expect(card(console).get_by_role("button", name=label, exact=True)).to_be_disabled()
        expect(card(console).get_by_role("button", disabled=False)).to_have_count(0)

    is_connected(console)
    expect(console.get_by_role("button", name="Send a test lead")).to_be_disabled()


def test_names_that_hold_markup_are_shown_as_text(page: Page, customers: Customers) -> None:
    campaign = customers.campaign()
    campaign.hubspot = HubSpotAccount.new(campaign.stack, BAD_NAME)
    console = in_a_tab(page, campaign, name=BAD_NAME)

    approve(leave(page, console), campaign.hubspot)

    is_connected(console, f"{BAD_NAME}.example.com")
    expect(card(console)).to_contain_text(f"{BAD_NAME}, ")
    no_markup(console)


def test_the_check_tells_line_by_line_what_works(page: Page, customers: Customers) -> None:
    campaign = customers.connected()
    campaign.sweep()
    console = in_a_tab(page, campaign)

    card(console).get_by_role("button", name="Check connection").click()

    expect(card(console).get_by_text("Last checked for changes")).to_be_visible()
    lines = card(console).get_by_role("status").get_by_role("listitem")
    expect(lines).to_have_count(7, timeout=IN_TIME)
    expect(lines.nth(1)).to_contain_text("HubSpot answers")
    expect(lines.nth(1).get_by_text("OK", exact=True)).to_be_visible()
    _looks_well(page, "checked")


def test_a_test_lead_is_found_in_hubspot_and_deleted_again(page: Page, customers: Customers) -> None:
    campaign = customers.connected()
    console = in_a_tab(page, campaign)

    console.get_by_role("button", name="Send a test lead").click()
    sent = console.get_by_role("listitem").filter(has_text="In HubSpot")
    expect(sent).to_have_count(1, timeout=IN_TIME)
    no_violations(console, "with a test lead")
    link = sent.get_by_role("link", name="Contact in HubSpot").get_attribute("href") or ""
    assert str(campaign.hubspot.id) in link
    assert campaign.hubspot.size() == 1
    sent.get_by_role("link", name="What happened").click()
    expect(console.get_by_role("list", name="What happened")).to_contain_text("Created as a new contact in HubSpot.")
    console.get_by_role("link", name="All leads").click()
    expect(console.get_by_role("region", name="Test leads of the last day").get_by_role("link")).to_have_count(1)
    no_violations(console, "test leads among leads")
    console.get_by_role("link", name="Integrations and API").click()
    sent.get_by_role("button", name="Delete").click()

    expect(sent).to_have_count(0, timeout=IN_TIME)
    wait_until("the contact's deletion", lambda: campaign.hubspot.size() == 0)


def test_a_question_is_asked_in_its_words_and_its_answer_can_be_taken_back(page: Page, customers: Customers) -> None:
    campaign = customers.connected()
    campaign.hubspot.seed("known@example.com")
    lead = campaign.join("known@example.com")
    campaign.wait(lead, "duplicate")
    campaign.save(duplicates="update")
    console = in_a_tab(page, campaign)

    asked = console.get_by_role("region", name="Waiting for your answer")
    expect(asked).to_contain_text("1 referral was stopped because the person was already in HubSpot. Let it count now?")
    asked.get_by_role("button", name="Leave them as they are").click()
    expect(asked).to_be_hidden()
    console.get_by_role("button", name="Let them count after all").click()

    campaign.wait(lead, "sent")


def test_everybody_can_use_every_state_of_the_screen(page: Page, customers: Customers) -> None:
    campaign = customers.campaign()
    console = in_a_tab(page, campaign)
    dialog = dialog_of(console, "Connect")
    _looks_well(page, "asking")
    dialog.get_by_role("button", name="Cancel").click()
    _looks_well(page, "not connected")
    window = leave(page, console)
    _looks_well(page, "waiting")
    window.close()

    campaign.connect(without=scopes.DEALS)

    is_connected(console)
    _looks_well(page, "connected")
    dialog_of(console, "Disconnect")
    _looks_well(page, "disconnecting")


def test_it_works_by_keyboard_and_the_focus_is_never_lost(page: Page, customers: Customers) -> None:
    campaign = customers.campaign()
    console = in_a_tab(page, campaign)
    connect = card(console).get_by_role("button", name="Connect", exact=True)
    connect.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(connect).to_be_focused()

    page.keyboard.press("Enter")
    console.get_by_role("button", name="Connect HubSpot").focus()
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    approve(opened.value, campaign.hubspot)

    is_connected(console)
    expect(card(console).get_by_role("heading", name="HubSpot")).to_be_focused()


def test_waiting_goes_on_while_the_api_is_away(page: Page, watch: Watch, customers: Customers) -> None:
    campaign = customers.campaign()
    console = in_a_tab(page, campaign)
    window = leave(page, console)

    with watch.expected("/hubspot: "):
        page.context.set_offline(True)
        expect(console.get_by_text("The settings could not be reached. Trying again …")).to_be_visible()
        words_of_people(console)
        page.context.set_offline(False)

    expect(console.get_by_text("The settings could not be reached.")).to_be_hidden()
    approve(window, campaign.hubspot)
    is_connected(console)


def _looks_well(page: Page, when: str) -> None:
    for look in every_look(page):
        no_violations(page, f"{when}, {look}")
        nothing_sticks_out(page, f"{when}, {look}")
