"""The event bus's archive."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


class BusArchive:
    """Implements the port `Archive`: what is replayed goes to the platform's own rule, where there is one."""

    def __init__(self, events: "EventBridgeClient", archive_arn: str, bus_arn: str, rule_arn: str, prefix: str) -> None:
        self._events = events
        self._archive_arn = archive_arn
        self._destination: Any = {"Arn": bus_arn} | ({"FilterArns": [rule_arn]} if rule_arn else {})
        self._prefix = prefix

    def replay(self, since: datetime, until: datetime) -> str:
        """Have the bus announce a period once more; it goes on by itself, and the name finds it in EventBridge."""
        # 64 characters at the most, and the role knows the prefix.
        name = f"{self._prefix}-{datetime.now(UTC):%m%d%H%M%S%f}"
        self._events.start_replay(
            ReplayName=name,
            EventSourceArn=self._archive_arn,
            EventStartTime=since,
            EventEndTime=until,
            Destination=self._destination,
        )
        return name
