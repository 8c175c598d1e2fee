"""The demonstration's page and its way to simulated HubSpot."""

import json
import re
from collections.abc import Iterator
from html import unescape

import pytest
import requests

from simulators.hubspot import HubSpotSimulator
from tests.simulators.platform.conftest import Bench
from tests.stack.waiting import wait_until

PORTAL = 7_000_001
PAGE = f"/demonstration?account_id=acme&campaign_id=spring&portal={PORTAL}"


@pytest.fixture(scope="module")
def hubspot() -> Iterator[HubSpotSimulator]:
    with HubSpotSimulator() as simulator:
        requests.post(f"{simulator.url}/_sim/portals", json={"id": PORTAL, "name": "Acme"}, timeout=10)
        yield simulator


@pytest.fixture
def campaign(bench: Bench, hubspot: HubSpotSimulator) -> Bench:
    bench.attach(console_url="http://console.example/console", hubspot_url=hubspot.url)
    bench.post("/_sim/campaigns", {"account_id": "acme", "campaign_id": "spring", "name": "Spring <i>"})
    return bench


def test_the_page_frames_platform_console_and_hubspot(campaign: Bench, hubspot: HubSpotSimulator) -> None:
    page = requests.get(campaign.url + PAGE, timeout=10).text

    frames = [unescape(address) for address in re.findall(r'<iframe [^>]*src="([^"]+)"', page)]
    assert frames == [
        "/campaigns/spring?account_id=acme",
        "http://console.example/console?campaign=spring#/leads",
        f"{hubspot.url}/?portal={PORTAL}",
    ]
    shown = json.loads(unescape(re.findall(r'data-shown="([^"]+)"', page)[0]))
    assert (shown["property"], shown["value"], shown["portal"]) == ("lifecyclestage", "customer", PORTAL)
    assert "Spring &lt;i&gt;" in page
    assert "Spring <i>" not in page
    assert "javascript" in requests.get(f"{campaign.url}/demonstration.js", timeout=10).headers["Content-Type"]


def test_what_the_page_asks_of_hubspot_reaches_it(campaign: Bench) -> None:
    contact = {"properties": {"email": "ada@example.com", "firstname": "Ada"}}
    campaign.post("/demonstration/hubspot/seed", {"portal": PORTAL, "contacts": [contact]})

    found = campaign.get(f"/demonstration/hubspot/portals/{PORTAL}/contacts", email="ada@example.com")

    assert [one["properties"]["firstname"] for one in found["contacts"]] == ["Ada"]


def test_hubspot_comes_back_by_itself(campaign: Bench, hubspot: HubSpotSimulator) -> None:
    def faults() -> list[object]:
        return list(requests.get(f"{hubspot.url}/_sim/state", timeout=10).json()["faults"])

    campaign.post("/demonstration/outage", {"portal": PORTAL, "seconds": 1})

    assert len(faults()) == 1
    wait_until("HubSpot answers again", lambda: faults() == [], seconds=10)


def test_there_is_no_page_before_the_stack_and_none_for_a_stranger(campaign: Bench) -> None:
    stranger = requests.get(campaign.url + PAGE.replace("acme", "stranger"), timeout=10)
    campaign.attach()
    before = requests.get(campaign.url + PAGE, timeout=10)

    assert [stranger.status_code, before.status_code] == [404, 404]
