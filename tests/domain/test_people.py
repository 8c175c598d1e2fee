"""What a person's row tells, and how much of it."""

from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.domain.people import (
    Entry,
    Happening,
    Person,
    PersonKey,
    Reason,
    State,
    Verdict,
    keyed_hash,
    normalised,
    usable,
)
from referral_hubspot.domain.verdict import GRACE, verdict

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LEAD = Person(
    PersonKey("acme", "spring", "lead", "l1"),
    NOW,
    NOW,
    email="ada@example.com",
    details={"first_name": "Ada", "referrer.first_name": "Grace"},
    referrer_id="r1",
    timeline=(Entry(NOW, Happening.RECEIVED),),
)


def test_an_address_is_compared_as_hubspot_does() -> None:
    assert normalised(" Ada@Example.COM ") == "ada@example.com"


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("ada@example.com", True),
        ("o'hara+x@mail.example.co.uk", True),
        ("ada@localhost", False),
        ("@example.com", False),
        ("a@b@example.com", False),
        ("a b@example.com", False),
        ("ada@example.", False),
        (f"{'a' * 250}@example.com", False),
    ],
)
def test_only_what_cannot_be_an_address_is_unusable(email: str, expected: bool) -> None:
    assert usable(email) is expected


def test_a_hash_needs_the_pepper() -> None:
    assert keyed_hash(b"one", "ada@example.com") != keyed_hash(b"two", "ada@example.com")
    assert len(keyed_hash(b"one", "ada@example.com")) == 40


def test_a_timeline_keeps_its_beginning_and_the_newest_lines() -> None:
    lead = LEAD
    for minute in range(100):
        lead = lead.noted(Entry(NOW + timedelta(minutes=minute), Happening.HELD))

    assert len(lead.timeline) == 30
    assert lead.timeline[0].what is Happening.RECEIVED
    assert lead.timeline[-1].at == NOW + timedelta(minutes=99)
    assert lead.version == 100


def test_someone_held_is_held_since_the_first_time_until_the_sending_has_come_to_an_end() -> None:
    held = LEAD.became(State.HELD, Reason.SETUP, Entry(NOW, Happening.HELD))
    still = held.became(State.HELD, Reason.RECONNECT, Entry(NOW + timedelta(hours=1), Happening.HELD))

    assert (held.held_since, still.held_since) == (NOW, NOW)
    assert still.became(State.SENDING).held_since == NOW
    assert still.became(State.SENDING).became(State.SENT).held_since is None
    assert LEAD.became(State.SENDING, Reason.NONE, Entry(NOW, Happening.SENDING)).held_since is None


def test_nothing_of_an_erased_person_is_left_but_that_there_was_one() -> None:
    erased = LEAD.erased(NOW)

    assert (erased.email, erased.details, erased.referrer_id) == ("", {}, "")
    assert (erased.state, erased.version) == (State.ERASED, 1)
    assert [entry.what for entry in erased.timeline] == [Happening.ERASED]


def test_nothing_of_an_erased_referrer_is_left() -> None:
    lead = LEAD.without_referrer()

    assert lead.details == {"first_name": "Ada"}
    assert (LEAD.referred, lead.referred) == (True, False)


@pytest.mark.parametrize(
    ("before_joining", "expected"),
    [(timedelta(0), Verdict.NEW), (GRACE, Verdict.NEW), (GRACE + timedelta(seconds=1), Verdict.KNOWN)],
)
def test_who_was_there_ten_minutes_before_joining_was_known(before_joining: timedelta, expected: Verdict) -> None:
    assert verdict(NOW - before_joining, NOW) is expected


def test_a_person_in_a_log_line_shows_no_address_and_no_name() -> None:
    assert "ada" not in repr(LEAD).lower()
    assert "Grace" not in repr(LEAD)
