"""The queue between the workers of syncs."""

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from referral_hubspot.domain.syncs import Sync
from referral_hubspot.events.sync_jobs import Job, ReturnsJob, SyncJob

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_DELAY_S = 900  # SQS keeps no message back longer


class SqsSyncQueue:
    """Sends jobs to the sync queue; see the port `SyncQueue`."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url

    def go_on(self, sync: Sync, after: timedelta = timedelta(0), *, due: bool = False) -> None:
        """Have a worker go on with a sync."""
        job = SyncJob(account_id=sync.account_id, campaign_id=sync.campaign_id, sync_id=sync.sync_id, due=due)
        self._send(job, after)

    def write_returns(self, account_id: str, campaign_id: str, after: timedelta) -> None:
        """Have a worker write a campaign's return fields."""
        self._send(ReturnsJob(account_id=account_id, campaign_id=campaign_id), after)

    def _send(self, job: Job, after: timedelta) -> None:
        delay_s = min(math.ceil(max(after.total_seconds(), 0)), LONGEST_DELAY_S)
        self._sqs.send_message(
            QueueUrl=self._url,
            MessageBody=job.model_dump_json(),
            DelaySeconds=delay_s,
            MessageGroupId=job.account_id,  # fair queues: one account's long sync keeps no other account waiting
        )
