"""Referrers go the way that leads go, by settings of their own, and neither keeps the other from HubSpot."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.domain.settings import UNSAVED, Action, Broken, Duplicates, MappingRow, Part, Side, SideSettings
from referral_hubspot.usecases.people import Change
from tests.inprocess.test_leads import LONG_AGO, seed, stored, told
from tests.world import ACCOUNT, CAMPAIGN, MAPPING, PORTAL, World, lead_joined_event, property_change

REFERRERS = SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.UPDATE)


def referrer(person_id: str, email: str) -> Person:
    """Somebody who became a referrer a second ago."""
    now = datetime.now(UTC) - timedelta(seconds=1)
    details = {"first_name": "Grace", "email": email, "referral_code": "R-7"}
    key = PersonKey(ACCOUNT, CAMPAIGN, "referrer", person_id)
    return Person(key, now, now, email, details, timeline=(Entry(now, Happening.RECEIVED),))


def sent(world: World, *people: Person) -> list[Person]:
    """Where they stand after they were sent."""
    world.wiring.send_people.send(people)
    return [found for person in people if (found := world.wiring.people.get(person.key)) is not None]


def test_a_referrer_becomes_a_contact_by_the_settings_for_referrers(world: World) -> None:
    world.serve(Duplicates.SKIP)
    world.save(REFERRERS, side="referrer")

    [grace] = sent(world, referrer("r1", "grace@example.com"))

    [contact] = world.contacts("grace@example.com")
    assert (grace.state, grace.record_id) == (State.SENT, contact["id"])
    assert contact["properties"]["referral_code"] == "R-7"
    assert told(grace) == [Happening.RECEIVED, Happening.SENDING, Happening.CREATED]


def test_left_alone_a_known_referrer_is_updated_while_a_known_lead_is_not(world: World) -> None:
    world.serve(Duplicates.SKIP)
    seed(world, "grace@example.com", LONG_AGO)
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING, UNSAVED["referrer"].duplicates), side="referrer")

    [grace] = sent(world, referrer("r1", "grace@example.com"))
    world.deliver(lead_joined_event("l1", "grace@example.com"))

    [contact] = world.contacts("grace@example.com")
    assert grace.state is State.SENT
    assert contact["properties"]["firstname"] == "Grace"
    assert stored(world, "l1").state is State.DUPLICATE


def test_nothing_is_chosen_for_referrers_at_first_and_they_wait_for_that(world: World) -> None:
    world.serve(Duplicates.UPDATE)

    [waits] = sent(world, referrer("r1", "grace@example.com"))
    world.save(REFERRERS, side="referrer")
    world.sweep()

    assert (waits.state, waits.reason) == (State.HELD, Reason.SETUP)
    # Held before the first complete setup of this side: an admin is asked, as for leads.
    [asks] = sent(world, waits)
    assert (asks.state, asks.reason) == (State.HELD, Reason.ASKS_FIRST)


def test_do_nothing_for_referrers_stops_no_lead(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(SideSettings(0, Action.NONE), side="referrer")

    [grace] = sent(world, referrer("r1", "grace@example.com"))
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    assert (grace.state, grace.reason) == (State.NOT_SENT, Reason.DO_NOTHING)
    assert stored(world, "l1").state is State.SENT


@pytest.mark.parametrize("first", ["lead", "referrer"])
def test_one_person_as_lead_and_as_referrer_is_one_contact_and_nobodys_duplicate(world: World, first: str) -> None:
    world.serve(Duplicates.SKIP)
    world.save(SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.SKIP), side="referrer")
    for side in ("lead", "referrer") if first == "lead" else ("referrer", "lead"):
        if side == "lead":
            world.deliver(lead_joined_event("l1", "grace@example.com"))
        else:
            sent(world, referrer("r1", "grace@example.com"))

    [contact] = world.contacts("grace@example.com")
    [grace] = sent(world, referrer("r1", "grace@example.com"))
    assert (stored(world, "l1").state, stored(world, "l1").record_id) == (State.SENT, contact["id"])
    assert (grace.state, grace.record_id) == (State.SENT, contact["id"])


def test_both_in_one_batch_are_one_contact(world: World) -> None:
    world.serve(Duplicates.SKIP)
    world.save(REFERRERS, side="referrer")
    lead = referrer("l1", "grace@example.com")
    lead = Person(PersonKey(ACCOUNT, CAMPAIGN, "lead", "l1"), lead.joined_at, lead.received_at, lead.email)

    both = sent(world, lead, referrer("r1", "grace@example.com"))

    [contact] = world.contacts("grace@example.com")
    assert [(one.state, one.record_id) for one in both] == [(State.SENT, contact["id"])] * 2


def test_a_change_that_qualifies_the_lead_qualifies_no_referrer(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(REFERRERS, side="referrer")
    world.deliver(lead_joined_event("l1", "grace@example.com"))
    [grace] = sent(world, referrer("r1", "grace@example.com"))

    later = datetime.now(UTC) + timedelta(seconds=1)
    world.changed([property_change(grace.record_id, "lifecyclestage", "customer", later)])

    assert stored(world, "l1").state is State.QUALIFIED
    assert sent(world, referrer("r1", "grace@example.com"))[0].state is State.SENT


def test_a_property_that_is_gone_holds_referrers_only(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(
        SideSettings(0, Action.CREATE_CONTACT, (*MAPPING, MappingRow("no_such_thing", value="x")), Duplicates.UPDATE),
        side="referrer",
    )
    world.wiring.fit(ACCOUNT, CAMPAIGN, "referrer")

    [grace] = sent(world, referrer("r1", "grace@example.com"))
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    state = world.wiring.connections.state(ACCOUNT, CAMPAIGN)
    assert state.referrers.broken == (Broken(Part.MAPPING, "no_such_thing"),)
    assert state.leads.broken == ()
    assert (grace.state, grace.reason) == (State.HELD, Reason.SETUP)
    assert stored(world, "l1").state is State.SENT


def test_a_full_batch_of_referrers_costs_no_more_than_one_of_leads(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(REFERRERS, side="referrer")
    world.forget_calls()

    people = sent(world, *(referrer(f"r{n}", f"r{n}@example.com") for n in range(100)))

    assert {one.state for one in people} == {State.SENT}
    assert world.calls("contacts") == world.calls()
    assert len(world.calls()) == 1
    assert {one.portal_id for one in people} == {PORTAL}


def page(world: World, side: Side, email: str, cursor: str = "", limit: int = 2) -> tuple[list[str], str]:
    people, after = world.wiring.people.page(ACCOUNT, CAMPAIGN, side, limit, cursor, email)
    return [one.key.person_id for one in people], after


def test_people_are_found_by_their_address_on_their_side_of_their_campaign_newest_first(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(REFERRERS, side="referrer")
    world.deliver(lead_joined_event("l1", "grace@example.com"))
    first = referrer("r0", "grace@example.com")
    several = [replace(first, key=replace(first.key, person_id=f"r{n}")) for n in range(4)]
    several = [replace(one, joined_at=one.joined_at - timedelta(minutes=n)) for n, one in enumerate(several)]
    elsewhere = replace(first, key=PersonKey(ACCOUNT, "autumn", "referrer", "r9"))
    tried = replace(first, key=replace(first.key, person_id="test-1"), test=True)
    blank = [replace(one, timeline=()) for one in (*several, elsewhere, tried)]
    for one in blank:
        assert not world.wiring.people.apply([Change(one, one.became(State.SENT))])
    sent(world, referrer("r7", "ada@example.com"))

    newest, cursor = page(world, "referrer", "grace@example.com")
    rest, end = page(world, "referrer", "grace@example.com", cursor)

    assert (newest, rest, end) == (["r0", "r1"], ["r2", "r3"], "")
    assert page(world, "lead", "grace@example.com") == (["l1"], "")
    assert page(world, "referrer", "nobody@example.com") == ([], "")


def test_who_was_synced_is_stored_with_the_syncs_that_did_it(world: World) -> None:
    grace = replace(referrer("r1", "grace@example.com"), syncs=("s1", "s2"))

    assert not world.wiring.people.apply([Change(grace, grace.became(State.SENT))])

    stored_so = world.wiring.people.get(grace.key)
    assert stored_so is not None
    assert stored_so.syncs == ("s1", "s2")
    assert stored_so.erased(datetime.now(UTC)).syncs == ()
