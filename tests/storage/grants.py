"""Grants on moto's tables and KMS, as the tests of credentials and clean-ups need them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any, cast

import boto3

from referral_hubspot.domain.connection import Arrival
from referral_hubspot.domain.settings import Binding, CampaignState
from referral_hubspot.storage import dynamo
from referral_hubspot.storage.bindings import BindingRepository
from referral_hubspot.storage.campaign_rows import binding_row, route_row
from referral_hubspot.storage.campaigns import CampaignRepository
from referral_hubspot.storage.cleanups import CleanupTable
from referral_hubspot.storage.credentials import CredentialTable
from referral_hubspot.storage.sealing import Sealer
from referral_hubspot.usecases.access import Grant
from tests.tables import CAMPAIGNS, CREDENTIALS, local_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
PORTAL = 42
GRANT = Grant("access-1", "refresh-1", 1800, PORTAL, ("oauth", "crm.objects.contacts.read"), "7")


class Counted:
    """A client that counts its calls."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        if name in ("exceptions", "meta", "get_paginator"):
            return attribute

        def call(**request: Any) -> Any:
            self.calls.append(name)
            return attribute(**request)

        return call


@dataclass
class World:
    """What several processes share; each `process()` has memory of its own."""

    client: "DynamoDBClient"
    kms: "KMSClient"
    key_id: str

    @property
    def sealer(self) -> Sealer:
        return Sealer(self.kms, self.key_id)

    def process(self, client: Any = None, kms: Any = None) -> CredentialTable:
        client = cast("DynamoDBClient", client or self.client)
        sealer = Sealer(cast("KMSClient", kms or self.kms), self.key_id)
        return CredentialTable(CREDENTIALS, client, sealer, BindingRepository(CAMPAIGNS, client))

    def cleanups(self) -> CleanupTable:
        return CleanupTable(CREDENTIALS, self.client, self.sealer)

    def consent(self, account_id: str = "acc", grant: Grant = GRANT, now: datetime = NOW) -> None:
        """Store a grant as connecting does."""
        process = self.process()
        over = process.version(account_id, grant.portal_id)
        assert not dynamo.transact(self.client, process.grant_writes(account_id, grant, over, now))

    def bind(self, campaign_id: str, account_id: str = "acc", portal_id: int = PORTAL) -> Binding:
        binding = Binding(account_id, campaign_id, portal_id, "Acme", "app.hubspot.com", "Ada", NOW)
        over = CampaignRepository(CAMPAIGNS, self.client).neighbourhood(account_id, portal_id).version
        bound, writes = BindingRepository(CAMPAIGNS, self.client).bind(Arrival(binding, CampaignState(), over=over))
        assert not dynamo.transact(self.client, writes)
        return bound

    def bind_many(self, number: int, account_id: str = "acc") -> None:
        """Bindings as `bind` makes them, without its care."""
        rows = []
        for at in range(number):
            binding = Binding(account_id, f"c{at:03d}", PORTAL, "Acme", "app.hubspot.com", "Ada", NOW)
            rows += [binding_row(binding), route_row(PORTAL, account_id, binding.campaign_id, {})]
        for batch in batched(rows, 25, strict=False):
            requests: Any = [{"PutRequest": {"Item": dynamo.marshal(row)}} for row in batch]
            self.client.batch_write_item(RequestItems={CAMPAIGNS: requests})

    def disconnect(self, account_id: str = "acc", due: datetime = NOW) -> None:
        """Retire a grant as the last disconnect does."""
        assert not dynamo.transact(self.client, self.process().retire_writes(account_id, PORTAL, due))

    def raw(self) -> str:
        """All that stands in the table of tokens."""
        return str(self.client.scan(TableName=CREDENTIALS)["Items"])


@contextmanager
def world() -> Iterator[World]:
    with local_tables() as client:
        kms = boto3.client("kms", region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")
        yield World(client, kms, kms.create_key()["KeyMetadata"]["KeyId"])
