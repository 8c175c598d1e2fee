"""How differently people see one page: light and dark, on a desk and on a phone; and what must stand on none."""

import re
from collections.abc import Iterator
from typing import Literal

from playwright.sync_api import Frame, Page, ViewportSize

from tests.browser.watch import without_token

DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 340, "height": 740}
MARKUP = "<img src=x onerror=alert(1)><b onclick=alert(1)>Ada</b>"
_OURS = re.compile(r"\b(portal|binding|grant|sweep|payload|null|undefined)s?\b|\[object |(?-i:\bNaN\b)", re.IGNORECASE)
_STATUS = re.compile(r"\b[45]\d\d\b")
_TOLD = "[role=alert], .banner, .toast, .error, .savebar"
# What a page says to those who see it and to those who hear it.
_WORDS = """() => [
    document.title,
    document.body.innerText,
    ...["aria-label", "title", "placeholder", "alt"].flatMap((name) =>
        [...document.querySelectorAll(`[${name}]`)].map((node) => node.getAttribute(name))),
    ...[...document.querySelectorAll("input:not([type=radio], [type=checkbox]), textarea")].map((node) => node.value),
].join("\\n")"""
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def every_look(page: Page) -> Iterator[str]:
    """Give the page each look in turn, and say which; afterwards it is light and on a desk again.

    What it says in each, the frames in it too, must be people's words.
    """
    for size, where in ((DESK, "on a desk"), (PHONE, "on a phone")):
        page.set_viewport_size(size)
        for scheme in _SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for frame in page.frames:
                words_of_people(frame, f"{scheme}, {where}")
            yield f"{scheme}, {where}"
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")


def nothing_sticks_out(page: Page | Frame, when: str = "") -> None:
    """Fail if the page can be scrolled sideways."""
    width, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width <= seen, f"{width} px wide where {seen} px are seen {when}"


def words_of_people(page: Page | Frame, when: str = "") -> None:
    """Fail if the page says what only we say, a value of the program's, or in what went wrong a status code."""
    told = [text for node in page.locator(_TOLD).all() for text in _STATUS.findall(node.inner_text())]
    found = sorted({one[0] for one in _OURS.finditer(page.evaluate(_WORDS))} | set(told))
    assert not found, f"{without_token(page.url)} says {', '.join(found)} {when}"


def no_markup(page: Page | Frame) -> None:
    """Fail if text like `MARKUP` has become part of the page."""
    made = page.locator("img, [onerror], [onclick]").count()
    assert not made, f"{made} elements were made of text on {without_token(page.url)}"


def typed_everywhere(page: Page | Frame, text: str) -> int:
    """Type a text into every field that takes one, and fail if it becomes part of the page; how many fields took it."""
    fields = page.locator(
        "input:is([type=text], [type=search], :not([type])):enabled:not([readonly]), textarea:enabled"
    )
    shown = [field for field in fields.all() if field.is_visible()]
    for field in shown:
        field.fill(text)
        no_markup(page)
    return len(shown)
