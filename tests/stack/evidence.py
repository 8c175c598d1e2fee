"""What a running stack leaves behind: dead letters, log lines, rows of its tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched
from typing import Any

from simulators.local import Stack
from tests.stack.waiting import wait_until

_LINES_AT_ONCE = 10_000


@dataclass(frozen=True)
class DeadLetter:
    """A message that the stack gave up on."""

    body: str
    reason: str | None


def dead_letters(stack: Stack, containing: str, *, queue: str = "lead") -> list[DeadLetter]:
    """Dead letters whose body contains a text; they stay where they are."""
    url = stack.dead_letter_queue_urls[queue]
    found: list[DeadLetter] = []
    handles: list[str] = []
    while True:
        # Hidden for the length of this look, or every receive could give the same ones.
        answer = stack.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=20, MessageAttributeNames=["All"]
        )
        messages = answer.get("Messages", [])
        if not messages:
            break
        for message in messages:
            reason = message.get("MessageAttributes", {}).get("reason")
            found.append(DeadLetter(message.get("Body", ""), reason and reason.get("StringValue")))
            handles.append(message.get("ReceiptHandle", ""))
    for group in batched(handles, 10, strict=False):
        stack.sqs.change_message_visibility_batch(
            QueueUrl=url,
            Entries=[
                {"Id": str(index), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for index, handle in enumerate(group)
            ],
        )
    return [letter for letter in found if containing in letter.body]


def wait_for_dead_letters(stack: Stack, containing: str, number: int, *, queue: str = "lead") -> list[DeadLetter]:
    """Wait for so many dead letters that contain a text, or more."""

    def look() -> list[DeadLetter]:
        found = dead_letters(stack, containing, queue=queue)
        return found if len(found) >= number else []

    return wait_until(f"{number} dead letters of {queue}", look)


def log_lines(stack: Stack) -> Iterator[str]:
    """Every line of every log group of the stack."""
    pages = stack.logs.get_paginator("filter_log_events")
    for groups in stack.logs.get_paginator("describe_log_groups").paginate():
        for group in groups["logGroups"]:
            since, of_that_moment = 0, 0
            while True:
                # The emulator gives so many at the most, the oldest first, and no token for the others.
                some = pages.paginate(logGroupName=group["logGroupName"], startTime=since)
                lines = [line for page in some for line in page["events"]]
                yield from (line["message"] for line in lines[of_that_moment:])
                if len(lines) < _LINES_AT_ONCE:
                    break
                since = lines[-1]["timestamp"]
                of_that_moment = sum(line["timestamp"] == since for line in lines)


def rows(stack: Stack, table: str, containing: str) -> list[dict[str, Any]]:
    """Rows of a table, by its logical id, in which a text occurs in a key or a value."""
    found: list[dict[str, Any]] = []
    for page in stack.dynamodb.get_paginator("scan").paginate(TableName=stack.resource(table), ConsistentRead=True):
        found += [item for item in page["Items"] if containing in repr(item)]
    return found
