"""EventBridge Scheduler: one schedule for each ongoing sync, which ticks while there is something to do or to mend."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from referral_hubspot.domain.syncs import Plan, Status, Sync
from referral_hubspot.events.sync_jobs import SyncJob, read_job
from referral_hubspot.runtime.schedules import SyncSchedules

PLAN = Plan("1", "Customers", {}, {}, 60)
SYNC = Sync("acme", "spring", "s1", 7, PLAN, "Ana", datetime(2026, 11, 25, 10, tzinfo=UTC))
QUEUE, ROLE = "arn:aws:sqs:eu-west-1:1:sync", "arn:aws:iam::1:role/tick"


class Scheduler:
    """The service, which answers as told and takes nothing else."""

    def __init__(self) -> None:
        self.client = boto3.client(
            "scheduler", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        self.stub = Stubber(self.client)
        self.schedules = SyncSchedules(self.client, "syncs", QUEUE, ROLE)

    def takes(self, operation: str, **wanted: Any) -> None:
        answer = {"ScheduleArn": "arn:aws:scheduler:eu-west-1:1:schedule/syncs/x"}
        self.stub.add_response(operation, {} if operation == "delete_schedule" else answer, wanted)

    def refuses(self, operation: str, code: str) -> None:
        self.stub.add_client_error(operation, code)


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    made = Scheduler()
    with made.stub:
        yield made
        made.stub.assert_no_pending_responses()


def wanted(expression: str = "rate(60 minutes)", state: str = "ENABLED", name: Any = ANY) -> dict[str, Any]:
    return {
        "GroupName": "syncs",
        "Name": name,
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "State": state,
        "Target": {
            "Arn": QUEUE,
            "RoleArn": ROLE,
            "Input": SyncJob(account_id="acme", campaign_id="spring", sync_id="s1", due=True).model_dump_json(),
        },
    }


def test_an_ongoing_sync_is_given_a_schedule_that_sends_its_next_run(scheduler: Scheduler) -> None:
    scheduler.takes("create_schedule", **wanted())

    scheduler.schedules.put(SYNC)

    job = read_job(str(wanted()["Target"]["Input"]))
    assert isinstance(job, SyncJob)
    assert (job.sync_id, job.due) == ("s1", True)


def test_a_schedule_that_is_there_is_changed(scheduler: Scheduler) -> None:
    scheduler.refuses("create_schedule", "ConflictException")
    scheduler.takes("update_schedule", **wanted("rate(15 minutes)"))

    scheduler.schedules.put(replace(SYNC, plan=replace(PLAN, every_minutes=15)))


@pytest.mark.parametrize(
    ("status", "state"), [(Status.ACTIVE, "ENABLED"), (Status.BROKEN, "ENABLED"), (Status.PAUSED, "DISABLED")]
)
def test_what_is_broken_is_looked_at_each_time_and_what_is_paused_is_not(
    scheduler: Scheduler, status: Status, state: str
) -> None:
    scheduler.takes("create_schedule", **wanted(state=state))

    scheduler.schedules.put(replace(SYNC, status=status))


def test_a_sync_that_runs_once_has_none(scheduler: Scheduler) -> None:
    scheduler.schedules.put(replace(SYNC, plan=replace(PLAN, every_minutes=0)))


def test_a_schedule_goes_with_its_sync_and_may_be_gone_already(scheduler: Scheduler) -> None:
    scheduler.takes("delete_schedule", GroupName="syncs", Name=ANY)
    scheduler.refuses("delete_schedule", "ResourceNotFoundException")

    scheduler.schedules.remove(SYNC)
    scheduler.schedules.remove(SYNC)


def test_a_fault_of_the_service_is_not_swallowed(scheduler: Scheduler) -> None:
    scheduler.refuses("create_schedule", "ThrottlingException")

    with pytest.raises(scheduler.client.exceptions.ThrottlingException):
        scheduler.schedules.put(SYNC)


def test_no_two_syncs_share_a_name_and_every_name_is_one_that_the_service_takes() -> None:
    names = []
    for account, campaign, sync in (("a", "b", "c"), ("a", "b", "d"), ("a", "x", "c"), ("y@z:1", "b" * 128, "c")):
        scheduler = Scheduler()
        scheduler.takes("create_schedule", **{**wanted(), "Target": ANY})
        seen: list[str] = []

        def took(params: dict[str, Any], into: list[str] = seen, **_: Any) -> None:
            into.append(params["Name"])

        scheduler.client.meta.events.register("provide-client-params.scheduler.CreateSchedule", took)
        with scheduler.stub:
            scheduler.schedules.put(replace(SYNC, account_id=account, campaign_id=campaign, sync_id=sync))
        names += seen
    assert len(set(names)) == 4
    assert all(len(name) <= 64 and name.isalnum() for name in names)


def test_the_job_in_a_schedule_is_small_enough_for_its_target() -> None:
    job = SyncJob(account_id="a" * 128, campaign_id="c" * 128, sync_id="s" * 128, due=True)

    assert len(json.dumps(job.model_dump())) < 1_000
