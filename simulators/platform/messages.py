"""What the platform puts on the integration's queues: CloudEvents, ten a call, and every refused entry looked at."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched
from time import sleep
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from simulators.platform.clock import now, stamp

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

ENTRIES_PER_CALL = 10
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Message:
    """One body for the queue. `group` keeps one account's flood from delaying the others (SQS fair queues)."""

    body: str
    group: str
    event: dict[str, Any] | None = None
    key: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class Receipt:
    message: Message
    message_id: str
    published_at: str


class PublishRefusedError(Exception):
    """SQS kept refusing entries of a batch; `codes` are its reasons."""

    def __init__(self, codes: Sequence[str], sent: Sequence[Receipt]) -> None:
        super().__init__(f"SQS refused {len(codes)} entries after {ATTEMPTS} attempts: {', '.join(sorted(set(codes)))}")
        self.codes = codes
        self.sent = sent


def envelope(event: dict[str, Any]) -> dict[str, Any]:
    """The CloudEvent around `{type, data, id?, source?, time?}`."""
    account = event["data"].get("account_id", "unknown")
    return {
        "specversion": "1.0",
        "id": event.get("id") or str(uuid4()),
        "source": event.get("source") or f"/platform/accounts/{account}",
        "type": event["type"],
        "time": event.get("time") or stamp(now()),
        "datacontenttype": "application/json",
        "data": event["data"],
    }


def event_message(event: dict[str, Any]) -> Message:
    whole = envelope(event)
    return Message(json.dumps(whole), str(whole["data"].get("account_id", "unknown")), whole)


def publish(sqs: "SQSClient", queue_url: str, messages: Iterable[Message]) -> Iterator[Receipt]:
    """Send all, repeating the entries that SQS refuses.

    Raises:
        PublishRefusedError: entries were still refused at the last attempt. What was sent stays sent.
    """
    for chunk in batched(messages, ENTRIES_PER_CALL, strict=False):
        yield from _send(sqs, queue_url, chunk)


def receipts_shown(receipts: Sequence[Receipt]) -> list[dict[str, Any]]:
    return [
        {
            "event_id": receipt.message.event["id"] if receipt.message.event else None,
            "lead_id": receipt.message.event["data"].get("lead_id") if receipt.message.event else None,
            "message_id": receipt.message_id,
            "published_at": receipt.published_at,
        }
        for receipt in receipts
    ]


def _send(sqs: "SQSClient", queue_url: str, chunk: Sequence[Message]) -> list[Receipt]:
    waiting = {message.key: message for message in chunk}
    receipts: list[Receipt] = []
    codes: list[str] = []
    for attempt in range(ATTEMPTS):
        if attempt:
            sleep(0.1 * 2**attempt)
        published_at = stamp(now())
        answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=[_entry(message) for message in waiting.values()])
        receipts += [
            Receipt(waiting.pop(accepted["Id"]), accepted["MessageId"], published_at)
            for accepted in answer.get("Successful", [])
        ]
        if not waiting:
            return receipts
        codes = [refused["Code"] for refused in answer.get("Failed", [])]
    raise PublishRefusedError(codes, receipts)


def _entry(message: Message) -> "SendMessageBatchRequestEntryTypeDef":
    return {"Id": message.key, "MessageBody": message.body, "MessageGroupId": message.group}
