"""What one test's pages complain of, ask for and load, in every tab, window and frame."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, WebError

_LOCAL_SCHEMES = ("about", "blob", "data")


def without_token(url: str) -> str:
    """An address as it may be shown."""
    return re.sub(r"token=[^&]*", "token=…", url)


class Watch:
    """A browser as new (no cookies, nothing cached) with everything in it that must not happen written down."""

    def __init__(self, context: BrowserContext, origins: frozenset[str]) -> None:
        self.context = context
        self._origins = origins
        self._problems: list[str] = []
        self._loaded: list[Request] = []
        context.on("console", self._said)
        context.on("weberror", self._threw)
        context.on("request", self._asked)
        context.on("requestfailed", self._failed)
        context.on("requestfinished", self._got)

    def problems(self) -> list[str]:
        """Console errors, uncaught errors, failed requests, and requests to anyone but the stack."""
        for page in self.context.pages:
            for frame in page.frames:
                with suppress(Error):  # it has just gone to another page
                    frame.evaluate("0")  # what happened in it before is told by now
        return list(self._problems)

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Fail what is done meanwhile for the problems of its pages; if it fails by itself, tell them as well."""
        try:
            yield
        except BaseException as error:
            if problems := self.problems():
                error.add_note("\n".join(["Meanwhile in the browser:", *problems]))
            raise
        if problems := self.problems():
            pytest.fail("\n".join(["The browser saw:", *problems]), pytrace=False)

    @contextmanager
    def expected(self, pattern: str, within_seconds: float = 5) -> Iterator[None]:
        """Of the problems meanwhile those that fit the pattern are none, but there must be one.

        A browser writes an error for each answer of 400 and above: "…/hubspot/leads: … a status of 409 ()".
        """
        before = len(self._problems)
        yield
        deadline = time.monotonic() + within_seconds
        while not (fitting := [one for one in self.problems()[before:] if re.search(pattern, one)]):
            if time.monotonic() > deadline:
                raise AssertionError(f"no problem fits {pattern!r}; seen: {self._problems[before:]}")
            self._a_moment()
        self._problems = [one for one in self._problems if one not in fitting]

    def transferred(self, under: str = "") -> int:
        """Bytes of all answers so far, headers too, or of those from addresses that begin like this."""
        return sum(
            sizes["responseBodySize"] + sizes["responseHeadersSize"]
            for sizes in (request.sizes() for request in self._loaded if request.url.startswith(under))
        )

    def _a_moment(self) -> None:
        for page in self.context.pages[:1]:
            page.wait_for_timeout(50)

    def _said(self, message: ConsoleMessage) -> None:
        # A browser looks for a tab's icon by itself; that there is none troubles nobody.
        if message.type == "error" and urlsplit(message.location["url"]).path != "/favicon.ico":
            self._problems.append(f"{without_token(message.location['url'])}: console error: {message.text}")

    def _threw(self, error: WebError) -> None:
        where = without_token(error.page.url) if isinstance(error.page, Page) else "a page that is gone"
        self._problems.append(f"{where}: uncaught error: {error.error}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in _LOCAL_SCHEMES and f"{parts.scheme}://{parts.netloc}" not in self._origins:
            self._problems.append(f"{request.url}: a request to somebody else")

    def _got(self, request: Request) -> None:
        self._loaded.append(request)

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page went on before the answer came
            self._problems.append(f"{request.url}: failed: {request.failure}")
