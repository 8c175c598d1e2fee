"""The change queue's function: deliveries whole, each judged by itself, nothing lost that nobody can read."""

import os
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from referral_hubspot.domain.people import State
from referral_hubspot.domain.settings import Duplicates
from tests.functions.logs import Counted, Logged
from tests.world import World, lead_joined_event, property_change


def contact_of(system: World, lead_id: str) -> str:
    """Send a lead; its contact's id."""
    system.deliver(lead_joined_event(lead_id, f"{lead_id}@example.com"))
    lead = system.lead(lead_id)
    assert lead is not None
    assert lead.state is State.SENT
    return lead.record_id


def won(record_id: str) -> dict[str, Any]:
    """A salesperson made somebody a customer just now."""
    return property_change(record_id, "lifecyclestage", "customer", datetime.now(UTC))


def states(system: World, *lead_ids: str) -> list[State]:
    return [lead.state for lead_id in lead_ids if (lead := system.lead(lead_id))]


def dead_letters() -> list[tuple[str, str]]:
    """Body and reason of what was moved away from the change queue."""
    answer = boto3.client("sqs").receive_message(
        QueueUrl=os.environ["CHANGE_DEAD_LETTERS_URL"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return [(one["Body"], one["MessageAttributes"]["reason"]["StringValue"]) for one in answer.get("Messages", [])]


def test_several_deliveries_of_several_changes_are_judged_together(
    system: World, logged: Logged, counted: Counted
) -> None:
    system.serve(Duplicates.SKIP)
    first, second = contact_of(system, "l1"), contact_of(system, "l2")
    counted.sums()

    again = system.changed([won(first), won("999")], [won(second), won(second)])

    assert again == []
    assert states(system, "l1", "l2") == [State.QUALIFIED, State.QUALIFIED]
    [line] = logged.of("changes_judged")
    assert line["qualified"] == 2
    assert counted.sums() == {"ReferralQualified": 2}


def test_a_delivery_that_nobody_can_read_is_kept_with_its_reason_and_harms_no_other(system: World) -> None:
    system.serve(Duplicates.SKIP)
    record = contact_of(system, "l1")
    without_portal = {name: value for name, value in won(record).items() if name != "portalId"}

    again = system.changed("not JSON", [without_portal], [won(record)])

    assert again == []
    assert states(system, "l1") == [State.QUALIFIED]
    assert [reason for _, reason in sorted(dead_letters(), key=lambda letter: letter[1])] == [
        "invalid:",
        "invalid:portalId",
    ]


@pytest.mark.parametrize("kind", ["contact.creation", "company.propertyChange", "something.new"])
def test_other_kinds_of_events_in_a_delivery_are_passed_over(system: World, kind: str) -> None:
    system.serve(Duplicates.SKIP)
    record = contact_of(system, "l1")

    again = system.changed([{"subscriptionType": kind, "portalId": 1}, won(record)])

    assert (again, states(system, "l1"), dead_letters()) == ([], [State.QUALIFIED], [])


def test_an_empty_delivery_is_done(system: World) -> None:
    assert system.changed([]) == []


def test_no_log_line_holds_what_changed(system: World, logged: Logged) -> None:
    system.serve(Duplicates.SKIP)
    record = contact_of(system, "l1")

    system.changed([property_change(record, "email", "ada@example.com", datetime.now(UTC)), won(record)], "ada@x")

    assert logged.of("message_unreadable")
    assert "ada@" not in logged.text
