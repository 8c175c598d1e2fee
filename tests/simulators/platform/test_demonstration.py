"""The demonstration's page and its way to simulated HubSpot."""

import json
import re
from collections.abc import Iterator
from html import unescape

import boto3
import pytest
import requests

from simulators.hubspot import HubSpotSimulator
from tests.simulators.platform.conftest import REGION, Bench

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
    assert shown["api_url"] == "http://console.example"
    assert "Spring &lt;i&gt;" in page
    assert "Spring <i>" not in page
    assert "javascript" in requests.get(f"{campaign.url}/demonstration.js", timeout=10).headers["Content-Type"]


def test_what_the_page_asks_of_hubspot_reaches_it(campaign: Bench) -> None:
    contact = {"properties": {"email": "ada@example.com", "firstname": "Ada"}}
    campaign.post("/demonstration/hubspot/seed", {"portal": PORTAL, "contacts": [contact]})

    found = campaign.get(f"/demonstration/hubspot/portals/{PORTAL}/contacts", email="ada@example.com")

    assert [one["properties"]["firstname"] for one in found["contacts"]] == ["Ada"]


def test_no_days_pass_for_a_lead_that_waits_for_nothing(campaign: Bench, hubspot: HubSpotSimulator) -> None:
    table = {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    table["AttributeDefinitions"] = [{"AttributeName": "pk", "AttributeType": "S"}]
    template = {"Resources": {"CampaignTable": {"Type": "AWS::DynamoDB::Table", "Properties": table}}}
    boto3.client("cloudformation", region_name=REGION).create_stack(
        StackName="integration", TemplateBody=json.dumps(template)
    )
    campaign.attach(stack_name="integration", hubspot_url=hubspot.url)
    wait = {"account_id": "acme", "campaign_id": "spring", "lead_id": "lead-1", "days": 91}

    answer = requests.post(f"{campaign.url}/demonstration/wait", json=wait, timeout=30)

    assert answer.status_code == 409


def test_there_is_no_page_before_the_stack_and_none_for_a_stranger(campaign: Bench) -> None:
    stranger = requests.get(campaign.url + PAGE.replace("acme", "stranger"), timeout=10)
    campaign.attach()
    before = requests.get(campaign.url + PAGE, timeout=10)

    assert [stranger.status_code, before.status_code] == [404, 404]
