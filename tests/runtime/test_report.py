"""What operators see of a batch of people: numbers per outcome, no person."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from referral_hubspot.domain.errors import (
    AppMisconfiguredError,
    ConnectionLostError,
    CrmUnavailableError,
    PermanentError,
    RetryableError,
    TokenRefusedError,
)
from referral_hubspot.domain.people import PersonKey, State
from referral_hubspot.domain.settings import Side
from referral_hubspot.runtime import observability
from referral_hubspot.runtime.report import report, report_fault, report_lost
from referral_hubspot.usecases.receive import Taken
from referral_hubspot.usecases.sending import Outcome
from tests.functions.logs import Logged, logging

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def logged() -> Iterator[Logged]:
    with logging() as lines:
        yield lines


@pytest.fixture(autouse=True)
def sums(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The metrics, as they are added to."""
    found: dict[str, int] = {}

    def add(name: str, unit: object, value: int) -> None:
        found[name] = found.get(name, 0) + value

    monkeypatch.setattr(observability.metrics, "add_metric", add)
    return found


def outcomes(*states: State | None, side: Side = "lead") -> list[Outcome]:
    return [Outcome(PersonKey("acme", "spring", side, f"p{n}"), state) for n, state in enumerate(states)]


@pytest.mark.parametrize(("side", "name"), [("lead", "Lead"), ("referrer", "Referrer")])
def test_each_kind_of_outcome_is_one_metric_of_its_side(sums: dict[str, int], side: Side, name: str) -> None:
    taken = outcomes(
        *(State.SENT, State.SENT, State.HELD, State.DUPLICATE, State.ALREADY_REFERRED, State.REJECTED, State.NOT_SENT),
        None,
        side=side,
    )

    report(Taken(taken, retry={1, 5}))

    assert sums == {
        f"{name}Sent": 2,
        f"{name}Held": 1,
        f"{name}AlreadyInHubSpot": 1,
        f"{name}AlreadyReferred": 1,
        f"{name}Rejected": 1,
        f"{name}NotSent": 1,
        f"{name}Unserved": 1,
        "MessageRetried": 2,
    }


def test_a_batch_is_one_log_line_of_numbers(logged: Logged) -> None:
    report(Taken(outcomes(State.SENT, State.SENT, None) + outcomes(State.SENT, side="referrer"), retry=set()))

    [line] = logged.lines
    assert (line["message"], line["retry"]) == ("people_taken_in", 0)
    assert (line["leads"], line["referrers"]) == ({"sent": 2, "unserved": 1}, {"sent": 1})


def test_what_did_not_occur_is_not_counted(sums: dict[str, int]) -> None:
    report(Taken([], retry=set()))

    assert sums == {}


@pytest.mark.parametrize(
    ("fault", "metric", "level"),
    [
        (AppMisconfiguredError("BAD_CLIENT_SECRET"), "AppMisconfigured", "ERROR"),
        (TokenRefusedError(1001001), "TokenRefused", "ERROR"),
        (ConnectionLostError("acme", 1001001), "", "WARNING"),
        (CrmUnavailableError(status=503), "HubSpotUnavailable", "WARNING"),
    ],
)
def test_a_fault_that_stops_people_is_told_and_ours_loudest(
    sums: dict[str, int], logged: Logged, fault: RetryableError | PermanentError, metric: str, level: str
) -> None:
    report_fault(fault)

    assert sums == ({metric: 1} if metric else {})
    [line] = logged.lines
    assert (line["level"], line["message"], line["error"]) == (level, "delivery_stopped", type(fault).__name__)


def test_a_lost_connection_is_counted_when_it_is_lost_and_not_by_each_who_finds_it_so(
    sums: dict[str, int], logged: Logged
) -> None:
    report_lost(ConnectionLostError("acme", 1001001))

    assert sums == {"ConnectionLost": 1}
    assert [(line["level"], line["message"], line["error"]) for line in logged.lines] == [
        ("WARNING", "connection_lost", "ConnectionLostError")
    ]
