from typing import Any

import requests

from simulators.platform import PlatformSimulator
from tests.simulators.platform.conftest import Bench

CAMPAIGN = {"account_id": "acme", "campaign_id": "spring"}
SHAPE = {
    "account_id",
    "campaign_id",
    "campaign_name",
    "referrer_id",
    "first_name",
    "email",
    "referral_code",
    "referral_link",
    "source",
    "referrals_count",
    "converted_referrals_count",
    "fields",
    "version",
    "joined_at",
}


def make(bench: Bench, **more: Any) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = bench.post("/_sim/referrers", {**CAMPAIGN, **more})["referrers"]
    return made


def test_made_up_referrers_join_on_the_referrer_queue_and_on_no_other(bench: Bench) -> None:
    made = make(bench, count=12)

    events = bench.referrer_events()
    assert {event["type"] for event in events} == {"referrer.joined.v1"}
    assert sorted(event["data"]["referrer_id"] for event in events) == sorted(one["referrer_id"] for one in made)
    assert set(events[0]["data"]) == SHAPE
    assert bench.queued() == []


def test_the_same_seed_makes_the_same_referrers_and_another_seed_others(bench: Bench) -> None:
    first, again, other = ([one["referrer_id"] for one in make(bench, count=5, seed=seed)] for seed in ("s", "s", "t"))

    assert first == again
    assert set(first).isdisjoint(other)


def test_given_addresses_and_changes_are_used(bench: Bench) -> None:
    asked = {"emails": ["x@example.com", "y@example.com"], "changes": {"referrals_count": 7, "fields": {"team": "red"}}}

    made = make(bench, **asked)

    assert [one["email"] for one in made] == asked["emails"]
    assert [(one["referrals_count"], one["fields"]) for one in made] == [(7, {"team": "red"})] * 2


def test_a_known_referrer_is_updated_under_a_higher_version_and_keeps_the_rest(bench: Bench) -> None:
    (before,) = make(bench, emails=["x@example.com"], changes={"referrals_count": 3})
    bench.referrer_events()

    (after,) = make(bench, emails=["x@example.com"], changes={"first_name": "Xena"})

    (event,) = bench.referrer_events()
    assert (event["type"], event["data"]) == ("referrer.updated.v1", after)
    assert after == {**before, "first_name": "Xena", "version": before["version"] + 1}


def test_reset_forgets_referrers_but_not_how_far_their_versions_have_risen(bench: Bench) -> None:
    (before,) = make(bench, emails=["x@example.com"])

    bench.post("/_sim/reset", {})

    assert bench.get("/_sim/referrers") == {"referrers": []}
    (after,) = make(bench, emails=["x@example.com"])
    assert after["version"] == before["version"] + 1
    assert [event["type"] for event in bench.referrer_events()] == ["referrer.joined.v1"] * 2


def test_referrers_are_found_by_campaign_address_and_id(bench: Bench) -> None:
    first, second = make(bench, emails=["x@example.com", "y@example.com"])
    bench.post("/_sim/referrers", {**CAMPAIGN, "campaign_id": "autumn"})

    assert bench.get("/_sim/referrers", **CAMPAIGN)["referrers"] == [first, second]
    assert bench.get("/_sim/referrers", email="y@example.com")["referrers"] == [second]
    assert bench.get("/_sim/referrers", referrer_id=first["referrer_id"])["referrers"] == [first]
    assert bench.get("/_sim/referrers", account_id="other")["referrers"] == []


def test_published_events_of_referrers_and_of_leads_go_to_their_own_queues(bench: Bench) -> None:
    events = [{"type": kind, "data": CAMPAIGN} for kind in ("referrer.updated.v1", "lead.closed.v1")]

    bench.post("/_sim/publish", {"events": events})

    assert [event["type"] for event in bench.referrer_events()] == ["referrer.updated.v1"]
    assert len(bench.queued()) == 1


def test_without_a_referrer_queue_referrers_are_refused_and_leads_are_not(bench: Bench) -> None:
    bench.attach(referrer_queue_url=None)
    event = {"type": "referrer.joined.v1", "data": CAMPAIGN}

    answers = [
        requests.post(bench.url + path, json=body, timeout=10)
        for path, body in (("/_sim/referrers", CAMPAIGN), ("/_sim/publish", {"events": [event]}))
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert all("referrer queue" in answer.json()["detail"] for answer in answers)
    assert bench.get("/_sim/referrers") == {"referrers": []}
    bench.post("/_sim/leads", CAMPAIGN)
    assert len(bench.queued()) == 1


def test_without_a_stack_referrers_are_refused() -> None:
    with PlatformSimulator() as platform:
        answer = requests.post(f"{platform.url}/_sim/referrers", json=CAMPAIGN, timeout=10)

    assert answer.status_code == 409
