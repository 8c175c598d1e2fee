"""The sweep's function: for everyone by schedule, for one campaign on request, never beyond its time."""

from dataclasses import replace

import pytest

from functions.sweep import app
from referral_hubspot.domain.people import State
from referral_hubspot.domain.settings import Duplicates, SideSettings
from referral_hubspot.storage.sweep_times import SweepTimes
from tests.functions.logs import Counted, Logged
from tests.world import CAMPAIGN, Context, World, lead_joined_event


def held_leads(system: World, number: int, campaign: str = CAMPAIGN) -> SideSettings:
    """Leads that wait for the required rows; the settings that release them, saved already."""
    system.serve(Duplicates.UPDATE, campaign=campaign)
    complete = system.wiring.campaigns.load([("acme", campaign)])["acme", campaign].leads
    system.save(replace(complete, mapping=()), campaign=campaign)
    system.deliver(
        *(lead_joined_event(f"l{n}", f"l{n}@{campaign}.example.com", campaign=campaign) for n in range(number))
    )
    return system.save(complete, campaign=campaign)


def waiting(system: World, number: int, campaign: str = CAMPAIGN) -> int:
    leads = [system.lead(f"l{n}", campaign=campaign) for n in range(number)]
    return sum(lead is not None and lead.state is State.HELD for lead in leads)


def test_by_schedule_everyone_is_looked_after(system: World, logged: Logged) -> None:
    held_leads(system, 3)
    held_leads(system, 2, "autumn")

    system.sweep()

    assert (waiting(system, 3), waiting(system, 2, "autumn")) == (0, 0)
    [line] = logged.of("swept")
    assert line["released"] == 5


def test_on_request_only_one_campaign_is(system: World) -> None:
    held_leads(system, 3)
    held_leads(system, 2, "autumn")

    system.sweep(account_id="acme", campaign_id="autumn")

    assert (waiting(system, 3), waiting(system, 2, "autumn")) == (3, 0)


def test_without_time_left_the_next_sweep_goes_on(system: World) -> None:
    held_leads(system, 3)

    app.lambda_handler({}, Context(remaining_ms=10_000))
    assert waiting(system, 3) == 3

    app.lambda_handler({}, Context(remaining_ms=200_000))
    assert waiting(system, 3) == 0


def test_who_still_has_to_wait_is_left_waiting(system: World, logged: Logged) -> None:
    complete = held_leads(system, 3)
    system.save(replace(complete, mapping=()))

    system.sweep()

    assert waiting(system, 3) == 3
    assert logged.of("swept")[0]["released"] == 0


def test_the_end_of_a_sweep_for_everyone_is_noted_and_counted(system: World, counted: Counted) -> None:
    system.sweep(account_id="acme", campaign_id=CAMPAIGN)
    of_one = counted.sums()
    system.sweep()

    assert "SweepFinished" not in of_one
    assert counted.sums()["SweepFinished"] == 1
    assert SweepTimes(system.campaign_table, system.wiring.dynamodb).finished_at() is not None


def test_a_part_that_breaks_keeps_no_other_part_from_being_done(
    system: World, counted: Counted, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_leads(system, 3)
    for part in ("fit", "read_back"):
        monkeypatch.setattr(app.wiring(), part, Broken())
    app.wiring().__dict__.pop("sweep", None)

    with pytest.raises(app.SweepBrokenError):
        system.sweep()

    sums = counted.sums()
    assert waiting(system, 3) == 0
    assert (sums["SweepBroken"], sums["SweepFinished"]) == (1, 1)
    assert {line["error"] for line in logged.of("sweep_broke")} == {"KeyError"}
    assert "ada@example.com" not in logged.text


class Broken:
    """Something of ours that fails, with a text that is nobody's business."""

    def __call__(self, *_: object) -> None:
        raise KeyError("ada@example.com")

    everyone = already_changed = __call__
