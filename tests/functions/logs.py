"""What a function logs and counts, as CloudWatch would get it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from logging import INFO, StreamHandler
from typing import Any

from referral_hubspot.runtime.observability import logger


class Logged:
    """Log lines, in their order."""

    def __init__(self, stream: StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, message: str) -> list[dict[str, Any]]:
        """The lines of one event."""
        return [line for line in self.lines if line["message"] == message]


@contextmanager
def logging() -> Iterator[Logged]:
    """Listen; the logger holds on to the stdout that was there when it was made, so it is given another."""
    lines, handler = StringIO(), logger.registered_handler
    assert isinstance(handler, StreamHandler)
    before, level = handler.setStream(lines), logger.log_level
    logger.setLevel(INFO)
    try:
        yield Logged(lines)
    finally:
        logger.setLevel(level)
        handler.setStream(before)


class Counted:
    """The metrics in what is printed, summed up."""

    def __init__(self, printed: Callable[[], str]) -> None:
        self._printed = printed

    def sums(self) -> dict[str, float]:
        """Of each metric, since this was asked last."""
        found: Counter[str] = Counter()
        for line in self._printed().splitlines():
            if '"_aws"' not in line:
                continue
            blob = json.loads(line)
            for directive in blob["_aws"]["CloudWatchMetrics"]:
                assert directive["Dimensions"] == [["service"]], "an id as a dimension is a paid metric per value"
                for metric in directive["Metrics"]:
                    found[metric["Name"]] += sum(blob[metric["Name"]])
        return dict(found)
