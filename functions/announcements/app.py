"""DynamoDB stream → EventBridge: what changed in the table is announced to the platform."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.bus import Bus
from referral_hubspot.runtime.environment import Environment as _Environment
from referral_hubspot.runtime.observability import logger, metrics


@dataclass(frozen=True, slots=True)
class Environment(_Environment):
    """What this function reads."""

    event_bus_name: str
    announcement_dead_letters_url: str


@lru_cache(1)
def bus() -> Bus:
    here = Environment.read()
    return Bus(clients.events(), here.event_bus_name, clients.sqs(), here.announcement_dead_letters_url)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    first_failed = bus().announce(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": first_failed}] if first_failed else []}
