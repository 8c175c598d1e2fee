"""Work that cannot be done now waits, is never lost, and goes out by itself when the reason ends."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from unittest.mock import patch

import pytest

from functions.sweep.app import SweepBrokenError
from referral_hubspot.domain.people import Happening, PersonKey, Reason, State
from referral_hubspot.domain.settings import Action, Campaign, Duplicates, SideSettings
from referral_hubspot.storage import dynamo
from referral_hubspot.storage.pauses import PauseTable
from referral_hubspot.storage.people import key_of
from referral_hubspot.usecases.pause import Pause
from referral_hubspot.usecases.people import Change, Refusal
from tests.inprocess.test_leads import stored, told
from tests.world import ACCOUNT, CAMPAIGN, CUSTOMER, MAPPING, PORTAL, World, lead_joined_event
from tests.world import world as make_world

AWAY = {"path": "/crm/", "status": 503, "times": None}


def test_incomplete_settings_hold_and_a_save_releases(world: World) -> None:
    world.serve(Duplicates.UPDATE)
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


def test_who_joined_before_the_setup_was_ever_complete_is_asked_about_and_nobody_later(world: World) -> None:
    world.wiring.campaigns.put_campaign(Campaign(ACCOUNT, CAMPAIGN, "Spring", "live", version=1))
    world.connect()
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING[:1]))
    world.deliver(lead_joined_event("early", "early@example.com"))
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING))

    again = world.deliver(lead_joined_event("late", "late@example.com"))
    world.sweep()
    asked = stored(world, "early")
    world.sweep()
    unchanged = stored(world, "early")
    world.wiring.campaigns.let_held_go(ACCOUNT, CAMPAIGN, "lead", datetime.now(UTC))
    world.sweep()

    assert again == []
    assert stored(world, "late").state is State.SENT
    assert (asked.state, asked.reason) == (State.HELD, Reason.ASKS_FIRST)
    assert unchanged == asked
    assert stored(world, "early").state is State.SENT


def test_the_save_that_completes_the_setup_sends_nobody_who_waited_for_it(world: World) -> None:
    world.wiring.campaigns.put_campaign(Campaign(ACCOUNT, CAMPAIGN, "Spring", "live", version=1))
    world.connect()
    world.save(SideSettings(0, Action.CREATE_CONTACT, ()))
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING))
    world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)

    assert (stored(world, "l1").state, stored(world, "l1").reason) == (State.HELD, Reason.ASKS_FIRST)
    assert world.contacts("ada@example.com") == []


@pytest.mark.parametrize("target", ["all", "account:acme", f"portal:{PORTAL}", "campaign:acme/spring"])
@pytest.mark.parametrize("action", [Action.CREATE_CONTACT, Action.CREATE_DEAL])
def test_a_pause_holds_new_ones_and_those_on_their_way_until_it_ends(world: World, action: Action, target: str) -> None:
    world.serve(Duplicates.UPDATE, action=action)
    world.sim("faults", AWAY)
    on_its_way = lead_joined_event("l1", "ada@example.com")
    world.deliver(on_its_way)
    world.end_faults()
    pauses = PauseTable(world.campaign_table, world.wiring.dynamodb)
    pauses.begin(Pause(target, datetime.now(UTC)))
    world.forget_calls()

    again = world.deliver(on_its_way, lead_joined_event("l2", "bob@example.com"))
    world.sweep()
    paused = {(stored(world, lead).state, stored(world, lead).reason) for lead in ("l1", "l2")}
    calls = world.calls()
    pauses.end(target)
    world.sweep()

    assert again == []
    assert paused == {(State.HELD, Reason.PAUSED)}
    assert calls == []
    assert {stored(world, lead).state for lead in ("l1", "l2")} == {State.SENT}


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


def test_those_who_may_go_share_one_batch_however_they_are_spread(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(SideSettings(0, Action.CREATE_CONTACT, ()))
    world.deliver(*(lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(40)))
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING))
    world.forget_calls()

    world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)

    assert world.calls("contacts") == ["contacts.batch_read", "contacts.batch_create"]
    assert {stored(world, f"l{n}").state for n in range(40)} == {State.SENT}


def test_a_shard_that_is_longer_than_a_batch_is_gone_through_to_its_end(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(SideSettings(0, Action.CREATE_CONTACT, ()))
    for start in range(0, 1100, 100):
        world.deliver(*(lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(start, start + 100)))
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.UPDATE))
    world.forget_calls()

    world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)

    assert world.calls("contacts") == ["contacts.batch_upsert"] * 11
    assert world.wiring.people.count_waiting(ACCOUNT, CAMPAIGN) == 0


def test_a_lead_whose_row_cannot_be_read_keeps_no_other_waiting(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(SideSettings(0, Action.CREATE_CONTACT, ()))
    world.deliver(*(lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(5)))
    world.wiring.dynamodb.update_item(
        TableName=world.campaign_table,
        Key=dynamo.marshal(key_of(stored(world, "l2").key).item()),
        UpdateExpression="REMOVE received_at",
    )
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING))

    with pytest.raises(SweepBrokenError):
        world.sweep()

    assert {stored(world, f"l{n}").state for n in (0, 1, 3, 4)} == {State.SENT}


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
