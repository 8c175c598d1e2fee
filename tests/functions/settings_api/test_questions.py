"""What an admin is asked through the API, and what the answers come to there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from referral_hubspot.domain.people import State
from referral_hubspot.domain.questions import Code, Remembered
from referral_hubspot.storage.questions import QuestionTable
from tests.functions.settings_api.world import FORM, World
from tests.tables import CAMPAIGNS

UPDATE = FORM | {"duplicates": "update"}
QUESTIONS = "hubspot/questions"


def codes(world: World) -> list[str]:
    return [question["code"] for question in world.get(QUESTIONS).body["questions"]]


def count(world: World, number: int) -> None:
    """What the sweep does after a save: so many had changed before."""
    rule = world.campaigns.load([("a1", "c1")])["a1", "c1"].leads.rule
    table = QuestionTable(CAMPAIGNS, world.client)
    blank = Remembered("a1", "c1", Code.CHANGED)
    assert table.store(replace(blank, rule=rule, count=number, counted_at=world.clock()))


def test_at_first_nothing_is_asked(world: World) -> None:
    assert world.get(QUESTIONS).body == {"questions": []}


def test_a_question_has_words_a_number_and_its_answers(world: World) -> None:
    world.people.asking = 42

    assert world.get(QUESTIONS).body["questions"] == [
        {
            "code": "held",
            "side": "lead",
            "count": 42,
            "text": "42 leads are waiting. Send them?",
            "answers": [
                {"answer": "send", "label": "Send them"},
                {"answer": "do_not_send", "label": "Do not send them"},
            ],
            "asked_at": None,
        }
    ]


def test_everything_that_is_open_is_asked_in_one_order(world: World) -> None:
    world.connect()
    world.save(UPDATE)
    count(world, 3)
    world.people.asking = 1
    world.people.standing = {State.NOT_SENT: 1, State.EXPIRED: 1, State.DUPLICATE: 1, State.SENT: 9}

    assert codes(world) == ["held", "declined", "expired", "duplicates", "changed"]


def test_while_it_is_counted_there_is_nothing_to_answer(world: World) -> None:
    world.connect()
    world.save(UPDATE)
    world.people.standing = {State.SENT: 9}

    [question] = world.get(QUESTIONS).body["questions"]

    assert (question["count"], question["answers"]) == (None, [])
    assert question["text"] == "Being counted: how many referrals already changed to Customer after joining."


def test_an_answer_is_kept_and_carried_out_by_the_sweep(world: World) -> None:
    world.connect()
    world.save(UPDATE)
    count(world, 3)

    first = world.call("POST", f"{QUESTIONS}/changed", {"answer": "yes"})
    world.clock.pass_seconds(60)
    again = world.call("POST", f"{QUESTIONS}/changed", {"answer": "yes"})

    kept = QuestionTable(CAMPAIGNS, world.client).load([("a1", "c1")])[("a1", "c1"), Code.CHANGED]
    assert (first.status, again.status) == (204, 204)
    assert kept.due
    assert kept.answered_at == world.clock()
    assert world.releases.asked[-2:] == [("a1", "c1")] * 2
    assert codes(world) == []


def test_the_answer_about_those_who_wait_is_the_campaigns(world: World) -> None:
    world.people.asking = 2
    sent = world.call("POST", f"{QUESTIONS}/held", {"answer": "send"})
    first = world.campaigns.load([("a1", "c1")])["a1", "c1"].choices
    world.clock.pass_seconds(60)
    dropped = world.call("POST", f"{QUESTIONS}/held", {"answer": "do_not_send"})
    second = world.campaigns.load([("a1", "c1")])["a1", "c1"].choices

    assert (sent.status, dropped.status) == (204, 204)
    assert (first.send_held_until, first.drop_held_until) == (world.clock() - timedelta(seconds=60), None)
    assert (second.send_held_until, second.drop_held_until) == (None, world.clock())


def test_an_answer_to_what_is_not_asked_says_what_is(world: World) -> None:
    world.people.asking = 2

    refused = world.call("POST", f"{QUESTIONS}/expired", {"answer": "send"})

    assert (refused.status, refused.body["code"]) == (409, "not_asked")
    assert refused.body["next_step"] == "Asked now: held."
    assert world.releases.asked == []


@pytest.mark.parametrize(
    ("code", "body", "status", "problem"),
    [
        ("weather", {"answer": "yes"}, 404, "unknown_question"),
        ("held", {"answer": "yes"}, 422, "unknown_answer"),
        ("held", {}, 422, "malformed"),
        ("held", "no JSON", 400, "unreadable_body"),
    ],
)
def test_what_makes_no_sense_is_refused(world: World, code: str, body: object, status: int, problem: str) -> None:
    world.people.asking = 2

    refused = world.call("POST", f"{QUESTIONS}/{code}", body)

    assert (refused.status, refused.body["code"]) == (status, problem)
    assert refused.body["next_step"]


def test_a_viewer_reads_the_questions_and_answers_none(world: World) -> None:
    world.people.asking = 2

    assert world.get(QUESTIONS, role="viewer").status == 200
    assert world.call("POST", f"{QUESTIONS}/held", {"answer": "send"}, role="viewer").status == 403


def test_referrers_are_asked_about_by_themselves_and_in_words_of_their_own(world: World) -> None:
    world.connect()
    world.save(FORM | {"duplicates": "update", "rule": {"kind": "none"}}, "hubspot/referrers")
    world.people.asking, world.people.asking_referrers = 1, 2
    world.people.standing_referrers = {State.DUPLICATE: 1, State.EXPIRED: 1, State.SENT: 9}

    asked = world.get(QUESTIONS).body["questions"]

    assert [(one["side"], one["code"], one["text"]) for one in asked] == [
        ("lead", "held", "1 lead is waiting. Send it?"),
        ("referrer", "held", "2 referrers are waiting. Send them?"),
        ("referrer", "expired", "1 referrer waited 90 days and was not sent. Send it after all?"),
        (
            "referrer",
            "duplicates",
            "1 referrer was left alone because the person was already in HubSpot. Update it now?",
        ),
    ]
    assert [one["label"] for one in asked[-1]["answers"]] == ["Update them in HubSpot", "Leave them as they are"]


def test_an_answer_about_referrers_is_none_about_leads(world: World) -> None:
    world.people.asking = world.people.asking_referrers = 2

    answered = world.call("POST", f"{QUESTIONS}/held", {"answer": "send", "side": "referrer"})

    state = world.campaigns.load([("a1", "c1")])["a1", "c1"]
    assert answered.status == 204
    assert (state.choices.send_held_until, state.referrer_choices.send_held_until) == (None, world.clock())


def test_an_answer_about_referrers_is_kept_beside_that_about_leads(world: World) -> None:
    world.people.standing = world.people.standing_referrers = {State.EXPIRED: 2}

    answered = world.call("POST", f"{QUESTIONS}/expired", {"answer": "send", "side": "referrer"})

    table = QuestionTable(CAMPAIGNS, world.client)
    of_leads = table.load([("a1", "c1")])[("a1", "c1"), Code.EXPIRED]
    of_referrers = table.load([("a1", "c1")], side="referrer")[("a1", "c1"), Code.EXPIRED]
    assert answered.status == 204
    assert (of_leads.due, of_referrers.due, of_referrers.side) == (False, True, "referrer")


@pytest.mark.parametrize(
    ("code", "side", "status", "problem"),
    [
        ("changed", "referrer", 404, "unknown_question"),
        ("held", "friend", 422, "malformed"),
        ("held", "referrer", 409, "not_asked"),
    ],
)
def test_what_is_not_asked_of_referrers_is_refused(
    world: World, code: str, side: str, status: int, problem: str
) -> None:
    world.people.asking = 2
    answer = "yes" if code == "changed" else "send"

    refused = world.call("POST", f"{QUESTIONS}/{code}", {"answer": answer, "side": side})

    assert (refused.status, refused.body["code"]) == (status, problem)
    assert refused.body["next_step"]
