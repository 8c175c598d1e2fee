from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.simulators.hubspot.driver import CONTACTS, EU, US, Account, Driver, row

DETAILS = "/account-info/2026-09/details"


def count(hubspot: Driver) -> int:
    total: int = hubspot.look(f"portals/{EU}/contacts")["count"]
    return total


def in_background(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(work()))
    thread.start()
    return thread, answers


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_status_replaces_the_answer_as_often_as_asked_and_nothing_is_done(hubspot: Driver, account: Account) -> None:
    hubspot.control("faults", {"kind": "contacts.batch_upsert", "status": 503, "times": 2})

    answers = [account.upsert(row("a", "a@example.com")).status_code for _ in range(3)]

    assert answers == [503, 503, 200]
    assert [entry["fault"] for entry in hubspot.journal()[-3:]] == ["status 503", "status 503", None]


def test_a_refusal_comes_with_hubspots_body_or_with_the_one_given(hubspot: Driver, account: Account) -> None:
    rules: list[dict[str, Any]] = [
        {"status": 429, "headers": {"Retry-After": "3"}},
        {"status": 400, "body": {"a": 1}},
        {"status": 502, "body": "<html>"},
    ]
    hubspot.control("faults", {"faults": rules})
    session = requests.Session()  # answers that the specs would not know

    headers = {"Authorization": f"Bearer {account.tokens['access_token']}"}
    limited, odd, page = (session.get(hubspot.url + DETAILS, headers=headers, timeout=10) for _ in range(3))
    session.close()

    assert (limited.json()["policyName"], limited.headers["Retry-After"]) == ("TEN_SECONDLY_ROLLING", "3")
    assert odd.json() == {"a": 1}
    assert page.text == "<html>"


def test_rules_hit_the_calls_they_name(hubspot: Driver, account: Account) -> None:
    us = hubspot.connect(US)
    hubspot.control("faults", {"method": "get", "path": "/details$", "portal": EU, "skip": 1, "status": 500})

    assert account.get().status_code == 200
    assert us.call("GET", DETAILS).status_code == 200
    assert [account.call("GET", DETAILS).status_code for _ in range(3)] == [200, 500, 200]


def test_a_rule_without_end_ends_when_it_is_removed(hubspot: Driver, account: Account) -> None:
    hubspot.control("faults", {"path": "/details", "times": None, "status": 500})
    assert [account.call("GET", DETAILS).status_code for _ in range(3)] == [500] * 3

    hubspot.control("faults", method="DELETE")
    assert account.call("GET", DETAILS).status_code == 200


def test_a_rule_can_end_by_itself(hubspot: Driver, account: Account) -> None:
    hubspot.control("faults", {"path": "/details", "times": None, "for_s": 0.5, "status": 500})
    assert account.call("GET", DETAILS).status_code == 500
    assert [fault["for_s"] for fault in hubspot.look("state")["faults"]] == [0.5]

    time.sleep(0.5)

    assert account.call("GET", DETAILS).status_code == 200
    assert hubspot.look("state")["faults"] == []


def test_a_refresh_can_be_hit_for_one_portal(hubspot: Driver, account: Account) -> None:
    us = hubspot.connect(US)
    hubspot.control("faults", {"path": "/oauth/", "portal": EU, "status": 500})

    assert hubspot.refresh(us.tokens["refresh_token"]).status_code == 200
    assert hubspot.refresh(account.tokens["refresh_token"]).status_code == 500


def test_a_connection_dropped_before_the_work_leaves_nothing(hubspot: Driver, account: Account) -> None:
    hubspot.control("faults", {"kind": "contacts.batch_upsert", "drop": True})

    with pytest.raises(requests.ConnectionError):
        account.upsert(row("a", "a@example.com"))

    assert count(hubspot) == 0
    assert hubspot.journal()[-1]["status"] == 0


def test_a_connection_dropped_after_the_commit_leaves_the_work_done(hubspot: Driver, account: Account) -> None:
    hubspot.control("faults", {"kind": "contacts.batch_upsert", "after_commit": True})

    with pytest.raises(requests.ConnectionError):
        account.upsert(row("a", "a@example.com"))

    assert count(hubspot) == 1
    assert hubspot.journal()[-1]["fault"] == "dropped after commit"


def test_a_commit_can_be_answered_with_an_error(hubspot: Driver, account: Account) -> None:
    hubspot.control("faults", {"kind": "contacts.create", "after_commit": True, "status": 502})

    assert account.post("", {"properties": {"email": "a@example.com"}}).status_code == 502
    assert count(hubspot) == 1


def test_a_success_can_be_empty(hubspot: Driver, account: Account) -> None:
    hubspot.control("faults", {"kind": "contacts.batch_read", "empty_2xx": True})
    headers = {"Authorization": f"Bearer {account.tokens['access_token']}"}

    answer = requests.post(hubspot.url + CONTACTS + "/batch/read", headers=headers, json={}, timeout=10)

    assert (answer.status_code, answer.content) == (200, b"")


def test_a_delayed_call_is_answered_truly_in_the_end(hubspot: Driver, account: Account) -> None:
    hubspot.control("faults", {"path": "/details", "delay_s": 0.2})
    started = time.monotonic()

    assert account.call("GET", DETAILS).status_code == 200
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize(("after_commit", "while_held"), [(False, 0), (True, 1)])
def test_a_call_is_held_before_or_after_its_work_until_released(
    hubspot: Driver, account: Account, after_commit: bool, while_held: int
) -> None:
    hubspot.control("faults", {"kind": "contacts.batch_upsert", "hold": "here", "after_commit": after_commit})
    thread, answers = in_background(lambda: account.upsert(row("a", "a@example.com")).status_code)
    other = Driver(hubspot.simulator)
    wait_until(lambda: other.look("state")["held"] == {"here": 1})

    assert count(other) == while_held
    assert other.control("release", {"name": "here"}) == {"released": 1}
    thread.join(5)
    assert answers == [200]
    assert count(other) == 1
    other.session.close()


def test_releasing_ends_the_rule_and_removing_all_rules_releases(hubspot: Driver, account: Account) -> None:
    hubspot.control("faults", {"path": "/details", "hold": "here", "times": None})
    thread, answers = in_background(lambda: account.call("GET", DETAILS).status_code)
    other = Driver(hubspot.simulator)
    wait_until(lambda: other.look("state")["held"] == {"here": 1})

    other.control("faults", method="DELETE")

    thread.join(5)
    assert answers == [200]
    assert account.call("GET", DETAILS).status_code == 200
    other.session.close()


@pytest.mark.parametrize("rule", [{"stauts": 500}, {"path": "("}])
def test_a_rule_that_cannot_be_read_is_refused(hubspot: Driver, rule: dict[str, Any]) -> None:
    answer = hubspot.session.post(hubspot.url + "/_sim/faults", json=rule, timeout=10)

    assert answer.status_code == 400
    assert answer.json()["error"]
