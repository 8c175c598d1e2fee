"""What an admin reads, and what no stranger can make of it."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from functions.oauth_callback.pages import Page, page_of, stale_page, unknown_page
from functions.oauth_callback.words import EXPLANATIONS
from referral_hubspot.domain import scopes
from referral_hubspot.usecases.connect_outcomes import Connected, NotConnected, Obstacle, OtherAccount, Outcome

BACK = "https://platform.example.com/campaigns/spring?tab=crm"
BASE_URL = "https://hub.example.com"
SWITCH = f"{BASE_URL}/connect/switch"
AGAIN = "https://app.hubspot.com/oauth/authorize?client_id=1&state=s"
CONNECTED = Connected("spring", "Acme EU", BACK)
OTHER = OtherAccount("Acme EU", "Acme US", "s3cret", BACK, AGAIN)
EVERY_OUTCOME: list[Outcome] = [
    CONNECTED,
    Connected("spring", "Acme EU", BACK, (*scopes.REQUIRED, *scopes.OPTIONAL)),
    OTHER,
    *(NotConnected(obstacle, BACK, "detail", AGAIN) for obstacle in Obstacle),
]


def shown(page: Page) -> str:
    body = page.html.partition("<body>")[2].partition("<script")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def page(outcome: Outcome) -> Page:
    return page_of(outcome, "Referral Factory", BASE_URL)


EVERY_PAGE = [*(page(outcome) for outcome in EVERY_OUTCOME), stale_page(BACK, "Referral Factory"), unknown_page()]


class Addresses(HTMLParser):
    """Everything in a page that a browser would fetch or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.followed: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "action"} and tag in {"a", "form"}:
                self.followed.append(value or "")
            elif name in {"src", "href", "srcset", "data", "poster"}:
                self.fetched.append(value or "")


def addresses(page: Page) -> Addresses:
    parser = Addresses()
    parser.feed(page.html)
    return parser


def test_a_connection_says_so_and_leads_back() -> None:
    connected = page(CONNECTED)

    assert connected.status == 200
    assert "HubSpot is connected" in shown(connected)
    assert "Acme EU" in shown(connected)
    assert "Back to Referral Factory" in shown(connected)
    assert addresses(connected).followed == [BACK]


def test_the_window_that_opened_it_is_told_if_it_is_the_platforms() -> None:
    told = page(CONNECTED).html

    assert 'postMessage({"type": "hubspot.connected", "campaign_id": "spring"}, "https://platform.example.com")' in told


def test_without_a_way_back_it_is_our_console_that_is_told() -> None:
    alone = page(Connected("spring", "Acme EU", ""))

    assert f'postMessage({{"type": "hubspot.connected", "campaign_id": "spring"}}, "{BASE_URL}")' in alone.html
    assert "You can close this window" in shown(alone)


def test_a_way_back_that_is_no_web_address_is_not_told() -> None:
    assert "<script" not in page(Connected("spring", "Acme EU", "mailto:ada@example.com")).html


def test_what_was_not_allowed_is_said_in_plain_words() -> None:
    text = shown(page(Connected("spring", "Acme EU", BACK, ("crm.objects.contacts.write",))))

    assert "to create and change contacts" in text
    assert "crm." not in text


def test_what_may_be_left_out_says_only_what_stays_off() -> None:
    text = shown(page(Connected("spring", "Acme EU", BACK, scopes.OPTIONAL)))

    assert "Create new Deals in HubSpot stays off, because this was not allowed: to read deals, to create" in text
    assert "Choosing HubSpot's users by name stays off" in text
    assert "needed" not in text


def test_another_account_is_named_with_both_ways_to_go_on() -> None:
    question = page(OTHER)

    assert "This campaign uses Acme EU; you chose Acme US. Switch or try again." in shown(question)
    assert addresses(question).followed == [SWITCH, AGAIN, BACK]
    assert 'name="switch" value="s3cret"' in question.html


@pytest.mark.parametrize("obstacle", list(Obstacle))
def test_every_obstacle_is_explained_with_a_way_on(obstacle: Obstacle) -> None:
    explained = page(NotConnected(obstacle, BACK, "detail", AGAIN))

    _, title, text = EXPLANATIONS[obstacle]
    assert title in shown(explained)
    assert text in shown(explained)
    assert addresses(explained).followed == [AGAIN, BACK]
    assert "detail" not in explained.html


def test_a_way_that_leads_nowhere_is_not_offered() -> None:
    assert addresses(page(NotConnected(Obstacle.OUR_FAULT, BACK))).followed == [BACK]
    assert addresses(stale_page("", "Referral Factory")).followed == []


@pytest.mark.parametrize("rendered", EVERY_PAGE)
def test_people_read_words_of_their_own_trade(rendered: Page) -> None:
    text = shown(rendered).lower()

    assert not re.search(r"portal|binding|grant|payload|token|oauth|scope|cookie|\b[1-5]\d\d\b", text)


@pytest.mark.parametrize("rendered", EVERY_PAGE)
def test_a_page_fetches_nothing_and_allows_only_its_own_script_and_style(rendered: Page) -> None:
    assert addresses(rendered).fetched == []
    [nonce] = set(re.findall(r'nonce="([^"]+)"', rendered.html))
    assert rendered.policy == (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert not re.search(r"\son\w+=|\sstyle=|javascript:", rendered.html)


def test_each_page_has_a_nonce_of_its_own() -> None:
    assert page(CONNECTED).policy != page(CONNECTED).policy


def test_a_name_with_markup_stays_a_name() -> None:
    evil = '<script>alert("1")</script>'
    back = 'https://platform.example.com/"><script>'

    for rendered in (
        page_of(OtherAccount(evil, evil, '"><b>', back, AGAIN), evil, BASE_URL),
        page_of(Connected("</script><b>", evil, back, (evil,)), evil, BASE_URL),
    ):
        assert rendered.html.count("<script") == rendered.html.count('<script nonce="')
        assert "<b>" not in rendered.html
    assert "$" not in shown(page(Connected("spring", "$title", BACK))).replace("$title", "")
