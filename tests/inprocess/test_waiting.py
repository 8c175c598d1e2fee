"""Work that cannot be done now waits, is never lost, and goes out by itself when the reason ends."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from unittest.mock import patch

import pytest

from referral_hubspot.domain.people import Happening, PersonKey, Reason, State
from referral_hubspot.domain.settings import Action, Campaign, Duplicates, SideSettings
from referral_hubspot.usecases.people import Change, Refusal
from tests.inprocess.test_leads import stored, told
from tests.world import ACCOUNT, CAMPAIGN, CUSTOMER, MAPPING, PORTAL, World, lead_joined_event
from tests.world import world as make_world

AWAY = {"path": "/crm/", "status": 503, "times": None}


def test_incomplete_settings_hold_and_a_save_releases(world: World) -> None:
    world.wiring.campaigns.put_campaign(Campaign(ACCOUNT, CAMPAIGN, "Spring", "live", version=1))
    world.connect()
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING[:1]))
    again = world.deliver(lead_joined_event("l1", "ada@example.com"))
    held = stored(world, "l1")

    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING))
    world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)

    assert again == []
    assert (held.state, held.reason) == (State.HELD, Reason.SETUP)
    assert stored(world, "l1").state is State.SENT
    assert told(stored(world, "l1")) == [
        Happening.RECEIVED,
        Happening.HELD,
        Happening.SENDING,
        Happening.CREATED,
    ]


def test_a_save_in_the_moment_of_holding_is_noticed(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(SideSettings(0, Action.CREATE_CONTACT, ()))
    apply = world.wiring.people.apply
    saved: list[bool] = []

    def save_first(changes: Sequence[Change]) -> dict[PersonKey, Refusal]:
        if not saved:
            saved.append(True)
            world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING))
        return apply(changes)

    with patch.object(world.wiring.people, "apply", save_first):
        world.deliver(lead_joined_event("l1", "ada@example.com"))

    assert stored(world, "l1").state is State.SENT


def test_without_a_connection_leads_wait_for_one(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.wiring.disconnect(ACCOUNT, CAMPAIGN)
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    held = stored(world, "l1")

    world.connect()
    world.sweep()

    assert (held.state, held.reason) == (State.HELD, Reason.NOT_CONNECTED)
    assert stored(world, "l1").state is State.SENT


@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_while_hubspot_is_away_a_message_comes_again_then_shows_as_waiting_then_is_done(
    aws_url: str, duplicates: Duplicates
) -> None:
    with make_world(aws_url, HOLD_AFTER_SECONDS="1", RELEASE_MESSAGE_AFTER_SECONDS="2") as world:
        world.serve(duplicates)
        world.sim("faults", AWAY)
        lead = lead_joined_event("l1", "ada@example.com")
        sent_at = datetime.now(UTC)

        fresh = world.deliver(lead, sent_at=sent_at)
        time.sleep(1)
        waiting = world.deliver(lead, received=2, sent_at=sent_at)
        held = stored(world, "l1")
        still = world.deliver(lead, received=3, sent_at=sent_at)
        unchanged = stored(world, "l1")
        time.sleep(1)
        done = world.deliver(lead, received=4, sent_at=sent_at)
        world.end_faults()
        world.sweep()

        assert (fresh, waiting, still, done) == ([0], [0], [0], [])
        assert (held.state, held.reason) == (State.HELD, Reason.HUBSPOT_AWAY)
        assert unchanged == held, "going on waiting changes nothing, so nothing is announced again"
        assert stored(world, "l1").state is State.SENT
        assert len(world.contacts("ada@example.com")) == 1


def test_a_lost_connection_holds_calls_hubspot_no_more_and_goes_on_after_reconnecting(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.sim("revoke", {"portal": PORTAL})
    world.deliver(lead_joined_event("l1", "ada@example.com"))
    held = stored(world, "l1")
    world.forget_calls()

    world.deliver(lead_joined_event("l2", "grace@example.com"))
    world.sweep()
    calls = world.calls()
    world.connect()
    world.sweep()

    assert (held.state, held.reason) == (State.HELD, Reason.RECONNECT)
    assert calls == []
    assert {stored(world, lead).state for lead in ("l1", "l2")} == {State.SENT}


def test_one_group_that_waits_for_people_does_not_keep_others_waiting(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, campaign="autumn")
    for campaign in (CAMPAIGN, "autumn"):
        world.save(SideSettings(0, Action.CREATE_CONTACT, ()), campaign=campaign)
    world.deliver(
        *[lead_joined_event(f"s{n}", f"s{n}@example.com") for n in range(30)],
        *[lead_joined_event(f"a{n}", f"a{n}@example.com", campaign="autumn") for n in range(30)],
    )

    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING, rule=CUSTOMER), campaign="autumn")
    world.sweep()

    autumn = {lead.state for n in range(30) if (lead := world.lead(f"a{n}", campaign="autumn"))}
    assert autumn == {State.SENT}
    assert {stored(world, f"s{n}").state for n in range(30)} == {State.HELD}
    assert world.wiring.people.count_waiting(ACCOUNT, CAMPAIGN) == 30
