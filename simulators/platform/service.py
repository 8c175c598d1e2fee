"""The platform as one object: what the HTTP routes call."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from simulators.platform.enrolment import Enrolment
from simulators.platform.identity import Identity
from simulators.platform.inbox import Inbox
from simulators.platform.messages import Message, Receipt, event_message, publish
from simulators.platform.outbox import Outbox
from simulators.platform.referrers import Referrer, Referrers
from simulators.platform.stack import Stack, sqs_client
from simulators.platform.world import Campaign, World

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

log = logging.getLogger(__name__)


class NoQueueError(Exception):
    """Nobody has said yet where this queue of the integration is."""

    def __init__(self, queue: str = "lead") -> None:
        super().__init__(f"The {queue} queue is not known yet: POST the contents of stack.json to /_sim/stack first.")


class Platform:
    """Holds the identity and the world; publishes, and listens once it knows its stack."""

    def __init__(self, url: str, audience: str, key_file: Path | None = None) -> None:
        self.url = url
        self.identity = Identity(url, audience, key_file)
        self.world = World()
        self.referrers = Referrers()
        self._outbox = Outbox(self._send_owed)
        self.enrolment = Enrolment(self.world, self.referrers, self._outbox)
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
                self._inbox = Inbox(self._sqs, stack.announcement_queue_url, self._announced)
                self._inbox.start()

    @property
    def listening(self) -> bool:
        return self._inbox is not None

    def stop(self) -> None:
        with self._wiring:
            if self._inbox:
                self._inbox.stop()
                self._inbox = None
        self._outbox.stop()

    def forget(self) -> None:
        """Drop all but campaigns and versions, enrolment settings and owed answers too."""
        self._outbox.forget()
        self.enrolment.forget()
        self.world.forget()
        self.referrers.forget()

    def publish(self, messages: Iterable[Message]) -> list[Receipt]:
        """Put messages on the lead queue, referrer events on the referrer queue.

        Raises:
            NoQueueError: a queue they need is not known yet; nothing is sent.
            PublishRefusedError: SQS kept refusing some; the others are sent and remembered.
        """
        sqs, stack = self._sqs, self.stack
        others, of_referrers = _by_queue(messages)
        if of_referrers and not stack.referrer_queue_url:
            raise NoQueueError("referrer")
        if sqs is None or (others and not stack.lead_queue_url):
            raise NoQueueError
        receipts: list[Receipt] = []
        for receipt in publish(sqs, stack.lead_queue_url or "", others):
            receipts.append(receipt)
            if receipt.message.event:
                self._published(receipt.message.event, receipt.published_at)
        return [*receipts, *publish(sqs, stack.referrer_queue_url or "", of_referrers)]

    def publish_referrers(self, made: Sequence[Referrer]) -> tuple[list[dict[str, Any]], list[Receipt]]:
        """Remember and publish them: as joined, or as updated who was known already."""
        if self._sqs is None or not self.stack.referrer_queue_url:
            raise NoQueueError("referrer")
        kept = [self.referrers.keep(referrer) for referrer in made]
        receipts = self.publish(
            event_message({"type": "referrer.joined.v1" if new else "referrer.updated.v1", "data": data})
            for new, data in kept
        )
        return [data for _, data in kept], receipts

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

    def _published(self, event: dict[str, Any], at: str) -> None:
        data = event["data"]
        referrer = data.get("referrer")
        if self.world.published(event, at) and isinstance(referrer, dict):
            self.enrolment.count(data["account_id"], data["campaign_id"], str(referrer.get("id")), "referrals_count")

    def _announced(self, event: dict[str, Any] | None) -> None:
        if event is None:
            self.world.unreadable()
            return
        first = self.world.announced(event)
        data = event.get("data")
        if event["type"] == "referrers.enrolment_requested.v1":
            self.enrolment.requested(data)
        elif first and event["type"] == "referral.qualified.v1" and isinstance(data, dict):
            account_id, campaign_id, referrer_id = (
                str(data.get(name)) for name in ("account_id", "campaign_id", "referrer_id")
            )
            self.enrolment.count(account_id, campaign_id, referrer_id, "converted_referrals_count")

    def _send_owed(self, events: Sequence[dict[str, Any]]) -> None:
        try:
            self.publish(event_message(event) for event in events)
        except NoQueueError:
            log.warning("referrer_events_dropped count=%s reason=no_referrer_queue", len(events))


def _by_queue(messages: Iterable[Message]) -> tuple[list[Message], list[Message]]:
    """Those for the lead queue, and those for the referrer queue."""
    others: list[Message] = []
    of_referrers: list[Message] = []
    for message in messages:
        referrer_event = message.event is not None and message.event["type"].startswith("referrer.")
        (of_referrers if referrer_event else others).append(message)
    return others, of_referrers
