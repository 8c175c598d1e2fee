"""The product guide from its first page to its last, as its reader follows it: by clicks, with its own names."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from tests.browser.hubspot_card import approve, card, dialog_of, is_connected, window_of
from tests.browser.opening import COOKIE, in_a_frame, in_a_tab
from tests.browser.settings_form import CREATE_CONTACT, CREATE_DEALS, DO_NOTHING, SettingsForm
from tests.browser.sync_wizard import RUN_MS, add_referrers, choose, go_on, held_reading, hubspot_field, people, start
from tests.browser.sync_wizard import card as sync_card
from tests.stack.connecting import Customers
from tests.stack.driver import Driver, new_address
from tests.stack.syncing import has_link, seed
from tests.stack.waiting import wait_until

ALL = "All Contacts"


@pytest.mark.parametrize("opened", [in_a_tab, in_a_frame])
def test_the_guide_can_be_followed_to_its_end(page: Page, customers: Customers, opened: Callable[..., Frame]) -> None:
    campaign = customers.campaign()
    contacts = seed(campaign, 2)
    email = new_address()
    console = opened(page, campaign, name="Vera")

    connect_hubspot(page, console, campaign)
    configure_leads(console)
    lead = campaign.join(email)
    configure_referrers(console)
    sync_contacts(console, campaign)
    copy_the_contact_id(console, contacts[0])
    read_the_story(console, email)
    sent = campaign.hubspot.contact(email)
    assert (sent["properties"]["referral_campaign"], sent["properties"]["plan"]) == ("Spring", "pro")
    campaign.hubspot.change(sent["id"], lifecyclestage="customer")
    campaign.wait(lead, "qualified")
    look_at_activity(console)

    wait_until("referral links in HubSpot", lambda: all(has_link(campaign, contact) for contact in contacts))
    assert console.evaluate("document.cookie") == ""
    if opened is in_a_frame:
        assert console.evaluate(COOKIE) == "", "cookies of third parties are not blocked"


def connect_hubspot(page: Page, console: Frame, campaign: Driver) -> None:
    """Step 1."""
    expect(console.get_by_role("heading", name="Integrations and API")).to_be_visible()
    console.get_by_role("link", name="CRM").click()
    popup = dialog_of(console, "Connect")
    expect(popup).to_contain_text("admin access to that HubSpot account")
    expect(popup).to_contain_text("Your HubSpot password is never shared")
    window = window_of(page, popup.get_by_role("button", name="Connect HubSpot"))
    expect(console.get_by_text("Waiting for HubSpot …")).to_be_visible()
    with window.expect_event("close"):
        approve(window, campaign.hubspot)

    is_connected(console)
    expect(card(console)).to_contain_text(re.compile("Vera, .*20"))
    expect(card(console)).to_contain_text("Changes in HubSpot")
    panel, disconnect = card(console).bounding_box(), button(card(console), "Disconnect").bounding_box()
    assert panel
    assert disconnect
    right, top = panel["x"] + panel["width"], panel["y"]
    assert right - 40 < disconnect["x"] + disconnect["width"] <= right, "Disconnect is not at the right of its panel"
    assert top <= disconnect["y"] < top + 40, "Disconnect is not at the top of its panel"


def configure_leads(console: Frame) -> None:
    """Steps 2 to 5, and on the way a look at what deals would need."""
    expect(settings(console).get_by_role("link")).to_have_text(["Leads", "Referrers"])
    expect(settings(console).get_by_role("link", name="Leads")).to_have_attribute("aria-current", "page")
    form = SettingsForm(console)
    for action in (CREATE_CONTACT, CREATE_DEALS, DO_NOTHING):
        expect(form.joins().get_by_role("option", name=action, exact=True)).to_have_count(1)
    expect(form.setup_required).to_contain_text("Choose what happens when a lead joins.")

    form.choose(CREATE_DEALS)
    for number, label in ((1, "Pipeline"), (2, "Deal Stage"), (3, "Deal Name")):
        expect(form.row(number).property).to_have_value(label)
        form.row(number).is_required()
    console.get_by_role("checkbox", name="Create contact associated with deal").check()
    the_usual_fields_are_required(form, "Map Contact Fields")

    form.choose(CREATE_CONTACT)
    the_usual_fields_are_required(form)
    row = form.add(3)
    form.pick(row.source, "Campaign Name")
    row.is_dynamic("Campaign Name", "Referral campaign")
    row = form.add(4)
    row.kind.select_option(label="Fixed Value")
    form.pick(row.property, "Plan")
    row.source.select_option(label="Professional")
    expect(radio(console, "Do nothing, do not update the Contact in HubSpot")).to_be_checked()
    radio(console, "Update the Contact that already exists in HubSpot").check()
    expect(radio(console, "Do not qualify my referrals")).to_be_checked()
    radio(console, "Contact property would change").check()
    form.pick(console.get_by_label("Contact property", exact=True), "Lifecycle Stage")
    console.get_by_label("Changes to").select_option(label="Customer")
    save(form)


def configure_referrers(console: Frame) -> None:
    """Step 6."""
    settings(console).get_by_role("link", name="Referrers").click()
    form = SettingsForm(console)
    form.choose(CREATE_CONTACT, "referrer")
    the_usual_fields_are_required(form)
    expect(console.get_by_text("Qualification rules")).to_have_count(0)
    button(console, "Add the Referral Link row").click()
    form.row(3).is_dynamic("Referral Link", "Referral link")
    save(form)


def sync_contacts(console: Frame, campaign: Driver) -> None:
    """The guide's chapter on existing contacts, to where their table is."""
    menu(console, "Referrers").click()
    add_referrers(console)
    expect(radio(console, ALL)).to_be_checked()
    expect(radio(console, "Choose from List")).to_be_visible()
    go_on(console, "Map Fields")
    expect(hubspot_field(console, "First Name")).to_have_value("First Name")
    expect(hubspot_field(console, "Email")).to_have_value("Email")
    go_on(console, "Map Return Fields")
    choose(console, "Referral Link", "Referral link")
    go_on(console, "Confirm")
    expect(console.get_by_role("heading", name="Sync Overview")).to_be_visible()
    expect(radio(console, "One-Time Sync")).to_be_checked()
    expect(radio(console, "Ongoing Sync")).to_be_visible()
    expect(console.get_by_text("Nobody is e-mailed by this sync.")).to_be_visible()

    with held_reading(campaign):
        start(console)
        confirmation = console.get_by_text("Your HubSpot sync has started.")
        seen_from = confirmation.evaluate("node => node.getBoundingClientRect().top / innerHeight")
        assert 0.75 < seen_from < 1, "the confirmation is not at the bottom of the screen"
        progress = sync_card(console, ALL).get_by_role("progressbar").bounding_box()
        table = console.get_by_role("region", name="All referrers").bounding_box()
        assert progress
        assert table
        assert progress["y"] + progress["height"] <= table["y"], "the progress is not above the table"


def copy_the_contact_id(console: Frame, contact: str) -> None:
    """What a contact that came from HubSpot shows in the table."""
    icon = console.get_by_role("button", name=f"HubSpot: copy Contact ID {contact} of")
    cells = people(console).filter(has=icon).get_by_role("cell")
    expect(cells.first).to_be_visible(timeout=RUN_MS)
    columns = console.get_by_role("table", name="Referrers").get_by_role("columnheader").all_inner_texts()
    icon = cells.nth(columns.index("Contacts")).get_by_role("button")
    icon.hover()
    expect(console.get_by_text(f"HubSpot Contact ID {contact}")).to_be_visible()
    icon.click()
    expect(console.get_by_text("Copied.")).to_be_visible()
    field = console.get_by_role("searchbox")
    field.press("Control+v")
    expect(field).to_have_value(contact)


def read_the_story(console: Frame, lead: str) -> None:
    """Why a referral has not qualified."""
    menu(console, "Leads").click()
    console.get_by_role("table", name="Leads").get_by_role("row").filter(has_text=lead).get_by_role(
        "link"
    ).first.click()
    expect(console.get_by_role("heading", name="Why has this referral not qualified?")).to_be_visible()
    expect(console.get_by_text("It qualifies when Lifecycle Stage changes to Customer in HubSpot.")).to_be_visible()
    expect(console.get_by_role("list", name="What happened")).to_contain_text("Created as a new contact in HubSpot.")


def look_at_activity(console: Frame) -> None:
    """The only lead has qualified by now."""
    menu(console, "Activity").click()
    expect(console.get_by_role("heading", level=1)).to_have_text("Activity")
    qualified = console.locator("dl > div", has=console.get_by_role("term").filter(has_text="Qualified"))
    expect(qualified.get_by_role("definition")).to_contain_text("1")


def the_usual_fields_are_required(form: SettingsForm, section: str = "Map your fields") -> None:
    """Email and First Name are mapped already, as what is obvious."""
    for number, label in ((1, "Email"), (2, "First Name")):
        form.row(number, section).is_dynamic(label, label)
        form.row(number, section).is_required()


def save(form: SettingsForm) -> None:
    """Save Changes; what says so is closed, as it would be taken for the next form's."""
    form.save()
    expect(form.setup_required).to_be_hidden()
    button(form.console.locator(".toast").filter(has_text="Saved."), "Close message").click()


def menu(console: Frame, name: str) -> Locator:
    return console.get_by_role("navigation", name="Campaign").get_by_role("link", name=name)


def settings(console: Frame) -> Locator:
    """The two tabs inside the HubSpot section."""
    return console.get_by_role("navigation", name="HubSpot settings")


def button(place: Frame | Page | Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


def radio(console: Frame, name: str) -> Locator:
    return console.get_by_role("radio", name=name)
