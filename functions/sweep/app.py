"""Scheduler → DynamoDB and HubSpot: what is due by itself; also asked for one campaign after a save or an answer."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from referral_hubspot.runtime.delivery import DeliveryEnvironment
from referral_hubspot.runtime.observability import count, frames, logger, metrics
from referral_hubspot.runtime.sweeping import SweepWiring
from referral_hubspot.usecases.sweep import Swept

_RESERVE_MS = 30_000  # what one slice may take at the worst; the next sweep goes on


@lru_cache(1)
def wiring() -> SweepWiring:
    return SweepWiring(DeliveryEnvironment.read())


class SweepBrokenError(Exception):
    """Some of the work failed, the rest is done; the log says where."""

    def __init__(self, failures: int) -> None:
        super().__init__(f"{failures} failures")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    def time_left() -> bool:
        return context.get_remaining_time_in_millis() > _RESERVE_MS

    try:
        swept = _swept(event, time_left)
    except ExceptionGroup as group:
        for error in group.exceptions:
            logger.error("sweep_broke", error=type(error).__name__, frames=frames(error))
        count("SweepBroken")
        count("SweepFinished", _of_everyone(event))
        # Without its causes: their texts may quote what a row holds, and Lambda prints all of it.
        raise SweepBrokenError(len(group.exceptions)) from None
    _report(swept)
    count("SweepFinished", _of_everyone(event))


def _of_everyone(event: dict[str, Any]) -> bool:
    return "campaign_id" not in event


def _swept(event: dict[str, Any], time_left: Callable[[], bool]) -> Swept:
    if _of_everyone(event):
        return wiring().sweep.everyone(time_left)
    return wiring().sweep.campaign(event["account_id"], event["campaign_id"], time_left)


def _report(swept: Swept) -> None:
    released, clean_ups = swept.released, swept.clean_ups
    logger.info(
        "swept",
        released=released.released,
        expired=released.expired,
        qualified=swept.read.qualified,
        erasures=swept.erasures,
        accounts_fitted=swept.fitted,
        grants_revoked=clean_ups.revoked,
        grants_put_off=clean_ups.put_off,
        grants_given_up=clean_ups.given_up,
    )
    count("PeopleReleased", released.released)
    count("PeopleExpired", released.expired)
    count("ReferralQualified", swept.read.qualified)
    count("GrantsGivenUp", clean_ups.given_up)
