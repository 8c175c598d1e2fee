"""SQS → DynamoDB: HubSpot's property changes become qualified referrals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from referral_hubspot.domain.qualification import PropertyChange
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
    return queue().read(event, _changes).process(_judge)


def _judge(deliveries: Sequence[list[PropertyChange]]) -> set[int]:
    changes = [change for delivery in deliveries for change in delivery]
    qualified = wiring().qualify.changed(changes)
    logger.info("changes_judged", changes=len(changes), qualified=len(qualified))
    count("ReferralQualified", len(qualified))
    return set()


def _changes(body: str, _arrived_at: datetime) -> list[PropertyChange]:
    return read_delivery(body)
