"""Reading the functions' log back."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from referral_hubspot.runtime.fault_log import CloudWatchFaultLog
from referral_hubspot.usecases.read_faults import Fault

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

AT = datetime(2026, 11, 25, 10, tzinfo=UTC)
LINE = {
    "level": "ERROR",
    "location": "lambda_handler:36",
    "message": "sweep_broke",
    "timestamp": "2026-11-25 10:00:00,000+0000",
    "service": "referral-hubspot",
    "function_name": "sweep",
    "function_request_id": "r1",
    "error": "KeyError",
    "frames": ["sweep.py:12"],
}


class FakeLogs:
    """Pages of lines; like the emulator it leaves the choice to the reader."""

    def __init__(self, *pages: list[Any]) -> None:
        self.asked: dict[str, Any] = {}
        self._pages = pages

    @property
    def client(self) -> "CloudWatchLogsClient":
        return cast("CloudWatchLogsClient", self)

    def get_paginator(self, _: str) -> "FakeLogs":
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.asked = asked
        for lines in self._pages:
            messages = [line if isinstance(line, str) else json.dumps(line) for line in lines]
            yield {"events": [{"timestamp": int(AT.timestamp() * 1000), "message": message} for message in messages]}


def test_warnings_and_errors_are_read_with_what_they_say() -> None:
    logs = FakeLogs([LINE, {**LINE, "level": "INFO"}], ["START RequestId: r1", '"ERROR"', {"type": "platform.report"}])

    found = CloudWatchFaultLog(logs.client, "group", lambda: True).since(AT)

    facts = {"function": "sweep", "error": "KeyError", "frames": "['sweep.py:12']"}
    assert found == [Fault(AT, "ERROR", "sweep_broke", facts)]
    assert (logs.asked["logGroupName"], logs.asked["startTime"]) == ("group", int(AT.timestamp() * 1000))
    assert logs.asked["filterPattern"] == '{ $.level = "WARNING" || $.level = "ERROR" }'


def test_an_endless_log_is_read_as_far_as_there_is_time() -> None:
    found = CloudWatchFaultLog(FakeLogs([LINE], [LINE], [LINE]).client, "group", lambda: False).since(AT)

    assert len(found) == 1
