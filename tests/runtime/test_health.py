"""How AWS sees the queues."""

from collections.abc import Mapping, Sequence
from typing import Any

import boto3
from moto import mock_aws

from referral_hubspot.runtime.health import Health


class Alarms:
    def __init__(self, **states: str) -> None:
        self._states = states

    def describe_alarms(self, *, AlarmNames: Sequence[str]) -> Mapping[str, Any]:  # noqa: N803
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": self._states[name]} for name in AlarmNames]}


def test_a_queue_is_late_while_its_alarm_rings() -> None:
    with mock_aws():
        sqs = boto3.client("sqs", "eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
        url = sqs.create_queue(QueueName="dead")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="{}")
        alarms = Alarms(first="ALARM", second="INSUFFICIENT_DATA")

        health = Health(sqs, {"lead": url}, alarms, {"lead": "first", "change": "second"})

        assert (health.dead_letters(), health.late_queues()) == ({"lead": 1}, {"lead"})
