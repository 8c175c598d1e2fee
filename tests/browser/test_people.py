"""Leads on their screens: where each stands and why, and what an admin can do about those who wait."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Frame, Locator, Page, Route, expect

from referral_hubspot.domain.people import Person, PersonKey, Reason, State
from referral_hubspot.domain.settings import SideSettings
from referral_hubspot.domain.wording import Names, label, next_step
from tests.browser.accessibility import no_violations
from tests.browser.looks import MARKUP, every_look, no_markup, nothing_sticks_out, typed_everywhere, words_of_people
from tests.browser.opening import in_a_frame, in_a_tab
from tests.browser.watch import Watch
from tests.stack.connecting import Customers
from tests.stack.driver import MAPPING, NO_RULE, NOTHING, Driver, new_address
from tests.stack.waiting import wait_until

WHY = "Why has this referral not qualified?"
SETTINGS = "#/crm/hubspot/leads"
REASONS = [
    (State.HELD, reason)
    for reason in (
        Reason.SETUP,
        Reason.NOT_CONNECTED,
        Reason.RECONNECT,
        Reason.HUBSPOT_AWAY,
        Reason.PAUSED,
        Reason.ASKS_FIRST,
    )
]
STANDING = [
    *REASONS,
    (State.SENDING, Reason.NONE),
    (State.NOT_SENT, Reason.DO_NOTHING),
    (State.NOT_SENT, Reason.DECLINED),
    (State.SENT, Reason.NONE),
    (State.QUALIFIED, Reason.NONE),
    (State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT),
    (State.ALREADY_REFERRED, Reason.ALREADY_REFERRED),
    (State.REJECTED, Reason.NO_USABLE_EMAIL),
    (State.REJECTED, Reason.REFUSED),
    (State.EXPIRED, Reason.WAITED_TOO_LONG),
    (State.CLOSED, Reason.CLOSED),
    (State.ERASED, Reason.PERSON_ERASED),
]

pytestmark = pytest.mark.usefixtures("leads_taken_at_once")


def row(screen: Frame, text: str) -> Locator:
    """The line of a table that holds this text."""
    return screen.get_by_role("table").get_by_role("row").filter(has_text=text)


def open_lead(page: Page, campaign: Driver, email: str, name: str = "Ada", **visitor: str) -> Frame:
    """One lead's page, by way of the table."""
    screen = in_a_tab(page, campaign, "/leads", **visitor)
    row(screen, email).get_by_role("link", name=name).click()
    expect(screen.get_by_role("heading", level=1)).to_have_text(name)
    return screen


def joined(campaign: Driver, number: int, *states: str) -> list[str]:
    """So many leads, told to the platform in one of these states; their addresses, oldest first."""
    events = [campaign.joined(new_address()) for _ in range(number)]
    campaign.publish(*events)
    campaign.wait_for_all([str(event["data"]["lead_id"]) for event in events], *states)
    return [str(event["data"]["email"]) for event in events]


def not_set_up(customers: Customers) -> Driver:
    """A connected campaign whose settings lack a required field, so that its leads wait."""
    campaign = customers.campaign()
    campaign.connect()
    assert campaign.save(mapping=MAPPING[:1])["setup_required"]
    return campaign


# One lead


def test_why_is_my_referral_not_qualifying_has_one_answer_and_a_way_to_change_it(
    page: Page, customers: Customers
) -> None:
    campaign = customers.connected(duplicates="skip")
    email = new_address()
    campaign.hubspot.seed(email)
    lead = campaign.join(email)
    campaign.wait(lead, "duplicate")

    screen = open_lead(page, campaign, email)

    answer = screen.locator("section", has=screen.get_by_role("heading", name=WHY)).last
    shown = campaign.lead(lead)
    expect(answer).to_contain_text(f"{shown['state_label']}. {shown['next_step']}")
    expect(answer).to_contain_text("was in HubSpot before this referral, so it will not qualify")
    answer.get_by_role("link", name="Change what happens to duplicates").click()
    expect(screen.get_by_role("heading", name="Duplicate contacts")).to_be_focused()
    expect(screen.get_by_role("heading", name="Duplicate contacts")).to_be_in_viewport()


def test_after_the_switch_such_a_referral_counts_on_the_admins_word(page: Page, customers: Customers) -> None:
    campaign = customers.connected(duplicates="skip")
    email = new_address()
    campaign.hubspot.seed(email)
    campaign.wait(campaign.join(email), "duplicate")
    campaign.save(duplicates="update")

    screen = open_lead(page, campaign, email)
    screen.get_by_role("link", name="Answer the question").click()
    question = "1 referral was stopped because the person was already in HubSpot. Let it count now?"
    expect(screen.get_by_text(question)).to_be_visible()
    screen.get_by_role("button", name="Let them count").click()

    expect(row(screen, email)).to_contain_text("In HubSpot, not qualified yet")
    expect(screen.get_by_text(question)).to_be_hidden()


def test_a_lead_that_qualifies_while_its_page_is_open_says_so_by_itself(page: Page, customers: Customers) -> None:
    campaign = customers.connected()
    email = new_address()
    campaign.wait(campaign.join(email), "sent")
    screen = open_lead(page, campaign, email)
    expect(screen.get_by_role("heading", name=WHY)).to_be_visible()
    expect(screen.locator("main")).to_contain_text("It qualifies when Lifecycle Stage changes to Customer in HubSpot.")

    campaign.hubspot.change(email, lifecyclestage="customer")

    expect(screen.get_by_role("heading", name="This referral has qualified")).to_be_visible()
    expect(screen.locator("main")).to_contain_text("Qualified: Lifecycle Stage changed to Customer in HubSpot.")
    no_violations(screen, "qualified")


def test_the_next_step_of_a_lead_in_hubspot_is_there(page: Page, customers: Customers) -> None:
    campaign = customers.connected()
    email = new_address()
    lead = campaign.join(email)
    campaign.wait(lead, "sent")

    screen = open_lead(page, campaign, email)

    link = screen.get_by_role("link", name="Open in HubSpot").first
    expect(link).to_have_attribute("href", campaign.lead(lead)["record_link"])
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_without_a_rule_the_next_step_is_to_choose_one(page: Page, customers: Customers) -> None:
    campaign = customers.connected(rule=NO_RULE)
    email = new_address()
    campaign.wait(campaign.join(email), "sent")

    screen = open_lead(page, campaign, email)

    expect(screen.get_by_role("link", name="Choose a rule")).to_have_attribute("href", f"{SETTINGS}/rule")


def test_a_lead_says_what_happened_and_when_in_the_readers_time(watch: Watch, customers: Customers) -> None:
    campaign = customers.connected(**NOTHING)
    email = new_address()
    campaign.wait(campaign.join(email, joined_at="2026-07-01T22:30:00Z"), "not_sent")
    page = watch.context.new_page()
    page.context.new_cdp_session(page).send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})

    screen = open_lead(page, campaign, email)

    expect(screen.locator("time").first).to_have_attribute("datetime", re.compile(r"^2026-07-01T22:30"))
    expect(screen.locator("time").first).to_have_text("2 July 2026 at 07:30")
    expect(screen.locator("main")).to_contain_text("Asia/Tokyo")
    expect(screen.get_by_role("list", name="What happened").get_by_role("listitem")).to_contain_text(
        ["Joined in Referral platform.", "Not sent: the Leads settings say Do nothing."]
    )
    expect(screen.get_by_role("link", name="Change the Leads settings")).to_have_attribute("href", f"{SETTINGS}/action")


@pytest.mark.parametrize("opened", [in_a_tab, in_a_frame])
def test_what_is_copied_for_support_holds_no_personal_data(
    page: Page, watch: Watch, customers: Customers, opened: Any
) -> None:
    campaign = customers.connected()
    watch.context.grant_permissions(["clipboard-read", "clipboard-write"])
    email = new_address("zarathustra")
    refused = campaign.join(email, first_name="Zarathustra", fields={"city": "Sils Maria"})
    campaign.wait(refused, "sent")
    shown = campaign.lead(refused)

    screen = opened(page, campaign, f"/leads/{refused}")
    screen.get_by_role("button", name="Copy details for support").click()
    expect(screen.get_by_role("status").filter(has_text="Copied.")).to_be_visible()

    page.bring_to_front()
    copied = screen.evaluate("navigator.clipboard.readText()") if opened is in_a_tab else pasted(screen)
    personal = [email, "Zarathustra", "zarathustra", "Sils Maria", "Grace", "grace@example.org", "L4F2A1", "R00007"]
    assert not [word for word in personal if word in copied]
    needed = [campaign.campaign, refused, "sent", shown["contact_id"], *(line["at"] for line in shown["timeline"])]
    assert not [word for word in needed if word not in copied]
    assert [line["event"] for line in shown["timeline"]] == re.findall(r"Z (\w+)$", copied, re.MULTILINE)


def pasted(screen: Frame) -> str:
    """What a support form would get."""
    screen.evaluate(
        "document.querySelector('main').append(Object.assign(document.createElement('textarea'), {id: 'paste'}))"
    )
    screen.locator("#paste").press("Control+v")
    return screen.locator("#paste").input_value()


def test_a_lead_that_is_not_there_leads_back(page: Page, watch: Watch, customers: Customers) -> None:
    campaign = customers.campaign()

    with watch.expected("leads/nobody: .*404"):
        screen = in_a_tab(page, campaign, "/leads/nobody")
        expect(screen.get_by_role("alert")).to_be_visible()

    words_of_people(screen)
    expect(screen.get_by_role("heading", level=1)).to_be_focused()
    expect(screen.get_by_role("link", name="All leads")).to_be_visible()


# All leads


def as_the_api_tells(state: State, reason: Reason, campaign: Driver) -> dict[str, Any]:
    """A lead that stands so, in the API's words."""
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    key = PersonKey(campaign.account, campaign.campaign, "lead", f"{state}-{reason}")
    person = Person(key, at, at, "ada@example.com", {"first_name": "Ada"}, state=state, reason=reason)
    return {
        "lead_id": key.person_id,
        "state": state,
        "state_label": label(person, "Referral Factory"),
        "reason": reason,
        "next_step": next_step(person, SideSettings(), None, Names()),
        "first_name": "Ada",
        "email": "ada@example.com",
        "joined_at": at.isoformat(),
        "version": 1,
        "contact_id": None,
        "record_link": None,
        "timeline": [],
    }


def test_every_state_is_told_in_the_words_that_everyone_uses(page: Page, watch: Watch, customers: Customers) -> None:
    campaign = customers.campaign()
    told = [as_the_api_tells(state, reason, campaign) for state, reason in STANDING]

    def answer(route: Route) -> None:
        route.fulfill(json={"leads": told, "cursor": None})

    watch.context.route(re.compile(rf"/campaigns/{campaign.campaign}/leads(\?.*)?$"), answer)
    screen = in_a_tab(page, campaign, "/leads")

    rows = screen.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(len(told) + 1)
    for number, lead in enumerate(told, start=1):
        expect(rows.nth(number)).to_contain_text(lead["state_label"])
        expect(rows.nth(number)).to_contain_text(lead["next_step"])
    words_of_people(screen)


def test_one_lead_is_told_in_the_same_words(page: Page, watch: Watch, customers: Customers) -> None:
    campaign = customers.campaign()
    told = [as_the_api_tells(state, reason, campaign) for state, reason in STANDING]
    by_id = {lead["lead_id"]: lead for lead in told}

    def answer(route: Route) -> None:
        route.fulfill(json=by_id[route.request.url.rpartition("/")[2]])

    watch.context.route(re.compile(r"/v1/campaigns/[^/]+/leads/[^/]+$"), answer)
    screen = in_a_tab(page, campaign, "/leads")

    for lead in told:
        screen.evaluate("id => { location.hash = `/leads/${id}` }", lead["lead_id"])
        answer_card = screen.locator("main").get_by_text(f"{lead['state_label']}. {lead['next_step']}")
        if lead["state"] is State.QUALIFIED:
            expect(screen.get_by_role("heading", name="This referral has qualified")).to_be_visible()
        else:
            expect(answer_card).to_be_visible()
        words_of_people(screen)


def test_a_lead_is_found_by_its_whole_address_however_it_is_written(page: Page, customers: Customers) -> None:
    campaign = not_set_up(customers)
    one, other = joined(campaign, 2, "held")
    screen = in_a_tab(page, campaign, "/leads")
    expect(row(screen, other)).to_be_visible()

    screen.get_by_role("searchbox", name="Search by e-mail").fill(f" {one.upper()} ")
    screen.get_by_role("button", name="Search").click()

    expect(row(screen, other)).to_be_hidden()
    expect(row(screen, one)).to_be_visible()
    screen.get_by_role("searchbox").fill("nobody@example.com")
    screen.get_by_role("searchbox").press("Enter")
    expect(screen.get_by_text("Nobody joined with this address.")).to_be_visible()
    screen.get_by_role("button", name="Show all leads").click()
    expect(row(screen, other)).to_be_visible()


def test_more_leads_are_loaded_and_still_there_after_a_look_at_one(page: Page, customers: Customers) -> None:
    campaign = not_set_up(customers)
    emails = joined(campaign, 27, "held")
    screen = in_a_tab(page, campaign, "/leads")
    rows = screen.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(26)

    screen.get_by_role("button", name="Load more").click()

    expect(rows).to_have_count(28)
    expect(screen.get_by_role("button", name="Load more")).to_be_hidden()
    expect(rows.nth(26).get_by_role("link", name="Ada")).to_be_focused()
    rows.nth(27).get_by_role("link", name="Ada").press("Enter")
    screen.get_by_role("link", name="All leads").click()
    expect(rows).to_have_count(28)
    assert all(email in screen.locator("table").inner_text() for email in emails)


def test_a_new_lead_appears_by_itself(page: Page, customers: Customers) -> None:
    campaign = not_set_up(customers)
    screen = in_a_tab(page, campaign, "/leads")
    expect(screen.get_by_text("No leads yet.")).to_be_visible()

    (email,) = joined(campaign, 1, "held")

    expect(row(screen, email)).to_contain_text("Waiting: the setup is not complete")


def test_names_that_hold_markup_are_shown_as_they_were_typed(page: Page, customers: Customers) -> None:
    campaign = not_set_up(customers)
    email = new_address()
    campaign.wait(campaign.join(email, first_name=MARKUP), "held")
    campaign.wait(campaign.join(MARKUP, first_name=MARKUP), "rejected")

    screen = open_lead(page, campaign, email, MARKUP)

    no_markup(screen)
    assert page.title().startswith(MARKUP)
    screen.get_by_role("link", name="All leads").click()
    expect(row(screen, email)).to_contain_text(MARKUP)
    expect(row(screen, "No usable e-mail")).to_contain_text(MARKUP)
    no_markup(screen)


def test_what_hubspot_says_is_shown_as_it_says_it(page: Page, customers: Customers) -> None:
    campaign = customers.connected()
    campaign.hubspot.fault(
        "contacts.batch_create", status=400, times=None, body={"message": MARKUP, "category": "VALIDATION_ERROR"}
    )
    email = new_address()
    lead = campaign.join(email)
    campaign.wait(lead, "rejected")

    screen = in_a_tab(page, campaign, "/leads")
    expect(row(screen, email)).to_contain_text(f"HubSpot refused it{MARKUP}")
    no_markup(screen)
    row(screen, email).get_by_role("link", name="Ada").click()
    expect(screen.get_by_role("list", name="What happened")).to_contain_text(MARKUP)
    no_markup(screen)


@pytest.mark.parametrize(("where", "nobody"), [("/leads", "Nobody joined"), ("/referrers", "Nobody joined")])
def test_markup_that_is_searched_for_finds_nobody(page: Page, customers: Customers, where: str, nobody: str) -> None:
    screen = in_a_tab(page, customers.campaign(), where)
    expect(screen.get_by_role("searchbox")).to_be_visible()

    assert typed_everywhere(screen, MARKUP) == 1
    screen.get_by_role("button", name="Search").click()

    expect(screen.get_by_text(nobody)).to_be_visible()
    no_markup(screen)


def test_leads_that_wait_name_what_ends_it(page: Page, customers: Customers) -> None:
    campaign = not_set_up(customers)
    joined(campaign, 2, "held")
    screen = in_a_tab(page, campaign, "/leads")
    banner = screen.get_by_role("status").filter(has_text="2 leads are waiting.").last
    expect(banner).to_contain_text("Setup Required")
    expect(banner.get_by_role("link", name="Complete the settings")).to_have_attribute("href", SETTINGS)

    campaign.api("DELETE", "hubspot")

    expect(banner.get_by_role("link", name="Connect HubSpot")).to_have_attribute("href", SETTINGS)


# Leads that waited since before the setup


@pytest.fixture
def waited(customers: Customers) -> tuple[Driver, list[str]]:
    """A campaign whose two leads joined before its setup was complete for the first time, as it is now."""
    campaign = not_set_up(customers)
    emails = joined(campaign, 2, "held")
    campaign.save()
    wait_until("the question", lambda: campaign.asked().get("held", {}).get("count") == 2)
    return campaign, emails


def test_leads_that_waited_are_sent_on_the_admins_word(page: Page, waited: tuple[Driver, list[str]]) -> None:
    campaign, emails = waited
    screen = in_a_tab(page, campaign, "/leads")
    expect(screen.get_by_text("2 leads are waiting. Send them?")).to_be_visible()

    screen.get_by_role("button", name="Send them", exact=True).click()

    for email in emails:
        expect(row(screen, email)).to_contain_text("In HubSpot, not qualified yet")
    expect(screen.get_by_text("2 leads are waiting. Send them?")).to_be_hidden()
    assert campaign.hubspot.size() == 2


@pytest.mark.parametrize("at_once", [True, False])
def test_leads_that_are_not_to_be_sent_can_be_sent_after_all(
    page: Page, waited: tuple[Driver, list[str]], at_once: bool
) -> None:
    campaign, emails = waited
    screen = in_a_tab(page, campaign, "/leads")

    screen.get_by_role("button", name="Do not send them").click()
    if at_once:
        screen.get_by_role("button", name="Undo: send them after all").click()
    else:
        for email in emails:
            expect(row(screen, email)).to_contain_text("Not sent (you chose so)")
        assert campaign.hubspot.size() == 0
        expect(screen.get_by_text("2 leads were not sent because you chose so. Send them after all?")).to_be_visible()
        screen.get_by_role("button", name="Send them after all", exact=True).click()

    for email in emails:
        expect(row(screen, email)).to_contain_text("In HubSpot, not qualified yet")
    assert campaign.hubspot.size() == 2


def test_who_may_only_look_sees_all_and_can_answer_nothing(page: Page, waited: tuple[Driver, list[str]]) -> None:
    campaign, emails = waited

    screen = in_a_tab(page, campaign, "/leads", role="viewer")

    expect(screen.get_by_text("You can look, but not change anything.")).to_be_visible()
    expect(row(screen, emails[0])).to_be_visible()
    for name in ("Send them", "Do not send them"):
        expect(screen.get_by_role("button", name=name, exact=True)).to_be_disabled()
    screen = open_lead(page, campaign, emails[0], role="viewer")
    expect(screen.get_by_role("button", name="Copy details for support")).to_be_enabled()


# Activity


def counts(screen: Frame) -> dict[str, int]:
    """The numbers on top."""
    shown = screen.locator("dl").first.locator("div")
    return {
        one.get_by_role("term").inner_text(): int(re.findall(r"\d+", one.get_by_role("definition").inner_text())[0])
        for one in shown.all()
    }


@pytest.fixture
def active(customers: Customers) -> Driver:
    """A campaign with three leads in HubSpot, of whom one qualified; one left out, and one without an address."""
    campaign = customers.connected(duplicates="skip")
    known = new_address()
    campaign.hubspot.seed(known)
    joined(campaign, 2, "sent")
    (won,) = joined(campaign, 1, "sent")
    campaign.wait(campaign.join(known), "duplicate")
    campaign.wait(campaign.join("no address"), "rejected")
    campaign.hubspot.change(won, lifecyclestage="customer")
    wait_until("one that qualified", lambda: campaign.api("GET", "activity")["totals"]["qualified"] == 1)
    return campaign


def test_activity_counts_what_became_of_leads_and_why_some_are_left_out_or_failing(page: Page, active: Driver) -> None:
    screen = in_a_tab(page, active, "/activity")

    expect(screen.get_by_role("heading", level=1)).to_have_text("Activity")
    assert counts(screen) == {"In HubSpot": 2, "Left out": 1, "Failing": 1, "Qualified": 1}
    failing = screen.get_by_role("region", name="Failing")
    expect(failing).to_contain_text("No usable e-mail")
    expect(failing).to_contain_text("Let the person join again with a complete e-mail address.")
    left_out = screen.get_by_role("region", name="Left out")
    expect(left_out).to_contain_text("Already in HubSpot")
    way = left_out.get_by_role("link", name="Change what happens to duplicates")
    expect(way).to_have_attribute("href", f"{SETTINGS}/duplicates")


def test_the_chart_of_activity_is_told_in_words_and_as_a_table(page: Page, active: Driver) -> None:
    screen = in_a_tab(page, active, "/activity")
    chart = screen.get_by_role("img")
    expect(chart).to_have_accessible_name(
        re.compile("Bars for 30 days. In HubSpot 2, Left out 1, Failing 1, Qualified 1, On its way 0.")
    )

    screen.get_by_text("The same as a table").click()

    rows = screen.get_by_role("table", name="Leads day by day").get_by_role("row")
    expect(rows).to_have_count(31)
    expect(rows.last.get_by_role("cell")).to_have_text([re.compile(r"\d+ \w+"), "2", "1", "1", "1", "0"])


def test_activity_without_leads_says_so(page: Page, customers: Customers) -> None:
    screen = in_a_tab(page, customers.campaign(), "/activity")

    expect(screen.get_by_text("Nobody joined in the last 30 days.")).to_be_visible()
    expect(screen.get_by_role("img")).to_have_count(0)


def test_activity_that_does_not_count_everybody_says_since_when(page: Page, watch: Watch, active: Driver) -> None:
    told = active.api("GET", "activity") | {"complete": False, "counted_since": "2026-07-01T12:00:00Z"}
    watch.context.route(re.compile(r"/activity$"), lambda route: route.fulfill(json=told))

    screen = in_a_tab(page, active, "/activity")

    expect(screen.get_by_text("Not everybody is counted here.")).to_be_visible()
    expect(screen.get_by_role("note")).to_contain_text("1 July 2026")


# Everybody


def test_everybody_can_use_the_screen_of_activity(page: Page, active: Driver) -> None:
    screen = in_a_tab(page, active, "/activity")
    screen.get_by_text("The same as a table").click()

    for look in every_look(page):
        no_violations(page, look)
        nothing_sticks_out(page, look)


def test_old_numbers_are_called_so_while_the_settings_cannot_be_reached(
    page: Page, watch: Watch, active: Driver
) -> None:
    screen = in_a_tab(page, active, "/leads")
    expect(screen.get_by_role("table")).to_be_visible()

    with watch.expected("failed: net::ERR_FAILED|ERR_FAILED"):
        watch.context.route(re.compile(r"/v1/"), lambda route: route.abort())
        note = screen.get_by_text("This may be out of date: The settings could not be reached.").first
        expect(note).to_be_visible()
        expect(screen.get_by_role("table")).to_be_visible()
        screen.get_by_role("link", name="Activity").click()
        expect(screen.get_by_role("alert")).to_contain_text("The settings could not be reached.")
        words_of_people(screen)
        expect(screen.get_by_role("heading", name="Activity")).to_be_focused()
        watch.context.unroute(re.compile(r"/v1/"))

    screen.get_by_role("button", name="Try again").click()
    expect(screen.get_by_role("region", name="Failing")).to_be_visible()
    screen.get_by_role("link", name="Leads").click()
    expect(screen.get_by_role("table")).to_be_visible()
    expect(note).to_be_hidden()


def test_everybody_can_use_the_screens_of_leads(page: Page, waited: tuple[Driver, list[str]]) -> None:
    campaign, emails = waited
    screen = in_a_tab(page, campaign, "/leads")
    expect(row(screen, emails[0])).to_be_visible()
    for look in every_look(page):
        no_violations(page, look)
        nothing_sticks_out(page, look)

    row(screen, emails[0]).get_by_role("link", name="Ada").click()
    screen.get_by_text("What is copied").click()

    for look in every_look(page):
        no_violations(page, look)
        nothing_sticks_out(page, look)
