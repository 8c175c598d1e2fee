"""Wiring of what an admin does with syncs."""

from typing import TYPE_CHECKING

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.admin import AdminWiring
from referral_hubspot.runtime.schedules import SyncSchedules
from referral_hubspot.runtime.sync_queue import SqsSyncQueue
from referral_hubspot.storage.enrolments import EnrolmentRepository
from referral_hubspot.storage.syncs import SyncRepository
from referral_hubspot.storage.turns import TurnTable
from referral_hubspot.usecases.due_returns import DueReturns
from referral_hubspot.usecases.manage_syncs import ManageSyncs

if TYPE_CHECKING:
    from referral_hubspot.runtime.settings_api import SettingsApiEnvironment


def manage_syncs(wiring: AdminWiring, here: "SettingsApiEnvironment") -> ManageSyncs:
    """With the queue and the schedules of the workers."""
    table, dynamodb = here.campaign_table, wiring.dynamodb
    queue = SqsSyncQueue(clients.sqs(), here.sync_queue_url)
    return ManageSyncs(
        SyncRepository(table, dynamodb),
        EnrolmentRepository(table, dynamodb, wiring.pepper),
        wiring.campaigns,
        wiring.directory,
        queue,
        SyncSchedules(clients.scheduler(), here.sync_schedule_group, here.sync_queue_arn, here.sync_schedule_role_arn),
        DueReturns(TurnTable(table, dynamodb), queue, clients.now),
        clients.now,
        here.budget_per_second,
    )
