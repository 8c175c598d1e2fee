"""Batches as the template has them: unreadable messages among the others, a token that ends, and no word in the log."""

import json
import time
from typing import Any

import pytest

from simulators.local import Stack
from tests.stack.connecting import Customers
from tests.stack.driver import Driver, new_id
from tests.stack.evidence import log_lines, wait_for_dead_letters
from tests.stack.waiting import wait_until
from tests.stack.workers import start_workers


@pytest.fixture(scope="module", autouse=True)
def workers_ready(stack: Stack) -> None:
    start_workers(stack, 2)


@pytest.fixture(scope="module")
def campaign(stack: Stack) -> Driver:
    return Customers.of(stack).connected(duplicates="skip")


def malformed(campaign: Driver, mark: str) -> list[dict[str, Any]]:
    """Each way in which a message cannot be read; `mark` stands in all of them as the person's name."""
    ids = {"account_id": campaign.account, "campaign_id": campaign.campaign}
    person = {"email": f"{mark}@example.com", "first_name": mark}
    return [
        {"raw": f'{{"email": "{mark}@example.com"'},
        {"raw": json.dumps([person])},
        {"raw": json.dumps(person)},
        {"raw": json.dumps({"specversion": "1.0", "id": "1", "source": "s", "type": "lead.joined.v1", "data": mark})},
        {"type": "lead.joined.v1", "data": ids | person},
        {"type": "lead.joined.v1", "data": {"account_id": campaign.account, "lead_id": "l-1"} | person},
        {"type": "lead.joined.v1", "data": {"campaign_id": campaign.campaign, "lead_id": "l-1"} | person},
        {"type": "lead.moved.v1", "data": ids | person},
    ]


def test_what_can_never_be_read_goes_to_the_dead_letters_and_costs_no_other_message(campaign: Driver) -> None:
    mark = new_id("unreadable")
    bad, size = malformed(campaign, mark), campaign.hubspot.size()
    good = [campaign.joined(f"{new_id('ada')}@example.com") for _ in range(3)]

    campaign.publish(good[0], *bad, *good[1:])

    leads = [event["data"]["lead_id"] for event in good]
    wait_until("the readable ones sent", lambda: set(campaign.states(*leads).values()) == {"sent"})
    letters = wait_for_dead_letters(campaign.stack, mark, len(bad))
    assert len(letters) == len(bad)
    assert [letter for letter in letters if not letter.reason] == []
    assert {letter.body for letter in letters} >= {event["raw"] for event in bad if "raw" in event}
    assert campaign.hubspot.size() == size + 3


def test_a_token_that_ends_in_mid_batch_is_refreshed_once_and_nobody_is_lost(stack: Stack) -> None:
    """So many people are two workers: the token ends when both have read whom HubSpot knows, before either writes."""
    campaign = Customers.of(stack).connected(duplicates="skip")
    reading = campaign.hubspot.hold("contacts.batch_read", times=None, after_commit=True)
    refreshing = campaign.hubspot.hold("oauth.token", times=None)
    events = [campaign.joined(f"{new_id('many')}@example.com") for _ in range(110)]

    campaign.publish(*events)
    reading.wait(2)
    campaign.hubspot.expire_tokens()
    reading.release()
    refreshing.wait()
    time.sleep(1)  # long enough for the other worker to be refused, too
    assert refreshing.count() == 1
    refreshing.release()

    leads = [event["data"]["lead_id"] for event in events]
    wait_until("all of them sent", lambda: set(campaign.states(*leads).values()) == {"sent"})
    assert 401 in [call["status"] for call in campaign.hubspot.calls("contacts.batch_create")]
    assert len(campaign.hubspot.calls("oauth.refresh")) == 1
    assert campaign.hubspot.size() == 110


def test_no_log_line_tells_of_a_person(campaign: Driver) -> None:
    """A lead goes each way there is, with addresses and names that occur nowhere else."""
    mark = new_id("secret").replace("-", "")
    details: dict[str, Any] = {
        "first_name": f"First{mark}",
        "fields": {"note": f"Note{mark}"},
        "referrer": {"id": "referrer-7", "first_name": f"Referrer{mark}", "email": f"referrer{mark}@example.org"},
    }
    new, known, unusable = f"new{mark}@example.com", f"known{mark}@example.com", f"not usable {mark}"
    campaign.hubspot.seed(known)
    campaign.hubspot.fault("contacts.batch_create", status=400, body={"message": new, "category": "VALIDATION_ERROR"})
    events = [campaign.joined(email, **details) for email in (new, known, unusable, new)]
    leads = [event["data"]["lead_id"] for event in events]

    receipts = campaign.publish(*malformed(campaign, mark), *events)
    ended = {"sent", "duplicate", "rejected", "already_referred"}
    wait_until("every lead at its end", lambda: set(campaign.states(*leads).values()) <= ended)
    campaign.forget(email=new)
    wait_until("the person erased", lambda: "erased" in campaign.states(*leads).values())
    late = campaign.join(new, **details)
    campaign.wait(late, "rejected")
    unreadable = receipts[0]["message_id"]
    lines = wait_until("the line of a malformed message", lambda: lines_with(campaign.stack, unreadable))

    assert len(lines) == 1
    assert lines_with(campaign.stack, mark) == []
    # Whatever else ran on this stack: every address of these tests ends so, and every admin has this name.
    assert lines_with(campaign.stack, "@example.") == []
    assert lines_with(campaign.stack, "Vera Admin") == []


def lines_with(stack: Stack, text: str) -> list[str]:
    return [line for line in log_lines(stack) if text.lower() in line.lower()]
