"""HubSpot's webhook: prove that HubSpot sent it, queue the delivery whole, answer at once."""

import base64
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from referral_hubspot.hubspot.signature import SignatureRejectedError, verify
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.environment import Environment as _Environment
from referral_hubspot.runtime.observability import count, logger, metrics

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_REFUSED_BY_SQS = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Environment(_Environment):
    """What this function reads."""

    public_base_url: str
    hubspot_secret_arn: str
    change_queue_url: str


@lru_cache(1)
def environment() -> Environment:
    return Environment.read()


@lru_cache(1)
def sqs() -> "SQSClient":
    return clients.sqs()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    text = event.get("body") or ""
    body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    headers = event["headers"]
    try:
        verify(
            secrets=clients.client_secrets(environment().hubspot_secret_arn),
            method="POST",
            # The address that HubSpot signed is configuration; the Host header is anybody's word.
            uri=f"{environment().public_base_url}/webhook",
            body=body,
            timestamp=headers.get("x-hubspot-request-timestamp", ""),
            signature=headers.get("x-hubspot-signature-v3", ""),
            now_ms=time.time_ns() // 1_000_000,
        )
    except SignatureRejectedError as error:
        logger.warning("webhook_refused", reason=error.reason)
        count("WebhookRefused")
        return {"statusCode": 401}
    # Not parsed here: what HubSpot signed is kept even if nobody can read it, or HubSpot would repeat it for a day.
    sqs().send_message(QueueUrl=environment().change_queue_url, MessageBody=_message(body))
    return {"statusCode": 204}


def _message(body: bytes) -> str:
    """The delivery as SQS takes it: never empty, and without the characters that it refuses a message for."""
    return _REFUSED_BY_SQS.sub("\ufffd", body.decode("utf-8", "replace")) or "[]"
