"""Whether people who do not see or do not point can use a page, as far as axe can tell."""

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Frame, Page

from tests.browser.watch import without_token

_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},  # of WCAG 2.2, which axe leaves out by default
    "resultTypes": ["violations"],
    "iframes": False,  # each is asked by itself: axe does not reach into those of another origin
}


def no_violations(page: Page | Frame, when: str = "") -> None:
    """Fail with what is wrong, where, and what to read about it; a page with every frame in it.

    Args:
        page: What to look at.
        when: Said in the failure, such as "dark, with the dialog open".
    """
    frames = page.frames if isinstance(page, Page) else [page]
    found = [told for frame in frames for told in _violations(frame)]
    assert not found, "\n".join([f"{len(found)} violations{' ' * bool(when)}{when}:", *found])


def _violations(frame: Frame) -> list[str]:
    if not frame.evaluate("'axe' in window"):
        frame.evaluate(_axe())
    result: dict[str, Any] = frame.evaluate("options => axe.run(document, options)", _OPTIONS)
    return [_told(frame, violation) for violation in result["violations"]]


def _told(frame: Frame, violation: dict[str, Any]) -> str:
    lines = [f"{violation['help']} ({violation['id']}, {violation['helpUrl']}) on {without_token(frame.url)}"]
    for node in violation["nodes"]:
        lines.append(f"  {' '.join(map(str, node['target']))}  {node['html']}")
        lines += [f"    {check['message']}" for kind in ("any", "all", "none") for check in node[kind]]
    return "\n".join(lines)


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text()
