"""When an answer holds back a lead, and for which rule referrals were counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.domain.gate import Gate, gate
from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.domain.questions import REPLIES, Code, Remembered
from referral_hubspot.domain.settings import Campaign, CampaignState, Choices, Rule, RuleKind

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ASKS = Person(PersonKey("acme", "spring", "lead", "l1"), NOW, NOW, email="ada@example.com").became(
    State.HELD, Reason.ASKS_FIRST, Entry(NOW, Happening.HELD, {"reason": "asks_first"})
)
DROPPED = Gate(State.NOT_SENT, Reason.DECLINED)
RULE = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", NOW)
COUNTED = Remembered("acme", "spring", Code.CHANGED, 1, rule=RULE, count=2, counted_at=NOW)


def judged(person: Person, dropped_until: datetime | None) -> Gate:
    campaign = CampaignState(Campaign("acme", "spring"), choices=Choices(drop_held_until=dropped_until))
    return gate(person, campaign, erased=False, now=LATER)


def test_who_asked_before_the_answer_is_not_sent_whatever_else_is_missing_by_now() -> None:
    assert judged(ASKS, NOW) == DROPPED


@pytest.mark.parametrize(
    "person",
    [
        ASKS.became(State.HELD, Reason.ASKS_FIRST, Entry(LATER, Happening.HELD, {"reason": "asks_first"})),
        ASKS.became(State.HELD, Reason.RECONNECT, Entry(NOW, Happening.HELD, {"reason": "reconnect"})),
        ASKS.became(State.SENDING),
    ],
    ids=["asked after the answer", "waits for something else now", "is being sent"],
)
def test_nobody_else_is_dropped(person: Person) -> None:
    assert judged(person, NOW) != DROPPED
    assert judged(ASKS, None) != DROPPED


def test_a_rule_is_counted_for_once_and_one_that_came_back_is_no_question() -> None:
    newer = replace(RULE, value="opportunity", since=LATER)

    assert COUNTED.counts(RULE)
    assert not COUNTED.counts(newer)
    assert replace(COUNTED, rule=newer).counts(RULE)
    assert not Remembered("acme", "spring", Code.CHANGED).counts(RULE)


def test_every_question_has_answers_in_words() -> None:
    assert set(REPLIES["lead"]) == set(Code)
    assert all(all(words.values()) for of_side in REPLIES.values() for words in of_side.values())
