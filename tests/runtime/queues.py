"""A queue with the limits of the real one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from referral_hubspot.events.unreadable import UnreadableError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

QUEUE, DEAD_LETTERS = "https://sqs/leads", "https://sqs/dead"
ARRIVED = datetime(2026, 11, 22, 10, 0, 0, 250_000, tzinfo=UTC)


class FakeSqs:
    """`hidden` maps receipt handles to seconds, `moved` holds body and reason; `full` are bodies it refuses."""

    def __init__(self) -> None:
        self.hidden: dict[str, int] = {}
        self.moved: list[tuple[str, str]] = []
        self.full: set[str] = set()
        self.calls = 0

    @property
    def client(self) -> "SQSClient":
        return cast("SQSClient", self)

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> None:  # noqa: N803
        assert QueueUrl == QUEUE
        _distinct(Entries)
        self.calls += 1
        self.hidden |= {entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in Entries}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert QueueUrl == DEAD_LETTERS
        _distinct(Entries)
        assert len(Entries) == 1 or sum(len(entry["MessageBody"].encode()) for entry in Entries) <= 262_144
        self.calls += 1
        failed = [{"Id": entry["Id"]} for entry in Entries if entry["MessageBody"] in self.full]
        self.moved += [
            (entry["MessageBody"], entry["MessageAttributes"]["reason"]["StringValue"])
            for entry in Entries
            if entry["MessageBody"] not in self.full
        ]
        return {"Successful": [], "Failed": failed} if failed else {"Successful": []}


def _distinct(entries: Sequence[Mapping[str, Any]]) -> None:
    assert 1 <= len(entries) <= 10
    assert len({entry["Id"] for entry in entries}) == len(entries)


def delivery(*bodies: str, received: int = 1) -> dict[str, Any]:
    """What Lambda hands over: message m0, m1 … with receipts r0, r1 …"""
    attributes = {"ApproximateReceiveCount": str(received), "SentTimestamp": str(int(ARRIVED.timestamp() * 1000))}
    return {
        "Records": [
            {"messageId": f"m{index}", "receiptHandle": f"r{index}", "body": body, "attributes": attributes}
            for index, body in enumerate(bodies)
        ]
    }


def shout(body: str, _arrived_at: datetime) -> str:
    """Reads everything but what begins with "bad"."""
    if body.startswith("bad"):
        raise UnreadableError(f"{body[:4]}_said_so")
    return body.upper()
