"""Connecting a campaign to HubSpot and taking it off, on the deployed stack, through the real redirects."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from simulators.local import Stack
from tests.stack.browser import Browser, connect_url, secret_in, way_back
from tests.stack.connecting import (
    Customers,
    in_hubspot,
    make_clean_up_due,
    make_old,
    set_up,
    sweep,
    told_of_connection,
    wait_for_connection_told,
)
from tests.stack.driver import Driver
from tests.stack.evidence import rows
from tests.stack.hubspot_account import HubSpotAccount
from tests.stack.waiting import wait_until

STALE = "This link works no more"
BACK = "Back to Referral platform"
# What an app learns of the names "Acme Test" and "Acme US".
OURS, OTHER = "acme-test.example.com", "acme-us.example.com"


@pytest.fixture(scope="module")
def customers(stack: Stack) -> Customers:
    return Customers.of(stack)


def status(campaign: Driver) -> str:
    return str(campaign.api("GET", "hubspot")["status"])


def consents_traded(campaign: Driver) -> int:
    """How often a code was brought to HubSpot's token endpoint, whoever's it was."""
    requests = campaign.hubspot.control("journal")["requests"]
    return sum(request["kind"] in ("oauth.exchange", "oauth.token") for request in requests)


# The way there and back


def test_a_campaign_is_connected_by_the_consent_of_its_admin(customers: Customers) -> None:
    campaign = customers.campaign()

    page = Browser().connect(campaign, campaign.hubspot)

    assert (page.status, page.links[BACK]) == (200, way_back(campaign))
    assert f"HubSpot is connected This campaign uses the HubSpot account {OURS}." in page.text
    shown = campaign.api("GET", "hubspot")
    assert shown["status"] == "connected"
    assert shown["account"] == {"id": campaign.hubspot.id, "name": OURS}
    assert (shown["connected_by"], shown["next_step"]) == ("Vera Admin", "")
    wait_for_connection_told(campaign, ("established", campaign.hubspot, ""))


def test_who_declines_is_sent_nowhere_and_can_start_again(customers: Customers) -> None:
    campaign, browser = customers.campaign(), Browser()

    browser.decline(browser.leave(campaign))

    assert status(campaign) == "not_connected"
    assert "HubSpot is connected" in browser.connect(campaign, campaign.hubspot).text
    assert status(campaign) == "connected"


def test_a_refusal_that_comes_back_is_explained_with_a_way_to_try_again(customers: Customers) -> None:
    campaign, browser = customers.campaign(), Browser()
    state = secret_in(browser.leave(campaign).url, "state")
    traded = consents_traded(campaign)

    page = browser.open(f"{campaign.stack.api_url}/callback?error=access_denied&state={state}")

    assert "The connection was not allowed in HubSpot. Nothing has changed." in page.text
    assert consents_traded(campaign) == traded
    again = browser.open(page.links["Try again"])
    assert "HubSpot is connected" in browser.open(browser.approve(again, campaign.hubspot)).text


def test_a_connect_address_works_once(customers: Customers) -> None:
    campaign, browser = customers.campaign(), Browser()
    address = connect_url(campaign)
    assert browser.open(address).url.startswith(campaign.stack.hubspot_url)

    page = browser.open(address)

    assert (page.status, page.links) == (400, {BACK: way_back(campaign)})
    assert STALE in page.text


def test_a_connect_address_works_for_a_minute_only(customers: Customers) -> None:
    campaign = customers.campaign()
    address = connect_url(campaign)
    make_old(campaign.stack, "TICKET", secret_in(address, "ticket"))

    page = Browser().open(address)

    assert (page.status, page.links) == (400, {BACK: way_back(campaign)})
    assert STALE in page.text


def test_a_guessed_connect_address_leads_nowhere(stack: Stack) -> None:
    page = Browser().open(f"{stack.api_url}/connect?ticket=guessed")

    assert page.status == 400
    assert STALE in page.text


# Coming back with what is not one's own


def test_a_callback_with_a_wrong_state_asks_for_no_token(customers: Customers) -> None:
    campaign, browser = customers.campaign(), Browser()
    callback = browser.approve(browser.leave(campaign), campaign.hubspot)
    traded = consents_traded(campaign)

    page = browser.open(callback.replace(secret_in(callback, "state"), "wrong"))

    assert page.status == 400
    assert STALE in page.text
    assert "go on in Referral platform" in page.text
    assert (consents_traded(campaign), status(campaign)) == (traded, "not_connected")


def test_a_callback_that_comes_twice_asks_for_no_second_token(customers: Customers) -> None:
    campaign, browser = customers.campaign(), Browser()
    callback = browser.approve(browser.leave(campaign), campaign.hubspot)
    assert "HubSpot is connected" in browser.open(callback).text
    traded = consents_traded(campaign)

    page = browser.open(callback)

    assert (page.status, page.links) == (400, {BACK: way_back(campaign)})
    assert "if HubSpot shows as connected there, all is done" in page.text
    assert (consents_traded(campaign), status(campaign)) == (traded, "connected")


def test_of_callbacks_that_come_at_once_one_is_answered_with_a_connection(customers: Customers) -> None:
    campaign, browser = customers.campaign(), Browser()
    callback = browser.approve(browser.leave(campaign), campaign.hubspot)
    traded = consents_traded(campaign)

    with ThreadPoolExecutor(3) as pool:
        pages = list(pool.map(browser.open, [callback] * 3))

    assert sorted(page.status for page in pages) == [200, 400, 400]
    assert (consents_traded(campaign), status(campaign)) == (traded + 1, "connected")


def test_a_callback_after_ten_minutes_asks_for_no_token(customers: Customers) -> None:
    campaign, browser = customers.campaign(), Browser()
    callback = browser.approve(browser.leave(campaign), campaign.hubspot)
    make_old(campaign.stack, "STATE", secret_in(callback, "state"))
    traded = consents_traded(campaign)

    page = browser.open(callback)

    assert (page.status, page.links) == (400, {BACK: way_back(campaign)})
    assert STALE in page.text
    assert (consents_traded(campaign), status(campaign)) == (traded, "not_connected")


def test_another_browser_can_neither_use_nor_spoil_a_callback(customers: Customers) -> None:
    campaign, browser, attacker = customers.campaign(), Browser(), Browser()
    callback = browser.approve(browser.leave(campaign), campaign.hubspot)
    attacker.leave(customers.campaign())  # so that it has a cookie of its own
    traded = consents_traded(campaign)

    for other in (attacker, Browser()):
        page = other.open(callback)
        assert (page.status, page.links) == (400, {})
        assert STALE in page.text

    assert (consents_traded(campaign), status(campaign)) == (traded, "not_connected")
    assert "HubSpot is connected" in browser.open(callback).text


# Another HubSpot account than before


def test_choosing_another_hubspot_account_asks_first_and_may_be_taken_back(stack: Stack, customers: Customers) -> None:
    campaign, browser = set_up(customers.campaign()), Browser()
    former, other = campaign.hubspot, HubSpotAccount.new(stack, "Acme US")

    page = browser.connect(campaign, other)

    asked = f"This campaign uses {OURS}; you chose {OTHER}. Switch or try again."
    assert asked in page.text
    assert campaign.api("GET", "hubspot")["account"]["id"] == former.id
    again = browser.open(page.links["Try again"])
    assert "HubSpot is connected" in browser.open(browser.approve(again, former)).text
    assert campaign.api("GET", "hubspot")["account"]["id"] == former.id
    assert not campaign.api("GET", "hubspot/leads")["setup_required"]


def test_a_switch_moves_the_campaign_and_shows_what_the_new_account_lacks(stack: Stack, customers: Customers) -> None:
    campaign, browser = set_up(customers.campaign()), Browser()
    former, other = campaign.hubspot, HubSpotAccount.new(stack, "Acme US")
    other.properties(archive=["referral_code"])
    lead = campaign.join("stays@example.com")
    campaign.wait(lead, "sent")
    page = browser.connect(campaign, other)

    assert "HubSpot is connected" in browser.press(page).text

    assert campaign.api("GET", "hubspot")["account"] == {"id": other.id, "name": OTHER}
    gaps = campaign.api("GET", "hubspot/leads")["gaps"]
    assert [(gap["code"], gap["field"]) for gap in gaps] == [("unknown_property", "mapping.referral_code")]
    assert campaign.state(lead) == "sent"
    assert "a HubSpot account that this campaign no longer uses" in campaign.lead(lead)["next_step"]
    wait_for_connection_told(campaign, ("established", former, ""), ("removed", former, ""), ("established", other, ""))
    sweep(stack)
    assert [in_hubspot(account)["installed"] for account in (former, other)] == [False, True]


def test_a_switch_can_be_confirmed_once_and_by_the_browser_that_was_asked(stack: Stack, customers: Customers) -> None:
    campaign, browser = set_up(customers.campaign()), Browser()
    other = HubSpotAccount.new(stack, "Acme US")
    question = browser.connect(campaign, other)

    assert STALE in Browser().press(question).text
    assert campaign.api("GET", "hubspot")["account"]["id"] == campaign.hubspot.id
    assert "HubSpot is connected" in browser.press(question).text
    assert STALE in browser.press(question).text


# Disconnecting


def test_a_disconnected_campaign_sends_nothing_until_it_is_connected_again(customers: Customers) -> None:
    campaign = customers.connected()
    campaign.sweep()  # who waits for the first complete setup asks first, and this was it

    campaign.api("DELETE", "hubspot")

    assert status(campaign) == "not_connected"
    lead = campaign.join("waits@example.com")
    campaign.wait(lead, "held")
    assert campaign.lead(lead)["reason"] == "not_connected"
    assert campaign.hubspot.calls("contacts.batch") == []
    campaign.connect()
    campaign.wait(lead, "sent")
    wait_for_connection_told(
        campaign,
        ("established", campaign.hubspot, ""),
        ("removed", campaign.hubspot, "disconnected"),
        ("established", campaign.hubspot, ""),
    )


def test_a_batch_that_runs_while_the_campaign_is_disconnected_records_what_it_did(customers: Customers) -> None:
    campaign = customers.connected(duplicates="update")
    write = campaign.hubspot.hold("contacts.batch_upsert")
    lead = campaign.join("under.way@example.com")
    write.wait()

    campaign.api("DELETE", "hubspot")
    write.release()

    campaign.wait(lead, "sent")
    assert campaign.lead(lead)["contact_id"] == campaign.hubspot.contact("under.way@example.com")["id"]


def test_a_deleted_campaign_is_taken_off_hubspot_and_cannot_be_connected_again(customers: Customers) -> None:
    campaign, browser = customers.campaign(), Browser()
    campaign.connect()
    callback = browser.approve(browser.leave(campaign), campaign.hubspot)

    campaign.register(state="deleted")

    wait_for_connection_told(
        campaign, ("established", campaign.hubspot, ""), ("removed", campaign.hubspot, "campaign_deleted")
    )
    wait_until("the deletion", lambda: campaign.ask("GET", "hubspot").status_code == 404)
    page = browser.open(callback)
    assert (page.status, page.links) == (410, {BACK: way_back(campaign)})
    assert "This campaign was deleted" in page.text
    sweep(campaign.stack)
    assert not in_hubspot(campaign.hubspot)["installed"]


def test_two_campaigns_that_leave_at_once_leave_nothing_behind(customers: Customers) -> None:
    campaigns = customers.two_campaigns()
    for campaign in campaigns:
        campaign.connect()

    with ThreadPoolExecutor(2) as pool:
        left = list(pool.map(lambda campaign: campaign.ask("DELETE", "hubspot").status_code, campaigns))
    sweep(campaigns[0].stack)

    assert left == [204, 204]
    assert not in_hubspot(campaigns[0].hubspot)["installed"]
    assert rows(campaigns[0].stack, "CredentialTable", campaigns[0].account) == []


def test_one_campaign_leaves_a_shared_hubspot_account_and_the_other_goes_on(customers: Customers) -> None:
    leaving, staying = map(set_up, customers.two_campaigns())

    leaving.api("DELETE", "hubspot")
    sweep(leaving.stack)

    assert (status(leaving), status(staying)) == ("not_connected", "connected")
    assert leaving.hubspot.calls("oauth.revoke", "app.uninstall") == []
    staying.wait(staying.join("goes.on@example.com"), "sent")
    wait_for_connection_told(
        leaving, ("established", leaving.hubspot, ""), ("removed", leaving.hubspot, "disconnected")
    )
    assert told_of_connection(staying) == [("established", staying.hubspot.id, "")]


def test_two_accounts_on_one_hubspot_account_have_tokens_of_their_own(customers: Customers) -> None:
    first = customers.connected()
    second = customers.connected(first.hubspot)
    hubspot = first.hubspot
    assert in_hubspot(hubspot)["refresh_tokens"] == 2

    first.api("DELETE", "hubspot")
    sweep(first.stack)

    assert [call["kind"] for call in hubspot.calls("oauth.revoke", "app.uninstall")] == ["oauth.revoke"]
    assert (in_hubspot(hubspot)["installed"], in_hubspot(hubspot)["refresh_tokens"]) == (True, 1)
    assert rows(first.stack, "CredentialTable", first.account) == []
    hubspot.expire_tokens()  # so that the one who stays has to use its own refresh token
    second.wait(second.join("stays@example.com"), "sent")


def test_the_last_account_to_leave_takes_the_app_out_of_hubspot(customers: Customers) -> None:
    first = customers.connected()
    second = customers.connected(first.hubspot)
    for campaign in (first, second):
        campaign.api("DELETE", "hubspot")

    sweep(first.stack)

    assert (in_hubspot(first.hubspot)["installed"], in_hubspot(first.hubspot)["refresh_tokens"]) == (False, 0)
    assert rows(first.stack, "CredentialTable", str(first.hubspot.id)) == []


@pytest.fixture
def one_token_for_all(stack: Stack) -> Iterator[None]:
    """HubSpot gives everyone who connects an account one and the same refresh token."""
    control = HubSpotAccount(stack.hubspot_url, 0).control
    control("switches", {"reconnect_returns_same_refresh_token": True})
    yield
    control("switches", {"reconnect_returns_same_refresh_token": False})


@pytest.mark.usefixtures("one_token_for_all")
def test_a_token_that_another_account_holds_too_is_not_revoked(customers: Customers) -> None:
    leaving = customers.connected()
    staying = customers.connected(leaving.hubspot)
    assert in_hubspot(leaving.hubspot)["refresh_tokens"] == 1

    leaving.api("DELETE", "hubspot")
    sweep(leaving.stack)

    assert leaving.hubspot.calls("oauth.revoke", "app.uninstall") == []
    assert rows(leaving.stack, "CredentialTable", leaving.account) == []
    staying.hubspot.expire_tokens()
    staying.wait(staying.join("keeps.it@example.com"), "sent")


def test_a_new_connection_cancels_the_clean_up_of_the_former(customers: Customers) -> None:
    campaign = customers.connected()
    campaign.api("DELETE", "hubspot")
    campaign.connect()

    sweep(campaign.stack)

    assert campaign.hubspot.calls("oauth.revoke", "app.uninstall") == []
    assert in_hubspot(campaign.hubspot)["installed"]
    campaign.wait(campaign.join("again@example.com"), "sent")


def test_hubspot_being_away_keeps_nobody_connected(customers: Customers) -> None:
    campaign = customers.connected()
    campaign.hubspot.fault("oauth.token", status=503)

    campaign.api("DELETE", "hubspot")
    sweep(campaign.stack)

    assert status(campaign) == "not_connected"
    wait_for_connection_told(
        campaign, ("established", campaign.hubspot, ""), ("removed", campaign.hubspot, "disconnected")
    )
    assert [call["status"] for call in campaign.hubspot.calls("oauth.token")] == [503]
    assert in_hubspot(campaign.hubspot)["installed"]
    make_clean_up_due(campaign)
    sweep(campaign.stack)
    assert not in_hubspot(campaign.hubspot)["installed"]


# Lost in HubSpot


def test_a_connection_revoked_in_hubspot_is_lost_until_somebody_reconnects(customers: Customers) -> None:
    first, second = map(set_up, customers.two_campaigns())
    hubspot = first.hubspot
    hubspot.control("revoke", {"portal": hubspot.id})

    leads = [(first, first.join("one@example.com"))]
    first.wait(leads[0][1], "held")

    assert [status(campaign) for campaign in (first, second)] == ["reconnect_needed"] * 2
    assert "Reconnect" in first.api("GET", "hubspot")["next_step"]
    asked = len(hubspot.calls())
    leads.append((second, second.join("two@example.com")))
    second.wait(leads[1][1], "held")
    sweep(first.stack)
    assert [campaign.lead(lead)["reason"] for campaign, lead in leads] == ["reconnect"] * 2
    assert len(hubspot.calls()) == asked

    first.connect()

    for campaign, lead in leads:
        campaign.wait(lead, "sent")
    steps = [("established", hubspot, ""), ("lost", hubspot, "connection_lost")]
    wait_for_connection_told(first, *steps, ("established", hubspot, ""))
    wait_for_connection_told(second, *steps, ("established", hubspot, "reconnected"))


def test_our_own_misconfiguration_loses_no_connection(customers: Customers) -> None:
    campaign = customers.connected()
    campaign.hubspot.fault("oauth.token", status=400, body={"error": "invalid_client", "status": "BAD_CLIENT_SECRET"})
    campaign.hubspot.expire_tokens()

    lead = campaign.join("patient@example.com")

    wait_until(
        "a refused refresh", lambda: [call for call in campaign.hubspot.calls("oauth.") if call["status"] == 400]
    )
    assert status(campaign) == "connected"
    campaign.wait(lead, "sent")
    assert told_of_connection(campaign) == [("established", campaign.hubspot.id, "")]
