"""Records that a connection check waits to hear of."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.storage.awaited import AwaitedTable
from referral_hubspot.storage.campaigns import CampaignRepository
from referral_hubspot.usecases.links import PortalRecord
from tests.tables import CAMPAIGNS, local_tables

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
RECORD = PortalRecord(1001001, ObjectType.CONTACT, "20001")


@pytest.fixture
def awaited() -> Iterator[AwaitedTable]:
    with local_tables() as client:
        yield AwaitedTable(CAMPAIGNS, client)


def test_the_first_word_of_a_record_is_noted(awaited: AwaitedTable) -> None:
    awaited.expect(RECORD, NOW)
    before = awaited.arrived_at(RECORD)

    awaited.note([RECORD], NOW)
    awaited.note([RECORD], NOW + timedelta(seconds=5))

    assert (before, awaited.arrived_at(RECORD)) == (None, NOW)


def test_word_of_what_nobody_waits_for_leaves_nothing(awaited: AwaitedTable) -> None:
    awaited.expect(RECORD, NOW)
    awaited.forget(RECORD)

    awaited.note([RECORD], NOW)

    assert awaited.arrived_at(RECORD) is None
    assert awaited._client.scan(TableName=CAMPAIGNS)["Items"] == []


def test_who_reads_a_portals_listeners_finds_what_is_awaited(awaited: AwaitedTable) -> None:
    campaigns = CampaignRepository(CAMPAIGNS, awaited._client)
    awaited.expect(RECORD, NOW)

    assert campaigns.listeners(RECORD.portal_id).awaited == {(ObjectType.CONTACT, "20001")}
    assert campaigns.routes(RECORD.portal_id) == []
    assert campaigns.listeners(1).awaited == frozenset()
