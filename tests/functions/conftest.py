"""The whole system in one process, for handlers that need more than a fake or two."""

import os
from collections.abc import Iterator

import pytest

from tests.world import World, emulator, world


@pytest.fixture(scope="session")
def functions_aws_url() -> Iterator[str]:
    with emulator(f"functions-{os.getpid()}") as url:
        yield url


@pytest.fixture
def system(functions_aws_url: str) -> Iterator[World]:
    with world(functions_aws_url) as made:
        yield made
