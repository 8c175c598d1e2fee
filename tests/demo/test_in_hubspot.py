"""The demo's hands in HubSpot, on the simulated one."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import requests

from simulators.demo.consent import ConsentError, consent
from simulators.demo.hubspot_side import TYPED_BY_SALES, HubSpotSide
from simulators.demo.scenario import Known, Scenario
from simulators.hubspot import HubSpotSimulator
from simulators.platform import PlatformSimulator

PORTAL = 1001002


@pytest.fixture
def hubspot() -> Iterator[HubSpotSide]:
    with HubSpotSimulator() as simulator:
        yield HubSpotSide(simulator.url)


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
    assert len(by_secondary) == 5


def test_a_salespersons_change_is_seen(hubspot: HubSpotSide, scenario: Scenario) -> None:
    hubspot.seed(PORTAL, list(scenario.known_people())[:1], "2025-10-01T00:00:00.000Z")
    (contact,) = hubspot.contacts(PORTAL)

    hubspot.change(PORTAL, contact.id, "hs_lead_status", "CONNECTED")

    (changed,) = hubspot.contacts(PORTAL)
    assert changed.properties["hs_lead_status"] == "CONNECTED"
    assert changed.updated_at > contact.updated_at


def test_calls_are_read_from_a_point_on(hubspot: HubSpotSide) -> None:
    requests.get(f"{hubspot.url}/crm/objects/2026-09/contacts", timeout=10)
    number = hubspot.last_call()
    requests.get(f"{hubspot.url}/crm/objects/2026-09/contacts/1", timeout=10)

    assert [call["path"] for call in hubspot.calls_since(number)] == ["/crm/objects/2026-09/contacts/1"]
