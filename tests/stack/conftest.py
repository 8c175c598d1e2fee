"""Tests here run against a deployed stack."""

from pathlib import Path

import pytest

from tests.deployed import leads_taken_at_once, paces, stack, switch, tell_where_logs_are

__all__ = ["leads_taken_at_once", "paces", "stack", "switch"]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here, so that `-m "not stack"` leaves it out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.stack)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where a failed run's logs are."""
    tell_where_logs_are(terminalreporter)
