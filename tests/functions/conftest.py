"""The whole system in one process, for handlers that need more than a fake or two."""

import os
from collections.abc import Iterator

import pytest

from referral_hubspot.runtime.observability import metrics
from tests.functions.logs import Counted, Logged, logging
from tests.world import World, emulator, world


@pytest.fixture(scope="session")
def functions_aws_url() -> Iterator[str]:
    with emulator(f"functions-{os.getpid()}") as url:
        yield url


@pytest.fixture
def system(functions_aws_url: str) -> Iterator[World]:
    with world(functions_aws_url) as made:
        yield made


@pytest.fixture
def logged() -> Iterator[Logged]:
    with logging() as lines:
        yield lines


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Counted:
    """What is counted from here on."""
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    metrics.clear_metrics()
    return Counted(lambda: capsys.readouterr().out)
