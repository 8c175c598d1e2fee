"""The deployed stack that a run of tests has, as fixtures."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.local import Stack, down, up
from simulators.local.folder import StackFolder
from tests.stack.hubspot_account import HTTP
from tests.stack.workers import lead_batches, start_workers

# Times are short, so that a test sees in seconds what takes minutes in production.
PACES = {
    "HoldAfterSeconds": "3",
    "ReleaseMessageAfterSeconds": "12",
    "RetryDelaysSeconds": "1,2,3",
    "SyncSliceSeconds": "3",
}
# Workers of one run have a stack each; its name begins with the process that started them.
_RUN = f"test-{os.getppid() if 'PYTEST_XDIST_WORKER' in os.environ else os.getpid()}"


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
    name = f"{_RUN}-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    yield up(name, parameters=paces, owned=True)
    down(name, forget=not request.session.testsfailed)


@pytest.fixture(scope="module")
def leads_taken_at_once(stack: Stack) -> Iterator[None]:
    """Workers are ready and wait for no further leads to join a batch."""
    start_workers(stack, 2)
    with lead_batches(stack):
        yield


@pytest.fixture(scope="module")
def switch(stack: Stack) -> Iterator[Callable[..., None]]:
    """Sets switches of simulated HubSpot; after the tests of a file they are as they were."""
    before = HTTP.get(f"{stack.hubspot_url}/_sim/state").raise_for_status().json()["switches"]

    def set_to(**values: Any) -> None:
        HTTP.post(f"{stack.hubspot_url}/_sim/switches", json=values).raise_for_status()

    yield set_to
    set_to(**before)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where a failed run's logs are."""
    for logs in StackFolder(_RUN).path.parent.glob(f"{_RUN}-*"):
        terminalreporter.write_line(f"What the functions and the simulators logged: {logs}/*.log")
