"""That tests here notice what they must: each of these would pass for a reason if the browser were not watched."""

import re
from collections.abc import Callable, Sequence

import pytest
from playwright.sync_api import Frame, Page

from simulators.local import Stack
from tests.browser.accessibility import no_violations
from tests.browser.looks import MARKUP, every_look, no_markup, nothing_sticks_out, typed_everywhere, words_of_people
from tests.browser.opening import COOKIE, of_another_site
from tests.browser.watch import Watch
from tests.stack.waiting import wait_until


@pytest.fixture
def home(page: Page, stack: Stack) -> Page:
    """A page that nobody complains of."""
    page.goto(stack.platform_url)
    return page


def framed(page: Page, url: str) -> Frame:
    """An address in a frame of the page."""
    page.evaluate(
        """url => document.querySelector("main").append(
            Object.assign(document.createElement("iframe"), { src: url, title: "Framed" }))""",
        url,
    )
    page.frame_locator("iframe").locator("h1").first.wait_for()
    return page.frames[1]


@pytest.mark.parametrize(
    ("script", "problems"),
    [
        ("console.error('Oops')", ["console error: Oops"]),
        ("setTimeout(() => { throw new Error('Broken') })", ["uncaught error: Broken"]),
        ("Promise.reject(new Error('Broken'))", ["uncaught error: Broken"]),
        ("fetch('/nothing-here')", ["/nothing-here: console error: .* 404"]),
        (
            "document.body.append(Object.assign(new Image(), {src: 'http://cdn.example/a.png'}))",
            ["a.png: a request to somebody else", "a.png: failed: net::", "a.png: console error: .* net::"],
        ),
    ],
)
def test_what_a_page_must_not_do_is_written_down(
    home: Page, watch: Watch, script: str, problems: Sequence[str]
) -> None:
    def all_there() -> bool:
        return all(re.search(problem, "\n".join(watch.problems())) for problem in problems)

    with watch.expected("."):
        home.evaluate(f"() => {{ {script} }}")
        wait_until("every problem", all_there)


def test_windows_that_a_page_opens_are_watched_too(home: Page, watch: Watch) -> None:
    with home.expect_popup() as opened:
        home.evaluate("() => { open(location.href) }")

    with watch.expected("Oops"):
        opened.value.evaluate("console.error('Oops')")


def test_a_test_fails_for_it_also_in_a_frame_of_another_site(page: Page, stack: Stack, watch: Watch) -> None:
    page.goto(of_another_site(stack.platform_url))
    frame = framed(page, stack.platform_url)

    with watch.expected("Oops"), pytest.raises(pytest.fail.Exception, match="Oops"), watch.judging():
        frame.evaluate("console.error('Oops')")


def test_a_test_that_fails_by_itself_tells_what_its_page_did(home: Page, watch: Watch) -> None:
    with watch.expected("Oops"), pytest.raises(ZeroDivisionError) as failure, watch.judging():
        home.evaluate("console.error('Oops')") or 1 / 0

    assert "console error: Oops" in failure.value.__notes__[0]


def test_what_is_expected_must_happen_and_excuses_nothing_else(home: Page, watch: Watch) -> None:
    with watch.expected("Oops"), pytest.raises(pytest.fail.Exception, match="Another"), watch.judging():
        home.evaluate("console.error('Another'); console.error('Oops')")
    with watch.expected("Another"):
        home.evaluate("console.error('Another')")

    with pytest.raises(AssertionError, match="no problem fits"), watch.expected("Oops", within_seconds=0.1):
        home.evaluate("console.info('Oops')")


def test_a_frame_of_another_site_has_no_cookies_and_a_tab_has(page: Page, stack: Stack) -> None:
    page.goto(stack.hubspot_url)
    assert page.evaluate(COOKIE) == "kept=1"
    page.goto(stack.platform_url)
    assert framed(page, stack.hubspot_url).evaluate("document.cookie") == "kept=1"
    page.goto(of_another_site(stack.platform_url))

    frame = framed(page, stack.hubspot_url)

    assert frame.evaluate("document.cookie") == ""
    assert frame.evaluate(COOKIE) == ""


def test_each_test_has_a_browser_as_new(page: Page, stack: Stack) -> None:
    page.goto(stack.hubspot_url)

    assert page.evaluate("document.cookie") == ""


def test_violations_are_told_with_the_place_and_what_to_read(home: Page) -> None:
    no_violations(home)

    framed(home, home.url).evaluate("document.querySelector('main').append(new Image())")

    with pytest.raises(AssertionError, match=r"(?s)1 violations with a picture:.*image-alt.*https://.*<img>"):
        no_violations(home, "with a picture")


def test_small_targets_and_pale_text_are_violations(home: Page) -> None:
    home.evaluate(
        """document.querySelector("main").insertAdjacentHTML("beforeend", `
            <p style="color: #999; background: #fff">Pale</p>
            <button style="all: unset; font-size: 8px; line-height: 8px">One</button><button
             style="all: unset; font-size: 8px; line-height: 8px">Two</button>`)"""
    )

    with pytest.raises(AssertionError) as failure:
        no_violations(home)

    assert "color-contrast" in str(failure.value)
    assert "target-size" in str(failure.value)


def test_a_page_is_seen_in_every_look_and_nothing_may_stick_out(home: Page) -> None:
    dark = "matchMedia('(prefers-color-scheme: dark)').matches"
    looks = {look: (home.evaluate(dark), home.evaluate("innerWidth")) for look in every_look(home)}
    home.evaluate("document.body.style.minWidth = '2000px'")

    assert looks == {
        "light, on a desk": (False, 1280),
        "dark, on a desk": (True, 1280),
        "light, on a phone": (False, 340),
        "dark, on a phone": (True, 340),
    }
    with pytest.raises(AssertionError, match="px wide where 1280 px are seen on a desk"):
        nothing_sticks_out(home, "on a desk")


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>The sweep and two grants</p>", "grants, sweep"),
        ("<button aria-label='Close the portal'>Close</button>", "portal"),
        ("<input aria-label='City' placeholder='null'>", "null"),
        ("<input aria-label='City' value='undefined'>", "undefined"),
        ("<p>[object Object], NaN leads</p>", r"NaN, \[object "),
        ("<p role=alert>Answered with 503.</p>", "503"),
    ],
)
def test_words_that_nobody_says_are_noticed_in_every_look(home: Page, html: str, said: str) -> None:
    home.evaluate("html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", html)

    with pytest.raises(AssertionError, match=f" says {said} light, on a desk"):
        next(every_look(home))


def test_numbers_and_words_that_only_look_alike_are_no_offence(home: Page) -> None:
    home.evaluate(
        """document.querySelector("main").insertAdjacentHTML("beforeend",
            "<p>Nan granted 503 leads from Nullarbor</p><p role=alert>Row 4 of 5000</p>")"""
    )

    words_of_people(home)


def test_text_that_became_part_of_a_page_is_noticed_and_fields_that_take_text_are_found(home: Page) -> None:
    home.evaluate(
        """document.querySelector("main").insertAdjacentHTML("beforeend", `
            <input><input type="search"><textarea></textarea>
            <input type="checkbox"><input disabled><input readonly><input hidden>`)"""
    )
    assert typed_everywhere(home, MARKUP) == 3

    home.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<b onclick=alert(1)>Ada</b>')")

    with pytest.raises(AssertionError, match="1 elements were made of text"):
        no_markup(home)


def test_what_is_transferred_is_counted_by_address(home: Page, stack: Stack, transferred: Callable[[str], int]) -> None:
    body = len(home.content())
    before = transferred(stack.platform_url)

    home.goto(stack.hubspot_url)
    home.goto(stack.platform_url)

    assert body * 0.5 < before < body + 1000
    assert transferred(stack.platform_url) == 2 * before
    assert transferred(stack.hubspot_url) + transferred(stack.platform_url) == transferred("") > 2 * before


def test_how_soon_a_page_says_that_it_can_be_used_is_told(
    home: Page, usable: Callable[[str, Frame], float], request: pytest.FixtureRequest
) -> None:
    home.evaluate("setTimeout(() => performance.mark('usable'), 300)")

    seconds = usable("A page of the harness", home.main_frame)

    assert 0.3 < seconds < 10
    [(_, told)] = request.node.user_properties
    assert re.fullmatch(r"A page of the harness: usable after \d+ ms, \d+\.\d kB transferred", told)
