"""One emulator per run, one world per test."""

import os
from collections.abc import Iterator

import pytest

from tests.world import World, emulator, world


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    with emulator(f"inprocess-{os.getpid()}") as url:
        yield url


@pytest.fixture(name="world")
def _world(aws_url: str) -> Iterator[World]:
    with world(aws_url) as made:
        yield made
