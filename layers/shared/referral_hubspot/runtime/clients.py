"""AWS clients with time-outs that fit a function, and secrets kept for a few minutes."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sqs import SQSClient

    from referral_hubspot.runtime.health import Alarms

_SECRET_AGE_S = 300  # a rotated secret is used within five minutes; until then both are valid
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 4},
    parameter_validation=False,  # half the processor time of a full transaction, for what the type checker sees before
)

_secrets: list[SecretsProvider] = []


def dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=_CONFIG)


def sqs() -> "SQSClient":
    return boto3.client("sqs", config=_CONFIG)


def kms() -> "KMSClient":
    return boto3.client("kms", config=_CONFIG)


def events() -> "EventBridgeClient":
    return boto3.client("events", config=_CONFIG)


def lambda_() -> "LambdaClient":
    return boto3.client("lambda", config=_CONFIG)


def scheduler() -> "EventBridgeSchedulerClient":
    return boto3.client("scheduler", config=_CONFIG)


def logs() -> "CloudWatchLogsClient":
    return boto3.client("logs", config=_CONFIG)


def cloudwatch() -> "Alarms":
    client: Alarms = boto3.client("cloudwatch", config=_CONFIG)
    return client


def secret(arn: str) -> str:
    """A secret's text."""
    if not _secrets:
        client = boto3.client("secretsmanager", config=_CONFIG)
        _secrets.append(SecretsProvider(boto3_client=client))  # by itself it starts a session anew
    return str(_secrets[0].get(arn, max_age=_SECRET_AGE_S))


def client_secrets(arn: str) -> list[str]:
    """HubSpot's client secret, and during a rotation the one before it."""
    stored: dict[str, str] = json.loads(secret(arn))
    return [value for name in ("client_secret", "previous_client_secret") if (value := stored.get(name, ""))]


def now() -> datetime:
    """The clock that everything is given."""
    return datetime.now(UTC)
