"""One logger and one set of metrics for every function.

A log line is a constant `snake_case` event with facts as fields: ids yes, addresses, names and tokens
never. A metric has no dimension but the service: an id as a dimension would be a paid metric per value.
"""

import os
import warnings
from traceback import extract_tb

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

# An invocation that has nothing to count is nothing to warn of.
warnings.filterwarnings("ignore", message="No application metrics to publish")

# Deployed it is the stack's name: two stacks of an AWS account must not answer each other's alarms.
_SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "referral-hubspot")

logger = Logger(service=_SERVICE)
metrics = Metrics(namespace="ReferralHubSpot", service=_SERVICE)


def count(name: str, value: int = 1) -> None:
    """Add to a metric; nothing is written for none."""
    if value:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def frames(error: BaseException) -> list[str]:
    """Where an error comes from. Its text is not for the log: it may quote whatever a message or a row held."""
    return [f"{frame.filename}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
