"""One emulator per run, one world per test."""

import os
from collections.abc import Iterator

import pytest

from referral_hubspot.domain.settings import Duplicates
from tests.inprocess.syncs import here_is
from tests.syncing import Syncing
from tests.world import World, emulator, world


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    with emulator(f"inprocess-{os.getpid()}") as url:
        yield url


@pytest.fixture(name="world")
def _world(aws_url: str) -> Iterator[World]:
    with world(aws_url) as made:
        yield made


@pytest.fixture(name="here")
def _here(world: World) -> Iterator[Syncing]:
    with here_is(world) as made:
        yield made


@pytest.fixture(name="with_contact", params=[False, True], ids=["deal alone", "with contact"])
def _with_contact(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(name="duplicates", params=list(Duplicates))
def _duplicates(request: pytest.FixtureRequest) -> Duplicates:
    return Duplicates(request.param)
