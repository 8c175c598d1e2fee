"""Wiring of what works on the table alone, without HubSpot: built when first used, once per process."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.environment import Environment
from referral_hubspot.storage.awaited import AwaitedTable
from referral_hubspot.storage.campaigns import CampaignRepository
from referral_hubspot.storage.early_updates import EarlyUpdateTable
from referral_hubspot.storage.enrolments import EnrolmentRepository
from referral_hubspot.storage.erasures import ErasureRepository
from referral_hubspot.storage.links import LinkRepository
from referral_hubspot.storage.people import PeopleRepository
from referral_hubspot.storage.reading import ReadingTable
from referral_hubspot.usecases.erase import Erase
from referral_hubspot.usecases.follow_records import FollowRecords
from referral_hubspot.usecases.qualify import Qualify
from referral_hubspot.usecases.read_progress import ReadProgress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class TableEnvironment(Environment):
    """What reading and writing people takes."""

    campaign_table: str
    pepper_secret_arn: str


class TableWiring:
    """Repositories and the use cases over them."""

    def __init__(self, environment: TableEnvironment) -> None:
        self._tables = environment

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return clients.dynamodb()

    @cached_property
    def pepper(self) -> bytes:
        return clients.secret(self._tables.pepper_secret_arn).encode()

    @cached_property
    def campaigns(self) -> CampaignRepository:
        return CampaignRepository(self._tables.campaign_table, self.dynamodb)

    @cached_property
    def people(self) -> PeopleRepository:
        return PeopleRepository(self._tables.campaign_table, self.dynamodb, self.pepper)

    @cached_property
    def links(self) -> LinkRepository:
        return LinkRepository(self._tables.campaign_table, self.dynamodb)

    @cached_property
    def qualify(self) -> Qualify:
        return Qualify(self.campaigns, self.people, self.links, self.awaited, clients.now)

    @cached_property
    def awaited(self) -> AwaitedTable:
        return AwaitedTable(self._tables.campaign_table, self.dynamodb)

    @cached_property
    def early_updates(self) -> EarlyUpdateTable:
        return EarlyUpdateTable(self._tables.campaign_table, self.dynamodb, self.pepper)

    @cached_property
    def erase(self) -> Erase:
        erasures = ErasureRepository(self._tables.campaign_table, self.dynamodb)
        return Erase(self.people, erasures, self.links, self.early_updates, self.campaigns, clients.now)

    @cached_property
    def follow_records(self) -> FollowRecords:
        enrolments = EnrolmentRepository(self._tables.campaign_table, self.dynamodb, self.pepper)
        return FollowRecords(self.campaigns, self.people, self.links, self.qualify, self.erase, enrolments, clients.now)

    @cached_property
    def reading(self) -> ReadingTable:
        return ReadingTable(self._tables.campaign_table, self.dynamodb)

    @cached_property
    def read_progress(self) -> ReadProgress:
        return ReadProgress(self.reading)
