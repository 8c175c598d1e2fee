from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.functions.settings_api.world import World
from tests.tables import local_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def tables() -> Iterator["DynamoDBClient"]:
    with local_tables() as client:
        yield client


@pytest.fixture
def world(tables: "DynamoDBClient") -> World:
    """A campaign c1 of account a1 that the platform told of, not connected."""
    return World(tables)
