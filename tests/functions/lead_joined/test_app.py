"""The lead queue's function: what is unreadable goes away, what must wait comes again, nothing names a person."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.lead_joined import app
from referral_hubspot.domain.people import Reason, State
from referral_hubspot.domain.settings import Duplicates
from referral_hubspot.runtime.environment import EnvironmentIncompleteError
from tests.functions.logs import Counted, Logged
from tests.world import World, event, lead_joined_event


def hubspot_is_away(system: World) -> None:
    system.sim("faults", {"status": 503, "times": None, "path": "/crm/"})


def test_only_who_has_to_wait_comes_again_beside_what_nobody_can_read(system: World) -> None:
    system.serve(Duplicates.SKIP)
    hubspot_is_away(system)

    again = system.deliver(
        "{",
        lead_joined_event("l1", "ada@example.com"),
        lead_joined_event("l2", "no address at all"),
        event("lead.closed.v1", account_id="acme", campaign_id="spring", lead_id="l3"),
        lead_joined_event("l4", "linus@example.com"),
    )

    assert again == [1, 4]
    states = {lead_id: lead.state for lead_id in ("l2", "l3") if (lead := system.lead(lead_id))}
    assert states == {"l2": State.REJECTED, "l3": State.CLOSED}
    assert len(system.dead_letters()) == 1


def test_what_has_waited_long_enough_leaves_its_message_and_shows_as_waiting(system: World) -> None:
    system.serve(Duplicates.SKIP)
    hubspot_is_away(system)

    again = system.deliver(
        lead_joined_event("l1", "ada@example.com"), received=20, sent_at=datetime.now(UTC) - timedelta(seconds=901)
    )

    lead = system.lead("l1")
    assert again == []
    assert lead is not None
    assert (lead.state, lead.reason) == (State.HELD, Reason.HUBSPOT_AWAY)


UNREADABLE: list[tuple[Any, str]] = [
    ("not JSON", "not_json"),
    ("[]", "invalid:"),
    ("{}", "unknown_type"),
    ('{"type": "lead.joined.v2"}', "unknown_type"),
    (event("lead.joined.v1", campaign_id="c", lead_id="l"), "invalid:data.account_id"),
    (event("lead.joined.v1", account_id="a", campaign_id="c#d", lead_id="l"), "invalid:data.campaign_id"),
    (event("lead.joined.v1", account_id="a", campaign_id="c", lead_id=None), "invalid:data.lead_id"),
    (event("lead.closed.v1", account_id="a", campaign_id="c"), "invalid:data.lead_id"),
    (event("campaign.updated.v1", account_id="a", campaign_id="c", state="lost"), "invalid:data.state"),
    (event("person.erased.v1", email="ada@example.com"), "invalid:data.account_id"),
]


def test_a_message_that_can_never_be_read_is_kept_as_it_is_and_says_why(system: World) -> None:
    assert system.deliver(*(body for body, _ in UNREADABLE)) == []

    letters = {letter["Body"]: letter["MessageAttributes"]["reason"]["StringValue"] for letter in system.dead_letters()}
    assert letters == {body if isinstance(body, str) else json.dumps(body): reason for body, reason in UNREADABLE}


def test_the_outcomes_of_a_batch_are_counted_and_logged_once(system: World, logged: Logged, counted: Counted) -> None:
    system.serve(Duplicates.SKIP)
    counted.sums()

    system.deliver(
        lead_joined_event("l1", "ada@example.com"),
        lead_joined_event("l2", "ADA@example.com "),
        lead_joined_event("l3", ""),
        lead_joined_event("l4", "x@example.com", campaign="of-nobody"),
        "{",
    )

    [line] = logged.of("people_taken_in")
    assert line["leads"] == {"sent": 1, "already_referred": 1, "rejected": 1, "unserved": 1}
    assert counted.sums() == {
        "LeadSent": 1,
        "LeadAlreadyReferred": 1,
        "LeadRejected": 1,
        "LeadUnserved": 1,
        "MessageUnreadable": 1,
    }


def test_no_log_line_names_a_person(system: World, logged: Logged) -> None:
    system.serve(Duplicates.UPDATE)
    hubspot_is_away(system)

    system.deliver(
        lead_joined_event("l1", "ada@example.com", first_name="Ada Lovelace"),
        lead_joined_event("l2", "ada at example.com", first_name="Ada Lovelace"),
        event("lead.joined.v1", email="ada@example.com", first_name="Ada Lovelace"),
        event("person.erased.v1", account_id="acme", email="grace@example.com"),
        '{"email": "ada@example.com", ',
    )

    assert logged.of("message_unreadable")
    for personal in ("ada@", "ada at", "grace@", "Lovelace"):
        assert personal not in logged.text


def test_a_deployment_that_gives_too_little_names_all_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGN_TABLE", "campaigns")
    for name in ("LEAD_QUEUE_URL", "HUBSPOT_API_URL", "RETRY_DELAYS_SECONDS"):
        monkeypatch.delenv(name, raising=False)
    app.environment.cache_clear()

    with pytest.raises(EnvironmentIncompleteError) as failed:
        app.environment()

    assert {"LEAD_QUEUE_URL", "HUBSPOT_API_URL", "RETRY_DELAYS_SECONDS"} <= set(str(failed.value).split())
    assert "CAMPAIGN_TABLE" not in str(failed.value)
