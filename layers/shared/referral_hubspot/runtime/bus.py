"""The event bus that announcements go to, and what becomes of one that it does not take."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.attention import AttentionChange
from referral_hubspot.domain.bindings import BindingChange
from referral_hubspot.domain.syncs import EnrolmentRequest, PastRun
from referral_hubspot.events.announcements import Announcement
from referral_hubspot.events.deriving import of_attention, of_binding, of_person, of_request, of_run
from referral_hubspot.events.source import SOURCE
from referral_hubspot.runtime.observability import count, logger
from referral_hubspot.storage.stream import change_from

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

_BUS_BATCH = 10  # entries that one PutEvents takes
_PASSING = frozenset({"ThrottlingException", "InternalFailure", "InternalException"})


class Bus:
    """Announces changes in their order; the stream brings back what could not be announced yet."""

    def __init__(self, events: "EventBridgeClient", name: str, sqs: "SQSClient", dead_letters_url: str) -> None:
        self._events = events
        self._name = name
        self._sqs = sqs
        self._dead_letters_url = dead_letters_url

    def announce(self, records: Sequence[Mapping[str, Any]]) -> str | None:
        """Announce what stream records say.

        Returns:
            The sequence number from which the stream must come again, None if all is announced or,
            refused for good, in the dead letters.
        """
        pending = [
            (record["dynamodb"]["SequenceNumber"], announcement)
            for record in records
            for announcement in _announcements(record)
        ]
        for group in batched(pending, _BUS_BATCH, strict=False):
            failed = self._put([announcement for _, announcement in group])
            passing = [index for index, code in failed.items() if code in _PASSING]
            for index in failed.keys() - set(passing):
                self._bury(group[index][1], failed[index])
            count("Announced", len(group) - len(failed))
            if passing:
                return str(group[min(passing)][0])
        return None

    def _put(self, announcements: Sequence[Announcement]) -> dict[int, str]:
        """Error codes by the index of each announcement that was not taken."""
        answer = self._events.put_events(
            Entries=[
                {
                    "EventBusName": self._name,
                    "Source": SOURCE,
                    "DetailType": announcement.type,
                    "Time": announcement.time,
                    "Detail": announcement.model_dump_json(),
                }
                for announcement in announcements
            ]
        )
        return {index: entry["ErrorCode"] for index, entry in enumerate(answer["Entries"]) if entry.get("ErrorCode")}

    def _bury(self, announcement: Announcement, code: str) -> None:
        self._sqs.send_message(
            QueueUrl=self._dead_letters_url,
            MessageBody=announcement.model_dump_json(),
            MessageAttributes={"reason": {"DataType": "String", "StringValue": code}},
        )
        logger.error("announcement_refused", announcement_id=announcement.id, reason=code)
        count("AnnouncementRefused")


def _announcements(record: Mapping[str, Any]) -> list[Announcement]:
    at = datetime.fromtimestamp(float(record["dynamodb"]["ApproximateCreationDateTime"]), UTC)
    match change_from(record):
        case None:
            return []
        case BindingChange() as change:
            return of_binding(change, at)
        case AttentionChange() as change:
            return of_attention(change, at)
        case EnrolmentRequest() as request:
            return of_request(request, at)
        case PastRun() as run:
            return of_run(run, at)
        case before, after:
            return of_person(before, after, at)
