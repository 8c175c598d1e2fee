"""SQS → DynamoDB: HubSpot's word of records: referrals qualify, people follow merges, the forgotten are erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from referral_hubspot.domain.errors import RetryableError
from referral_hubspot.domain.qualification import PropertyChange, RecordEvent
from referral_hubspot.events.webhooks import read_delivery
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.batch import Queue, delays
from referral_hubspot.runtime.observability import count, logger, metrics
from referral_hubspot.runtime.tables import TableEnvironment, TableWiring


@dataclass(frozen=True, slots=True)
class Environment(TableEnvironment):
    """What this function reads beside."""

    change_queue_url: str
    change_dead_letters_url: str
    retry_delays_seconds: str


@lru_cache(1)
def environment() -> Environment:
    return Environment.read()


@lru_cache(1)
def wiring() -> TableWiring:
    return TableWiring(environment())


@lru_cache(1)
def queue() -> Queue:
    here = environment()
    return Queue(clients.sqs(), here.change_queue_url, here.change_dead_letters_url, delays(here.retry_delays_seconds))


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return queue().read(event, _events).process(_judge)


def _judge(deliveries: Sequence[list[RecordEvent]]) -> set[int]:
    events = [event for delivery in deliveries for event in delivery]
    changes = [event for event in events if isinstance(event, PropertyChange)]
    others = [event for event in events if not isinstance(event, PropertyChange)]
    try:
        # First, so that a change of a record that others were merged into finds its people.
        wiring().follow_records(others)
        qualified = wiring().qualify.changed(changes)
    except RetryableError as fault:
        logger.warning("deliveries_postponed", error=type(fault).__name__)
        return set(range(len(deliveries)))
    logger.info("changes_judged", changes=len(changes), others=len(others), qualified=len(qualified))
    count("ReferralQualified", len(qualified))
    return set()


def _events(body: str, _arrived_at: datetime) -> list[RecordEvent]:
    return read_delivery(body)
