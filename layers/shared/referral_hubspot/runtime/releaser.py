"""Asks the sweep to look at one campaign, or at all, now."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from referral_hubspot.runtime.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class SweepReleaser:
    """Invokes the sweep's function asynchronously; see the port `Releaser`."""

    def __init__(self, lambda_: "LambdaClient", function: str) -> None:
        self._lambda = lambda_
        self._function = function

    def release(self, account_id: str, campaign_id: str) -> None:
        """A hint: when it is lost, the sweep finds the campaign by itself a few minutes later."""
        self._invoke(account_id=account_id, campaign_id=campaign_id)

    def sweep_now(self) -> None:
        """Sweep for everyone before it is time; see the port `Sweeper`."""
        self._invoke()

    def _invoke(self, **event: str) -> None:
        try:
            payload = json.dumps(event).encode()
            self._lambda.invoke(FunctionName=self._function, InvocationType="Event", Payload=payload)
        except (BotoCoreError, ClientError):
            logger.warning("release_not_asked_for", extra=event)
