"""Bindings and grants, changed together while others change them too."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from referral_hubspot.domain.connection import Arrival, ConnectionChangedError
from referral_hubspot.domain.settings import Binding, BindingState, CampaignState
from referral_hubspot.storage.connections import ConnectionStore
from referral_hubspot.usecases.connect_outcomes import Connected, NotConnected, Obstacle, OtherAccount
from tests.connecting import EU, NOW, SCOPES, US, World, new_world
from tests.tables import interrupted

BINDING = Binding("acme", "spring", EU, "Acme EU", "app.hubspot.com", "Ada", NOW, scopes=SCOPES)


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as world:
        world.consent(EU, campaign_id="spring")
        world.consent(EU, campaign_id="autumn")
        yield world


def overtaken(world: World, interlude: Callable[[], object], times: int = 1) -> ConnectionStore:
    client = interrupted(world.client, interlude, times)
    return ConnectionStore(client, world.campaigns, world.bindings, world.credentials, world.cleanups)


def arrival(world: World, binding: Binding, seen: CampaignState) -> Arrival:
    return Arrival(binding, seen, over=world.campaigns.neighbourhood("acme", EU).version)


def refresh(world: World) -> None:
    stored = world.credentials.get("acme", EU, fresh=True)
    assert stored is not None
    assert world.credentials.replace(stored, world.hubspot.refresh(stored.refresh_token), world.now)


def test_of_two_last_campaigns_leaving_at_once_one_takes_the_tokens(world: World) -> None:
    slower = overtaken(world, lambda: world.disconnect("acme", "autumn"))

    assert slower.disconnect("acme", "spring", "disconnected", world.now)

    assert not world.has_grant(EU)
    assert world.is_parked(EU)


def test_a_campaign_connected_while_the_last_one_leaves_keeps_the_tokens(world: World) -> None:
    world.disconnect("acme", "autumn")
    slower = overtaken(world, lambda: world.consent(EU, campaign_id="winter"))

    slower.disconnect("acme", "spring", "disconnected", world.now)

    assert world.has_grant(EU)
    assert not world.is_parked(EU)
    assert world.binding("winter").state is BindingState.CONNECTED


def test_a_campaign_disconnected_by_another_meanwhile_is_disconnected(world: World) -> None:
    slower = overtaken(world, lambda: world.disconnect("acme", "spring"))

    assert slower.disconnect("acme", "spring", "disconnected", world.now) is None


def test_a_refresh_in_mid_connect_does_not_end_in_the_older_token(world: World) -> None:
    slower = overtaken(world, lambda: refresh(world))
    before, seen = world.credentials.version("acme", EU), world.state()
    grant = world.hubspot.exchange(world.hubspot.consent(EU))

    slower.connect(arrival(world, replace(BINDING, connected_at=world.now), seen), grant, world.now)

    stored = world.credentials.get("acme", EU, fresh=True)
    assert stored is not None
    assert (stored.version, stored.access_token) == (before + 2, grant.access_token)


def test_a_campaign_that_was_switched_meanwhile_is_not_switched_back(world: World) -> None:
    seen = world.state("winter")
    slower = overtaken(world, lambda: world.consent(US, campaign_id="winter"))
    grant = world.hubspot.exchange(world.hubspot.consent(EU))

    with pytest.raises(ConnectionChangedError):
        slower.connect(arrival(world, replace(BINDING, campaign_id="winter"), seen), grant, world.now)

    assert world.binding("winter").portal_id == US


def test_who_is_overtaken_every_time_while_connecting_gives_up(world: World) -> None:
    seen = world.state()
    slower = overtaken(world, lambda: refresh(world), times=9)
    grant = world.hubspot.exchange(world.hubspot.consent(EU))

    with pytest.raises(ConnectionChangedError):
        slower.connect(arrival(world, BINDING, seen), grant, world.now)


def test_who_is_overtaken_every_time_while_disconnecting_gives_up(world: World) -> None:
    slower = overtaken(world, lambda: world.consent(EU), times=9)

    with pytest.raises(ConnectionChangedError):
        slower.disconnect("acme", "spring", "disconnected", world.now)

    assert world.binding().state is BindingState.CONNECTED


def test_a_callback_that_is_overtaken_looks_again(world: World) -> None:
    world.connections = overtaken(world, lambda: world.disconnect("acme", "spring"))

    assert isinstance(world.consent(EU), Connected)

    assert (world.binding().portal_id, world.binding().version) == (EU, 3)


def test_a_callback_that_is_overtaken_by_another_choice_asks(world: World) -> None:
    def choose_another() -> None:
        world.disconnect("acme", "spring")
        world.consent(US)

    faster = world.connections
    world.connections = overtaken(world, choose_another)
    connect, world.connections = world.connect, faster

    state, browser = world.leave_for_hubspot()
    outcome = connect.finish(state=state, browser=browser, code=world.hubspot.consent(EU))

    assert isinstance(outcome, OtherAccount)
    assert (outcome.former_name, outcome.chosen_name) == ("Acme US", "Acme EU")


def test_a_callback_that_is_overtaken_every_time_gives_its_grant_back(world: World) -> None:
    def come_or_go() -> None:
        if not world.disconnect("acme", "winter"):
            world.consent(EU, campaign_id="winter")

    faster = world.connections
    world.connections = overtaken(world, come_or_go, times=9)
    connect, world.connections = world.connect, faster

    state, browser = world.leave_for_hubspot(campaign_id="winter")
    outcome = connect.finish(state=state, browser=browser, code=world.hubspot.consent(EU))

    assert isinstance(outcome, NotConnected)
    assert outcome.obstacle is Obstacle.CHANGED
    assert world.is_parked(EU)
    assert world.clean_up.run_due(world.now).kept == 1  # other campaigns use the HubSpot account
