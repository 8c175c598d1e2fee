"""What an admin is asked, answered both ways, twice, late, one after the other, and cut short."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import patch

import pytest

from functions.sweep import app as sweep
from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.domain.questions import Code, NotAskedError, UnknownQuestionError, UnknownReplyError
from referral_hubspot.domain.settings import Action, Duplicates, Rule, RuleKind, SideSettings
from referral_hubspot.usecases.people import Change
from referral_hubspot.usecases.sending import Outcome
from tests.inprocess.asking import Admin, waited
from tests.inprocess.test_leads import LONG_AGO, seed, stored, told
from tests.inprocess.test_referrers import referrer
from tests.world import ACCOUNT, CAMPAIGN, CUSTOMER, MAPPING, PORTAL, World, event, lead_joined_event

KNOWN = SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.SKIP, CUSTOMER)
UPDATE = replace(KNOWN, duplicates=Duplicates.UPDATE)


@pytest.fixture(name="admin")
def _admin(world: World) -> Admin:
    return Admin(world)


def held(world: World, number: int, days: int = 8) -> None:
    """Leads that waited for the setup for so long; it is complete again, and the sweep came by."""
    world.serve(Duplicates.UPDATE)
    world.save(replace(UPDATE, mapping=()))
    world.deliver(*(lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(number)))
    for n in range(number):
        waited(world, f"l{n}", days)
    world.save(UPDATE)
    world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)


def states(world: World, number: int) -> list[State]:
    return [stored(world, f"l{n}").state for n in range(number)]


def stopped(world: World, number: int) -> None:
    """Leads that were in HubSpot before and that the policy stopped."""
    world.serve(Duplicates.SKIP)
    world.sweep()
    for n in range(number):
        seed(world, f"l{n}@example.com", LONG_AGO)
    world.deliver(*(lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(number)))


def test_who_waited_longer_than_a_week_asks_first_and_is_sent_on_the_admins_word(world: World, admin: Admin) -> None:
    held(world, 3)
    asked = admin.asked()

    admin.answers("held", "send")

    assert asked == {Code.HELD: 3}
    assert states(world, 3) == [State.SENT] * 3
    assert admin.asked() == {}
    assert told(stored(world, "l0"))[-2:] == [Happening.SENDING, Happening.CREATED]


def test_who_waited_before_the_first_complete_setup_asks_first(world: World, admin: Admin) -> None:
    world.connect()
    world.save(replace(UPDATE, mapping=MAPPING[:1]))
    world.deliver(lead_joined_event("l0", "l0@example.com"))
    world.save(UPDATE)
    world.deliver(lead_joined_event("l1", "l1@example.com"))
    world.sweep()

    assert (stored(world, "l0").reason, stored(world, "l1").state) == (Reason.ASKS_FIRST, State.SENT)
    assert admin.asked() == {Code.HELD: 1}


def test_who_is_not_to_be_sent_is_not_and_can_be_sent_after_all(world: World, admin: Admin) -> None:
    held(world, 3)
    admin.answers("held", "do_not_send")
    declined = stored(world, "l0")
    asked, calls = admin.asked(), world.contacts("l0@example.com")

    admin.answers("declined", "send")

    assert (declined.state, declined.reason) == (State.NOT_SENT, Reason.DECLINED)
    assert (asked, calls) == ({Code.DECLINED: 3}, [])
    assert states(world, 3) == [State.SENT] * 3
    assert Happening.REOPENED in told(stored(world, "l0"))
    assert admin.asked() == {}


@pytest.mark.parametrize(
    ("first", "second", "end"), [("send", "do_not_send", State.NOT_SENT), ("do_not_send", "send", State.SENT)]
)
def test_of_two_answers_the_later_counts_for_who_still_waits(
    world: World, admin: Admin, first: str, second: str, end: State
) -> None:
    held(world, 2)
    admin.hints_are_lost = True
    admin.answers("held", first)
    admin.answers("held", second)

    world.sweep()

    assert states(world, 2) == [end] * 2


@pytest.mark.parametrize(("reply", "end"), [("send", State.SENT), ("do_not_send", State.NOT_SENT)])
def test_a_repeated_answer_is_no_failure(world: World, admin: Admin, reply: str, end: State) -> None:
    held(world, 1)

    admin.answers("held", reply)
    settled = stored(world, "l0")
    admin.answers("held", reply)

    assert stored(world, "l0") == settled
    assert settled.state is end


def test_who_began_to_ask_after_the_answer_is_asked_about_anew(world: World, admin: Admin) -> None:
    held(world, 1)
    world.save(replace(UPDATE, mapping=()))
    world.deliver(lead_joined_event("later", "later@example.com"))
    waited(world, "later", 9)
    world.save(UPDATE)
    admin.hints_are_lost = True
    admin.answers("held", "do_not_send")

    world.sweep()
    world.sweep()

    assert (stored(world, "l0").state, stored(world, "later").reason) == (State.NOT_SENT, Reason.ASKS_FIRST)


def test_what_is_not_asked_cannot_be_answered(world: World, admin: Admin) -> None:
    held(world, 1)

    with pytest.raises(NotAskedError) as refused:
        admin.answers("duplicates", "count")
    with pytest.raises(UnknownReplyError):
        admin.answers("held", "count")
    with pytest.raises(UnknownQuestionError):
        admin.answers("weather", "yes")

    assert refused.value.open == (Code.HELD,)
    assert states(world, 1) == [State.HELD]


def test_stopped_referrals_count_after_a_switch_to_update_on_the_admins_word(world: World, admin: Admin) -> None:
    stopped(world, 3)
    world.deliver(lead_joined_event("new", "new@example.com"))
    before = admin.asked()
    world.save(UPDATE)
    asked = admin.asked()

    admin.answers("duplicates", "count")
    admin.answers("duplicates", "count")

    [contact] = world.contacts("l0@example.com")
    assert (before, asked) == ({}, {Code.DUPLICATES: 3})
    assert states(world, 3) == [State.SENT] * 3
    assert told(stored(world, "l0")) == [
        Happening.RECEIVED,
        Happening.KNOWN,
        Happening.REOPENED,
        Happening.SENDING,
        Happening.UPDATED,
    ]
    assert contact["properties"]["referral_code"] == "R-1"
    assert admin.asked() == {}


def test_stopped_referrals_that_are_left_are_asked_about_when_the_policy_switches_anew(
    world: World, admin: Admin
) -> None:
    stopped(world, 2)
    world.save(UPDATE)
    admin.answers("duplicates", "leave")
    admin.answers("duplicates", "leave")
    left = admin.asked()
    world.save(replace(UPDATE, rule=Rule()))
    other_save = admin.asked()
    world.save(KNOWN)
    skipped = admin.asked()

    world.save(UPDATE)

    assert (left, other_save, skipped) == ({}, {}, {})
    assert admin.asked() == {Code.DUPLICATES: 2}
    assert states(world, 2) == [State.DUPLICATE] * 2


def test_a_change_of_mind_lets_those_count_who_were_left(world: World, admin: Admin) -> None:
    stopped(world, 2)
    world.save(UPDATE)
    admin.answers("duplicates", "leave")

    admin.answers("duplicates", "count")

    assert states(world, 2) == [State.SENT] * 2


def test_a_bulk_answer_that_is_cut_short_is_gone_on_with(world: World, admin: Admin) -> None:
    stopped(world, 120)
    world.save(UPDATE)
    admin.hints_are_lost = True
    admin.answers("duplicates", "count")
    send = sweep.wiring().send_people.send
    calls: list[int] = []

    def die(people: Sequence[Person]) -> list[Outcome]:
        calls.append(1)
        if len(calls) == 2:
            raise SystemExit
        return send(people)

    with patch.object(sweep.wiring().send_people, "send", die), pytest.raises(SystemExit):
        world.sweep()
    between = {stored(world, f"l{n}").state for n in range(120)}
    world.sweep()

    assert between == {State.SENT, State.HELD}, "one slice was sent, of the other one everybody waits"
    assert states(world, 120) == [State.SENT] * 120
    assert all(len(world.contacts(f"l{n}@example.com")) == 1 for n in (0, 60, 119))


def test_an_answer_that_is_taken_back_while_it_is_carried_out_stops_at_the_next_slice(
    world: World, admin: Admin
) -> None:
    stopped(world, 120)
    world.save(UPDATE)
    admin.hints_are_lost = True
    admin.answers("duplicates", "count")
    send = sweep.wiring().send_people.send

    def meanwhile(people: Sequence[Person]) -> list[Outcome]:
        admin.answers("duplicates", "leave")
        return send(people)

    with patch.object(sweep.wiring().send_people, "send", meanwhile):
        world.sweep()

    assert Counter(states(world, 120)) == {State.SENT: 100, State.DUPLICATE: 20}


def test_an_answer_is_about_nobody_who_came_there_later(world: World, admin: Admin) -> None:
    held(world, 2)
    later = stored(world, "l1")
    world.wiring.people.apply([Change(later, later.became(State.SENDING))])
    admin.answers("held", "do_not_send")
    admin.hints_are_lost = True
    admin.answers("declined", "send")
    sending = stored(world, "l1")
    entry = Entry(datetime.now(UTC), Happening.NOT_SENT, {"reason": "declined"})
    world.wiring.people.apply([Change(sending, sending.became(State.NOT_SENT, Reason.DECLINED, entry))])

    world.sweep()

    assert states(world, 2) == [State.SENT, State.NOT_SENT]


def test_who_was_not_sent_because_the_settings_said_so_is_no_question(world: World, admin: Admin) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(replace(UPDATE, action=Action.NONE, rule=Rule()))
    world.deliver(lead_joined_event("l0", "l0@example.com"))

    assert stored(world, "l0").state is State.NOT_SENT
    assert admin.asked() == {}


def test_an_answer_that_is_taken_back_stops(world: World, admin: Admin) -> None:
    stopped(world, 2)
    world.save(UPDATE)
    admin.hints_are_lost = True
    admin.answers("duplicates", "count")
    admin.answers("duplicates", "leave")

    world.sweep()

    assert states(world, 2) == [State.DUPLICATE] * 2


def test_nobody_is_reopened_under_a_policy_that_would_stop_them_again(world: World, admin: Admin) -> None:
    stopped(world, 1)
    world.save(UPDATE)
    admin.hints_are_lost = True
    admin.answers("duplicates", "count")
    world.save(KNOWN)
    before = stored(world, "l0")

    world.sweep()

    assert stored(world, "l0") == before


def test_who_was_reopened_while_hubspot_is_away_waits_and_goes_out(world: World, admin: Admin) -> None:
    stopped(world, 2)
    world.save(UPDATE)
    world.sim("faults", {"path": "/crm/", "status": 503, "times": None})
    admin.answers("duplicates", "count")
    waiting = world.wiring.people.count_waiting(ACCOUNT, CAMPAIGN)

    world.end_faults()
    world.sweep()

    assert waiting == 2
    assert states(world, 2) == [State.SENT] * 2


def test_another_lead_that_came_with_the_address_meanwhile_keeps_the_credit(world: World, admin: Admin) -> None:
    held(world, 1)
    admin.answers("held", "do_not_send")
    world.deliver(lead_joined_event("second", "l0@example.com"))

    admin.answers("declined", "send")

    first, second = stored(world, "l0"), stored(world, "second")
    assert (first.state, first.reason) == (State.ALREADY_REFERRED, Reason.ALREADY_REFERRED)
    assert second.state is State.SENT


def test_of_two_that_gave_way_with_one_address_one_is_sent(world: World, admin: Admin) -> None:
    held(world, 1)
    admin.answers("held", "do_not_send")
    world.save(replace(UPDATE, mapping=()))
    world.deliver(lead_joined_event("second", "l0@example.com"))
    waited(world, "second", 8)
    world.save(UPDATE)
    world.sweep()
    admin.answers("held", "do_not_send")
    asked = admin.asked()

    admin.answers("declined", "send")

    assert asked == {Code.DECLINED: 2}
    assert {stored(world, "l0").state, stored(world, "second").state} == {State.SENT, State.ALREADY_REFERRED}
    assert len(world.contacts("l0@example.com")) == 1


def test_after_ninety_days_nobody_is_sent_any_more_even_where_the_gate_is_closed(world: World, admin: Admin) -> None:
    world.serve(Duplicates.UPDATE)
    world.save(replace(UPDATE, mapping=()))
    world.deliver(*(lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(100)))
    world.deliver(*(lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(100, 160)))
    for n in range(40, 160):
        waited(world, f"l{n}", 90)
    waited(world, "l0", 89)

    world.sweep()

    expired = stored(world, "l40")
    assert (expired.state, expired.reason) == (State.EXPIRED, Reason.WAITED_TOO_LONG)
    assert states(world, 160) == [State.HELD] * 40 + [State.EXPIRED] * 120
    assert admin.asked() == {Code.EXPIRED: 120}


def test_who_expired_is_sent_after_all_on_the_admins_word(world: World, admin: Admin) -> None:
    held(world, 2)
    waited(world, "l0", 90)
    world.sweep()
    expired = states(world, 2)

    admin.answers("expired", "send")
    admin.answers("expired", "send")

    assert expired == [State.EXPIRED, State.HELD]
    assert states(world, 2) == [State.SENT, State.HELD]


def test_who_may_go_on_the_admins_word_does_not_expire(world: World, admin: Admin) -> None:
    held(world, 1)
    admin.hints_are_lost = True
    admin.answers("held", "send")
    waited(world, "l0", 90)

    world.sweep()

    assert states(world, 1) == [State.SENT]


def test_who_was_erased_is_not_brought_back(world: World, admin: Admin) -> None:
    stopped(world, 2)
    world.save(UPDATE)
    world.deliver(event("person.erased.v1", account_id=ACCOUNT, email="l0@example.com"))

    admin.answers("duplicates", "count")

    assert states(world, 2) == [State.ERASED, State.SENT]


@pytest.fixture(name="changed")
def _changed(world: World) -> Rule:
    """Two leads, of which l0 became a customer before the rule was made that asks for customers."""
    world.serve(Duplicates.UPDATE, rule=Rule())
    world.deliver(*(lead_joined_event(f"l{n}", f"l{n}@example.com") for n in range(2)))
    world.sim(
        f"portals/{PORTAL}/contacts/{stored(world, 'l0').record_id}", {"properties": {"lifecyclestage": "customer"}}
    )
    rule = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", datetime.now(UTC))
    world.save(replace(UPDATE, rule=rule))
    return rule


def test_who_changed_before_a_new_rule_is_counted_then_qualifies_on_the_admins_word(
    world: World, admin: Admin, changed: Rule
) -> None:
    counting = admin.asked()
    world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)
    [question] = admin.questions()
    before = states(world, 2)

    admin.answers("changed", "yes")
    admin.answers("changed", "yes")

    assert counting == {Code.CHANGED: None}
    assert (question.code, question.count, question.rule) == (Code.CHANGED, 1, changed)
    assert before == [State.SENT] * 2
    assert states(world, 2) == [State.QUALIFIED, State.SENT]
    assert told(stored(world, "l0")).count(Happening.QUALIFIED) == 1
    assert admin.asked() == {}


@pytest.mark.usefixtures("changed")
def test_who_changed_before_a_new_rule_stays_as_it_is_on_the_admins_word(world: World, admin: Admin) -> None:
    world.sweep()
    admin.answers("changed", "no")

    world.sweep()

    assert states(world, 2) == [State.SENT] * 2
    assert admin.asked() == {}


def test_each_new_rule_asks_anew(world: World, admin: Admin, changed: Rule) -> None:
    world.sweep()
    admin.answers("changed", "no")
    world.save(replace(UPDATE, rule=replace(changed, value="opportunity", since=datetime.now(UTC))))
    counting = admin.asked()
    world.sweep()
    nobody = admin.asked()
    world.save(replace(UPDATE, rule=replace(changed, since=datetime.now(UTC))))
    world.sweep()

    assert (counting, nobody) == ({Code.CHANGED: None}, {})
    assert admin.asked() == {Code.CHANGED: 1}


@pytest.mark.usefixtures("changed")
def test_what_is_being_counted_cannot_be_answered_yet(world: World, admin: Admin) -> None:
    with pytest.raises(NotAskedError):
        admin.answers("changed", "yes")


@pytest.mark.usefixtures("changed")
def test_what_cannot_be_counted_now_is_counted_later(world: World, admin: Admin) -> None:
    world.sim("faults", {"path": "/crm/", "status": 503, "times": None})
    world.sweep()
    counting = admin.asked()
    world.end_faults()
    world.sweep()

    assert counting == {Code.CHANGED: None}
    assert admin.asked() == {Code.CHANGED: 1}


def test_a_rule_of_a_campaign_without_leads_asks_nothing(world: World, admin: Admin) -> None:
    world.serve(Duplicates.UPDATE)
    world.sweep()
    world.deliver(lead_joined_event("l0", "l0@example.com"))

    assert admin.asked() == {}


def test_other_campaigns_are_asked_apart(world: World, admin: Admin) -> None:
    held(world, 2)
    world.serve(Duplicates.UPDATE, campaign="autumn")

    assert Admin(world, "autumn").asked() == {}
    assert admin.asked() == {Code.HELD: 2}


def referrers_stopped(world: World, number: int) -> list[PersonKey]:
    """Referrers who were in HubSpot before, under settings that left them alone; leads of the same names, too."""
    stopped(world, number)
    world.save(replace(KNOWN, rule=Rule()), side="referrer")
    world.wiring.send_people.send([referrer(f"r{n}", f"l{n}@example.com") for n in range(number)])
    world.save(replace(UPDATE, rule=Rule()), side="referrer")
    return [PersonKey(ACCOUNT, CAMPAIGN, "referrer", f"r{n}") for n in range(number)]


def about_referrers(admin: Admin) -> dict[Code, int | None]:
    return {question.code: question.count for question in admin.questions() if question.side == "referrer"}


def test_referrers_who_were_left_alone_are_updated_on_the_admins_word_and_no_lead_with_them(
    world: World, admin: Admin
) -> None:
    keys = referrers_stopped(world, 2)
    asked = about_referrers(admin)

    admin.answers("duplicates", "count", "referrer")

    people = world.wiring.people.load(keys)
    assert (asked, admin.asked()) == ({Code.DUPLICATES: 2}, {})
    assert [people[key].state for key in keys] == [State.SENT] * 2
    assert states(world, 2) == [State.DUPLICATE] * 2
    assert about_referrers(admin) == {}


def test_referrers_who_are_left_as_they_are_are_not_asked_about_again(world: World, admin: Admin) -> None:
    keys = referrers_stopped(world, 1)
    admin.answers("duplicates", "leave", "referrer")
    left = about_referrers(admin)

    world.save(replace(KNOWN, rule=Rule()), side="referrer")
    world.save(replace(UPDATE, rule=Rule()), side="referrer")

    assert (left, about_referrers(admin)) == ({}, {Code.DUPLICATES: 1})
    assert world.wiring.people.load(keys)[keys[0]].state is State.DUPLICATE


def test_referrers_who_waited_for_their_first_setup_go_out_on_the_admins_word(world: World, admin: Admin) -> None:
    world.serve(Duplicates.UPDATE)
    world.wiring.send_people.send([referrer("r1", "grace@example.com")])
    world.save(replace(UPDATE, rule=Rule()), side="referrer")
    world.sweep()
    asked = about_referrers(admin), admin.asked()

    admin.answers("held", "send", "referrer")

    grace = world.wiring.people.get(PersonKey(ACCOUNT, CAMPAIGN, "referrer", "r1"))
    assert asked == ({Code.HELD: 1}, {})
    assert grace is not None
    assert grace.state is State.SENT
