"""How AWS sees the queues."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from referral_hubspot.runtime.dead_letters import SqsLetterBox

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Alarms(Protocol):
    """What is asked of CloudWatch's client."""

    def describe_alarms(self, *, AlarmNames: Sequence[str]) -> Mapping[str, Any]: ...  # noqa: N803


class Health:
    """Implements the port `Counts`. SQS tells nobody but CloudWatch how old its messages are: its alarms know."""

    def __init__(
        self,
        sqs: "SQSClient",
        dead_letter_urls: Mapping[str, str],
        cloudwatch: Alarms,
        age_alarms: Mapping[str, str],
    ) -> None:
        self._boxes = {name: SqsLetterBox(sqs, url) for name, url in dead_letter_urls.items()}
        self._cloudwatch = cloudwatch
        self._age_alarms = age_alarms

    def dead_letters(self) -> dict[str, int]:
        """How many dead letters each queue has."""
        return {name: box.count() for name, box in self._boxes.items()}

    def late_queues(self) -> set[str]:
        """The queues whose oldest message is older than its alarm allows."""
        answer = self._cloudwatch.describe_alarms(AlarmNames=list(self._age_alarms.values()))
        ringing = {alarm["AlarmName"] for alarm in answer["MetricAlarms"] if alarm["StateValue"] == "ALARM"}
        return {queue for queue, alarm in self._age_alarms.items() if alarm in ringing}
