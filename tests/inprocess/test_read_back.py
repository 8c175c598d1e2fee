"""What webhooks missed, found in HubSpot: by search, by a second look at pending leads, and on an admin's word."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest
import requests

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.people import Happening, Person, State
from referral_hubspot.domain.qualification import PropertyChange
from referral_hubspot.domain.reading import Place, Target, Watermark
from referral_hubspot.domain.settings import Action, Broken, Duplicates, Part, Rule, RuleKind, SideSettings
from referral_hubspot.runtime import clients
from referral_hubspot.storage.pauses import PauseTable
from referral_hubspot.usecases.apart import Apart
from referral_hubspot.usecases.links import PortalRecord
from referral_hubspot.usecases.pause import Pause
from referral_hubspot.usecases.read_progress import Progress, ReadProgress
from tests.inprocess.test_cost import aws_calls
from tests.inprocess.test_leads import LONG_AGO, seed, stored, told
from tests.inprocess.test_records import customer as told_by_webhook
from tests.inprocess.test_records import merge, notes
from tests.world import ACCOUNT, CAMPAIGN, CUSTOMER, MAPPING, PORTAL, WON, World, lead_joined_event

LAST_WEEK = (datetime.now(UTC) - timedelta(days=7)).isoformat()
TARGET = Target.of(ACCOUNT, PORTAL, CUSTOMER)


def read(world: World) -> int:
    """Let the sweep read; how many qualified."""
    return everyone(world, lambda: True)


def everyone(world: World, time_left: Callable[[], bool]) -> int:
    routes = world.wiring.campaigns.every_route()
    with Apart() as apart:
        return world.wiring.read_back.everyone(routes, time_left, apart).qualified


def joined(world: World, lead_id: str, **data: Any) -> Person:
    """A lead that is in HubSpot."""
    assert world.deliver(lead_joined_event(lead_id, f"{lead_id}@example.com", **data)) == []
    return stored(world, lead_id)


def change(world: World, record_id: str, of: str = "contacts", at: datetime | None = None, **properties: str) -> None:
    """A salesperson changes a record, and no webhook tells of it."""
    when = {"occurred_at": at.isoformat()} if at else {}
    world.sim(f"portals/{PORTAL}/{of}/{record_id}", {"properties": properties} | when)


def remove(world: World, record_id: str) -> None:
    requests.delete(f"{world.hubspot.url}/_sim/portals/{PORTAL}/contacts/{record_id}", timeout=10).raise_for_status()


def watermark(world: World) -> Watermark:
    return world.wiring.reading.watermarks([TARGET])[TARGET]


def read_until(world: World) -> datetime | None:
    return watermark(world).read_until.get(CAMPAIGN)


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def later(world: World, by: timedelta) -> Iterator[None]:
    """Our clock is ahead, and so are the workers that start now."""
    with patch.object(clients, "now", lambda: datetime.now(UTC) + by):
        world.new_worker()
        yield
    world.new_worker()


@pytest.fixture(autouse=True)
def _no_lag(world: World) -> None:
    world.sim("switches", {"search_lag_s": 0})


# Searching


@pytest.mark.parametrize("since_joining", ["a moment", "a week"])
def test_a_change_that_no_webhook_told_of_is_found(world: World, since_joining: str) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1", **({"joined_at": LAST_WEEK} if since_joining == "a week" else {}))
    change(world, lead.record_id, lifecyclestage="customer")

    qualified = read(world)

    found = stored(world, "l1")
    assert (qualified, found.state) == (1, State.QUALIFIED)
    assert (found.evidence["seen_by"], found.evidence["value"]) == ("sweep", "customer")


def test_a_deal_that_reached_the_stage_is_found(world: World) -> None:
    world.serve(Duplicates.UPDATE, action=Action.CREATE_DEAL)
    lead = joined(world, "l1")
    change(world, lead.record_id, "deals", dealstage="closedwon")

    read(world)

    assert stored(world, "l1").state is State.QUALIFIED


def test_a_deal_that_reached_the_stage_and_left_it_unseen_is_told_of_both(world: World) -> None:
    world.serve(Duplicates.UPDATE, action=Action.CREATE_DEAL)
    lead = joined(world, "l1")
    change(world, lead.record_id, "deals", dealstage="closedwon")
    change(world, lead.record_id, "deals", at=now() + timedelta(seconds=2), dealstage="closedlost")

    read(world)

    assert stored(world, "l1").state is State.QUALIFIED
    assert told(stored(world, "l1"))[-2:] == [Happening.QUALIFIED, Happening.CONDITION_LOST]


def test_a_rule_on_a_property_without_webhooks_is_served_by_searching(world: World) -> None:
    rule = Rule(RuleKind.CONTACT_PROPERTY, "company", "Acme", CUSTOMER.since)
    world.serve(Duplicates.UPDATE, rule=rule)
    lead = joined(world, "l1", joined_at=LAST_WEEK)
    read(world)
    change(world, lead.record_id, company="Acme")

    read(world)

    assert stored(world, "l1").state is State.QUALIFIED


@pytest.mark.parametrize("first", ["webhook", "sweep", "both"])
def test_webhook_and_sweep_together_qualify_once(world: World, first: str) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1")
    change(world, lead.record_id, lifecyclestage="customer")
    delivery = [told_by_webhook(lead.record_id)]

    if first == "both":
        with ThreadPoolExecutor(2) as pool:
            running: list[Future[Any]] = [pool.submit(world.changed, delivery), pool.submit(read, world)]
        for done in running:
            done.result()
    elif first == "webhook":
        world.changed(delivery)
        assert read(world) == 0
    else:
        assert read(world) == 1
        world.changed(delivery)

    assert stored(world, "l1").state is State.QUALIFIED
    assert told(stored(world, "l1")).count(Happening.QUALIFIED) == 1


@pytest.mark.parametrize(
    "case", ["at the value before", "changed before joining", "written by us", "another's contact", "another value"]
)
def test_what_is_no_change_of_a_lead_after_joining_qualifies_nobody(world: World, case: str) -> None:
    world.serve(Duplicates.UPDATE)
    before = {"lifecyclestage": "customer"} if case == "at the value before" else {}
    record_id = seed(world, "l1@example.com", LONG_AGO, **before)
    if case == "changed before joining":
        change(world, record_id, at=now() - timedelta(hours=1), lifecyclestage="customer")
    joined(world, "l1")
    if case == "written by us":
        world.sim(
            f"portals/{PORTAL}/contacts/{record_id}",
            {"properties": {"lifecyclestage": "customer"}, "change_source": "INTEGRATION", "source_id": "1001"},
        )
    if case == "another's contact":
        change(world, seed(world, "stranger@example.com", LONG_AGO), lifecyclestage="customer")
    if case == "another value":
        change(world, record_id, lifecyclestage="opportunity")

    assert read(world) == 0
    assert stored(world, "l1").state is State.SENT


def test_changes_of_one_millisecond_all_count(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1")
    at = now() + timedelta(seconds=1)
    for value in ("opportunity", "customer", "evangelist"):
        change(world, lead.record_id, at=at, lifecyclestage=value)

    read(world)

    assert stored(world, "l1").state is State.QUALIFIED


def test_an_idle_pass_costs_one_search_for_each_target_however_many_campaigns_have_it(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, campaign="summer")
    world.serve(Duplicates.UPDATE, campaign="deals", action=Action.CREATE_DEAL)
    for campaign in (CAMPAIGN, "summer", "deals"):
        world.deliver(lead_joined_event("l1", "l1@example.com", campaign=campaign, joined_at=LAST_WEEK))
    read(world)
    world.forget_calls()

    with aws_calls(world) as calls:
        assert read(world) == 0

    assert sorted(world.calls()) == ["contacts.search", "deals.search"]
    assert calls["TransactWriteItems"] == 2  # the watermarks
    assert calls.total() - calls["Query"] <= 12


def test_the_watermark_is_the_start_of_the_last_pass_that_came_to_its_end(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    before = now()
    read(world)
    first = read_until(world)
    read(world)
    second = read_until(world)

    assert first is not None
    assert second is not None
    assert before <= first < second <= now()


def test_what_the_index_did_not_show_yet_is_found_by_the_next_pass(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1", joined_at=LAST_WEEK)
    read(world)
    world.sim("switches", {"search_lag_s": 0.4})
    change(world, lead.record_id, lifecyclestage="customer")

    too_early = read(world)
    time.sleep(0.5)

    assert (too_early, read(world)) == (0, 1)


def test_only_what_was_modified_since_ten_minutes_before_the_last_pass_is_looked_at(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1", joined_at=LAST_WEEK)
    change(world, lead.record_id, lifecyclestage="customer")
    world.wiring.reading.keep_place(ACCOUNT, CAMPAIGN, Place("", now(), now()))

    world.wiring.reading.keep_watermark(TARGET, Watermark({CAMPAIGN: now() + timedelta(minutes=11)}))
    beyond = read(world)
    world.wiring.reading.keep_watermark(TARGET, Watermark({CAMPAIGN: now() + timedelta(minutes=9)}))

    assert (beyond, read(world)) == (0, 1)


def test_more_than_a_page_is_read_to_the_end(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l0", joined_at=LAST_WEEK)
    world.sim("seed", {"portal": PORTAL, "count": 450, "properties": {"lifecyclestage": "customer"}})
    last = joined(world, "l1", joined_at=LAST_WEEK)
    for one in (lead, last):
        change(world, one.record_id, lifecyclestage="customer")
    world.wiring.reading.keep_place(ACCOUNT, CAMPAIGN, Place("", now(), now()))

    assert read(world) == 2

    assert world.calls("contacts.search") == ["contacts.search"] * 3
    assert watermark(world).open is None


def test_more_than_a_search_shows_is_read_over_several_sweeps(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.sim("seed", {"portal": PORTAL, "count": 10_100, "properties": {"lifecyclestage": "customer"}})
    lead = joined(world, "l1", joined_at=LAST_WEEK)
    change(world, lead.record_id, lifecyclestage="customer")
    world.wiring.reading.keep_place(ACCOUNT, CAMPAIGN, Place("", now(), now()))

    first, half = read(world), watermark(world)
    second = read(world)

    assert (first, second) == (0, 1)
    assert half.open is not None
    assert half.read_until == {}
    assert read_until(world) == half.open.started_at


def test_a_pass_that_runs_out_of_time_goes_on_where_it_stopped(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.sim("seed", {"portal": PORTAL, "count": 450, "properties": {"lifecyclestage": "customer"}})
    lead = joined(world, "l1", joined_at=LAST_WEEK)
    change(world, lead.record_id, lifecyclestage="customer")
    turns = count()

    everyone(world, lambda: next(turns) < 3)
    cut = watermark(world)
    world.forget_calls()
    world.wiring.reading.keep_place(ACCOUNT, CAMPAIGN, Place("", now(), now()))
    qualified = read(world)

    assert cut.open is not None
    assert cut.read_until == {}
    assert (qualified, len(world.calls("contacts.search"))) == (1, 1)
    assert read_until(world) == cut.open.started_at


def test_a_pass_that_hubspot_cuts_short_keeps_the_watermark_and_goes_on(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.sim("seed", {"portal": PORTAL, "count": 250, "properties": {"lifecyclestage": "customer"}})
    read(world)
    before = read_until(world)
    lead = joined(world, "l1", joined_at=LAST_WEEK)
    change(world, lead.record_id, lifecyclestage="customer")
    world.sim("faults", {"kind": "contacts.search", "status": 503, "skip": 1})

    assert read(world) == 0
    assert read_until(world) == before
    world.forget_calls()

    assert read(world) == 1
    assert read_until(world) != before
    assert world.calls("contacts.search") == ["contacts.search"]


def test_a_campaign_that_comes_to_a_target_is_read_for_from_its_own_rules_date(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, campaign="summer")
    world.deliver(lead_joined_event("l1", "l1@example.com", campaign="summer", joined_at=LAST_WEEK))
    lead = world.lead("l1", campaign="summer")
    assert lead is not None
    change(world, lead.record_id, at=now() - timedelta(days=2), lifecyclestage="customer")
    world.wiring.reading.keep_watermark(TARGET, Watermark({CAMPAIGN: now() + timedelta(hours=1)}))
    for campaign in (CAMPAIGN, "summer"):
        world.wiring.reading.keep_place(ACCOUNT, campaign, Place("", now(), now()))

    assert read(world) == 1
    assert watermark(world).read_until.keys() == {CAMPAIGN, "summer"}


def test_two_accounts_in_one_hubspot_account_are_read_for_apart(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, account="globex")
    world.deliver(
        lead_joined_event("l1", "l1@example.com"), lead_joined_event("l1", "l1@example.com", account="globex")
    )
    change(world, stored(world, "l1").record_id, lifecyclestage="customer")

    assert read(world) == 2


def test_where_reading_came_least_far_is_read_first(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, account="globex")
    ago = now() - timedelta(hours=1)
    behind = Target.of("globex", PORTAL, CUSTOMER)
    world.wiring.reading.keep_watermark(TARGET, Watermark({CAMPAIGN: ago + timedelta(minutes=1)}))
    world.wiring.reading.keep_watermark(behind, Watermark({CAMPAIGN: ago}))
    turns = count()

    with patch("referral_hubspot.usecases.read_back._PORTALS_AT_ONCE", 1):
        everyone(world, lambda: next(turns) < 2)

    marks = world.wiring.reading.watermarks([TARGET, behind])
    assert marks[TARGET].read_until[CAMPAIGN] == ago + timedelta(minutes=1)
    assert marks[behind].read_until[CAMPAIGN] > ago


@pytest.mark.parametrize("asked_for", [{}, {"account_id": ACCOUNT, "campaign_id": CAMPAIGN}], ids=["all", "one"])
def test_the_sweep_reads_for_everyone_and_for_a_campaign_that_it_is_asked_for(
    world: World, asked_for: dict[str, str]
) -> None:
    world.serve(Duplicates.UPDATE)
    change(world, joined(world, "l1").record_id, lifecyclestage="customer")

    world.sweep(**asked_for)

    assert stored(world, "l1").state is State.QUALIFIED


def test_two_sweeps_at_once_qualify_once(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    change(world, joined(world, "l1").record_id, lifecyclestage="customer")

    with ThreadPoolExecutor(2) as pool:
        brought = [running.result() for running in [pool.submit(read, world), pool.submit(read, world)]]

    assert sum(brought) == 1
    assert told(stored(world, "l1")).count(Happening.QUALIFIED) == 1


# Who cannot be read now


def test_a_portal_that_fails_keeps_no_other_from_being_read(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, account="globex")
    lead = joined(world, "l1")
    change(world, lead.record_id, lifecyclestage="customer")
    open_crm = world.wiring.directory.open

    def broken(account_id: str, *rest: Any) -> Any:
        if account_id == "globex":
            raise ZeroDivisionError
        return open_crm(account_id, *rest)

    with patch.object(world.wiring.directory, "open", broken), pytest.raises(ExceptionGroup):
        read(world)

    assert stored(world, "l1").state is State.QUALIFIED


def test_while_hubspot_is_away_nothing_is_lost_and_nothing_breaks(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1")
    change(world, lead.record_id, lifecyclestage="customer")
    world.sim("faults", {"path": "/crm/", "status": 503, "times": None})

    assert read(world) == 0
    assert len(world.calls("contacts")) - len(world.calls("contacts.batch")) <= 1  # one try, then others go first

    world.end_faults()
    assert read(world) == 1


def test_a_reconnected_campaign_is_read_for_from_where_it_was_lost(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1", joined_at=LAST_WEEK)
    read(world)
    mark = read_until(world)
    grant = world.wiring.credentials.get(ACCOUNT, PORTAL, fresh=True)
    assert grant is not None
    world.wiring.credentials.mark_lost(grant)
    change(world, lead.record_id, lifecyclestage="customer")
    world.forget_calls()

    with patch.object(world.wiring.read_back, "_notice") as noticed:
        assert read(world) == 0
    assert (world.calls(), read_until(world)) == ([], mark)
    assert noticed.mock_calls == []  # it was announced when it was lost, and no sweep counts it once more

    world.connect()
    assert read(world) == 1


def test_a_paused_campaign_is_not_read_for(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1")
    change(world, lead.record_id, lifecyclestage="customer")
    pauses = PauseTable(world.campaign_table, world.wiring.dynamodb)
    pauses.begin(Pause(f"portal:{PORTAL}", now(), "maintenance"))
    world.forget_calls()

    assert read(world) == 0
    assert world.calls() == []

    pauses.end(f"portal:{PORTAL}")
    assert read(world) == 1


@pytest.mark.parametrize("gone", [Broken(Part.RULE, "dealstage", "closedwon"), Broken(Part.RULE, "dealstage")])
def test_a_rule_that_the_portal_lacks_is_not_searched_for(world: World, gone: Broken) -> None:
    world.serve(Duplicates.UPDATE, action=Action.CREATE_DEAL)
    state = world.wiring.connections.state(ACCOUNT, CAMPAIGN)
    assert state.binding is not None
    world.wiring.campaigns.settle_broken(state.binding, "lead", state.leads, [gone])
    world.forget_calls()

    read(world)

    assert world.calls() == []


def test_deals_that_were_not_allowed_are_not_asked_for(world: World) -> None:
    world.serve(Duplicates.UPDATE, action=Action.CREATE_DEAL)
    world.connect(without=["crm.objects.deals.read"])
    world.forget_calls()

    read(world)

    assert world.calls() == []


def test_a_search_that_hubspot_refuses_keeps_no_other_rule_from_being_read(world: World) -> None:
    kept = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", CUSTOMER.since)
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1")
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.UPDATE, WON, kept_rule=kept))
    change(world, lead.record_id, lifecyclestage="customer")
    world.sim("faults", {"kind": "deals.search", "status": 400, "times": None})

    assert read(world) == 1


# Looking again at pending leads


def test_a_value_that_came_and_went_is_found(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1", joined_at=LAST_WEEK)
    change(world, lead.record_id, lifecyclestage="customer")
    change(world, lead.record_id, lifecyclestage="evangelist")

    read(world)

    assert stored(world, "l1").state is State.QUALIFIED


@pytest.mark.parametrize("keeps_id", [True, False])
@pytest.mark.parametrize("silent", [True, False], ids=["a merged id is left out", "a merged id is answered"])
def test_a_merge_that_nobody_told_of_is_followed(world: World, keeps_id: bool, silent: bool) -> None:
    world.sim("switches", {"merge_keeps_primary_id": keeps_id, "batch_drops_merged_ids": silent})
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1", joined_at=LAST_WEEK)
    survivor = merge(world, seed(world, "old@example.com", LONG_AGO), lead.record_id)
    change(world, survivor, lifecyclestage="customer")

    read(world)

    followed = stored(world, "l1")
    assert (followed.record_id, followed.state) == (survivor, State.QUALIFIED)
    assert len(notes(followed, Happening.MERGED)) == 1
    assert notes(followed, Happening.DELETED) == []


def test_two_leads_whose_contacts_were_merged_unseen_do_not_both_qualify(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    first, second = joined(world, "l1"), joined(world, "l2")
    survivor = merge(world, second.record_id, first.record_id)
    change(world, survivor, lifecyclestage="customer")

    read(world)

    assert (stored(world, "l1").state, stored(world, "l2").state) == (State.QUALIFIED, State.ALREADY_REFERRED)


def test_a_deletion_that_nobody_told_of_is_noted_once_and_asked_for_once(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1")
    remove(world, lead.record_id)

    read(world)
    noted = stored(world, "l1")
    world.forget_calls()
    read(world)

    assert (noted.state, len(notes(noted, Happening.DELETED))) == (State.SENT, 1)
    assert stored(world, "l1") == noted
    assert world.calls("contacts.read") == []


def test_a_restored_record_qualifies_as_before(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1")
    remove(world, lead.record_id)
    read(world)
    world.sim(f"portals/{PORTAL}/contacts/{lead.record_id}/restore", {})
    change(world, lead.record_id, lifecyclestage="customer")

    assert read(world) == 1


def test_a_forgotten_person_whose_link_came_too_late_is_erased_and_not_only_noted(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1")
    world.wiring.links.leave_forgotten([PortalRecord(PORTAL, ObjectType.CONTACT, lead.record_id)], now())
    remove(world, lead.record_id)

    read(world)

    assert stored(world, "l1").state is State.ERASED


def test_a_change_that_nobody_claimed_is_taken(world: World) -> None:
    """The worker that linked the record died before it read what had come before."""
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1")
    unclaimed = PropertyChange(
        PORTAL, ObjectType.CONTACT, lead.record_id, "lifecyclestage", "customer", now(), ours=False
    )
    world.wiring.links.leave_unclaimed([unclaimed], now())

    read(world)

    assert stored(world, "l1").state is State.QUALIFIED
    assert stored(world, "l1").evidence["seen_by"] == "sweep"


def test_many_pending_leads_are_gone_through_in_bounded_turns_the_newest_each_time(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    ages = [timedelta(days=2, minutes=n) for n in range(120)]
    world.deliver(
        *(
            lead_joined_event(f"old{n}", f"old{n}@example.com", joined_at=(now() - age).isoformat())
            for n, age in enumerate(ages)
        )
    )
    fresh = joined(world, "fresh")
    read(world)  # the newest: fresh and old0 to old48
    for lead_id in ("old119", "old60"):
        came_and_went(world, stored(world, lead_id).record_id)
    world.forget_calls()

    first = read(world)
    calls = world.calls("contacts.batch_read")
    came_and_went(world, fresh.record_id)
    second = read(world)

    assert len(calls) == 2
    assert (first, stored(world, "old60").state) == (1, State.QUALIFIED)
    assert (second, stored(world, "fresh").state) == (2, State.QUALIFIED)
    assert stored(world, "old119").state is State.QUALIFIED
    assert world.wiring.reading.places([(ACCOUNT, CAMPAIGN)])[ACCOUNT, CAMPAIGN].cursor == ""


def came_and_went(world: World, record_id: str) -> None:
    change(world, record_id, lifecyclestage="customer")
    change(world, record_id, lifecyclestage="evangelist")


def test_a_round_begins_anew_after_an_hour(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    lead = joined(world, "l1", joined_at=LAST_WEEK)
    read(world)
    came_and_went(world, lead.record_id)

    early = read(world)
    with later(world, timedelta(minutes=61)):
        late = read(world)

    assert (early, late) == (0, 1)


def test_who_joined_more_than_a_year_ago_is_not_looked_at_again(world: World) -> None:
    world.serve(Duplicates.UPDATE, rule=Rule(CUSTOMER.kind, CUSTOMER.property, CUSTOMER.value))
    joined(world, "l1", joined_at=(now() - timedelta(days=366)).isoformat())
    world.forget_calls()

    read(world)

    assert world.calls("contacts.batch_read") == []


def test_leads_in_a_hubspot_account_that_the_campaign_left_are_not_looked_for_in_the_new_one(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    joined(world, "l1")
    world.connect(portal=PORTAL + 1)
    world.forget_calls()

    read(world)

    assert world.calls("contacts.batch_read") == []


# One campaign, at once


def test_a_campaign_is_read_for_at_once_and_no_other(world: World) -> None:
    other = Rule(RuleKind.CONTACT_PROPERTY, "hs_lead_status", "OPEN", CUSTOMER.since)
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, campaign="summer", rule=other)
    lead = joined(world, "l1")
    change(world, lead.record_id, lifecyclestage="customer")
    world.forget_calls()

    with Apart() as apart:
        brought = world.wiring.read_back.campaign(ACCOUNT, CAMPAIGN, lambda: True, apart)

    assert brought.qualified == 1
    assert world.calls("contacts.search") == ["contacts.search"]


def test_a_campaign_without_a_connection_is_read_for_without_a_call(world: World) -> None:
    with Apart() as apart:
        assert world.wiring.read_back.campaign(ACCOUNT, CAMPAIGN, lambda: True, apart).qualified == 0
    assert world.calls() == []


# Already changed


@pytest.fixture(name="five")
def _five(world: World) -> list[str]:
    """Leads of last week, and a rule that is there since this moment: a and b changed before it, c after it, d before
    joining, e never."""
    world.serve(Duplicates.UPDATE)
    records = {name: joined(world, name, joined_at=LAST_WEEK).record_id for name in "abce"}
    record_d = seed(world, "d@example.com", LONG_AGO)
    change(world, record_d, at=now() - timedelta(days=9), lifecyclestage="customer")
    joined(world, "d", joined_at=LAST_WEEK)
    for name in "ab":
        change(world, records[name], at=now() - timedelta(days=2), lifecyclestage="customer")
    change(world, records["b"], at=now() - timedelta(days=1), lifecyclestage="evangelist")
    rule = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", now())
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.UPDATE, rule))
    change(world, records["c"], at=now() + timedelta(seconds=1), lifecyclestage="customer")
    return list("abcde")


def states(world: World, lead_ids: list[str]) -> str:
    """Those that qualified."""
    return "".join(one for one in lead_ids if stored(world, one).state is State.QUALIFIED)


def test_who_changed_before_the_rule_is_counted_and_not_qualified(world: World, five: list[str]) -> None:
    counted = world.wiring.read_back.already_changed(ACCOUNT, CAMPAIGN, lambda: True)
    read(world)

    assert counted == 2
    assert states(world, five) == "c"


def test_who_changed_before_the_rule_qualifies_on_an_admins_word_once(world: World, five: list[str]) -> None:
    assert world.wiring.read_back.qualify_changed(ACCOUNT, CAMPAIGN, lambda: True)
    after = [stored(world, one) for one in five]
    assert world.wiring.read_back.qualify_changed(ACCOUNT, CAMPAIGN, lambda: True)

    assert states(world, five) == "abc"
    assert [stored(world, one) for one in five] == after


def test_a_count_that_runs_out_of_time_is_no_count(world: World, five: list[str]) -> None:
    assert world.wiring.read_back.already_changed(ACCOUNT, CAMPAIGN, lambda: False) is None
    assert not world.wiring.read_back.qualify_changed(ACCOUNT, CAMPAIGN, lambda: False)
    assert states(world, five) == ""


def test_while_hubspot_is_away_there_is_no_count(world: World, five: list[str]) -> None:
    world.sim("faults", {"path": "/crm/", "status": 503, "times": None})

    assert world.wiring.read_back.already_changed(ACCOUNT, CAMPAIGN, lambda: True) is None
    assert not world.wiring.read_back.qualify_changed(ACCOUNT, CAMPAIGN, lambda: True)


# How far


def test_how_far_hubspot_was_read_is_told_for_a_campaign(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    joined(world, "l1", joined_at=LAST_WEEK)
    tell = ReadProgress(world.wiring.reading)

    before = tell(ACCOUNT, PORTAL, CAMPAIGN, [CUSTOMER])
    read(world)
    after = tell(ACCOUNT, PORTAL, CAMPAIGN, [CUSTOMER])

    assert before == Progress(None, None)
    assert after.read_until == read_until(world)
    assert after.looked_back_at is not None
    assert tell(ACCOUNT, PORTAL, CAMPAIGN, [CUSTOMER, WON]).read_until is None
    assert tell(ACCOUNT, PORTAL, "summer", [CUSTOMER]).read_until is None
