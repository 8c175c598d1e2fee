"""Disconnecting, and giving grants back."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest

from referral_hubspot.domain.connection import CleanUpRunningError
from referral_hubspot.domain.errors import AppMisconfiguredError, RequestRefusedError
from referral_hubspot.domain.settings import Action, SideSettings
from referral_hubspot.storage.cleanups import CleanupTable
from referral_hubspot.usecases.clean_up import CleanUp, CleanUpReport
from referral_hubspot.usecases.connect_outcomes import Connected, NotConnected, Obstacle
from referral_hubspot.usecases.connection_ports import Leftover
from tests.connecting import EU, World, hubspot_away, new_world


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as world:
        world.consent(EU)
        world.hubspot.asked.clear()
        yield world


class FoundBefore:
    """Clean-ups as a worker found them a while ago."""

    def __init__(self, cleanups: CleanupTable, found: Sequence[Leftover]) -> None:
        self._found = found
        self.take = cleanups.take
        self.finish = cleanups.finish
        self.put_off = cleanups.put_off

    def due(self, now: datetime) -> Sequence[Leftover]:
        return self._found


def run(world: World) -> CleanUpReport:
    return world.clean_up.run_due(world.now)


def test_a_disconnected_campaign_is_off_at_once_and_keeps_its_settings(world: World) -> None:
    settings = SideSettings(version=1, action=Action.NONE)
    over = world.campaigns.neighbourhood("acme", EU).version
    world.campaigns.save_settings("acme", "spring", "lead", settings, world.binding(), {}, over)

    assert world.disconnect("acme", "spring")

    assert (world.state().binding, world.state().leads) == (None, settings)
    assert world.campaigns.routes(EU) == []
    assert not world.has_grant(EU)
    assert world.hubspot.asked == []  # HubSpot being away keeps nobody connected


def test_disconnecting_twice_is_as_good_as_once(world: World) -> None:
    world.disconnect("acme", "spring")

    assert not world.disconnect("acme", "spring")


def test_the_last_campaign_takes_tokens_and_app_along(world: World) -> None:
    world.disconnect("acme", "spring")

    assert run(world) == CleanUpReport(revoked=1, uninstalled=1)

    assert world.hubspot.asked == ["refresh", "uninstall", "revoke"]
    assert (world.hubspot.installed, world.hubspot.revoked) == (set(), {"refresh-code-0"})
    assert not world.is_parked(EU)
    assert run(world) == CleanUpReport()


def test_a_campaign_that_is_not_the_last_leaves_the_tokens(world: World) -> None:
    world.consent(EU, campaign_id="autumn")
    world.disconnect("acme", "spring")

    assert world.has_grant(EU)
    assert not world.is_parked(EU)
    world.disconnect("acme", "autumn")
    assert not world.has_grant(EU)
    assert run(world) == CleanUpReport(revoked=1, uninstalled=1)


def test_the_app_stays_while_another_account_is_bound(world: World) -> None:
    world.consent(EU, "rival")
    world.disconnect("acme", "spring")

    assert run(world) == CleanUpReport(revoked=1)

    assert world.hubspot.installed == {EU}
    assert world.hubspot.revoked == {"refresh-code-0"}
    assert world.has_grant(EU, "rival")


def test_a_token_that_another_account_holds_too_is_not_revoked(world: World) -> None:
    world.consent(EU, "rival", refresh_token="refresh-code-0")
    world.disconnect("acme", "spring")

    assert run(world) == CleanUpReport(kept=1)

    assert world.hubspot.revoked == set()
    assert not world.is_parked(EU)


def test_a_token_that_another_account_has_yet_to_confirm_is_not_revoked(world: World) -> None:
    world.disconnect("acme", "spring")
    held = world.hubspot.exchange(world.hubspot.consent(EU, refresh_token="refresh-code-0"))
    world.connections.park("rival", held, world.now + timedelta(minutes=10), world.now)

    assert run(world) == CleanUpReport(kept=1)

    assert world.hubspot.revoked == set()


def test_a_new_connection_cancels_the_clean_up(world: World) -> None:
    world.disconnect("acme", "spring")
    world.consent(EU)

    assert run(world) == CleanUpReport()

    assert world.hubspot.revoked == set()
    assert world.has_grant(EU)


def test_a_connection_of_another_campaign_cancels_it_as_well(world: World) -> None:
    world.disconnect("acme", "spring")
    world.consent(EU, campaign_id="autumn")

    assert run(world) == CleanUpReport()


def test_a_connection_made_while_the_grant_is_given_back_waits(world: World) -> None:
    world.disconnect("acme", "spring")
    outcomes = []
    world.hubspot.while_asked = lambda: outcomes.append(world.consent(EU))

    run(world)

    [outcome] = outcomes
    assert isinstance(outcome, NotConnected)
    assert outcome.obstacle is Obstacle.DISCONNECTING
    assert world.state().binding is None
    assert isinstance(world.consent(EU), Connected)


def test_nothing_is_parked_over_a_grant_that_is_being_given_back(world: World) -> None:
    world.disconnect("acme", "spring")
    [leftover] = world.cleanups.due(world.now)
    world.cleanups.take(leftover, world.now, world.now + timedelta(minutes=2))
    grant = world.hubspot.exchange(world.hubspot.consent(EU))

    with pytest.raises(CleanUpRunningError):
        world.connections.park("acme", grant, world.now, world.now)


def test_only_one_worker_gives_a_grant_back(world: World) -> None:
    world.disconnect("acme", "spring")
    others = []
    world.hubspot.while_asked = lambda: others.append(run(world))

    run(world)

    assert others == [CleanUpReport()]
    assert world.hubspot.asked == ["refresh", "uninstall", "revoke"]


def test_of_two_that_found_the_same_work_one_does_it(world: World) -> None:
    world.disconnect("acme", "spring")
    found = world.cleanups.due(world.now)
    run(world)
    world.hubspot.asked.clear()

    slower = CleanUp(FoundBefore(world.cleanups, found), world.connections, world.hubspot, world.hubspot)

    assert slower.run_due(world.now) == CleanUpReport()
    assert world.hubspot.asked == []


def test_a_worker_killed_in_between_is_followed_by_another(world: World) -> None:
    world.disconnect("acme", "spring")
    [leftover] = world.cleanups.due(world.now)
    world.cleanups.take(leftover, world.now, world.now + timedelta(minutes=2))
    world.hubspot.installed.clear()  # it came as far as to uninstall
    assert run(world) == CleanUpReport()
    world.wait(minutes=2)

    assert run(world) == CleanUpReport(gone=1)

    assert not world.is_parked(EU)


def test_an_app_that_hubspot_will_not_remove_is_not_asked_for_ever(world: World) -> None:
    world.disconnect("acme", "spring")
    world.hubspot.away = RequestRefusedError(404, "OBJECT_NOT_FOUND", [])

    assert run(world) == CleanUpReport(gone=1)


def test_hubspot_being_away_puts_it_off_further_each_time(world: World) -> None:
    world.disconnect("acme", "spring")
    world.hubspot.away = hubspot_away()

    for minutes in (1, 5, 15, 60, 60):
        assert run(world) == CleanUpReport(put_off=1)
        world.wait(minutes=minutes, seconds=-1)
        assert run(world) == CleanUpReport()
        world.wait(seconds=1)

    world.hubspot.away = None
    assert run(world) == CleanUpReport(revoked=1, uninstalled=1)


def test_our_own_misconfiguration_puts_it_off_too(world: World) -> None:
    world.disconnect("acme", "spring")
    world.hubspot.away = AppMisconfiguredError("BAD_CLIENT_SECRET")

    assert run(world) == CleanUpReport(put_off=1)


def test_after_a_week_it_is_given_up_and_the_tokens_are_deleted(world: World) -> None:
    world.disconnect("acme", "spring")
    world.hubspot.away = hubspot_away()
    world.wait(days=6, hours=23)
    assert run(world) == CleanUpReport(put_off=1)
    world.wait(hours=1)

    assert run(world) == CleanUpReport(given_up=1)

    assert not world.is_parked(EU)


def test_a_new_connection_while_hubspot_is_away_cancels_what_was_put_off(world: World) -> None:
    world.disconnect("acme", "spring")
    world.hubspot.away = hubspot_away()
    run(world)
    world.hubspot.away = None

    assert isinstance(world.consent(EU), Connected)

    world.wait(minutes=5)
    assert run(world) == CleanUpReport()
    assert world.hubspot.installed == {EU}
