"""One platform simulator for each test, with moto's SQS behind it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from moto import mock_aws

from simulators.platform import PlatformSimulator

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

REGION = "eu-central-1"


@dataclass
class Bench:
    """The simulator over HTTP, and the queues it stands between."""

    url: str
    sqs: "SQSClient"
    lead_queue_url: str
    announcement_queue_url: str
    referrer_queue_url: str

    def get(self, path: str, **query: str) -> Any:
        answer = requests.get(self.url + path, params=query, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        answer = requests.post(self.url + path, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def attach(self, **more: str | None) -> None:
        self.post(
            "/_sim/stack",
            {
                "region": REGION,
                "lead_queue_url": self.lead_queue_url,
                "announcement_queue_url": self.announcement_queue_url,
                "referrer_queue_url": self.referrer_queue_url,
                "a_key_of_a_later_release": "ignored",
                **more,
            },
        )

    def queued(self) -> list[dict[str, Any]]:
        """Take every message off the lead queue, in order of sending."""
        return self._taken(self.lead_queue_url)

    def referrer_events(self) -> list[dict[str, Any]]:
        """Take every event off the referrer queue, in order of sending."""
        return [json.loads(message["Body"]) for message in self._taken(self.referrer_queue_url)]

    def _taken(self, queue_url: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while messages := self.sqs.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=10, AttributeNames=["All"]
        ).get("Messages"):
            found += [dict(message) for message in messages]
            for message in messages:
                self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return found


@pytest.fixture(scope="module")
def wired() -> Iterator[Bench]:
    """Shared by a file's tests, for stopping takes as long as a poll of the queue."""
    with pytest.MonkeyPatch.context() as environment, mock_aws(), PlatformSimulator() as platform:
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        sqs = boto3.client("sqs", region_name=REGION)
        urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("leads", "announcements", "referrers")]
        bench = Bench(platform.url, sqs, *urls)
        bench.attach()
        yield bench


@pytest.fixture
def bench(wired: Bench) -> Bench:
    wired.attach()
    wired.post("/_sim/reset", {})
    wired.queued()
    wired.referrer_events()
    return wired
