"""Pausing: what is named must exist, and whoever names something wrong is told what does."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import DELETED, Campaign, CampaignState
from referral_hubspot.usecases.command import CommandRefusedError
from referral_hubspot.usecases.pause import Pause, Pausing

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
CAMPAIGNS = (Campaign("acme", "spring", "Spring", "live"), Campaign("gone", "old", "Old", DELETED))
ROUTES = (Route(7, "acme", "spring"),)


class FakePauses:
    def __init__(self, *pauses: Pause) -> None:
        self.held = {pause.target: pause for pause in pauses}

    def pauses(self) -> Sequence[Pause]:
        return list(self.held.values())

    def begin(self, pause: Pause) -> None:
        self.held.setdefault(pause.target, pause)

    def end(self, name: str) -> bool:
        return self.held.pop(name, None) is not None


class FakeCampaigns:
    def load(self, campaigns: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], CampaignState]:
        known = {(one.account_id, one.campaign_id): one for one in CAMPAIGNS}
        return {pair: CampaignState(known.get(pair)) for pair in campaigns}

    def campaigns(self, account_id: str) -> Sequence[Campaign]:
        return [one for one in CAMPAIGNS if one.account_id == account_id]

    def routes(self, portal_id: int) -> Sequence[Route]:
        return [route for route in ROUTES if route.portal_id == portal_id]

    def every_route(self) -> Sequence[Route]:
        return ROUTES


class FakeSweeper:
    def __init__(self) -> None:
        self.sweeps = 0

    def sweep_now(self) -> None:
        self.sweeps += 1


class Desk:
    """Pausing with what it works on."""

    def __init__(self, *pauses: Pause) -> None:
        self.store = FakePauses(*pauses)
        self.sweeper = FakeSweeper()
        self.pausing = Pausing(self.store, FakeCampaigns(), self.sweeper, lambda: NOW)


@pytest.mark.parametrize("target", ["all", "account:acme", "portal:7", "campaign:acme/spring"])
def test_whatever_exists_can_be_paused(target: str) -> None:
    desk = Desk()

    lines = desk.pausing.pause(target, " HubSpot asked us to ")

    assert desk.store.pauses() == [Pause(target, NOW, "HubSpot asked us to")]
    assert lines[1:] == ["Paused now:", f"  {target} since 2026-11-25 10:00:00Z: HubSpot asked us to"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("", "No TARGET was given, so nothing was changed. A target is one of"),
        ("acme", "'acme' is no target, so nothing was changed. A target is one of"),
        ("account:other", "There is no account:other, so nothing was paused."),
        ("account:gone", "There is no account:gone, so nothing was paused."),
        ("portal:8", "There is no portal:8, so nothing was paused."),
        ("campaign:acme/summer", "There is no campaign:acme/summer, so nothing was paused."),
        ("campaign:gone/old", "There is no campaign:gone/old, so nothing was paused."),
    ],
)
def test_a_wrong_target_pauses_nothing_and_is_answered_with_what_exists(target: str, said: str) -> None:
    desk = Desk()

    with pytest.raises(CommandRefusedError) as refused:
        desk.pausing.pause(target, "")

    assert refused.value.lines[0].startswith(said)
    assert refused.value.lines[-1] == "  account:acme  portal:7  campaign:acme/spring"
    assert desk.store.pauses() == []


def test_a_pause_that_is_asked_for_again_goes_on_since_it_began() -> None:
    began = Pause("all", datetime(2026, 11, 25, 9, tzinfo=UTC), "first")
    desk = Desk(began)

    desk.pausing.pause("all", "second")

    assert desk.store.pauses() == [began]


def test_who_was_held_is_released_at_once_after_a_pause() -> None:
    desk = Desk(Pause("all", NOW))

    lines = desk.pausing.resume("all")

    assert (desk.store.pauses(), desk.sweeper.sweeps) == ([], 1)
    assert lines == ["all goes on; a sweep was started and releases who was held.", "Nothing is paused."]


@pytest.mark.parametrize("target", ["", "acme", "account:acme"])
def test_what_is_not_paused_is_not_resumed_and_what_is_paused_is_told(target: str) -> None:
    desk = Desk(Pause("portal:7", NOW, "over its limit"))

    with pytest.raises(CommandRefusedError) as refused:
        desk.pausing.resume(target)

    assert refused.value.lines[-1] == "  portal:7 since 2026-11-25 10:00:00Z: over its limit"
    assert (len(desk.store.pauses()), desk.sweeper.sweeps) == (1, 0)


def test_without_a_target_it_is_told_what_is_paused_and_what_can_be() -> None:
    assert Desk().pausing.shown() == [
        "Nothing is paused.",
        "Connected to HubSpot, each a target beside `all`:",
        "  account:acme  portal:7  campaign:acme/spring",
    ]
