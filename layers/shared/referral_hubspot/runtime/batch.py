"""An SQS batch: what can be read, what goes to the dead letters at first sight, what comes again."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from referral_hubspot.events.unreadable import UnreadableError
from referral_hubspot.runtime.observability import count, frames, logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_SQS_BATCH = 10  # entries that one SQS batch call takes
_SQS_BATCH_BYTES = 262_144  # and what they may weigh together
_REASON_BYTES = 1_000  # more than a reason and its attribute weigh


@dataclass(frozen=True, slots=True)
class Message[T]:
    """A message that could be read, with its SQS record."""

    content: T
    record: Mapping[str, Any]


class Batch[T]:
    """The readable messages of an invocation, and the reply that gives back the others."""

    def __init__(self, messages: Sequence[Message[T]], stuck: Sequence[str], queue: "Queue") -> None:
        self.messages = messages
        self._stuck = stuck
        self._queue = queue

    @property
    def contents(self) -> list[T]:
        """What the messages say, in their order."""
        return [message.content for message in self.messages]

    def process(self, work: Callable[[Sequence[T]], Iterable[int]]) -> dict[str, Any]:
        """Do the work and give Lambda's answer to SQS.

        A message that breaks the code breaks it for itself only: what fails whole is done again in
        halves, which is safe because all work may be repeated. In the end the one message goes the
        way of a crash, to the dead letters.

        Args:
            work: Takes contents and answers the indexes of those that have to come again.
        """
        return self._reply(_isolated(self.contents, work))

    def _reply(self, retry: Iterable[int]) -> dict[str, Any]:
        """The messages at these indexes come again, later each time."""
        again = [self.messages[index].record for index in sorted(retry)]
        self._queue.postpone(again)
        failed = [record["messageId"] for record in again] + list(self._stuck)
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


class Queue:
    """The queue that a function reads, with its dead letters and the delays of repeated messages."""

    def __init__(self, sqs: "SQSClient", url: str, dead_letters_url: str, delays_s: Sequence[int]) -> None:
        self._sqs = sqs
        self._url = url
        self._dead_letters_url = dead_letters_url
        self._delays_s = delays_s

    def read[T](self, event: Mapping[str, Any], reader: Callable[[str, datetime], T]) -> Batch[T]:
        """Read every message by `reader` (body, first arrival); what it calls unreadable is moved away."""
        messages: list[Message[T]] = []
        unreadable: list[tuple[Mapping[str, Any], str]] = []
        for record in event["Records"]:
            try:
                messages.append(Message(reader(record["body"], arrived_at(record)), record))
            except UnreadableError as error:
                unreadable.append((record, error.reason))
        return Batch(messages, self._bury(unreadable), self)

    def postpone(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Let messages come again after 15, 30, 60 … seconds instead of the visibility timeout."""
        self._hide((record, self._delay_s(record)) for record in records)

    def expect_back(self, records: Iterable[Mapping[str, Any]], seconds: int) -> None:
        """Let messages come again after so long if this worker dies, instead of the visibility timeout."""
        self._hide((record, seconds) for record in records)

    def _hide(self, records: Iterable[tuple[Mapping[str, Any], int]]) -> None:
        for group in batched(records, _SQS_BATCH, strict=False):
            self._sqs.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": record["receiptHandle"], "VisibilityTimeout": seconds}
                    for index, (record, seconds) in enumerate(group)
                ],
            )

    def _delay_s(self, record: Mapping[str, Any]) -> int:
        received = int(record["attributes"]["ApproximateReceiveCount"])
        return self._delays_s[min(received, len(self._delays_s)) - 1]

    def _bury(self, unreadable: Iterable[tuple[Mapping[str, Any], str]]) -> list[str]:
        """Move messages to the dead letters with the reason; ids of those that could not be moved."""
        stuck: list[str] = []
        for group in _sendable(unreadable):
            try:
                answer = self._sqs.send_message_batch(
                    QueueUrl=self._dead_letters_url,
                    Entries=[
                        {
                            "Id": str(index),
                            "MessageBody": record["body"],
                            "MessageAttributes": {"reason": {"DataType": "String", "StringValue": reason}},
                        }
                        for index, (record, reason) in enumerate(group)
                    ],
                )
                stuck += [group[int(entry["Id"])][0]["messageId"] for entry in answer.get("Failed", [])]
            except ClientError:
                # One that fills a message to its limit has no room for a reason: SQS moves it in the end.
                stuck += [record["messageId"] for record, _ in group]
            for record, reason in group:
                logger.error("message_unreadable", message_id=record["messageId"], reason=reason)
            count("MessageUnreadable", len(group))
        return stuck


def _sendable(unreadable: Iterable[tuple[Mapping[str, Any], str]]) -> Iterator[list[tuple[Mapping[str, Any], str]]]:
    """Groups that one call takes. Nobody checked these messages, so they may be as big as SQS lets them be."""
    group: list[tuple[Mapping[str, Any], str]] = []
    weight = 0
    for record, reason in unreadable:
        own = len(record["body"].encode()) + _REASON_BYTES
        if group and (len(group) == _SQS_BATCH or weight + own > _SQS_BATCH_BYTES):
            yield group
            group, weight = [], 0
        group.append((record, reason))
        weight += own
    if group:
        yield group


def _isolated[T](contents: Sequence[T], work: Callable[[Sequence[T]], Iterable[int]]) -> set[int]:
    if not contents:
        return set()
    try:
        return set(work(contents))
    except Exception as error:
        if _is_passing(error):
            raise  # AWS cannot be reached or is too busy: halves would only ask it more often
        if len(contents) == 1:
            logger.error("message_broke_the_code", error=type(error).__name__, frames=frames(error))
            count("MessageBroken")
            return {0}
    middle = len(contents) // 2
    later = _isolated(contents[middle:], work)
    return _isolated(contents[:middle], work) | {middle + index for index in later}


def _is_passing(error: Exception) -> bool:
    if isinstance(error, ClientError):
        response: Mapping[str, Any] = error.response
        reasons = {reason.get("Code") for reason in response.get("CancellationReasons", ())}
        return response["Error"]["Code"] != "ValidationException" and "ValidationError" not in reasons
    return isinstance(error, BotoCoreError)


def arrived_at(record: Mapping[str, Any]) -> datetime:
    """When the message first came into the queue."""
    return datetime.fromtimestamp(int(record["attributes"]["SentTimestamp"]) / 1000, UTC)


def delays(text: str) -> list[int]:
    """Seconds out of the deployment's parameter, as in "15,30,60"."""
    return [int(part) for part in text.split(",")]
