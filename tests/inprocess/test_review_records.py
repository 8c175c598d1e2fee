"""What reads back and follows records, in the cases that are easily got wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from unittest.mock import patch

import pytest

from functions.qualification import app as qualification
from functions.sweep import app as sweep
from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.people import Happening, State
from referral_hubspot.domain.qualification import PropertyChange
from referral_hubspot.domain.settings import Duplicates, Rule, RuleKind
from referral_hubspot.storage.pauses import PauseTable
from referral_hubspot.usecases import changed_before, read_back, slow_pass
from referral_hubspot.usecases.links import PortalRecord
from referral_hubspot.usecases.pause import Pause
from referral_hubspot.usecases.people import Refusal
from tests.inprocess.asking import Admin
from tests.inprocess.test_leads import LONG_AGO, seed, stored
from tests.inprocess.test_read_back import LAST_WEEK, change, everyone, joined, now, read, remove, watermark
from tests.inprocess.test_records import customer, deleted, merge, notes
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, World, lead_joined_event


@pytest.fixture(autouse=True)
def _no_lag(world: World) -> None:
    world.sim("switches", {"search_lag_s": 0})


def turns(number: int) -> Callable[[], bool]:
    """Time that is up after so many looks at it."""
    left = iter(range(number))
    return lambda: next(left, None) is not None


# Merges and deletions


@pytest.mark.parametrize("silent", [True, False], ids=["a merged id is left out", "a merged id is answered"])
def test_a_deletion_that_only_a_merge_brought_is_not_believed_for_ever(world: World, silent: bool) -> None:
    """The merge itself was never told, or not yet."""
    world.sim("switches", {"batch_drops_merged_ids": silent})
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1", joined_at=LAST_WEEK)
    survivor = merge(world, seed(world, "old@example.com", LONG_AGO), lead.record_id)
    world.changed([deleted(lead.record_id)])

    read(world)

    assert stored(world, "l1").record_id == survivor


def test_a_deletion_that_was_told_is_made_sure_of_once(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1")
    remove(world, lead.record_id)
    world.changed([deleted(lead.record_id)])
    world.forget_calls()

    read(world)
    asked = world.calls("contacts.read")
    read(world)
    world.changed([deleted(lead.record_id)])
    read(world)

    assert asked == world.calls("contacts.read") == ["contacts.read"]
    assert len(notes(stored(world, "l1"), Happening.DELETED)) == 1


@pytest.mark.parametrize("found_by", ["search", "second look"])
def test_a_merge_found_together_with_a_change_leaves_the_credit_with_the_first(world: World, found_by: str) -> None:
    """Nobody told of either, and the record that the first was on is only one of those merged into the second's."""
    world.sim("switches", {"merge_keeps_primary_id": True})
    world.serve(Duplicates.UPDATE)
    joined(world, "between", joined_at=(now() - timedelta(days=2)).isoformat())
    first, second = joined(world, "l1", joined_at=LAST_WEEK), joined(world, "l2")
    assert merge(world, second.record_id, first.record_id) == second.record_id
    change(world, second.record_id, lifecyclestage="customer")
    if found_by == "second look":
        change(world, second.record_id, lifecyclestage="evangelist")

    with patch.object(slow_pass, "HISTORIES_PER_CALL", 1):  # the first lead's turn is not yet
        read(world)

    assert (stored(world, "l1").state, stored(world, "l2").state) == (State.QUALIFIED, State.ALREADY_REFERRED)


# Two campaigns, many leads


def test_a_paused_campaign_keeps_how_far_it_was_read_though_others_share_what_is_searched_for(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, campaign="summer")
    read(world)
    before = watermark(world).read_until["summer"]
    pauses = PauseTable(world.campaign_table, world.wiring.dynamodb)
    pauses.begin(Pause(f"campaign:{ACCOUNT}/summer", now(), "maintenance"))

    read(world)

    after = watermark(world).read_until
    assert after["summer"] == before < after[CAMPAIGN]


def test_a_count_that_takes_longer_than_a_sweep_comes_to_its_end(world: World) -> None:
    changed_long_ago(world, *range(6))

    with patch.object(changed_before, "_PAGE", 2):
        counts = [world.wiring.read_back.already_changed(ACCOUNT, CAMPAIGN, turns(2)) for _ in range(4)]

    assert counts == [None, 6, None, 6]


def test_an_answer_that_takes_longer_than_a_sweep_is_carried_out(world: World) -> None:
    """Most leads never changed, so they stay on the list that is gone through."""
    changed_long_ago(world, 5)

    with patch.object(changed_before, "_PAGE", 2):
        done = [world.wiring.read_back.qualify_changed(ACCOUNT, CAMPAIGN, turns(2)) for _ in range(2)]

    assert (done, stored(world, "l5").state) == ([False, True], State.QUALIFIED)


def test_a_rule_that_changes_halfway_is_counted_for_from_the_start(world: World) -> None:
    rule = changed_long_ago(world, *range(6))
    already_changed = world.wiring.read_back.already_changed

    with patch.object(changed_before, "_PAGE", 2):
        assert already_changed(ACCOUNT, CAMPAIGN, turns(2)) is None
        state = world.wiring.connections.state(ACCOUNT, CAMPAIGN)
        world.save(replace(state.leads, rule=replace(rule, value="opportunity")))

        assert already_changed(ACCOUNT, CAMPAIGN, turns(9)) == 0


def test_a_count_that_hubspot_interrupts_is_gone_on_with(world: World) -> None:
    changed_long_ago(world, *range(6))
    already_changed = world.wiring.read_back.already_changed

    with patch.object(changed_before, "_PAGE", 2):
        world.sim("faults", {"path": "/crm/", "status": 503, "times": None, "skip": 2})
        interrupted = already_changed(ACCOUNT, CAMPAIGN, turns(9))
        world.end_faults()
        world.forget_calls()

        assert (interrupted, already_changed(ACCOUNT, CAMPAIGN, turns(9))) == (None, 6)
    assert len(world.calls("contacts.batch_read")) == 1


def test_an_answer_that_is_taken_back_while_it_is_carried_out_stops_there(world: World) -> None:
    changed_long_ago(world, *range(6))
    admin = Admin(world)
    admin.hints_are_lost = True
    world.sweep()
    admin.answers("changed", "yes")
    moments = count()

    def time_left() -> bool:
        if next(moments) == 1:
            admin.answers("changed", "no")
        return True

    with patch.object(changed_before, "_PAGE", 2):
        sweep.wiring().sweep.campaign(ACCOUNT, CAMPAIGN, time_left)

    assert [stored(world, f"l{n}").state for n in range(6)] == [State.QUALIFIED] * 2 + [State.SENT] * 4


@pytest.mark.parametrize("what", ["paused", "disconnected", "another rule"])
def test_what_changes_while_many_are_looked_at_is_heeded(world: World, what: str) -> None:
    rule = changed_long_ago(world, *range(6))
    moments = count()

    def time_left() -> bool:
        if next(moments) != 1:
            return True
        if what == "paused":
            PauseTable(world.campaign_table, world.wiring.dynamodb).begin(Pause("all", now(), "maintenance"))
        elif what == "disconnected":
            world.wiring.disconnect(ACCOUNT, CAMPAIGN, "disconnected")
        else:
            leads = world.wiring.connections.state(ACCOUNT, CAMPAIGN).leads
            world.save(replace(leads, rule=replace(rule, value="opportunity")))
        return True

    with patch.object(changed_before, "_PAGE", 2):
        assert not world.wiring.read_back.qualify_changed(ACCOUNT, CAMPAIGN, time_left)

    assert [stored(world, f"l{n}").state for n in range(6)] == [State.QUALIFIED] * 2 + [State.SENT] * 4


def changed_long_ago(world: World, *who: int) -> Rule:
    """Six leads, the newest first, and a rule that is new after these of them changed."""
    rule = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", now() + timedelta(minutes=1))
    world.serve(Duplicates.UPDATE, rule=rule)
    ages = [timedelta(days=7, minutes=n) for n in range(6)]
    world.deliver(
        *(
            lead_joined_event(f"l{n}", f"l{n}@example.com", joined_at=(now() - age).isoformat())
            for n, age in enumerate(ages)
        )
    )
    for n in who:
        change(world, stored(world, f"l{n}").record_id, at=now() - timedelta(days=2), lifecyclestage="customer")
    return rule


def test_whose_leads_were_looked_at_the_longest_ago_comes_first(world: World) -> None:
    """Time is up each time before all had their turn."""
    for account in ("acme", "globex", "initech"):
        world.serve(Duplicates.UPDATE, account=account)
        world.deliver(lead_joined_event(f"{account}1", f"{account}@example.com", account=account, joined_at=LAST_WEEK))

    with patch.object(read_back, "_PORTALS_AT_ONCE", 1):
        for _ in range(3):
            everyone(world, turns(2 * 3 + 1))  # each search looks at the time twice

    campaigns = [(account, CAMPAIGN) for account in ("acme", "globex", "initech")]
    assert all(place.seen_at for place in world.wiring.reading.places(campaigns).values())


def test_a_change_of_a_lead_whose_row_keeps_changing_comes_again(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1")
    people = qualification.wiring().people
    contended = {lead.key: Refusal(stored=lead, holder="")}

    with patch.object(people, "apply", lambda _changes: contended):
        again = world.changed([customer(lead.record_id)])

    assert again == [0]


def test_a_record_that_changes_all_the_while_does_not_outgrow_its_row(world: World) -> None:
    """Nobody's contact that a workflow moves to and fro; the newest change counts for who is linked in the end."""
    links = world.wiring.links
    record = PortalRecord(PORTAL, ObjectType.CONTACT, "777")
    moments = [now() + timedelta(seconds=n) for n in range(8)]

    with patch("referral_hubspot.storage.links._MOST_KEPT", 3):
        for at in moments:
            told = PropertyChange(PORTAL, ObjectType.CONTACT, "777", "lifecyclestage", "customer", at, ours=False)
            links.leave_unclaimed([told, replace(told, record_id=str(at.second + 1000))], now())

    kept = [change.at for change in links.unclaimed([record], now())]
    assert kept == moments[6:]
