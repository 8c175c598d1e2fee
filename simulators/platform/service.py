"""The platform as one object: what the HTTP routes call."""

from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from simulators.platform.identity import Identity
from simulators.platform.inbox import Inbox
from simulators.platform.messages import Message, Receipt, event_message, publish
from simulators.platform.stack import Stack, sqs_client
from simulators.platform.world import Campaign, World

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class NoQueueError(Exception):
    """Nobody has said yet where the integration's lead queue is."""

    def __init__(self) -> None:
        super().__init__("The lead queue is not known yet: POST the contents of stack.json to /_sim/stack first.")


class Platform:
    """Holds the identity and the world; publishes, and listens once it knows its stack."""

    def __init__(self, url: str, audience: str, key_file: Path | None = None) -> None:
        self.url = url
        self.identity = Identity(url, audience, key_file)
        self.world = World()
        self.stack = Stack()
        self._sqs: SQSClient | None = None
        self._inbox: Inbox | None = None
        self._wiring = Lock()

    def attach(self, stack: Stack) -> None:
        """Use this stack from now on; an announcement queue other than before is polled instead of it."""
        with self._wiring:
            moved = (stack.aws_endpoint_url, stack.region) != (self.stack.aws_endpoint_url, self.stack.region)
            if self._sqs is None or moved:
                self._sqs = sqs_client(stack)
            self.stack = stack
            if self._inbox and (moved or self._inbox.queue_url != stack.announcement_queue_url):
                self._inbox.stop()
                self._inbox = None
            if stack.announcement_queue_url and self._inbox is None:
                self._inbox = Inbox(self._sqs, stack.announcement_queue_url, self.world)
                self._inbox.start()

    @property
    def listening(self) -> bool:
        return self._inbox is not None

    def stop(self) -> None:
        with self._wiring:
            if self._inbox:
                self._inbox.stop()
                self._inbox = None

    def publish(self, messages: Iterable[Message]) -> list[Receipt]:
        """Put messages on the lead queue.

        Raises:
            NoQueueError: the stack is not known yet.
            PublishRefusedError: SQS kept refusing some; the others are sent and remembered.
        """
        if self._sqs is None or not self.stack.lead_queue_url:
            raise NoQueueError
        receipts: list[Receipt] = []
        for receipt in publish(self._sqs, self.stack.lead_queue_url, messages):
            receipts.append(receipt)
            if receipt.message.event:
                self.world.published(receipt.message.event, receipt.published_at)
        return receipts

    def update_campaign(self, campaign: Campaign) -> tuple[Campaign, list[Receipt]]:
        """Register the campaign under its next version and tell the integration."""
        if self._sqs is None or not self.stack.lead_queue_url:
            raise NoQueueError
        stored = self.world.register(campaign)
        data: dict[str, Any] = {
            "account_id": stored.account_id,
            "campaign_id": stored.campaign_id,
            "name": stored.name,
            "state": stored.state,
            "time_zone": stored.time_zone,
            "custom_fields": stored.custom_fields,
            "version": stored.version,
        }
        return stored, self.publish([event_message({"type": "campaign.updated.v1", "data": data})])
