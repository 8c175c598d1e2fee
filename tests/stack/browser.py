"""An admin's browser on the way to HubSpot and back."""

from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from simulators.demo.consent import Form, new_browser, read_forms
from tests.stack.driver import Driver
from tests.stack.hubspot_account import HubSpotAccount


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: dict[str, str] = {}
        self._silent = False
        self._href: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag in ("style", "script")
        self._href = dict(attrs).get("href") if tag == "a" else None

    def handle_endtag(self, tag: str) -> None:
        self._silent, self._href = False, None

    def handle_data(self, data: str) -> None:
        if self._href is not None:
            self.links[data.strip()] = unescape(self._href)
        if not self._silent and data.strip():
            self.words.append(data.strip())


@dataclass(frozen=True)
class Page:
    """What a browser shows: `text` is what a person reads, `links` where it leads, by label."""

    url: str
    status: int
    html: str

    @property
    def _read(self) -> _Words:
        words = _Words()
        words.feed(self.html)
        return words

    @property
    def text(self) -> str:
        return " ".join(self._read.words)

    @property
    def links(self) -> dict[str, str]:
        return self._read.links

    @property
    def form(self) -> Form:
        (form,) = read_forms(self.html)
        return form


class Browser:
    """One admin's browser, which keeps its cookies."""

    def __init__(self) -> None:
        self._session = new_browser()

    def open(self, url: str) -> Page:
        """Go to an address, redirects included."""
        return _page(self._session.get(url, timeout=60))

    def leave(self, campaign: Driver) -> Page:
        """Click Connect in the campaign's settings; HubSpot's consent page."""
        page = self.open(connect_url(campaign))
        assert page.url.startswith(campaign.stack.hubspot_url), page.text
        return page

    def approve(self, consent: Page, account: HubSpotAccount) -> str:
        """Choose a HubSpot account and connect; where HubSpot sends the browser, which has not gone there yet."""
        answer = self._decide(consent, account=str(account.id), decision="approve")
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    def decline(self, consent: Page) -> Page:
        """Cancel on the consent page; HubSpot must not send the browser anywhere."""
        answer = self._decide(consent, decision="decline")
        assert not answer.is_redirect
        return _page(answer)

    def connect(self, campaign: Driver, account: HubSpotAccount) -> Page:
        """The whole way to HubSpot and back; the page that it ends on."""
        return self.open(self.approve(self.leave(campaign), account))

    def press(self, page: Page) -> Page:
        """Press the page's one button."""
        form = page.form
        return _page(self._session.post(urljoin(page.url, form.action), data=form.hidden, timeout=60))

    def _decide(self, consent: Page, **chosen: str) -> requests.Response:
        form = consent.form
        return self._session.post(
            urljoin(consent.url, form.action), data=form.hidden | chosen, allow_redirects=False, timeout=60
        )


def _page(answer: requests.Response) -> Page:
    return Page(answer.url, answer.status_code, answer.text)


def way_back(campaign: Driver) -> str:
    """Where the admin came from."""
    return f"{campaign.stack.platform_url}/campaigns/{campaign.campaign}"


def connect_url(campaign: Driver) -> str:
    """A new address that starts connecting."""
    return str(campaign.api("POST", "hubspot/connect", {"return_url": way_back(campaign)})["connect_url"])


def secret_in(url: str, name: str) -> str:
    """A parameter of an address, such as its ticket or state."""
    (value,) = parse_qs(urlsplit(url).query)[name]
    return value
