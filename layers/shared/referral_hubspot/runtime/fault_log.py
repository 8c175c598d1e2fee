"""The log group of all functions, read back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from referral_hubspot.usecases.read_faults import Fault

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_LEVELS = frozenset({"WARNING", "ERROR"})
_FAULTS = '{ $.level = "WARNING" || $.level = "ERROR" }'
# What every line says, and nothing of what happened.
_EVERYWHERE = frozenset(
    {"level", "message", "timestamp", "location", "service", "cold_start", "xray_trace_id"}
    | {"function_name", "function_memory_size", "function_arn", "function_request_id"}
)


class CloudWatchFaultLog:
    """Implements the port `FaultLog`; stops reading when the time is up."""

    def __init__(self, logs: "CloudWatchLogsClient", group: str, time_left: Callable[[], bool]) -> None:
        self._logs = logs
        self._group = group
        self._time_left = time_left

    def since(self, moment: datetime) -> list[Fault]:
        """Warnings and errors since then."""
        found: list[Fault] = []
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._group, startTime=int(moment.timestamp() * 1000), filterPattern=_FAULTS
        )
        for page in pages:
            found += [fault for event in page["events"] if (fault := _fault(event["timestamp"], event["message"]))]
            if not self._time_left():
                break
        return found


def _fault(timestamp_ms: int, text: str) -> Fault | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None  # what a dying process printed
    if not isinstance(line, dict) or line.get("level") not in _LEVELS:
        return None
    facts = {name: str(value) for name, value in line.items() if name not in _EVERYWHERE}
    function = {"function": str(line["function_name"])} if "function_name" in line else {}
    at = datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    return Fault(at, line["level"], str(line.get("message", "")), function | facts)
