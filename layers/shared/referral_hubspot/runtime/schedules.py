"""EventBridge Scheduler: one schedule for each sync that runs again and again."""

import hashlib
from typing import TYPE_CHECKING

from referral_hubspot.domain.syncs import Status, Sync
from referral_hubspot.events.sync_jobs import SyncJob

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import CreateScheduleInputTypeDef

_TICKING = frozenset({Status.ACTIVE, Status.BROKEN})
"""What is broken is looked at again each time: somebody may have mended it."""


class SyncSchedules:
    """Schedules in a group of their own, which goes with the stack; see the port `Schedules`."""

    def __init__(self, scheduler: "EventBridgeSchedulerClient", group: str, queue_arn: str, role_arn: str) -> None:
        self._scheduler = scheduler
        self._group = group
        self._queue_arn = queue_arn
        self._role_arn = role_arn

    def put(self, sync: Sync) -> None:
        """Have the sync's next run begin at its rate; for one that does not run, nothing begins."""
        if not sync.plan.ongoing:
            return
        wanted = self._wanted(sync)
        try:
            self._scheduler.create_schedule(**wanted)
        except self._scheduler.exceptions.ConflictException:
            self._scheduler.update_schedule(**wanted)

    def remove(self, sync: Sync) -> None:
        """End the sync's schedule; that there is none is success."""
        try:
            self._scheduler.delete_schedule(GroupName=self._group, Name=_name(sync))
        except self._scheduler.exceptions.ResourceNotFoundException:
            return

    def _wanted(self, sync: Sync) -> "CreateScheduleInputTypeDef":
        job = SyncJob(account_id=sync.account_id, campaign_id=sync.campaign_id, sync_id=sync.sync_id, due=True)
        return {
            "GroupName": self._group,
            "Name": _name(sync),
            "ScheduleExpression": f"rate({sync.plan.every_minutes} minutes)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": "ENABLED" if sync.status in _TICKING else "DISABLED",
            "Target": {"Arn": self._queue_arn, "RoleArn": self._role_arn, "Input": job.model_dump_json()},
        }


def _name(sync: Sync) -> str:
    text = f"{sync.account_id}/{sync.campaign_id}/{sync.sync_id}"
    return hashlib.sha256(text.encode()).hexdigest()[:40]
