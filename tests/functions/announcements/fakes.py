"""An event bus and a queue that take what they are told to take."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient


class FakeEvents:
    """Takes ten entries at once, as the real one; `refuse` maps a type or a subject to an error code."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.entries: list[Mapping[str, Any]] = []
        self.refuse: dict[str, str] = {}

    @property
    def client(self) -> "EventBridgeClient":
        return cast("EventBridgeClient", self)

    def put_events(self, *, Entries: list[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert 1 <= len(Entries) <= 10
        answers: list[dict[str, str]] = []
        for entry in Entries:
            code = self.refuse.get(entry["DetailType"]) or self.refuse.get(subject(entry))
            if code is None:
                self.entries.append(entry)
                self.taken.append(json.loads(entry["Detail"]))
            answers.append({"ErrorCode": code, "ErrorMessage": "no"} if code else {"EventId": "e"})
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}


class FakeQueue:
    """Keeps what is sent: address, body, reason."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any], str]] = []
        self.fault: Exception | None = None

    @property
    def client(self) -> "SQSClient":
        return cast("SQSClient", self)

    def send_message(self, *, QueueUrl: str, MessageBody: str, MessageAttributes: Mapping[str, Any]) -> None:  # noqa: N803
        if self.fault:
            raise self.fault
        self.sent.append((QueueUrl, json.loads(MessageBody), MessageAttributes["reason"]["StringValue"]))


def subject(entry: Mapping[str, Any]) -> str:
    """What an entry is about."""
    return str(json.loads(entry["Detail"])["subject"])
