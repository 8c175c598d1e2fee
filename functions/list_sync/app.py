"""SQS → HubSpot and DynamoDB: contacts become referrers, slice by slice, and get their return fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from referral_hubspot.events.sync_jobs import Job, SyncJob, read_job
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.batch import Queue, delays
from referral_hubspot.runtime.observability import count, logger, metrics
from referral_hubspot.runtime.syncing import SyncEnvironment, SyncWiring
from referral_hubspot.usecases.sync_contacts import LEASE


@dataclass(frozen=True, slots=True)
class Environment(SyncEnvironment):
    """What this function reads beside."""

    sync_dead_letters_url: str
    retry_delays_seconds: str


@lru_cache(1)
def environment() -> Environment:
    return Environment.read()


@lru_cache(1)
def wiring() -> SyncWiring:
    return SyncWiring(environment())


@lru_cache(1)
def queue() -> Queue:
    here = environment()
    return Queue(clients.sqs(), here.sync_queue_url, here.sync_dead_letters_url, delays(here.retry_delays_seconds))


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    # A worker that dies is missed when its lease has run out, not only after the queue's long time-out.
    queue().expect_back(event["Records"], int(environment().sync_slice_seconds + LEASE.total_seconds()) + 1)
    return queue().read(event, _job).process(_work)


def _work(jobs: Sequence[Job]) -> set[int]:
    for job in jobs:
        if isinstance(job, SyncJob):
            wiring().sync_contacts(job.account_id, job.campaign_id, job.sync_id, due=job.due)
        else:
            wiring().return_fields(job.account_id, job.campaign_id)
        logger.info("sync_job_done", job=job.job, account_id=job.account_id, campaign_id=job.campaign_id)
        count("SyncJobDone")
    return set()


def _job(body: str, _arrived_at: datetime) -> Job:
    return read_job(body)
