import json
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulators.platform.conftest import Bench
from tests.simulators.platform.test_announcements import announce, eventually
from tests.simulators.platform.test_referrers import CAMPAIGN, SHAPE, make


def ask(bench: Bench, *contacts: tuple[str, str], identifier: str = "e1") -> None:
    """Announce a request to enrol these (enrolment id, e-mail)."""
    people = [{"enrolment_id": one, "email": email, "first_name": "Eda", "fields": {"n": 1}} for one, email in contacts]
    announce(bench, identifier, "referrers.enrolment_requested.v1", notify=False, contacts=people)


def collector(bench: Bench) -> Callable[[], list[dict[str, Any]]]:
    """Every referrer event so far, each time it is asked."""
    found: list[dict[str, Any]] = []

    def so_far() -> list[dict[str, Any]]:
        found.extend(bench.referrer_events())
        return found

    return so_far


def answers(bench: Bench, number: int) -> list[dict[str, Any]]:
    so_far = collector(bench)
    eventually(lambda: len(so_far()), number)
    return so_far()


def test_each_contact_is_enrolled_and_answered_under_its_enrolment_id(bench: Bench) -> None:
    ask(bench, ("n1", "a@example.com"), ("n2", "b@example.com"))

    events = answers(bench, 2)

    assert {event["type"] for event in events} == {"referrer.joined.v1"}
    assert [(e["data"]["enrolment_id"], e["data"]["email"]) for e in events] == [
        ("n1", "a@example.com"),
        ("n2", "b@example.com"),
    ]
    assert set(events[0]["data"]) == SHAPE | {"enrolment_id"}
    assert (events[0]["data"]["first_name"], events[0]["data"]["fields"]) == ("Eda", {"n": 1})
    assert len(bench.get("/_sim/referrers", **CAMPAIGN)["referrers"]) == 2


@pytest.mark.parametrize("identifier", ["e1", "e2"], ids=["same announcement", "new announcement"])
def test_a_repeated_request_is_answered_again_with_the_same_referrer(bench: Bench, identifier: str) -> None:
    ask(bench, ("n1", "a@example.com"))
    (first,) = answers(bench, 1)

    ask(bench, ("n1", "changed@example.com"), identifier=identifier)

    (again,) = answers(bench, 1)
    assert again["data"] == first["data"]
    assert len(bench.get("/_sim/referrers")["referrers"]) == 1


def test_who_is_a_referrer_already_keeps_id_code_and_link(bench: Bench) -> None:
    changes = {"referrer_id": "old-1", "referral_code": "OLD", "referral_link": "https://refer.example/OLD"}
    (known,) = make(bench, emails=["a@example.com"], changes=changes)
    bench.referrer_events()

    ask(bench, ("n1", "A@Example.com"))

    (event,) = answers(bench, 1)
    assert event["data"] == {**known, "enrolment_id": "n1"}
    assert changes.items() <= event["data"].items()


def test_the_newest_setting_that_fits_declines_or_stays_silent(bench: Bench) -> None:
    bench.post("/_sim/enrolment", {"campaign_id": "spring", "answer": "decline", "reason": "campaign_full"})
    bench.post("/_sim/enrolment", {"email": "*@silent.example", "answer": "never"})
    bench.post("/_sim/enrolment", {"campaign_id": "autumn", "answer": "join"})

    ask(bench, ("n0", "x@silent.example"), ("n1", "a@example.com"))

    (event,) = answers(bench, 1)
    assert event["type"] == "referrer.enrolment_declined.v1"
    assert event["data"] == {**CAMPAIGN, "enrolment_id": "n1", "reason": "campaign_full"}
    assert bench.get("/_sim/referrers") == {"referrers": []}


def test_a_late_answer_comes_after_its_seconds_and_delays_no_other(bench: Bench) -> None:
    bench.post("/_sim/enrolment", {"email": "late@*", "late_seconds": 2})
    asked = time.monotonic()

    ask(bench, ("n1", "late@example.com"), ("n2", "a@example.com"))

    assert [event["data"]["enrolment_id"] for event in answers(bench, 1)] == ["n2"]
    assert [event["data"]["enrolment_id"] for event in answers(bench, 1)] == ["n1"]
    assert time.monotonic() - asked >= 2


def test_reset_forgets_enrolment_settings(bench: Bench) -> None:
    bench.post("/_sim/enrolment", {"answer": "never"})
    bench.post("/_sim/reset", {})

    ask(bench, ("n1", "a@example.com"))

    answers(bench, 1)


def test_a_request_that_cannot_be_read_stops_nothing(bench: Bench) -> None:
    announce(bench, "bad", "referrers.enrolment_requested.v1", contacts=[{"email": 1}])
    ask(bench, ("n1", "a@example.com"))

    assert [event["data"]["enrolment_id"] for event in answers(bench, 1)] == ["n1"]


def test_without_a_referrer_queue_answers_are_dropped_with_a_log_line(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.attach(referrer_queue_url=None)
    with caplog.at_level(logging.WARNING):
        ask(bench, ("n1", "a@example.com"))
        eventually(lambda: "referrer_events_dropped" in caplog.text, True)

    bench.attach()
    ask(bench, ("n2", "b@example.com"), identifier="e2")

    assert [event["data"]["enrolment_id"] for event in answers(bench, 1)] == ["n2"]


def test_a_published_lead_raises_its_referrers_count_once(bench: Bench) -> None:
    (known,) = make(bench)
    bench.referrer_events()
    lead = {**CAMPAIGN, "changes": {"referrer": {"id": known["referrer_id"]}}}

    bench.post("/_sim/leads", lead)
    bench.post("/_sim/leads", lead)
    bench.post("/_sim/leads", {**lead, "seed": "another"})

    first, second = answers(bench, 2)
    assert first["type"] == "referrer.updated.v1"
    assert first["data"] == {**known, "referrals_count": 1, "version": known["version"] + 1}
    assert second["data"] == {**known, "referrals_count": 2, "version": known["version"] + 2}


def test_a_paid_reward_raises_the_converted_count_once(bench: Bench) -> None:
    (known,) = make(bench)
    bench.referrer_events()

    for identifier in ("q1", "q1", "q2"):
        announce(bench, identifier, "referral.qualified.v1", referrer_id=known["referrer_id"])

    first, second = answers(bench, 2)
    assert first["type"] == "referrer.updated.v1"
    assert first["data"] == {**known, "converted_referrals_count": 1, "version": known["version"] + 1}
    assert second["data"] == {**known, "converted_referrals_count": 2, "version": known["version"] + 2}


def test_a_campaign_with_counts_off_counts_nothing(bench: Bench) -> None:
    bench.post("/_sim/enrolment", {**CAMPAIGN, "counts": False})
    (known,) = make(bench)

    bench.post("/_sim/leads", {**CAMPAIGN, "changes": {"referrer": {"id": known["referrer_id"]}}})

    assert bench.get("/_sim/referrers")["referrers"] == [known]


def test_a_lead_of_an_unknown_referrer_publishes_no_update(bench: Bench) -> None:
    bench.post("/_sim/leads", {**CAMPAIGN, "count": 3})
    (known,) = make(bench)

    assert [event["data"]["referrer_id"] for event in bench.referrer_events()] == [known["referrer_id"]]
    assert len([json.loads(message["Body"]) for message in bench.queued()]) == 3
