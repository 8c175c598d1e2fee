"""The way to HubSpot's consent page."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from referral_hubspot.domain.connection import (
    Refusal,
    ReturnAddressRefusedError,
    SecretRefusedError,
    may_return,
    origin,
)
from tests.connecting import BACK, BASE_URL, World, new_world


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as world:
        yield world


def ticket(world: World) -> str:
    url = world.connect_url.start("acme", "spring", "Ada", BACK)
    return parse_qs(urlsplit(url).query)["ticket"][0]


def test_the_address_is_ours_and_the_next_stop_is_hubspot(world: World) -> None:
    url = world.connect_url.start("acme", "spring", "Ada", BACK)

    assert url.startswith(f"{BASE_URL}/connect?ticket=")
    departure = world.ask_consent(parse_qs(urlsplit(url).query)["ticket"][0], "")
    assert departure.url.startswith("https://app.hubspot.com/oauth/authorize?state=")


def test_no_secret_shows_in_a_log_of_the_departure(world: World) -> None:
    departure = world.ask_consent(ticket(world), "")

    assert departure.browser not in repr(departure)
    assert "state=" not in repr(departure)


def test_a_ticket_works_once(world: World) -> None:
    used = ticket(world)
    world.ask_consent(used, "")

    with pytest.raises(SecretRefusedError) as refused:
        world.ask_consent(used, "")

    assert (refused.value.reason, refused.value.return_url) == (Refusal.USED, BACK)


def test_a_ticket_works_for_a_minute(world: World) -> None:
    late = ticket(world)
    world.wait(seconds=60)

    with pytest.raises(SecretRefusedError) as refused:
        world.ask_consent(late, "")

    assert refused.value.reason is Refusal.EXPIRED


def test_a_second_window_keeps_the_cookie_of_the_first(world: World) -> None:
    first = world.ask_consent(ticket(world), "")

    second = world.ask_consent(ticket(world), first.browser)

    assert second.browser == first.browser


@pytest.mark.parametrize("cookie", ["", "short", "x" * 43 + "\n", "ü" * 43])
def test_a_cookie_that_is_not_ours_is_replaced(world: World, cookie: str) -> None:
    assert world.ask_consent(ticket(world), cookie).browser != cookie


def test_coming_back_may_be_left_open(world: World) -> None:
    assert world.connect_url.start("acme", "spring", "Ada")


def test_a_way_back_to_a_strangers_site_is_refused(world: World) -> None:
    with pytest.raises(ReturnAddressRefusedError):
        world.connect_url.start("acme", "spring", "Ada", "https://platform.example.com.evil.example/")


@pytest.mark.parametrize(
    "url",
    [
        "https://platform.example.com",
        "https://platform.example.com/x?y=1#z",
        "HTTPS://Platform.Example.com:443/x",
        "http://127.0.0.1:8091/menu",
        "http://[::1]:8091/menu",
    ],
)
def test_any_address_on_an_allowed_origin_is_a_way_back(url: str) -> None:
    assert may_return(url, ["https://platform.example.com", "http://127.0.0.1:8091/", "http://[::1]:8091"])


@pytest.mark.parametrize(
    "url",
    [
        "http://platform.example.com/",  # not https
        "https://platform.example.com:8443/",
        "https://platform.example.com@evil.example/",
        "https://evil.example\\@platform.example.com/",  # browsers read \ as /
        "https://evil.example/\t",
        "https://user@platform.example.com/",
        "https://platform.example.com:port/",
        "//platform.example.com/",
        "/menu",
        "javascript:alert(1)//https://platform.example.com",
        "https:///menu",
        "https://[::1",
    ],
)
def test_what_a_browser_might_read_otherwise_is_no_way_back(url: str) -> None:
    assert not may_return(url, ["https://platform.example.com"])


def test_an_origin_is_compared_as_a_browser_does() -> None:
    assert origin("http://Example.com:80/a") == "http://example.com"
    assert origin("https://example.com:80") == "https://example.com:80"


def test_the_lives_are_what_the_customer_was_told(world: World) -> None:
    state, browser = world.leave_for_hubspot()
    world.now += timedelta(minutes=10)

    with pytest.raises(SecretRefusedError):
        world.once.take("STATE", state, browser=browser, now=world.now)
