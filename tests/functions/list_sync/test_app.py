"""The sync queue's function: what is unreadable goes away, what breaks comes again, a dead worker is missed soon."""

import json
import os
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest

from functions.list_sync import app
from referral_hubspot.domain.syncs import Status
from referral_hubspot.runtime.batch import Queue
from referral_hubspot.usecases.sync_contacts import LEASE
from tests.functions.logs import Counted, Logged
from tests.inprocess.syncs import REFERRALS
from tests.syncing import Syncing, syncing
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, Context, World

RETURNS = {"job": "returns", "account_id": ACCOUNT, "campaign_id": CAMPAIGN}


@pytest.fixture(name="here")
def _here(system: World) -> Iterator[Syncing]:
    with syncing(system) as made:
        yield made


def hand(*bodies: str) -> list[str]:
    """Hand messages to the function, out of the queue itself; which bodies have to come again."""
    sqs, url = app.queue()._sqs, os.environ["SYNC_QUEUE_URL"]
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    records: list[dict[str, Any]] = []
    while len(records) < len(bodies):
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"])
        records += [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
            }
            for message in answer.get("Messages", [])
        ]
    reply = app.lambda_handler({"Records": records}, Context())
    failed = {failure["itemIdentifier"] for failure in reply["batchItemFailures"]}
    return [record["body"] for record in records if record["messageId"] in failed]


def dead_letters() -> list[tuple[str, str]]:
    """Body and reason of what was moved away."""
    answer = app.queue()._sqs.receive_message(
        QueueUrl=os.environ["SYNC_DEAD_LETTERS_URL"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return [
        (message["Body"], message["MessageAttributes"]["reason"]["StringValue"])
        for message in answer.get("Messages", [])
    ]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("body", ["not JSON", "{}", json.dumps(RETURNS | {"job": "sync"})])
def test_what_nobody_can_read_is_moved_to_the_dead_letters_with_the_reason(body: str) -> None:
    assert hand(body) == []

    assert dead_letters() == [(body, "not_a_job")]


@pytest.mark.usefixtures("here")
def test_what_breaks_the_code_comes_again() -> None:
    with patch("referral_hubspot.usecases.return_fields.ReturnFields.__call__", side_effect=KeyError("a bug")):
        assert hand(json.dumps(RETURNS)) == [json.dumps(RETURNS)]

    assert dead_letters() == []


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("job", [RETURNS, {**RETURNS, "job": "sync", "sync_id": "gone", "due": True}])
def test_a_job_for_what_is_gone_is_done(job: dict[str, Any], logged: Logged, counted: Counted) -> None:
    assert hand(json.dumps(job)) == []

    assert [line["job"] for line in logged.of("sync_job_done")] == [job["job"]]
    assert counted.sums()["SyncJobDone"] == 1


@pytest.mark.usefixtures("here")
def test_a_worker_that_dies_is_missed_when_its_lease_has_run_out() -> None:
    hidden: list[int] = []

    def expect_back(_queue: Queue, _records: Any, seconds: int) -> None:
        hidden.append(seconds)

    with patch.object(Queue, "expect_back", expect_back):
        hand(json.dumps(RETURNS))

    assert hidden == [app.environment().sync_slice_seconds + LEASE.total_seconds() + 1]


def test_nothing_that_is_logged_names_a_person(here: Syncing, logged: Logged) -> None:
    here.world.sim(f"portals/{PORTAL}/properties", {"create": [REFERRALS]})
    properties = {"email": "ada.lovelace@example.com", "firstname": "Augusta"}
    here.world.sim("seed", {"portal": PORTAL, "contacts": [{"properties": properties}]})
    here.start(here.plan())
    here.settle()

    assert here.sync().status is Status.FINISHED
    assert len(here.platform.asked) == 1
    assert "lovelace" not in logged.text
    assert "Augusta" not in logged.text
