"""Tests here drive Chromium against a deployed stack, and fail on whatever a page complains of."""

import os
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Frame, Page, expect, sync_playwright

from simulators.local import Stack
from simulators.local.folder import LOCAL, ROOT
from tests.browser.looks import DESK
from tests.browser.opening import of_another_site
from tests.browser.watch import Watch, without_token
from tests.stack.connecting import Customers
from tests.stack.waiting import wait_until

HERE = Path(__file__).parent
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
PATIENCE_MS = 30_000
_ARGUMENTS = [
    # Two pages of its address bar's, which cost more processor time at each new page than ours do.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


@pytest.fixture(scope="session", autouse=True)
def chromium() -> Path:
    """The program; first of all, before a stack is deployed in vain."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is not there: run `make browser` first", pytrace=False)
    return CHROMIUM


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    """One for all tests; each has a context of its own in it."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def watch(browser: Browser, stack: Stack) -> Iterator[Watch]:
    """What this test's pages do; the test fails on any problem of theirs that it does not expect."""
    origins = {stack.api_url, stack.hubspot_url, stack.platform_url, of_another_site(stack.platform_url)}
    context = browser.new_context(locale="en-GB", viewport=DESK, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    yield Watch(context, frozenset(origins))
    context.close()


@pytest.fixture
def page(watch: Watch) -> Page:
    """An empty tab."""
    return watch.context.new_page()


@pytest.fixture
def transferred(watch: Watch) -> Callable[[str], int]:
    """Bytes that the test's pages have loaded from addresses that begin like the one given."""
    return watch.transferred


@pytest.fixture
def usable(watch: Watch, record_property: Callable[[str, object], None]) -> Callable[[str, Frame], float]:
    """Waits until the console in a frame says that it can be used: the seconds since it began, told by the run too.

    The run also tells what was transferred by then from where the console is: its files and the API's answers.
    """

    def measure(what: str, frame: Frame) -> float:
        def marked() -> float | None:
            with suppress(Error):  # the frame is still on its way to the page
                at: float | None = frame.evaluate("performance.getEntriesByName('usable')[0]?.startTime")
                return at
            return None

        # Playwright's own way to wait for a script is refused by the console's Content-Security-Policy.
        milliseconds = wait_until(f"{what}: the mark `usable`", marked, seconds=PATIENCE_MS / 1000) or 0.0
        kilobytes = watch.transferred(frame.evaluate("origin")) / 1000
        record_property("usable", f"{what}: usable after {milliseconds:.0f} ms, {kilobytes:.1f} kB transferred")
        return milliseconds / 1000

    return measure


@pytest.fixture
def customers(stack: Stack) -> Customers:
    """Registered campaigns for the taking, connected or not."""
    return Customers.of(stack)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here, so that `-m "not browser"` leaves it out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test for what its pages complained of."""
    watch = _watch(item)
    with watch.judging() if watch else nullcontext():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what a failed test's pages looked like."""
    report = yield
    if report.failed and call.when == "call" and (watch := _watch(item)):
        for number, page in enumerate(watch.context.pages):
            report.sections.append(("screenshot", _screenshot(page, item, number)))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how soon pages were usable."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    for told in sorted(text for report in reports for name, text in report.user_properties if name == "usable"):
        terminalreporter.write_line(told)


def _watch(item: pytest.Item) -> Watch | None:
    found = getattr(item, "funcargs", {}).get("watch")
    return found if isinstance(found, Watch) else None


def _screenshot(page: Page, item: pytest.Item, number: int) -> str:
    name = re.sub(r"[^\w-]+", "-", f"{item.path.stem}-{item.name}-{number}").strip("-")
    path = LOCAL / "screenshots" / f"{name[:150]}.png"
    try:
        page.screenshot(path=path)
    except Error as error:
        return f"{without_token(page.url)} could not be shown: {error.message}"
    return f"{path.relative_to(ROOT)} shows {without_token(page.url)}"
