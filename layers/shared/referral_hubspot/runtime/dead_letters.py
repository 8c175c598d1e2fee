"""Queues of dead letters, and the ways back: the queue that they came from, or the event bus."""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.dead_letters import Letter
from referral_hubspot.events.source import SOURCE

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

_HIDDEN_S = 900  # longer than a command runs, so that it meets each letter once
_BATCH = 10


class SqsLetterBox:
    """Implements the port `LetterBox`."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url

    def count(self) -> int:
        """How many there are, hidden ones included."""
        counts = self._sqs.get_queue_attributes(
            QueueUrl=self._url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return sum(int(count) for count in counts.values())

    def take(self) -> list[Letter]:
        """Up to ten; waiting a second makes SQS ask all of its servers before it says none."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=_HIDDEN_S,
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp", "MessageGroupId"],
        )
        return [_letter(message) for message in answer.get("Messages", [])]

    def put_back(self, letters: Collection[Letter]) -> None:
        """Show them again at once; one that cannot be comes up by itself."""
        for group in batched(letters, _BATCH, strict=False):
            self._sqs.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": letter.handle, "VisibilityTimeout": 0}
                    for index, letter in enumerate(group)
                ],
            )

    def remove(self, letters: Collection[Letter]) -> None:
        """Take them off for good; one that cannot be comes up again, and is then there twice."""
        for group in batched(letters, _BATCH, strict=False):
            self._sqs.delete_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(index), "ReceiptHandle": letter.handle} for index, letter in enumerate(group)],
            )


class SourceQueue:
    """Where leads, referrers, changes and syncs are processed; implements the port `Destination`."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url

    def send(self, letters: Sequence[Letter]) -> list[Letter]:
        """Send each by itself: a message may be as big as a call of ten."""
        for letter in letters:
            group: Any = {"MessageGroupId": letter.group} if letter.group else {}
            self._sqs.send_message(QueueUrl=self._url, MessageBody=letter.body, **group)
        return list(letters)


class BusAgain:
    """Puts announcements on the bus once more, under the ids that they have; implements the port `Destination`."""

    def __init__(self, events: "EventBridgeClient", name: str) -> None:
        self._events = events
        self._name = name

    def send(self, letters: Sequence[Letter]) -> list[Letter]:
        """Those that the bus took; what holds no announcement is none of them."""
        known = [letter for letter in letters if letter.announcement]
        if not known:
            return []
        answer = self._events.put_events(Entries=list(self._entries(known)))
        refused = {index for index, entry in enumerate(answer["Entries"]) if entry.get("ErrorCode")}
        return [letter for index, letter in enumerate(known) if index not in refused]

    def _entries(self, letters: Sequence[Letter]) -> Iterator[Any]:
        for letter in letters:
            announcement = letter.announcement or {}
            yield {
                "EventBusName": self._name,
                "Source": SOURCE,
                "DetailType": announcement["type"],
                "Time": datetime.fromisoformat(announcement["time"]),
                "Detail": json.dumps(announcement),
            }


def _letter(message: Any) -> Letter:
    system = message.get("Attributes", {})
    return Letter(
        id=message["MessageId"],
        sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        body=message["Body"],
        attributes={
            name: value["StringValue"]
            for name, value in message.get("MessageAttributes", {}).items()
            if "StringValue" in value
        },
        group=system.get("MessageGroupId", ""),
        handle=message["ReceiptHandle"],
    )
