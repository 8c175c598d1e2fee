"""Alarms as they are deployed, judged as CloudWatch judges them, by what the stack really counts.

The emulator neither measures queues nor reads metrics out of logs, so this does: depths of queues from SQS, our own
metrics from the log lines that carry them, Lambda's from the emulator. What nothing here can bring about (an age of
half an hour, a fault of API Gateway's) is given by hand.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from simulators.local import Stack

_COMPARED = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


@dataclass(frozen=True)
class Alarm:
    """One alarm of the stack."""

    stack: Stack
    settings: Mapping[str, Any]

    @classmethod
    def deployed(cls, stack: Stack, name: str) -> "Alarm":
        """The alarm that the template calls `name`."""
        cloudwatch: Any = stack.session.client("cloudwatch", endpoint_url=stack.aws_endpoint_url)
        (found,) = cloudwatch.describe_alarms(AlarmNames=[stack.resource(name)])["MetricAlarms"]
        return cls(stack, found)

    @property
    def dimensions(self) -> dict[str, str]:
        """What it is the metric of."""
        return {one["Name"]: one["Value"] for one in self.settings["Dimensions"]}

    def rings(self, since: datetime) -> bool:
        """Whether it is an alarm, were its whole time what has passed since then."""
        return self.judges(self._measured(since))

    def judges(self, value: float | None) -> bool:
        """Whether this value, in each of its periods, is an alarm; None is silence."""
        if value is None:
            return bool(self.settings["TreatMissingData"] == "breaching")
        return bool(_COMPARED[self.settings["ComparisonOperator"]](value, self.settings["Threshold"]))

    def _measured(self, since: datetime) -> float | None:
        metric = self.settings["MetricName"]
        match self.settings["Namespace"], metric:
            case "AWS/SQS", "ApproximateNumberOfMessagesVisible":
                return self._depth()
            case "AWS/Lambda", "Errors":
                return self._of_lambda(since)
            case "ReferralHubSpot", _:
                values = list(counted(self.stack, metric, self.dimensions, since))
                assert self.settings["Statistic"] == "Sum"
                return sum(values) if values else None
        raise AssertionError(f"nothing here measures {metric}: give it by hand")

    def _depth(self) -> float:
        url = self.stack.sqs.get_queue_url(QueueName=self.dimensions["QueueName"])["QueueUrl"]
        found = self.stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    def _of_lambda(self, since: datetime) -> float | None:
        cloudwatch: Any = self.stack.session.client("cloudwatch", endpoint_url=self.stack.aws_endpoint_url)
        points = cloudwatch.get_metric_statistics(
            Namespace=self.settings["Namespace"],
            MetricName=self.settings["MetricName"],
            Dimensions=self.settings["Dimensions"],
            Statistics=[self.settings["Statistic"]],
            StartTime=since,
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=self.settings["Period"],
        )["Datapoints"]
        return sum(point[self.settings["Statistic"]] for point in points) if points else None


def counted(stack: Stack, metric: str, dimensions: Mapping[str, str], since: datetime) -> Iterator[float]:
    """Values of a metric of ours since then, out of the log lines that CloudWatch makes metrics of."""
    begin = int(since.timestamp() * 1000)
    pages = stack.logs.get_paginator("filter_log_events").paginate(
        logGroupName=stack.resource("FunctionLogs"), startTime=begin
    )
    for page in pages:
        for event in page["events"]:
            if '"_aws"' not in event["message"] or f'"{metric}"' not in event["message"]:
                continue
            line = json.loads(event["message"])
            for directive in line["_aws"]["CloudWatchMetrics"]:
                names = {one["Name"] for one in directive["Metrics"]}
                of = [{name: line[name] for name in group} for group in directive["Dimensions"]]
                if directive["Namespace"] == "ReferralHubSpot" and metric in names and dict(dimensions) in of:
                    yield from line[metric] if isinstance(line[metric], list) else [line[metric]]
