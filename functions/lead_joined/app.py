"""SQS → HubSpot: the platform's events about leads, campaigns and people to forget."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from referral_hubspot.events.platform import command, read
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.batch import Queue, delays
from referral_hubspot.runtime.observability import logger, metrics
from referral_hubspot.runtime.receiving import ReceivingEnvironment, ReceivingWiring
from referral_hubspot.runtime.report import report
from referral_hubspot.usecases.receive import Command


@dataclass(frozen=True, slots=True)
class Environment(ReceivingEnvironment):
    """What this function reads beside."""

    lead_queue_url: str
    lead_dead_letters_url: str
    retry_delays_seconds: str


@lru_cache(1)
def environment() -> Environment:
    return Environment.read()


@lru_cache(1)
def wiring() -> ReceivingWiring:
    return ReceivingWiring(environment())


@lru_cache(1)
def queue() -> Queue:
    here = environment()
    return Queue(clients.sqs(), here.lead_queue_url, here.lead_dead_letters_url, delays(here.retry_delays_seconds))


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return queue().read(event, _command).process(_take)


def _take(commands: Sequence[Command]) -> set[int]:
    taken = wiring().receive.take(commands)
    report(taken)
    return taken.retry


def _command(body: str, arrived_at: datetime) -> Command:
    return command(read(body), arrived_at)
