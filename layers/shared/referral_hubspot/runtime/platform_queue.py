"""The one way in for what the platform publishes, whichever of its queues it comes by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from referral_hubspot.events.platform import command, read
from referral_hubspot.runtime import clients
from referral_hubspot.runtime.batch import Queue, delays
from referral_hubspot.runtime.receiving import ReceivingEnvironment
from referral_hubspot.runtime.report import report
from referral_hubspot.usecases.receive import Command, Receive


@dataclass(frozen=True, slots=True)
class PlatformQueueEnvironment(ReceivingEnvironment):
    """What reading such a queue takes, beside its own address and that of its dead letters."""

    retry_delays_seconds: str

    def queue(self, url: str, dead_letters_url: str) -> Queue:
        """The queue at this address."""
        return Queue(clients.sqs(), url, dead_letters_url, delays(self.retry_delays_seconds))


def take_in(event: dict[str, Any], queue: Queue, receive: Receive) -> dict[str, Any]:
    """Take in a batch of messages; Lambda's answer to SQS."""

    def take(commands: Sequence[Command]) -> set[int]:
        taken = receive.take(commands)
        report(taken)
        return taken.retry

    return queue.read(event, _command).process(take)


def _command(body: str, arrived_at: datetime) -> Command:
    return command(read(body), arrived_at)
