"""The queue between workers of syncs."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from referral_hubspot.domain.syncs import Plan, Sync
from referral_hubspot.events.sync_jobs import ReturnsJob, SyncJob, read_job
from referral_hubspot.events.unreadable import UnreadableError
from referral_hubspot.runtime.sync_queue import SqsSyncQueue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SYNC = Sync("acme", "spring", "s1", 7, Plan("", "", {}, {}), "Ana", datetime(2026, 11, 25, 10, tzinfo=UTC))


class FakeSqs:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_message(self, **request: Any) -> None:
        self.sent.append(request)


def queue(sqs: FakeSqs) -> SqsSyncQueue:
    return SqsSyncQueue(cast("SQSClient", sqs), "https://sqs/sync")


@pytest.mark.parametrize("due", [True, False])
def test_a_sync_goes_on_by_a_message_of_its_account_s_share(due: bool) -> None:
    sqs = FakeSqs()

    queue(sqs).go_on(SYNC, due=due)

    [sent] = sqs.sent
    assert read_job(sent["MessageBody"]) == SyncJob(account_id="acme", campaign_id="spring", sync_id="s1", due=due)
    assert (sent["QueueUrl"], sent["DelaySeconds"], sent["MessageGroupId"]) == ("https://sqs/sync", 0, "acme")


def test_return_fields_are_written_by_a_message() -> None:
    sqs = FakeSqs()

    queue(sqs).write_returns("acme", "spring", timedelta(seconds=5))

    [sent] = sqs.sent
    assert read_job(sent["MessageBody"]) == ReturnsJob(account_id="acme", campaign_id="spring")
    assert sent["DelaySeconds"] == 5


@pytest.mark.parametrize(("after", "delay"), [(-3.0, 0), (0.2, 1), (14.9, 15), (900.0, 900), (5_000.0, 900)])
def test_a_message_comes_no_sooner_than_asked_for_and_waits_no_longer_than_it_can(after: float, delay: int) -> None:
    sqs = FakeSqs()

    queue(sqs).go_on(SYNC, timedelta(seconds=after))

    assert sqs.sent[0]["DelaySeconds"] == delay


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[]",
        '{"job": "sync", "account_id": "a", "campaign_id": "c"}',
        '{"job": "sync", "account_id": "", "campaign_id": "c", "sync_id": "s"}',
        '{"job": "returns", "account_id": "a"}',
        '{"job": "other", "account_id": "a", "campaign_id": "c", "sync_id": "s"}',
    ],
)
def test_what_is_no_job_is_unreadable(body: str) -> None:
    with pytest.raises(UnreadableError):
        read_job(body)
