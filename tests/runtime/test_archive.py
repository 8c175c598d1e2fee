"""Replaying the bus's archive."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from referral_hubspot.runtime.archive import BusArchive

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


class FakeEvents:
    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def start_replay(self, **asked: Any) -> None:
        self.asked.append(asked)


@pytest.mark.parametrize(("rule", "filters"), [("arn:rule", {"FilterArns": ["arn:rule"]}), ("", {})])
def test_what_was_announced_goes_to_the_platforms_own_rule_once_more(rule: str, filters: dict[str, Any]) -> None:
    events = FakeEvents()
    archive = BusArchive(cast("EventBridgeClient", events), "arn:archive", "arn:bus", rule, "b" * 47)

    name, other = (archive.replay(NOW - timedelta(hours=1), NOW) for _ in range(2))

    assert name != other
    assert len(name) <= 64
    assert events.asked[0] == {
        "ReplayName": name,
        "EventSourceArn": "arn:archive",
        "EventStartTime": NOW - timedelta(hours=1),
        "EventEndTime": NOW,
        "Destination": {"Arn": "arn:bus", **filters},
    }
