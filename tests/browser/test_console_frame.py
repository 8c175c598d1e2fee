"""What holds on every screen: who is let in, who may frame the console, and where the token is kept."""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, Request, Response, expect

from functions.settings_api.routes import ROUTES
from simulators.local import Stack
from tests.browser.accessibility import no_violations
from tests.browser.looks import every_look, nothing_sticks_out, words_of_people
from tests.browser.opening import START, in_a_frame, in_a_tab, in_an_opened_tab, of_another_site
from tests.browser.sync_wizard import go_on, hubspot_field
from tests.browser.watch import Watch
from tests.stack.connecting import Customers, set_up
from tests.stack.driver import MAPPING, Driver, new_address
from tests.stack.hubspot_account import HubSpotAccount
from tests.stack.syncing import wait_for
from tests.stack.waiting import wait_until

NOWHERE = "/nowhere"
LITTLE = 150_000
A_TABLE = 25
PATIENCE_MS = 10_000  # so long the console waits for a token
WAYS = [in_a_tab, in_an_opened_tab, in_a_frame]
SECRET = "zarathustra"
SYNC = {"fields": {"first_name": "firstname", "email": "email"}, "returns": {"referral_link": "referral_link"}}

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
    assert transferred(campaign.stack.api_url) < LITTLE
    files = frame.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert sorted(url.rpartition(".")[2] for url in files if "/console/" in url) == ["css", "js"]
    expect(frame.get_by_role("heading", level=1)).to_be_visible()
    for look in every_look(frame.page):
        no_violations(frame.page, look)
        nothing_sticks_out(frame, look)


@pytest.fixture(scope="module")
def crowded(stack: Stack) -> Driver:
    """A campaign that is set up, with as many leads and referrers as a table shows at once."""
    made = Customers.of(stack).connected()
    leads, referrers = ([new_address() for _ in range(A_TABLE)] for _ in range(2))
    made.save_referrers(mapping=MAPPING[:2])
    made.publish(*(made.joined(email) for email in leads))
    made.platform("referrers", {"account_id": made.account, "campaign_id": made.campaign, "emails": referrers})
    wait_until("all of them in HubSpot", lambda: made.hubspot.size() == 2 * A_TABLE)
    return made


@pytest.mark.parametrize("screen", [START, "/leads", "/referrers", "/referrers/sync"])
def test_a_screen_with_much_to_show_has_little_to_load(
    page: Page, crowded: Driver, usable: Callable[[str, Frame], float], transferred: Callable[[str], int], screen: str
) -> None:
    frame = in_a_tab(page, crowded, screen)

    usable(f"{screen} of a crowded campaign", frame)
    if screen == "/referrers/sync":
        go_on(frame, "Map Fields")
        expect(hubspot_field(frame, "Email")).to_have_value("Email")
    else:
        page.wait_for_load_state("networkidle")  # what comes after the screen can be used
    assert transferred(crowded.stack.api_url) < LITTLE


def test_an_address_that_leads_to_no_screen_says_so_and_leads_on(page: Page, campaign: Driver) -> None:
    frame = in_a_tab(page, campaign, NOWHERE)

    expect(frame.get_by_text("There is nothing at this address.")).to_be_visible()
    no_violations(frame)
    frame.get_by_role("link", name="Go to the start").click()
    expect(frame.get_by_role("heading", level=1)).to_be_visible()
    assert frame.url.endswith(f"#{START}")


def test_everyone_can_use_the_screens_of_a_campaign_where_nothing_has_happened_yet(
    page: Page, campaign: Driver
) -> None:
    in_a_tab(page, campaign, "/activity")
    expect(page.get_by_text("Nobody joined in the last 30 days.")).to_be_visible()
    no_violations(page, "without activity")
    go(page, "/leads")
    expect(page.get_by_text("No leads yet.")).to_be_visible()
    no_violations(page, "without leads")
    go(page, "/referrers")
    expect(page.get_by_text("No referrers yet.")).to_be_visible()
    no_violations(page, "without referrers")

    page.get_by_role("button", name="Add Referrers").first.click()
    no_violations(page, "adding referrers")
    page.get_by_role("dialog").get_by_role("button", name="Sync").click()
    no_violations(page, "choosing where from")


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
    no_violations(page)


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


def test_a_token_from_a_page_that_is_not_configured_is_not_taken(page: Page, campaign: Driver, watch: Watch) -> None:
    asked: list[Request] = []
    watch.context.on("request", lambda request: asked.append(request))
    watch.context.add_init_script("addEventListener('message', ({ data }) => (window.heard ??= []).push(data.type))")
    watch.context.clock.install()
    page.goto(campaign.stack.hubspot_url)
    with page.expect_popup() as opened:
        page.evaluate(
            """([console, token]) => {
                addEventListener("message", ({ source }) => source.postMessage({ type: "token", token }, "*"));
                open(console);
            }""",
            [f"{campaign.stack.console_url}?campaign={campaign.campaign}", campaign.token()],
        )
    console = opened.value
    console.wait_for_url(f"{campaign.stack.console_url}**")
    wait_until("the stranger's token in the console", lambda: console.evaluate("window.heard") == ["token"])

    watch.context.clock.fast_forward(PATIENCE_MS)

    expect(console.get_by_text("You are not signed in here.")).to_be_visible()
    assert not [request.url for request in asked if "authorization" in request.headers]


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


# Who may see and do what, whatever their own page asks for


@pytest.fixture(scope="module")
def two(stack: Stack) -> tuple[Driver, Driver]:
    """A campaign with a secret, and much to answer, stop, delete and save; and another one of its account."""
    campaign, sibling = Customers.of(stack).two_campaigns()
    campaign.hubspot = HubSpotAccount.new(stack, SECRET)
    set_up(campaign)
    known = new_address(SECRET)
    campaign.hubspot.seed(known, firstname=SECRET)
    sync = campaign.api("POST", "syncs", {**SYNC, "every": "1h"})["sync_id"]
    campaign.wait(campaign.join(known, first_name=SECRET), "duplicate")
    campaign.api("POST", "hubspot/test-lead")
    campaign.save(duplicates="update")
    wait_for(campaign, sync, "waiting")
    wait_until("the question", lambda: campaign.asked().get("duplicates", {}).get("count") == 1)
    for path in ("hubspot", "leads", "referrers"):
        wait_until(f"what nobody else may see in {path}", partial(is_told, campaign, path))
    return campaign, sibling


@pytest.fixture
def busy(two: tuple[Driver, Driver]) -> Driver:
    return two[0]


def test_a_token_of_another_account_or_campaign_shows_nothing_at_any_address(
    watch: Watch, stack: Stack, customers: Customers, two: tuple[Driver, Driver]
) -> None:
    campaign, sibling = two
    lead = campaign.api("GET", "leads")["leads"][0]["lead_id"]
    answers: list[Response] = []
    watch.context.on("response", lambda answer: answers.append(answer))
    others = ["/crm/hubspot/referrers", "/referrers", "/leads", "/referrers/sync", "/activity", f"/leads/{lead}"]

    for token in (customers.campaign().token(), sibling.token(campaign_ids=[sibling.campaign])):
        page = watch.context.new_page()
        with watch.expected("a status of 404"):
            page.goto(f"{stack.console_url}?campaign={campaign.campaign}#token={token}&to={START}")
            sees_nothing(page)
            for address in others:
                go(page, address)
                sees_nothing(page)
            page.close()

    assert {answer.status for answer in answers if "/v1/" in answer.url} == {404}


def is_told(campaign: Driver, path: str) -> bool:
    """Whether the API tells the campaign's own admin what is secret."""
    return SECRET in json.dumps(campaign.api("GET", path)).lower()


def sees_nothing(page: Page) -> None:
    """Fail unless the screen that is shown says that it shows nothing, and does so."""
    expect(page.get_by_text("You cannot see this campaign here.").first).to_be_visible()
    assert SECRET not in page.content().lower(), page.url
    words_of_people(page)


def go(page: Page, address: str) -> None:
    """Follow an address in the console, and wait until its screen is shown."""

    def shown() -> int:
        number: int = page.evaluate("performance.getEntriesByName('usable').length")
        return number

    before = shown()
    page.evaluate("to => { location.hash = to }", address)
    wait_until(f"the screen at {address}", lambda: shown() > before)


def test_a_viewer_who_switches_the_buttons_on_is_refused_in_words_and_changes_nothing(
    page: Page, watch: Watch, busy: Driver
) -> None:
    before = everything(busy)
    answered: dict[tuple[str, str], int] = {}

    def note(answer: Response) -> None:
        if "/v1/" in answer.url and answer.request.method != "GET":
            answered[answer.request.method, answer.url.partition(f"{busy.campaign}/")[2]] = answer.status

    watch.context.on("response", note)
    test_lead = busy.api("GET", "hubspot/test-lead")["test_leads"][0]["lead_id"]
    sync = busy.api("GET", "syncs")["syncs"][0]["sync_id"]
    on_crm = {("DELETE", "hubspot"), ("POST", "hubspot/check"), ("POST", "hubspot/test-lead")} | {
        ("DELETE", f"hubspot/test-lead/{test_lead}"),
        ("POST", "hubspot/questions/duplicates"),
    }
    on_syncs = {("POST", f"syncs/{sync}/pause"), ("POST", f"syncs/{sync}/stop"), ("DELETE", f"syncs/{sync}")}

    def are_refused(writes: set[tuple[str, str]]) -> bool:
        page.wait_for_timeout(20)  # lets the answers come
        return answered == dict.fromkeys(writes, 403)

    with watch.expected("a status of 403"):
        for to, writes in (
            (START, on_crm),
            ("/leads", {("POST", "hubspot/questions/duplicates")}),
            ("/referrers", on_syncs),
        ):
            frame = in_a_tab(page, busy, to, role="viewer")
            expect(frame.get_by_text("You can look, but not change anything.")).to_be_visible()
            press_what_is_off(frame)
            wait_until(f"every refusal at {to}", partial(are_refused, writes))
            expect(frame.get_by_text("You can look at this, not change it.").first).to_be_visible()
            words_of_people(frame)
            answered.clear()
        save_what_is_off(in_a_tab(page, busy, role="viewer"))

    assert answered == {("PUT", "hubspot/leads"): 403}
    assert everything(busy) == before


def press_what_is_off(frame: Frame) -> None:
    """Switch on every button that is off and press it, and in a dialog that opens what it is about."""
    off = frame.locator("button:disabled:visible")
    expect(off).not_to_have_count(0)
    for label in off.evaluate_all("all => all.map((one) => one.ariaLabel ?? one.textContent)"):
        button = frame.get_by_role("button", name=label, exact=True).first
        button.evaluate("button => { button.disabled = false; button.click() }")
        if frame.locator("dialog").is_visible():
            frame.locator("dialog button").last.click()


def save_what_is_off(frame: Frame) -> None:
    """Switch on the form, change it, and save it."""
    joins = frame.get_by_label("When lead joins campaign")
    expect(joins).to_be_disabled()
    joins.evaluate("control => { control.disabled = false }")
    joins.select_option(label="Do nothing")
    frame.get_by_role("button", name="Save Changes").click()
    expect(frame.get_by_role("alert")).to_contain_text("You can look at this, not change it.")


def test_a_viewer_who_asks_by_hand_for_every_kind_of_write_is_refused_each(
    page: Page, watch: Watch, busy: Driver
) -> None:
    ids = {
        "campaign_id": busy.campaign,
        "code": "duplicates",
        "lead_id": busy.api("GET", "hubspot/test-lead")["test_leads"][0]["lead_id"],
        "sync_id": busy.api("GET", "syncs")["syncs"][0]["sync_id"],
    }
    writes = [(one.method, one.path.format(**ids)) for one in ROUTES if one.method != "GET" and not one.for_viewers]
    before = everything(busy)
    with page.expect_request(re.compile("/v1/")) as asked:
        frame = in_a_tab(page, busy, role="viewer")
    authorization = asked.value.headers["authorization"]

    with watch.expected("a status of 403"):
        statuses = frame.evaluate(
            """([writes, authorization]) => Promise.all(writes.map(async ([method, path]) => {
                const base = location.pathname.replace(/\\/console$/, "");
                const headers = { authorization, "content-type": "application/json" };
                return (await fetch(base + path, { method, headers, body: "{}" })).status;
            }))""",
            [writes, authorization],
        )

    assert statuses == [403] * len(writes)
    assert len(writes) > 12
    assert everything(busy) == before


def everything(campaign: Driver) -> dict[str, Any]:
    """What the API tells of the campaign, except for what goes on by itself."""
    paths = ["", "hubspot", "hubspot/leads", "hubspot/referrers", "hubspot/questions", "hubspot/test-lead"]
    told = {path: campaign.api("GET", path) for path in [*paths, "leads", "referrers", "syncs"]}
    told["hubspot"] |= {"read_until": None}
    return told
