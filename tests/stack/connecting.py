"""What tests of connecting need: an admin's browser, customers in numbers, and how a connection was announced."""

import hashlib
from collections import deque
from dataclasses import dataclass
from functools import partial
from html import unescape
from html.parser import HTMLParser
from itertools import chain
from typing import Any, Literal
from urllib.parse import parse_qs, urljoin, urlsplit

from referral_hubspot.storage import keys
from simulators.demo.consent import Form, new_browser, read_forms
from simulators.local import Stack
from tests.stack.driver import Driver
from tests.stack.hubspot_account import HubSpotAccount
from tests.stack.waiting import wait_for_value, wait_until

_ALONE_AT_ONCE, _PAIRS_AT_ONCE = 10, 2
CITY = {"key": "city", "label": "City", "type": "text"}
_LONG_AGO = "2020-01-01T00:00:00.000000Z"


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

    def _decide(self, consent: Page, **chosen: str) -> Any:
        form = consent.form
        return self._session.post(
            urljoin(consent.url, form.action), data=form.hidden | chosen, allow_redirects=False, timeout=60
        )


def _page(answer: Any) -> Page:
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


def make_old(stack: Stack, purpose: Literal["TICKET", "STATE", "SWITCH"], secret: str) -> None:
    """Let a ticket, state or switch be past its time."""
    stack.tables.Table(stack.resource("CampaignTable")).update_item(
        Key=keys.once(purpose, hashlib.sha256(secret.encode()).hexdigest()).item(),
        UpdateExpression="SET expires_at = :past",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":past": 1},
    )


def make_clean_up_due(campaign: Driver) -> None:
    """Let the pause after a failed clean-up be over."""
    campaign.stack.tables.Table(campaign.stack.resource("CredentialTable")).update_item(
        Key=keys.cleanup(campaign.account, campaign.hubspot.id).item(),
        UpdateExpression="SET due_at = :past",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":past": _LONG_AGO},
    )


def sweep(stack: Stack) -> None:
    """Let the sweep come by for everyone."""
    stack.invoke("SweepFunction", {})


def name_of(account: HubSpotAccount) -> str:
    """What HubSpot's simulator tells an app of how an account is called."""
    return f"portal{account.id}.example.com"


def in_hubspot(account: HubSpotAccount) -> dict[str, Any]:
    """How HubSpot stands to our app in an account: {installed, refresh_tokens, access_tokens, …}."""
    (found,) = (portal for portal in account.control("state")["portals"] if portal["id"] == account.id)
    return dict(found)


def told_of_connection(campaign: Driver) -> list[tuple[str, int, str]]:
    """What the platform was told of the campaign's connection: (step, HubSpot account, reason), in no order."""
    return sorted(
        (step, event["data"]["hubspot_account_id"], event["data"]["reason"])
        for step in ("established", "lost", "removed")
        for event in campaign.announcements(f"connection.{step}.v1")
    )


def wait_for_connection_told(campaign: Driver, *steps: tuple[str, HubSpotAccount, str]) -> None:
    """Wait until the platform was told exactly these steps, each once."""
    wanted = sorted((step, account.id, reason) for step, account, reason in steps)
    wait_for_value("what is told of the connection", lambda: told_of_connection(campaign), wanted)


class Customers:
    """Registered campaigns for tests that share a stack.

    Many are registered at once, because one alone takes the stack as long as a dozen.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._alone: deque[Driver] = deque()
        self._pairs: deque[tuple[Driver, Driver]] = deque()

    def campaign(self, hubspot: HubSpotAccount | None = None) -> Driver:
        """A campaign of an account that nobody else uses, not connected; on a HubSpot account of others if given."""
        if not self._alone:
            self._register()
        campaign = self._alone.popleft()
        campaign.hubspot = hubspot or campaign.hubspot
        return campaign

    def two_campaigns(self) -> tuple[Driver, Driver]:
        """Two campaigns of an account that nobody else uses, not connected, on one HubSpot account."""
        if not self._pairs:
            self._register()
        return self._pairs.popleft()

    def connected(self, hubspot: HubSpotAccount | None = None, **settings: Any) -> Driver:
        """A campaign of an account of its own, connected and completely set up."""
        return set_up(self.campaign(hubspot), **settings)

    def _register(self) -> None:
        firsts = [Driver.new(self._stack) for _ in range(_PAIRS_AT_ONCE)]
        pairs = [(one, Driver.new(self._stack, hubspot=one.hubspot, account=one.account)) for one in firsts]
        alone = [Driver.new(self._stack) for _ in range(_ALONE_AT_ONCE)]
        campaigns = [*alone, *chain.from_iterable(pairs)]
        for campaign in campaigns:
            ids = {"account_id": campaign.account, "campaign_id": campaign.campaign}
            campaign.platform("campaigns", {**ids, "name": "Spring", "state": "live", "custom_fields": [CITY]})
        for campaign in reversed(campaigns):
            wait_until("the campaign in the API", partial(_is_known, campaign))
        self._alone.extend(alone)
        self._pairs.extend(pairs)


def set_up(campaign: Driver, **settings: Any) -> Driver:
    """Connect a campaign and save complete settings."""
    campaign.connect()
    assert not campaign.save(**settings)["setup_required"]
    return campaign


def _is_known(campaign: Driver) -> bool:
    return campaign.ask("GET", "hubspot").status_code == 200
