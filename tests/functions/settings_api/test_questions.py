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
