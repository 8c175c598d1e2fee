import json
import re
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

import jwt
import pytest
import requests

from tests.simulators.platform.conftest import Bench

CONSOLE = "http://console.example/console"


@pytest.fixture
def campaign(bench: Bench) -> Bench:
    bench.attach(console_url=CONSOLE)
    bench.post("/_sim/campaigns", {"account_id": "acme", "campaign_id": "spring", "name": "Spring <i>"})
    return bench


def opened(bench: Bench, path: str) -> requests.Response:
    return requests.get(urljoin(bench.url, path), timeout=10, allow_redirects=False)


def links(page: str) -> dict[str, str]:
    return {label: unescape(address) for address, label in re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', page)}


def test_the_menu_leads_to_the_screens_as_in_the_product_guide(campaign: Bench) -> None:
    page = opened(campaign, "/campaigns/spring?account_id=acme").text

    screens = {
        name: parse_qs(urlsplit(address).query)["to"] for name, address in links(page).items() if "to=" in address
    }
    assert "<span>Campaign Settings</span><span>Integrations and API</span>" in page
    assert screens == {
        "CRM": ["/crm/hubspot/leads"],
        "Referrers": ["/referrers"],
        "Leads": ["/leads"],
        "Open in a tab": ["/crm/hubspot/leads"],
    }


def test_the_page_frames_the_screen_that_the_menu_names(campaign: Bench) -> None:
    page = opened(campaign, "/campaigns/spring?account_id=acme").text

    framing = opened(campaign, links(page)["Referrers"]).text

    assert re.findall(r'<iframe [^>]*src="([^"]+)"', framing) == [f"{CONSOLE}?campaign=spring#/referrers"]
    assert "Spring &lt;i&gt;" in framing
    assert "Spring <i>" not in framing


def test_a_tab_gets_its_token_in_the_fragment_and_for_this_campaign_only(campaign: Bench) -> None:
    answer = opened(campaign, "/campaigns/spring/console/tab?account_id=acme&role=viewer&expires_in=70&to=/leads")

    there = urlsplit(answer.headers["Location"])
    given = parse_qs(there.fragment)
    claims = jwt.decode(given["token"][0], options={"verify_signature": False})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (303, "no-store")
    assert (f"{there.scheme}://{there.netloc}{there.path}", there.query) == (CONSOLE, "campaign=spring")
    assert given["to"] == ["/leads"]
    assert (claims["account_id"], claims["campaign_ids"], claims["role"]) == ("acme", "spring", "viewer")
    assert claims["exp"] - claims["iat"] == 70


def test_the_tokens_that_a_page_asks_for_are_those_of_its_visitor(campaign: Bench) -> None:
    page = opened(campaign, "/campaigns/spring/console?account_id=acme&name=Vera&role=viewer&expires_in=70").text

    [script] = re.findall(r"<script [^>]+>", page)
    asked = json.loads(unescape(re.findall(r'data-claims="([^"]+)"', script)[0]))
    claims = jwt.decode(campaign.post("/_sim/token", asked)["token"], options={"verify_signature": False})
    assert f'data-console="{CONSOLE}"' in script
    assert (claims["name"], claims["role"], claims["campaign_ids"]) == ("Vera", "viewer", "spring")
    assert claims["exp"] - claims["iat"] == 70
    assert "javascript" in opened(campaign, "/opener.js").headers["Content-Type"]


def test_tokens_can_be_for_every_campaign_of_the_account(campaign: Bench) -> None:
    answer = opened(campaign, "/campaigns/spring/console/tab?account_id=acme&every_campaign=true")

    [token] = parse_qs(urlsplit(answer.headers["Location"]).fragment)["token"]
    assert "campaign_ids" not in jwt.decode(token, options={"verify_signature": False})


@pytest.mark.parametrize("kind", ["", "/tab"])
def test_what_is_not_there_opens_nothing(campaign: Bench, kind: str) -> None:
    of_another_account = opened(campaign, f"/campaigns/spring/console{kind}?account_id=stranger")
    campaign.attach()
    before_the_stack = opened(campaign, f"/campaigns/spring/console{kind}?account_id=acme")

    assert [of_another_account.status_code, before_the_stack.status_code] == [404, 404]
    assert "CRM" not in opened(campaign, "/campaigns/spring?account_id=acme").text
