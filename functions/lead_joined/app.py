"""SQS → HubSpot: the platform's events about leads, campaigns and people to forget."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from referral_hubspot.runtime.batch import Queue
from referral_hubspot.runtime.observability import logger, metrics
from referral_hubspot.runtime.platform_queue import PlatformQueueEnvironment, take_in
from referral_hubspot.runtime.receiving import ReceivingWiring


@dataclass(frozen=True, slots=True)
class Environment(PlatformQueueEnvironment):
    """What this function reads beside."""

    lead_queue_url: str
    lead_dead_letters_url: str


@lru_cache(1)
def environment() -> Environment:
    return Environment.read()


@lru_cache(1)
def wiring() -> ReceivingWiring:
    return ReceivingWiring(environment())


@lru_cache(1)
def queue() -> Queue:
    here = environment()
    return here.queue(here.lead_queue_url, here.lead_dead_letters_url)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return take_in(event, queue(), wiring().receive)
