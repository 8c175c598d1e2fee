"""The guide's sync of existing contacts, walked in a browser with the guide's own names, and what follows it."""

import re

import pytest
from playwright.sync_api import Frame, Locator, Page, Route, expect

from simulators.local import Stack
from tests.browser.accessibility import no_violations
from tests.browser.looks import every_look, nothing_sticks_out
from tests.browser.opening import in_a_tab
from tests.browser.sync_wizard import (
    RUN_MS,
    add_referrers,
    card,
    choose,
    go_on,
    held_reading,
    hubspot_field,
    on_step,
    people,
    press,
    start,
    to_confirm,
)
from tests.browser.watch import Watch
from tests.stack.connecting import Customers
from tests.stack.driver import Driver, new_id
from tests.stack.syncing import a_list, has_link, properties, runs, seed, tick, wait_for
from tests.stack.waiting import wait_until

HTML = "<b onclick=alert(1)>Bold</b><img src=x onerror=alert(1)>"
FORM = {"fields": {"first_name": "firstname", "email": "email"}, "returns": {"referral_link": "referral_link"}}
LINK = re.compile(r"^…\W\w+$")  # the end of a referral link, which tells it from others
STEPS = ["Select Contacts", "Map Fields", "Map Return Fields", "Confirm"]


@pytest.fixture
def campaign(customers: Customers) -> Driver:
    """A connected campaign whose admin chose nothing for leads or referrers: a sync needs neither."""
    made = customers.campaign()
    made.connect()
    return made


@pytest.fixture(scope="module")
def synced(stack: Stack) -> Driver:
    """A campaign with an ongoing sync of three contacts that ran, for tests that only look at it."""
    made = Customers.of(stack).campaign()
    made.connect()
    a_list(made, seed(made, 3))
    sync_id = made.api("POST", "syncs", {**FORM, "every": "1h"})["sync_id"]
    wait_for(made, sync_id, "waiting")
    wait_until("its referrers", lambda: len(made.api("GET", "referrers")["referrers"]) == 3)
    return made


def named_list(campaign: Driver, name: str, members: list[str]) -> None:
    campaign.hubspot.control(f"portals/{campaign.hubspot.id}/lists", {"name": name, "members": members})


def begin(page: Page, campaign: Driver, **visitor: str) -> Frame:
    """The guide's way to the wizard."""
    frame = in_a_tab(page, campaign, "/referrers", **visitor)
    add_referrers(frame)
    return frame


def figure(frame: Frame, text: str | re.Pattern[str]) -> Locator:
    """A number of the preview by what it counts."""
    return frame.get_by_role("listitem").filter(has_text=text).locator("b")


def the_sync(campaign: Driver) -> str:
    [sync] = campaign.api("GET", "syncs")["syncs"]
    return str(sync["sync_id"])


def test_all_contacts_are_synced_once_and_appear_with_links_and_icons(page: Page, campaign: Driver) -> None:
    contacts = seed(campaign, 30)
    seed(campaign, 1, no_email_every=1)
    frame = begin(page, campaign)

    expect(frame.get_by_role("radio", name="All Contacts")).to_be_checked()
    go_on(frame, "Map Fields")
    expect(hubspot_field(frame, "First Name")).to_have_value("First Name")
    expect(hubspot_field(frame, "Email")).to_have_value("Email")
    go_on(frame, "Map Return Fields")
    choose(frame, "Referral Link", "Referral link")
    go_on(frame, "Confirm")
    overview = frame.locator("dl").filter(has=frame.get_by_text("Contact Selection"))
    expect(overview).to_contain_text("All Contacts")
    expect(overview).to_contain_text("First Name → First Name")
    expect(overview).to_contain_text("Referral Link → Referral link")
    expect(frame.get_by_role("radio", name="One-Time Sync")).to_be_checked()
    expect(frame.get_by_text("Imports your contacts once. No automatic updates after that.")).to_be_visible()
    expect(figure(frame, "People")).to_have_text("31")
    expect(figure(frame, "Without e-mail")).to_have_text("1")
    expect(figure(frame, "Already referrers")).to_have_text("0")
    expect(figure(frame, re.compile(r"HubSpot is asked \d+ times"))).to_have_text("about 1 minute")
    with held_reading(campaign):
        start(frame)
        expect(card(frame, "All Contacts").get_by_role("progressbar")).to_be_visible()
    expect(card(frame, "All Contacts")).to_contain_text("Finished", timeout=RUN_MS)

    expect(card(frame, "All Contacts")).to_contain_text("30 people joined · 31 contacts read · 1 without e-mail")
    expect(people(frame)).to_have_count(25)
    press(frame, "Load more")
    expect(people(frame)).to_have_count(30)
    for row in (people(frame).first, people(frame).last):
        expect(row.get_by_role("link", name=LINK)).to_have_attribute(
            "href", re.compile(r"^https://refer\.example\.com/")
        )
        expect(row.get_by_role("link", name=re.compile("in HubSpot"))).to_have_attribute(
            "href", re.compile("/contacts/")
        )
    links = people(frame).get_by_role("link", name=LINK).all_inner_texts()
    assert len(set(links)) == len(links) == 30
    assert has_link(campaign, contacts[0])

    people(frame).nth(10).get_by_role("button").first.focus()
    campaign.publish_referrer(later := f"{new_id('later')}@example.com")
    expect(people(frame).first).to_contain_text(later)
    expect(people(frame).nth(11).get_by_role("button").first).to_be_focused()


def test_the_icon_tells_the_contact_id_and_copies_it_by_keyboard_alone(
    page: Page, watch: Watch, synced: Driver
) -> None:
    watch.context.grant_permissions(["clipboard-read", "clipboard-write"])
    contact = synced.api("GET", "referrers")["referrers"][0]["contact_id"]
    frame = in_a_tab(page, synced, "/referrers")
    icon = frame.get_by_role("button", name=f"HubSpot: copy Contact ID {contact}")
    tip = frame.get_by_text(f"HubSpot Contact ID {contact}")

    icon.hover()
    expect(tip).to_be_visible()
    copies = people(frame).first.get_by_role("button", name=re.compile("referral link")).bounding_box()
    covered = tip.bounding_box()
    assert copies
    assert covered
    assert covered["x"] > copies["x"] + copies["width"], "the id covers the button beside the link"
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    people(frame).first.get_by_role("button", name=re.compile("referral link")).focus()
    page.keyboard.press("Tab")
    expect(icon).to_be_focused()
    expect(tip).to_be_visible()
    page.keyboard.press("Enter")

    expect(frame.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == contact
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_a_list_is_found_by_name_and_synced_ongoing_at_the_rate_chosen(page: Page, campaign: Driver) -> None:
    contacts = seed(campaign, 6)
    a_list(campaign, contacts[:4])
    named_list(campaign, "Newsletter readers", contacts)
    frame = begin(page, campaign)

    frame.get_by_role("radio", name="Choose from List").check()
    frame.get_by_role("searchbox", name="Search lists by name").fill("happy")
    expect(frame.get_by_role("radio", name="Newsletter readers")).to_be_hidden()
    expect(frame.get_by_text("4 contacts")).to_be_visible()
    frame.get_by_role("radio", name="Happy customers").check()
    go_on(frame, "Map Fields")
    choose(frame, "City", "City")
    go_on(frame, "Map Return Fields")
    choose(frame, "Referral Link", "Referral link")
    choose(frame, "Referrals Count", "Referrals count")
    go_on(frame, "Confirm")
    expect(frame.get_by_text("Happy customers (4 contacts)")).to_be_visible()
    expect(frame.get_by_text("City → City")).to_be_visible()
    frame.get_by_role("radio", name="Ongoing Sync").check()
    expect(frame.get_by_text("new contacts added to the selected list are automatically enrolled")).to_be_visible()
    frame.get_by_label("How often").select_option("Every hour")
    expect(figure(frame, "People")).to_have_text("4")
    start(frame)

    sync = card(frame, "Happy customers")
    expect(sync).to_contain_text("Ongoing Sync, every hour")
    expect(sync).to_contain_text("Waiting for its next run", timeout=RUN_MS)
    expect(people(frame)).to_have_count(4)
    assert [has_link(campaign, one) for one in contacts] == [True] * 4 + [False] * 2
    assert properties(campaign, contacts[0])["referrals_count"] == "0"

    sync.get_by_label("How often").select_option("Every day")
    expect(sync).to_contain_text("Ongoing Sync, every day")
    assert campaign.api("GET", "syncs")["syncs"][0]["every"] == "24h"
    sync.get_by_text("History of runs").first.click()
    expect(sync.get_by_role("table", name="History of runs")).to_contain_text("Completed")


def test_a_sync_is_paused_resumed_stopped_and_removed_and_each_says_first_what_happens(
    page: Page, campaign: Driver
) -> None:
    seed(campaign, 3)
    with held_reading(campaign):
        sync_id = campaign.api("POST", "syncs", {**FORM, "every": "1h"})["sync_id"]
        frame = in_a_tab(page, campaign, "/referrers")
        sync = card(frame, "All Contacts")
        expect(sync).to_contain_text("Running")

        answer(frame, sync, "Pause", "goes on where it stopped", "Keep it as it is")
        expect(sync).to_contain_text("Running")
        answer(frame, sync, "Pause", "goes on where it stopped", "Pause sync")
        expect(sync).to_contain_text("Paused")
        expect(sync.get_by_role("heading")).to_be_focused()
    press(sync, "Resume")
    expect(sync).to_contain_text("Waiting for its next run", timeout=RUN_MS)
    expect(people(frame)).to_have_count(3)

    answer(frame, sync, "Stop", "cannot be resumed", "Stop sync")
    expect(sync).to_contain_text("Stopped")
    expect(sync.get_by_role("button", name="Resume")).to_be_hidden()
    assert campaign.api("GET", f"syncs/{sync_id}")["sync"]["state"] == "stopped"

    answer(frame, sync, "Remove", "nothing is deleted in HubSpot", "Remove sync")
    expect(sync).to_be_hidden()
    assert campaign.api("GET", "syncs")["syncs"] == []
    expect(people(frame)).to_have_count(3)


def answer(frame: Frame, sync: Locator, button: str, told: str, reply: str) -> None:
    """Press a button of a sync, be told what happens, and answer."""
    press(sync, button)
    dialog = frame.get_by_role("dialog")
    expect(dialog).to_contain_text(told)
    press(dialog, reply)
    expect(dialog).to_be_hidden()


def test_a_run_is_followed_however_late_the_table_below_it_comes(page: Page, watch: Watch, synced: Driver) -> None:
    ran = synced.api("GET", f"syncs/{the_sync(synced)}")
    running = {**ran, "sync": {**ran["sync"], "state": "running"}}
    table: list[Route] = []

    def hold(route: Route) -> None:
        table.append(route)
        if len(table) > 1:
            route.continue_()

    watch.context.route(re.compile(r"/v1/.*/referrers\?"), hold)
    watch.context.route(re.compile(r"/v1/.*/syncs/[^/]+$"), lambda route: route.fulfill(json=running), times=1)
    with page.expect_response(re.compile(r"/v1/.*/syncs/[^/]+$")) as answer:
        frame = in_a_tab(page, synced, "/referrers")
    answer.value.finished()
    table[0].continue_()

    expect(card(frame, "All Contacts")).to_contain_text("Running")
    expect(card(frame, "All Contacts")).to_contain_text("Waiting for its next run")


def filled_in(page: Page, campaign: Driver) -> Frame:
    """The wizard at its last step, with something chosen at each."""
    a_list(campaign, seed(campaign, 2))
    frame = begin(page, campaign)
    frame.get_by_role("radio", name="Choose from List").check()
    frame.get_by_role("radio", name="Happy customers").check()
    go_on(frame, "Map Fields")
    choose(frame, "First Name", "Last Name")
    go_on(frame, "Map Return Fields")
    choose(frame, "Referrals Count", "Referrals count")
    go_on(frame, "Confirm")
    frame.get_by_role("radio", name="Ongoing Sync").check()
    frame.get_by_label("How often").select_option("Every 6 hours")
    return frame


def test_a_half_filled_wizard_keeps_what_was_chosen_and_asks_before_it_is_left(page: Page, campaign: Driver) -> None:
    frame = filled_in(page, campaign)

    for step in ("Map Return Fields", "Map Fields", "Select Contacts"):
        press(frame, "Back")
        on_step(frame, step)
    expect(frame.get_by_role("radio", name="Happy customers")).to_be_checked()
    go_on(frame, "Map Fields")
    expect(hubspot_field(frame, "First Name")).to_have_value("Last Name")
    go_on(frame, "Map Return Fields")
    expect(hubspot_field(frame, "Referrals Count")).to_have_value("Referrals count")
    go_on(frame, "Confirm")
    expect(frame.get_by_label("How often")).to_have_value("6h")

    frame.get_by_role("link", name="Cancel").click()
    dialog = frame.get_by_role("dialog", name="Leave without saving?")
    press(dialog, "Stay here")
    on_step(frame, "Confirm")
    frame.get_by_role("button", name="Change: Contact Selection").click()
    on_step(frame, "Select Contacts")
    expect(frame.get_by_role("radio", name="Happy customers")).to_be_checked()


def test_nothing_that_was_chosen_is_lost_while_a_start_cannot_reach_us(
    page: Page, watch: Watch, campaign: Driver
) -> None:
    frame = filled_in(page, campaign)
    expect(figure(frame, "People")).to_have_text("2")

    watch.context.set_offline(True)
    with watch.expected("v1/campaigns"):
        press(frame, "Start Sync")
        expect(frame.get_by_role("alert")).to_contain_text("The settings could not be reached.")
        press(frame, "Back")
        on_step(frame, "Map Return Fields")
        expect(hubspot_field(frame, "Referrals Count")).to_have_value("Referrals count")
        press(frame, "Back")
        on_step(frame, "Map Fields")
        expect(hubspot_field(frame, "First Name")).to_have_value("Last Name")
        press(frame, "Back")
        on_step(frame, "Select Contacts")
        expect(frame.get_by_role("alert")).to_contain_text("The settings could not be reached.")
        expect(frame.get_by_role("radio", name="Happy customers")).to_be_checked()
    watch.context.set_offline(False)
    assert campaign.api("GET", "syncs")["syncs"] == []

    for step in STEPS[1:]:
        go_on(frame, step)
    expect(frame.get_by_label("How often")).to_have_value("6h")
    expect(figure(frame, "People")).to_have_text("2")
    start(frame)
    [sync] = campaign.api("GET", "syncs")["syncs"]
    assert (sync["list_name"], sync["every"], sync["fields"]["first_name"]) == ("Happy customers", "6h", "lastname")


def test_what_is_missing_is_told_at_its_field(page: Page, campaign: Driver) -> None:
    frame = begin(page, campaign)
    frame.get_by_role("radio", name="Choose from List").check()
    press(frame, "Next")
    search = frame.get_by_role("searchbox", name="Search lists by name")
    expect(search).to_be_focused()
    expect(search).to_have_accessible_description("Choose a list, or All Contacts.")

    frame.get_by_role("radio", name="All Contacts").check()
    go_on(frame, "Map Fields")
    go_on(frame, "Map Return Fields")
    choose(frame, "Referrals Count", "Referral link")
    press(frame, "Next")
    count = hubspot_field(frame, "Referrals Count")
    expect(count).to_be_focused()
    expect(count).to_have_accessible_description(re.compile("Another row is written to this field"))


def test_what_hubspot_has_no_more_is_told_at_its_field_in_its_step(page: Page, watch: Watch, campaign: Driver) -> None:
    campaign.hubspot.properties(
        create=[
            {"name": "their_link", "label": "Their link", "type": "string", "fieldType": "text", "groupName": "theirs"}
        ]
    )
    frame = begin(page, campaign)
    go_on(frame, "Map Fields")
    go_on(frame, "Map Return Fields")
    press(frame, "Refresh from HubSpot")
    expect(hubspot_field(frame, "Referral Link")).to_be_focused()
    choose(frame, "Referral Link", "Their link")
    campaign.hubspot.properties(archive=["their_link"])

    with watch.expected("syncs/preview: .*422"):
        press(frame, "Next")
        link = hubspot_field(frame, "Referral Link")
        expect(link).to_be_focused()
    on_step(frame, "Map Return Fields")
    expect(link).to_have_accessible_description("HubSpot has no contact property their_link. Choose another property.")
    choose(frame, "Referral Link", "Referral link")
    go_on(frame, "Confirm")
    expect(frame.get_by_text("Nobody is e-mailed by this sync.")).to_be_visible()


def test_the_usual_fields_are_made_in_hubspot_by_one_button(page: Page, campaign: Driver) -> None:
    frame = begin(page, campaign)
    go_on(frame, "Map Fields")
    go_on(frame, "Map Return Fields")

    press(frame, "Create these fields in HubSpot")

    expect(frame.get_by_text("The fields are in HubSpot now, and chosen above.")).to_be_visible()
    expect(hubspot_field(frame, "Referrals Count")).to_have_value("Referrals")
    expect(hubspot_field(frame, "Converted Referrals Count")).to_have_value("Converted referrals")
    expect(frame.get_by_role("button", name="Create these fields in HubSpot")).to_be_hidden()


def test_without_the_permission_for_it_the_wizard_says_what_to_allow(page: Page, customers: Customers) -> None:
    campaign = customers.campaign()
    campaign.connect(without=["crm.schemas.contacts.write"])
    frame = begin(page, campaign)
    go_on(frame, "Map Fields")
    go_on(frame, "Map Return Fields")

    expect(frame.get_by_text("connect HubSpot again and leave that permission ticked there")).to_be_visible()
    expect(frame.get_by_role("link", name="Go to the HubSpot connection")).to_be_visible()
    expect(frame.get_by_role("button", name="Create these fields in HubSpot")).to_be_hidden()


def test_above_a_thousand_people_the_number_is_typed_before_anything_starts(page: Page, campaign: Driver) -> None:
    seed(campaign, 1001)
    frame = begin(page, campaign)
    to_confirm(frame)
    number = frame.get_by_label("Type 1,001 to confirm")

    number.fill("101")
    press(frame, "Start Sync")
    expect(number).to_be_focused()
    expect(number).to_have_accessible_description(re.compile("Type the number of people, 1,001, to confirm."))
    assert campaign.api("GET", "syncs")["syncs"] == []

    number.fill("1,001")
    with held_reading(campaign):
        start(frame)
        expect(card(frame, "All Contacts")).to_contain_text("Running")
        campaign.api("POST", f"syncs/{the_sync(campaign)}/stop")


def test_a_sync_that_is_there_already_is_not_started_twice(page: Page, campaign: Driver) -> None:
    seed(campaign, 1)
    campaign.api("POST", "syncs", {**FORM, "every": "15m"})
    frame = begin(page, campaign)
    to_confirm(frame)
    frame.get_by_role("radio", name="Ongoing Sync").check()

    press(frame, "Start Sync")

    expect(frame.get_by_text("These contacts are being synced already: that sync goes on.")).to_be_visible()
    the_sync(campaign)


def test_markup_in_the_names_of_lists_and_contacts_is_shown_as_text(page: Page, campaign: Driver) -> None:
    row = {"properties": {"email": f"{new_id('b')}@example.com", "firstname": HTML}}
    contacts = campaign.hubspot.control("seed", {"portal": campaign.hubspot.id, "contacts": [row]})["ids"]
    named_list(campaign, HTML, contacts)
    frame = begin(page, campaign)
    frame.get_by_role("radio", name="Choose from List").check()
    frame.get_by_role("radio", name=HTML).check()
    to_confirm(frame)
    expect(frame.get_by_text(f"{HTML} (1 contact)")).to_be_visible()
    start(frame)

    expect(frame.get_by_role("heading", name=HTML)).to_be_visible()
    expect(card(frame, HTML)).to_contain_text("Finished", timeout=RUN_MS)
    people(frame).get_by_role("button", name=HTML).first.click()
    expect(frame.get_by_role("dialog", name=HTML)).to_contain_text("What happened")
    assert frame.locator("main img, main b[onclick], dialog img").count() == 0


def test_a_referrer_is_found_by_the_whole_address_and_tells_what_happened(page: Page, synced: Driver) -> None:
    wanted = synced.api("GET", "referrers")["referrers"][1]["email"]
    frame = in_a_tab(page, synced, "/referrers")

    frame.get_by_role("searchbox", name="Search by e-mail address").fill(wanted)
    press(frame, "Search")
    expect(people(frame)).to_have_count(1)
    people(frame).get_by_role("button").first.click()
    story = frame.get_by_role("dialog")
    expect(story).to_contain_text(wanted)
    expect(story).to_contain_text("Enrolled from HubSpot")
    press(story, "Close")

    frame.get_by_role("searchbox", name="Search by e-mail address").fill("nobody@example.com")
    press(frame, "Search")
    expect(frame.get_by_text("Nobody joined with this e-mail address.")).to_be_visible()
    press(frame, "Show all referrers")
    expect(people(frame)).to_have_count(3)


@pytest.mark.parametrize(
    ("answer", "state", "button", "title", "why"),
    [
        ("decline", "declined", "1 contact declined", "Declined contacts", "not a customer"),
        ("never", "unanswered", "1 contact without an answer", "Contacts without an answer", "No reason given"),
    ],
)
def test_whoever_did_not_become_a_referrer_is_named_with_the_reason_and_asked_for_again(
    page: Page, campaign: Driver, answer: str, state: str, button: str, title: str, why: str
) -> None:
    [contact] = seed(campaign, 1)
    rule = {"account_id": campaign.account, "campaign_id": campaign.campaign}
    campaign.platform("enrolment", {**rule, "answer": answer, "reason": "not_a_customer"})
    sync_id = str(campaign.api("POST", "syncs", {**FORM, "every": "once"})["sync_id"])
    wait_until(f"the contact {state}", lambda: campaign.api("GET", f"syncs/{sync_id}")[state] == 1)
    if answer == "never":  # else the run waits a quarter of an hour for the answer
        campaign.api("POST", f"syncs/{sync_id}/stop")
    wait_for(campaign, sync_id, "finished", "stopped")
    campaign.platform("enrolment", {**rule, "answer": "join"})
    frame = in_a_tab(page, campaign, "/referrers")

    press(card(frame, "All Contacts"), button)
    dialog = frame.get_by_role("dialog", name=title)
    expect(dialog.get_by_role("row").last).to_contain_text(contact)
    expect(dialog.get_by_role("row").last).to_contain_text(why)
    press(dialog, "Ask again")
    expect(dialog).to_contain_text("Asked again for 1 contact.")

    wait_until("the answer", lambda: campaign.api("GET", f"syncs/{sync_id}")[state] == 0)
    press(dialog, "Close")
    expect(people(frame)).to_have_count(1)
    assert [run[state] for run in runs(campaign, sync_id)] == [1]


def test_whom_hubspot_refuses_is_named_with_its_reason_and_is_not_asked_for_again(page: Page, campaign: Driver) -> None:
    [contact] = seed(campaign, 1)
    reason = "Property values were not valid: a rule of this account forbids that"
    refusal = {"category": "VALIDATION_ERROR", "message": reason, "context": {"objectWriteTraceId": ["0"]}}
    body = {"status": "COMPLETE", "results": [], "errors": [refusal], "numErrors": 1}
    campaign.hubspot.fault("contacts.batch_update", times=1, status=207, body=body)
    sync_id = str(campaign.api("POST", "syncs", {**FORM, "every": "once"})["sync_id"])
    wait_for(campaign, sync_id, "finished")
    wait_until("the refusal", lambda: campaign.api("GET", f"syncs/{sync_id}")["refused"] == 1)
    frame = in_a_tab(page, campaign, "/referrers")

    press(card(frame, "All Contacts"), "1 contact refused by HubSpot")

    dialog = frame.get_by_role("dialog", name="Contacts that HubSpot refuses")
    row = dialog.get_by_role("row").last
    expect(row).to_contain_text(contact)
    expect(row).to_contain_text(reason)
    expect(dialog.get_by_role("button", name="Ask again")).to_be_hidden()


def test_a_sync_that_broke_says_why_and_what_to_do(page: Page, campaign: Driver) -> None:
    list_id = a_list(campaign, seed(campaign, 1))
    sync_id = campaign.api("POST", "syncs", {**FORM, "list_id": list_id, "every": "1h"})["sync_id"]
    wait_for(campaign, sync_id, "waiting")
    campaign.hubspot.delete_list(list_id)
    tick(campaign)
    wait_for(campaign, sync_id, "broken")

    frame = in_a_tab(page, campaign, "/referrers")

    sync = card(frame, "Happy customers")
    expect(sync).to_contain_text("Needs your attention")
    expect(sync.get_by_role("alert")).to_contain_text("The list Happy customers was deleted in HubSpot.")
    expect(sync.get_by_role("alert")).to_contain_text("start one with another list")
    sync.get_by_text("History of runs").first.click()
    newest = sync.get_by_role("table", name="History of runs").get_by_role("row").nth(1)
    expect(newest).to_contain_text("The list Happy customers was deleted in HubSpot.")
    expect(newest).to_contain_text("start one with another list")


def test_a_campaign_that_is_not_connected_is_led_to_the_crm_tab(page: Page, customers: Customers) -> None:
    frame = in_a_tab(page, customers.campaign(), "/referrers/sync")

    expect(frame.get_by_text("HubSpot is not connected.")).to_be_visible()
    expect(frame.get_by_role("link", name="Go to the CRM tab to connect")).to_have_attribute(
        "href", "#/crm/hubspot/leads"
    )
    expect(frame.get_by_role("button", name="Next")).to_be_hidden()


def test_a_viewer_sees_syncs_and_referrers_and_can_change_nothing(page: Page, synced: Driver) -> None:
    frame = in_a_tab(page, synced, "/referrers", role="viewer")

    expect(people(frame)).to_have_count(3)
    sync = card(frame, "All Contacts")
    expect(sync).to_contain_text("Waiting for its next run")
    for name in ("Pause", "Stop", "Remove"):
        expect(sync.get_by_role("button", name=name)).to_be_disabled()
    expect(sync.get_by_label("How often")).to_be_disabled()
    expect(frame.get_by_role("button", name="Add Referrers")).to_be_disabled()
    frame.evaluate("location.hash = '/referrers/sync'")
    expect(frame.get_by_text("Only an admin of this campaign can start a sync.")).to_be_visible()


def test_everybody_can_use_these_screens(page: Page, synced: Driver) -> None:
    frame = in_a_tab(page, synced, "/referrers")
    expect(people(frame)).to_have_count(3)
    frame.locator("summary").first.click()
    looked_at(page, frame, "the table")
    people(frame).first.get_by_role("button").first.click()
    expect(frame.get_by_role("dialog")).to_contain_text("What happened")
    looked_at(page, frame, "a story")
    press(frame.get_by_role("dialog"), "Close")

    frame = begin(page, synced)
    frame.get_by_role("radio", name="Choose from List").check()
    frame.get_by_role("radio", name="Happy customers").check()
    for step in STEPS:
        on_step(frame, step)
        if step == "Confirm":
            frame.get_by_role("radio", name="Ongoing Sync").check()
            expect(frame.get_by_text("Nobody is e-mailed by this sync.")).to_be_visible()
        else:
            expect(frame.get_by_role("button", name="Next")).to_be_enabled()
        looked_at(page, frame, step)
        if step != "Confirm":
            press(frame, "Next")


def looked_at(page: Page, frame: Frame, what: str) -> None:
    for look in every_look(page):
        no_violations(frame, f"{what}, {look}")
        nothing_sticks_out(frame, f"{what}, {look}")
