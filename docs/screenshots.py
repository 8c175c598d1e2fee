"""Take pictures of the console's main screens on a running stack, into docs/screenshots.

python -m docs.screenshots [--stack NAME]
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import FloatRect, Locator, Page, expect, sync_playwright

from docs.scene import LIST_NAME, ROWS, Scene, set_the_scene
from simulators.local import LocalStackError, read_stack
from simulators.local.folder import DEFAULT_NAME, ROOT

FOLDER = ROOT / "docs" / "screenshots"
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
_WIDTH, _HEIGHT = 1100, 900
_MARGIN = 12  # less than stands between two parts
_PATIENCE_MS = 30_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", default=DEFAULT_NAME, help=f"which running stack ({DEFAULT_NAME})")
    name = parser.parse_args().stack
    try:
        stack = read_stack(name)
    except LocalStackError as error:
        print(error)
        return 1
    if not CHROMIUM.exists():
        print(f"{CHROMIUM} is not there: run `make browser` first")
        return 1
    scene = set_the_scene(stack)
    with _page() as page:
        for take in (settings, sync, story, activity):
            take(page, scene)
    return 0


def settings(page: Page, scene: Scene) -> None:
    """The CRM tab: what a lead becomes in HubSpot, what if it is there already, when it qualifies."""
    _open(page, scene, "/crm/hubspot/leads")
    expect(page.get_by_label("When lead joins campaign")).to_be_visible()
    _save(page, "leads-settings", page.locator("main h1"), page.get_by_role("region", name="Map your fields"))
    _save(
        page,
        "duplicates-and-rule",
        page.get_by_role("region", name="Duplicate contacts"),
        page.get_by_role("region", name="Qualification rules"),
    )


def sync(page: Page, scene: Scene) -> None:
    """The guide's sync of a list: its last step, and the table with the referrers that it brings."""
    _open(page, scene, "/referrers/sync")
    page.get_by_role("radio", name="Choose from List").check()
    page.get_by_role("radio", name=LIST_NAME).check()
    for step in ("Map Fields", "Map Return Fields", "Confirm"):
        page.get_by_role("button", name="Next", exact=True).click()
        expect(page.get_by_role("heading", name=step, exact=True)).to_be_visible()
    page.get_by_role("radio", name="Ongoing Sync").check()
    expect(page.get_by_text("Nobody is e-mailed by this sync.")).to_be_visible()
    _save(page, "sync-confirm", page.locator("main h1"), page.locator("main .card"))

    with scene.sync_in_its_middle():
        page.get_by_role("button", name="Start Sync").click()
        expect(page.get_by_text("Your HubSpot sync has started.")).to_be_visible()
        scene.wait_for_the_first_referrers()
        _open(page, scene, "/referrers")
        rows = page.get_by_role("table", name="Referrers").locator("tbody tr")
        expect(rows).to_have_count(ROWS)
        expect(page.get_by_role("progressbar")).to_be_visible()
        rows.nth(1).get_by_role("button", name="HubSpot: copy Contact ID").hover()
        _save(page, "referrers", page.locator("main h1"), rows.nth(4))


def story(page: Page, scene: Scene) -> None:
    """Why one lead has not qualified."""
    _open(page, scene, f"/leads/{scene.known_lead}")
    _save(page, "one-lead", page.locator("main h1"), page.locator("main section.card").last)


def activity(page: Page, scene: Scene) -> None:
    """What became of everybody in thirty days."""
    _open(page, scene, "/activity")
    days = page.locator("section.card", has=page.get_by_role("heading", name="Day by day"))
    expect(days).to_be_visible()
    _save(page, "activity", page.locator("main h1"), days)


@contextmanager
def _page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--disable-quic", "--disable-sync"])
        page = browser.new_page(
            viewport={"width": _WIDTH, "height": _HEIGHT},
            color_scheme="light",
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/Berlin",
        )
        page.set_default_timeout(_PATIENCE_MS)
        expect.set_options(timeout=_PATIENCE_MS)
        yield page
        browser.close()


def _open(page: Page, scene: Scene, to: str) -> None:
    """As the platform opens the console in a tab."""
    query = urlencode({"account_id": scene.account_id, "name": "Dana", "to": to})
    page.goto("about:blank")  # else only the fragment changes, and the screen before is still seen
    page.goto(f"{scene.stack.platform_url}/campaigns/{scene.plan.campaign_id}/console/tab?{query}")
    expect(page.locator("main h1")).to_be_visible()


def _save(page: Page, name: str, first: Locator, last: Locator) -> None:
    """A picture from the top of one part of the page to the end of another, as wide as the page."""
    page.wait_for_load_state("networkidle")
    top, bottom = first.bounding_box(), last.bounding_box()
    assert top, f"{name} has no beginning"
    assert bottom, f"{name} has no end"
    scrolled = page.evaluate("scrollY")
    left = max(0.0, top["x"] - _MARGIN)
    begin = max(0.0, top["y"] + scrolled - _MARGIN)
    end = bottom["y"] + scrolled + bottom["height"] + _MARGIN
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / f"{name}.png"
    clip: FloatRect = {"x": left, "y": begin, "width": _WIDTH - 2 * left, "height": end - begin}
    page.screenshot(path=file, full_page=True, clip=clip, animations="disabled")
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
