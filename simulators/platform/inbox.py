"""Reads announcements off the platform's queue, as its own services would: in the background, all the time."""

import json
import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

log = logging.getLogger(__name__)

POLL_SECONDS = 1
PAUSE_AFTER_FAULT_SECONDS = 1.0


class Inbox:
    """Polls one queue until stopped. A message is deleted only after it was taken."""

    def __init__(self, sqs: "SQSClient", queue_url: str, take: Callable[[dict[str, Any] | None], None]) -> None:
        self.queue_url = queue_url
        self._sqs = sqs
        self._take_event = take
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="announcements", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=POLL_SECONDS + 4)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                answer = self._sqs.receive_message(
                    QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=POLL_SECONDS
                )
                messages = answer.get("Messages", [])
                if messages:
                    self._take(messages)
            except (BotoCoreError, ClientError) as error:
                # The stack may be going down or coming up; its queue is asked again until we are told to stop.
                log.warning("announcements_unreachable error=%s", type(error).__name__)
                self._stopped.wait(PAUSE_AFTER_FAULT_SECONDS)

    def _take(self, messages: "list[MessageTypeDef]") -> None:
        for message in messages:
            event = cloud_event(message.get("Body", ""))
            if event is None:
                log.warning("announcement_unreadable message_id=%s", message.get("MessageId"))
            self._take_event(event)
        self._sqs.delete_message_batch(
            QueueUrl=self.queue_url,
            Entries=[
                {"Id": str(index), "ReceiptHandle": message.get("ReceiptHandle", "")}
                for index, message in enumerate(messages)
            ],
        )  # one that is not deleted comes again and is dropped by its id


def cloud_event(body: str) -> dict[str, Any] | None:
    """The CloudEvent inside EventBridge's envelope (or bare); None when there is none."""
    try:
        whole = json.loads(body)
    except ValueError:
        return None
    event = whole.get("detail", whole) if isinstance(whole, dict) else None
    if isinstance(event, dict) and event.get("id") and isinstance(event.get("type"), str):
        return event
    return None
