"""The sweep's function: for everyone by schedule, for one campaign on request, never beyond its time."""

from dataclasses import replace

from functions.sweep import app
from referral_hubspot.domain.people import State
from referral_hubspot.domain.settings import Duplicates, SideSettings
from tests.functions.logs import Logged
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
