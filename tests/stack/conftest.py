"""The deployed stack that these tests run against."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.local import Stack, down, up
from simulators.local.folder import StackFolder

HERE = Path(__file__).parent
# Times are short, so that a test sees in seconds what takes minutes in production.
PACES = {
    "HoldAfterSeconds": "3",
    "ReleaseMessageAfterSeconds": "12",
    "RetryDelaysSeconds": "1,2,3",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here, so that `-m "not stack"` leaves it out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.stack)


@pytest.fixture(scope="session")
def paces() -> dict[str, str]:
    """The template parameters that this run's own stack is deployed with."""
    return PACES


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, paces: dict[str, str]) -> Iterator[Stack]:
    """A stack deployed for this run and ended with it; with STACK_FILE the one that file describes, left as it is.

    The logs of a run with failures stay.
    """
    if file := os.environ.get("STACK_FILE"):
        yield Stack.read(Path(file))
        return
    name = f"test-{os.getpid()}"
    yield up(name, parameters=paces, owned=True)
    down(name, forget=not request.session.testsfailed)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where a failed run's logs are."""
    logs = StackFolder(f"test-{os.getpid()}").path
    if logs.exists():
        terminalreporter.write_line(f"What the functions and the simulators logged: {logs}/*.log")
