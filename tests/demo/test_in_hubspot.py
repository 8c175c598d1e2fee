"""The demo's hands in HubSpot, on the simulated one."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import requests

from simulators.demo.consent import ConsentError, consent
from simulators.demo.hubspot_side import DEAL_KEY, TYPED_BY_SALES, HubSpotSide
from simulators.demo.scenario import Known, Scenario
from simulators.hubspot import HubSpotSimulator
from simulators.platform import PlatformSimulator
from tests.simulators.hubspot.driver import DEAL_SCOPES, DEALS, REDIRECT, Account, Driver, deal, row

PORTAL = 1001002


@pytest.fixture
def simulator() -> Iterator[HubSpotSimulator]:
    with HubSpotSimulator() as simulator:
        yield simulator


@pytest.fixture
def hubspot(simulator: HubSpotSimulator) -> HubSpotSide:
    return HubSpotSide(simulator.url)


def authorize_url(hubspot: HubSpotSide, redirect_url: str) -> str:
    app = requests.post(f"{hubspot.url}/_sim/app", json={"redirect_urls": [redirect_url]}, timeout=10).json()
    query = {
        "client_id": app["client_id"],
        "redirect_uri": redirect_url,
        "scope": " ".join(app["required_scopes"]),
        "state": "s1",
    }
    return f"{hubspot.url}/oauth/authorize?{urlencode(query)}"


def test_consent_ends_where_hubspot_sends_the_browser(hubspot: HubSpotSide) -> None:
    with PlatformSimulator() as anywhere:
        end = consent(authorize_url(hubspot, f"{anywhere.url}/_sim/health"), PORTAL)

    assert end.url.startswith(f"{anywhere.url}/_sim/health?code=")
    assert end.url.endswith("&state=s1")


def test_an_account_that_is_not_offered_cannot_be_chosen(hubspot: HubSpotSide) -> None:
    with pytest.raises(ConsentError, match="offers no HubSpot account 42"):
        consent(authorize_url(hubspot, "http://127.0.0.1:1/callback"), 42)


def test_a_blocked_install_page_is_an_error(hubspot: HubSpotSide) -> None:
    with pytest.raises(ConsentError, match="answered 400"):
        consent(f"{hubspot.url}/oauth/authorize?client_id=other", PORTAL)


def test_known_people_are_old_and_found_by_the_leads_address(hubspot: HubSpotSide, scenario: Scenario) -> None:
    people = [lead for lead in scenario.known_people() if lead.campaign.portal_id == PORTAL]

    hubspot.seed(PORTAL, people, "2025-10-01T00:00:00.000Z")

    contacts = {email: contact for contact in hubspot.contacts(PORTAL) for email in contact.emails}
    assert all(contacts[lead.email].created_at.startswith("2025-10-01") for lead in people)
    assert all(contacts[lead.email].properties["firstname"] == TYPED_BY_SALES for lead in people)
    by_secondary = [lead for lead in people if lead.known is Known.SECONDARY]
    assert all(contacts[lead.email].properties["email"] != lead.email for lead in by_secondary)
    assert len(by_secondary) == 7


def test_a_salespersons_change_is_seen(hubspot: HubSpotSide, scenario: Scenario) -> None:
    hubspot.seed(PORTAL, list(scenario.known_people())[:1], "2025-10-01T00:00:00.000Z")
    (contact,) = hubspot.contacts(PORTAL)

    hubspot.change(PORTAL, "contacts", contact.id, "hs_lead_status", "CONNECTED")

    (changed,) = hubspot.contacts(PORTAL)
    assert changed.properties["hs_lead_status"] == "CONNECTED"
    assert changed.updated_at > contact.updated_at


@pytest.fixture
def sales(hubspot: HubSpotSide, simulator: HubSpotSimulator) -> Account:
    """An account whose contacts and deals the app may write."""
    driver = Driver(simulator)
    driver.control("app", {"redirect_urls": [REDIRECT]})
    return driver.connect(PORTAL, optional_scope=DEAL_SCOPES)


def test_hubspot_carries_out_one_last_call_for_deals_and_answers_nothing_until_it_is_back(
    hubspot: HubSpotSide, sales: Account
) -> None:
    def create_deal() -> int:
        return sales.call("POST", f"{DEALS}/batch/create", {"inputs": [deal()]}).status_code

    with hubspot.away():
        statuses = [
            sales.upsert(row("1", "a@example.com")).status_code,
            create_deal(),
            create_deal(),
            sales.upsert(row("2", "b@example.com")).status_code,
            sales.read_by_email("a@example.com").status_code,
        ]

    assert statuses == [200, 503, 503, 503, 503]
    assert len(hubspot.deals(PORTAL)) == 1
    assert create_deal() == 201
    faults = [call["fault"] for call in hubspot.calls_since(0) if call["kind"] == "deals.batch_create"]
    assert faults == ["status 503 after commit", "status 503", None]


def test_a_deal_shows_its_key_and_the_contacts_beside_it(hubspot: HubSpotSide, sales: Account) -> None:
    definition = {"name": DEAL_KEY, "label": "Key", "groupName": "dealinformation", "type": "string"}
    sales.call("POST", "/crm/properties/2026-09/deals", definition | {"fieldType": "text", "hasUniqueValue": True})
    sales.upsert(row("1", "a@example.com"))
    (contact,) = hubspot.contacts(PORTAL)
    sales.call("POST", f"{DEALS}/batch/create", {"inputs": [deal(contact.id, **{DEAL_KEY: "k1"})]})

    (made,) = hubspot.deals(PORTAL)

    assert (made.key, made.contacts) == ("k1", (contact.id,))


def test_what_hubspot_tells_nobody_of_is_counted(hubspot: HubSpotSide, sales: Account) -> None:
    sales.driver.control("app", {"webhook_url": "http://127.0.0.1:9/webhook"})
    record = sales.driver.seed_deal(portal=PORTAL)

    hubspot.lose_webhooks()
    hubspot.change(PORTAL, "deals", record, "dealstage", "closedwon")
    lost = hubspot.send_webhooks_again()
    hubspot.change(PORTAL, "deals", record, "dealstage", "contractsent")

    assert lost == 1
    assert hubspot.send_webhooks_again() == 0


def test_calls_are_read_from_a_point_on(hubspot: HubSpotSide) -> None:
    requests.get(f"{hubspot.url}/crm/objects/2026-09/contacts", timeout=10)
    number = hubspot.last_call()
    requests.get(f"{hubspot.url}/crm/objects/2026-09/contacts/1", timeout=10)

    assert [call["path"] for call in hubspot.calls_since(number)] == ["/crm/objects/2026-09/contacts/1"]
