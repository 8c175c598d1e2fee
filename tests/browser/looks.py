"""How differently people see one page: light and dark, on a desk and on a phone."""

from collections.abc import Iterator
from typing import Literal

from playwright.sync_api import Frame, Page, ViewportSize

DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 340, "height": 740}
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def every_look(page: Page) -> Iterator[str]:
    """Give the page each look in turn, and say which; afterwards it is light and on a desk again."""
    for size, where in ((DESK, "on a desk"), (PHONE, "on a phone")):
        page.set_viewport_size(size)
        for scheme in _SCHEMES:
            page.emulate_media(color_scheme=scheme)
            yield f"{scheme}, {where}"
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")


def nothing_sticks_out(page: Page | Frame, when: str = "") -> None:
    """Fail if the page can be scrolled sideways."""
    width, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width <= seen, f"{width} px wide where {seen} px are seen {when}"
