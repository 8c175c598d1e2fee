"""Scheduler → DynamoDB and HubSpot: what is due by itself; also asked for one campaign after a save."""

from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from referral_hubspot.runtime.observability import count, logger, metrics
from referral_hubspot.runtime.wiring import DeliveryEnvironment, DeliveryWiring

_RESERVE_MS = 30_000  # what one slice may take at the worst; the next sweep goes on


@lru_cache(1)
def wiring() -> DeliveryWiring:
    return DeliveryWiring(DeliveryEnvironment.read())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    def time_left() -> bool:
        return context.get_remaining_time_in_millis() > _RESERVE_MS

    if "campaign_id" in event:
        swept = wiring().sweep.campaign(event["account_id"], event["campaign_id"], time_left)
    else:
        swept = wiring().sweep.everyone(time_left)
    clean_ups = swept.clean_ups
    logger.info(
        "swept",
        released=swept.released,
        erasures=swept.erasures,
        grants_revoked=clean_ups.revoked,
        grants_put_off=clean_ups.put_off,
        grants_given_up=clean_ups.given_up,
    )
    count("PeopleReleased", swept.released)
    count("GrantsGivenUp", clean_ups.given_up)
