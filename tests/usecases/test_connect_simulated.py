"""Connecting and giving back against the simulator, through our own HubSpot client."""

from collections.abc import Iterator, Sequence
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import DEAL_KEY, ObjectType
from referral_hubspot.domain.settings import Action, BindingState, MappingRow, SideSettings
from referral_hubspot.hubspot.directory import HubSpotDirectory
from referral_hubspot.hubspot.oauth import HubSpotApp, OAuth
from referral_hubspot.hubspot.pacing import Pacer
from referral_hubspot.hubspot.transport import Transport, new_session
from referral_hubspot.storage.budget import BudgetTable
from referral_hubspot.usecases.access import Grant, GrantKeeper
from referral_hubspot.usecases.clean_up import CleanUpReport
from referral_hubspot.usecases.connect_outcomes import Connected, NotConnected, Obstacle, OtherAccount
from referral_hubspot.usecases.ports import Crm
from simulators.hubspot import HubSpotSimulator
from tests.connecting import BASE_URL, EU, SCOPES, US, FakeHubSpot, World, new_world
from tests.tables import CAMPAIGNS

CALLBACK = f"{BASE_URL}/callback"


class SimulatedHubSpot(FakeHubSpot):
    """Our own client where the fake stood."""

    def __init__(self, url: str, world: World) -> None:
        super().__init__()
        self.url = url
        transport = Transport(new_session(), url)
        app = HubSpotApp(
            client_id="sim-client-id",
            client_secrets=lambda: ["sim-client-secret-0001"],
            redirect_url=CALLBACK,
            authorize_url=f"{url}/oauth/authorize",
            scopes=scopes.REQUIRED,
            optional_scopes=scopes.OPTIONAL,
        )
        oauth = OAuth(transport, app)
        keeper = GrantKeeper(world.credentials, oauth, clock=world.clock, notice_lost=lambda _: None)
        self.directory = HubSpotDirectory(transport, oauth, keeper, Pacer(BudgetTable(CAMPAIGNS, world.client)))
        self.oauth = oauth

    def authorize_url(self, state: str) -> str:
        return self.oauth.authorize_url(state)

    def exchange(self, code: str) -> Grant:
        return self.oauth.exchange(code)

    def refresh(self, refresh_token: str) -> Grant:
        return self.oauth.refresh(refresh_token)

    def revoke(self, refresh_token: str) -> None:
        self.oauth.revoke(refresh_token)

    def with_grant(self, grant: Grant) -> Crm:
        return cast(Crm, self.directory.with_grant(grant))

    def portal(self, portal_id: int) -> dict[str, Any]:
        state = requests.get(f"{self.url}/_sim/state", timeout=5).json()
        [found] = [portal for portal in state["portals"] if portal["id"] == portal_id]
        return dict(found)


@pytest.fixture
def world() -> Iterator[World]:
    with HubSpotSimulator() as simulator, new_world() as world:
        requests.post(f"{simulator.url}/_sim/app", json={"redirect_urls": [CALLBACK]}, timeout=5).raise_for_status()
        world.hubspot = SimulatedHubSpot(simulator.url, world)
        yield world


def consent(
    world: World, portal_id: int, decision: str = "approve", without: Sequence[str] = ()
) -> Connected | OtherAccount | NotConnected | None:
    """Through the simulator's consent page and back; None when HubSpot sends nobody back."""
    url = world.connect_url.start("acme", "spring", "Ada")
    departure = world.ask_consent(parse_qs(urlsplit(url).query)["ticket"][0], "")
    page = urlsplit(departure.url)
    form = {name: values[0] for name, values in parse_qs(page.query).items()}
    answer = requests.post(
        f"{page.scheme}://{page.netloc}{page.path}",
        data={**form, "account": portal_id, "decision": decision, "without": list(without)},
        allow_redirects=False,
        timeout=5,
    )
    if answer.status_code != 302:
        return None
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    return world.connect.finish(state=back["state"][0], browser=departure.browser, code=back["code"][0])


def simulated(world: World) -> SimulatedHubSpot:
    assert isinstance(world.hubspot, SimulatedHubSpot)
    return world.hubspot


def test_a_consent_connects_and_a_disconnect_takes_everything_back(world: World) -> None:
    outcome = consent(world, EU)

    assert isinstance(outcome, Connected)
    assert outcome.missing_scopes == ()
    assert (world.binding().portal_id, world.binding().state) == (EU, BindingState.CONNECTED)
    assert world.binding().ui_domain == "app-eu1.hubspot.com"
    assert simulated(world).portal(EU)["installed"]

    world.disconnect("acme", "spring")
    assert world.clean_up.run_due(world.now) == CleanUpReport(revoked=1, uninstalled=1)
    assert not simulated(world).portal(EU)["installed"]


def test_what_was_left_out_on_the_consent_page_is_named_and_the_rest_works(world: World) -> None:
    outcome = consent(world, EU, without=["crm.schemas.deals.write", "crm.objects.owners.read"])

    assert isinstance(outcome, Connected)
    assert outcome.missing_scopes == ("crm.schemas.deals.write", "crm.objects.owners.read")


def test_connecting_a_campaign_that_creates_deals_makes_their_key(world: World) -> None:
    deals = SideSettings(1, Action.CREATE_DEAL, (MappingRow("dealname", source="email"),))
    world.campaigns.save_settings("acme", "spring", "lead", deals, None, {})

    consent(world, EU)
    consent(world, EU)

    kept = world.properties.load("acme", EU, ObjectType.DEAL)
    assert kept is not None
    assert DEAL_KEY in {known.name for known in kept.properties}
    assert world.state().leads.broken == ()


def test_connecting_reads_who_may_own_a_record(world: World) -> None:
    consent(world, EU)

    kept = world.properties.load("acme", EU, ObjectType.CONTACT)
    assert kept is not None
    [owner] = [known for known in kept.properties if known.name == "hubspot_owner_id"]
    assert {option.value for option in owner.options} == {"910901", "910902", "910903"}


def test_a_decline_sends_nobody_back(world: World) -> None:
    assert consent(world, EU, "decline") is None

    assert world.state().binding is None


def test_a_switch_moves_to_the_other_account(world: World) -> None:
    consent(world, EU)
    url = world.connect_url.start("acme", "spring", "Ada")
    departure = world.ask_consent(parse_qs(urlsplit(url).query)["ticket"][0], "")
    form = {name: values[0] for name, values in parse_qs(urlsplit(departure.url).query).items()}
    answer = requests.post(
        f"{simulated(world).url}/oauth/authorize",
        data={**form, "account": US, "decision": "approve"},
        allow_redirects=False,
        timeout=5,
    )
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    question = world.connect.finish(state=back["state"][0], browser=departure.browser, code=back["code"][0])
    assert isinstance(question, OtherAccount)

    outcome = world.connect.switch(secret=question.secret, browser=departure.browser)

    assert isinstance(outcome, Connected)
    assert (world.binding().portal_id, set(world.binding().scopes)) == (US, set(SCOPES))
    assert world.clean_up.run_due(world.now) == CleanUpReport(revoked=1, uninstalled=1)
    assert (simulated(world).portal(EU)["installed"], simulated(world).portal(US)["installed"]) == (False, True)


def test_a_made_up_code_is_refused_by_hubspot(world: World) -> None:
    state, browser = world.leave_for_hubspot()

    outcome = world.connect.finish(state=state, browser=browser, code="made-up")

    assert isinstance(outcome, NotConnected)
    assert outcome.obstacle is Obstacle.CODE_REFUSED


def test_an_app_removed_in_hubspot_leaves_nothing_to_give_back(world: World) -> None:
    consent(world, EU)
    requests.post(f"{simulated(world).url}/_sim/revoke", json={"portal": EU}, timeout=5).raise_for_status()
    world.disconnect("acme", "spring")

    assert world.clean_up.run_due(world.now) == CleanUpReport(gone=1)
