"""Wiring of the workers of syncs: built when first used, once per process."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.report import report_fault
from referral_hubspot.runtime.schedules import SyncSchedules
from referral_hubspot.runtime.sync_queue import SqsSyncQueue
from referral_hubspot.runtime.wiring import HubSpotEnvironment, HubSpotWiring
from referral_hubspot.storage.enrolments import EnrolmentRepository
from referral_hubspot.storage.syncs import SyncRepository
from referral_hubspot.storage.turns import TurnTable
from referral_hubspot.usecases.due_returns import DueReturns
from referral_hubspot.usecases.return_fields import ReturnFields
from referral_hubspot.usecases.sync_contacts import SyncContacts


@dataclass(frozen=True, slots=True)
class SyncEnvironment(HubSpotEnvironment):
    """What the workers of syncs take."""

    sync_queue_url: str
    sync_queue_arn: str
    sync_schedule_group: str
    sync_schedule_role_arn: str
    sync_slice_seconds: float


class SyncWiring(HubSpotWiring):
    """What enrols HubSpot's contacts, and keeps their return fields current."""

    def __init__(self, environment: SyncEnvironment) -> None:
        super().__init__(environment)
        self._sync = environment

    @cached_property
    def syncs(self) -> SyncRepository:
        return SyncRepository(self._sync.campaign_table, self.dynamodb)

    @cached_property
    def enrolments(self) -> EnrolmentRepository:
        return EnrolmentRepository(self._sync.campaign_table, self.dynamodb, self.pepper)

    @cached_property
    def turns(self) -> TurnTable:
        return TurnTable(self._sync.campaign_table, self.dynamodb)

    @cached_property
    def sync_queue(self) -> SqsSyncQueue:
        return SqsSyncQueue(clients.sqs(), self._sync.sync_queue_url)

    @cached_property
    def schedules(self) -> SyncSchedules:
        here = self._sync
        return SyncSchedules(
            clients.scheduler(), here.sync_schedule_group, here.sync_queue_arn, here.sync_schedule_role_arn
        )

    @cached_property
    def due_returns(self) -> DueReturns:
        return DueReturns(self.turns, self.sync_queue, clients.now)

    @cached_property
    def sync_contacts(self) -> SyncContacts:
        return SyncContacts(
            self.syncs,
            self.enrolments,
            self.people,
            self.campaigns,
            self.directory,
            self.sync_queue,
            self.schedules,
            self.due_returns,
            clients.now,
            report_fault,
            timedelta(seconds=self._sync.sync_slice_seconds),
        )

    @cached_property
    def return_fields(self) -> ReturnFields:
        return ReturnFields(
            self.syncs,
            self.enrolments,
            self.people,
            self.campaigns,
            self.directory,
            self.turns,
            self.due_returns,
            clients.now,
            report_fault,
            timedelta(seconds=self._sync.sync_slice_seconds),
        )
