"""The announcing function between a stream, a bus and dead letters."""

from typing import Any

from functions.announcements import app
from referral_hubspot.runtime.bus import Bus
from tests.functions.announcements.fakes import FakeEvents, FakeQueue
from tests.world import Context


class Announcer:
    """Hands records to the handler; `events` and `queue` are what it can reach."""

    def __init__(self) -> None:
        self.events = FakeEvents()
        self.queue = FakeQueue()
        self.bus = Bus(self.events.client, "bus-of-the-stack", self.queue.client, "dead-letters")

    def hand(self, records: list[dict[str, Any]]) -> list[str]:
        """Hand records to the handler; from which of them on the stream must come again."""
        reply = app.lambda_handler({"Records": records}, Context())
        return [failure["itemIdentifier"] for failure in reply["batchItemFailures"]]
