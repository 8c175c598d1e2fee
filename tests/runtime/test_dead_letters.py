"""Queues of dead letters as SQS has them, and the ways back."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from moto import mock_aws

from referral_hubspot.runtime.dead_letters import BusAgain, SourceQueue, SqsLetterBox
from tests.functions.announcements.fakes import FakeEvents

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

ANNOUNCEMENT = {
    "specversion": "1.0",
    "id": "a1",
    "time": "2026-11-25T09:00:00Z",
    "type": "lead.changed.v1",
    "subject": "acme/spring/lead/l1",
    "data": {"lead_id": "l1"},
}


@pytest.fixture
def sqs() -> Iterator["SQSClient"]:
    with mock_aws():
        yield boto3.client("sqs", "eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def url(sqs: "SQSClient") -> str:
    return sqs.create_queue(QueueName="dead")["QueueUrl"]


def put(sqs: "SQSClient", url: str, body: Any, **attributes: str) -> None:
    named: Any = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body), MessageAttributes=named)


def test_letters_are_taken_with_their_reason_and_hidden_until_they_are_put_back(sqs: "SQSClient", url: str) -> None:
    put(sqs, url, {"n": 1}, reason="not_json")
    box = SqsLetterBox(sqs, url)

    [letter] = box.take()

    assert (letter.reason, letter.body) == ("not_json", '{"n": 1}')
    assert (box.take(), box.count()) == ([], 1)
    box.put_back([letter])
    assert [one.id for one in box.take()] == [letter.id]


def test_letters_are_removed_by_tens(sqs: "SQSClient", url: str) -> None:
    for number in range(12):
        put(sqs, url, number)
    box = SqsLetterBox(sqs, url)
    letters = [*box.take(), *box.take()]

    box.remove(letters)

    assert (len(letters), box.count()) == (12, 0)


def test_a_letter_goes_back_as_it_came_and_without_our_reason(sqs: "SQSClient", url: str) -> None:
    put(sqs, url, {"n": 1}, reason="not_json")
    source = sqs.create_queue(QueueName="source")["QueueUrl"]
    letters = SqsLetterBox(sqs, url).take()

    assert SourceQueue(sqs, source).send(letters) == letters

    [message] = sqs.receive_message(QueueUrl=source, MessageAttributeNames=["All"])["Messages"]
    assert (message["Body"], message.get("MessageAttributes")) == ('{"n": 1}', None)


def test_the_senders_fair_share_goes_along() -> None:
    class Sqs:
        sent: dict[str, Any]

        def send_message(self, **request: Any) -> None:
            self.sent = request

        def receive_message(self, **request: Any) -> Any:
            assert "MessageGroupId" in request["MessageSystemAttributeNames"]
            system = {"SentTimestamp": "1795341600000", "MessageGroupId": "acme"}
            return {"Messages": [{"MessageId": "m", "ReceiptHandle": "r", "Body": "{}", "Attributes": system}]}

    fake = Sqs()
    SourceQueue(cast("SQSClient", fake), "source").send(SqsLetterBox(cast("SQSClient", fake), "dead").take())

    assert fake.sent == {"QueueUrl": "source", "MessageBody": "{}", "MessageGroupId": "acme"}


def test_an_announcement_goes_on_the_bus_again_under_its_own_id(sqs: "SQSClient", url: str) -> None:
    put(sqs, url, ANNOUNCEMENT, reason="MalformedDetail")
    put(
        sqs,
        url,
        {"detail-type": "lead.changed.v1", "detail": {**ANNOUNCEMENT, "id": "a2"}},
        ERROR_CODE="NO_PERMISSIONS",
    )
    put(sqs, url, {"requestContext": {}, "DDBStreamBatchInfo": {}})
    events = FakeEvents()
    letters = SqsLetterBox(sqs, url).take()

    taken = BusAgain(events.client, "bus").send(letters)

    assert sorted(letter.reason for letter in taken) == ["MalformedDetail", "NO_PERMISSIONS"]
    assert sorted(one["id"] for one in events.taken) == ["a1", "a2"]
    assert {(entry["EventBusName"], entry["Source"], entry["DetailType"]) for entry in events.entries} == {
        ("bus", "referral-hubspot", "lead.changed.v1")
    }


def test_an_announcement_that_is_refused_again_is_not_taken(sqs: "SQSClient", url: str) -> None:
    put(sqs, url, ANNOUNCEMENT, reason="MalformedDetail")
    events = FakeEvents()
    events.refuse = {"lead.changed.v1": "MalformedDetail"}

    assert BusAgain(events.client, "bus").send(SqsLetterBox(sqs, url).take()) == []


def test_letters_without_any_announcement_do_not_trouble_the_bus(sqs: "SQSClient", url: str) -> None:
    put(sqs, url, {"DDBStreamBatchInfo": {}})

    assert BusAgain(cast("EventBridgeClient", None), "bus").send(SqsLetterBox(sqs, url).take()) == []
