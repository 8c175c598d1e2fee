"""What template.yaml promises: no message is lost, no state either, and somebody is told of what is stuck."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from referral_hubspot.usecases.sync_contacts import LEASE
from tests.cloudformation import events, functions, logical_id, of_type, parameter, template

DAY_S = 86_400
QUEUES = of_type("AWS::SQS::Queue")
TABLES = of_type("AWS::DynamoDB::Table")
ALARMS = of_type("AWS::CloudWatch::Alarm")


def _given_up_to(value: Any) -> Iterator[str]:
    """The queues that anything in the template hands over what it gives up on."""
    match value:
        case {"deadLetterTargetArn": target} | {"DeadLetterConfig": {"Arn": target}}:
            yield logical_id(target)
        case {"OnFailure": {"Destination": target}}:
            yield logical_id(target)
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _given_up_to(inner)


DEAD_LETTERS = sorted(set(_given_up_to(template()["Resources"])))
SOURCES = sorted(QUEUES.keys() - set(DEAD_LETTERS))


@pytest.mark.parametrize(("function", "_name", "event"), list(events("SQS")))
def test_a_queue_loses_no_message(function: str, _name: str, event: dict[str, Any]) -> None:
    queue = QUEUES[logical_id(event["Queue"])]

    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    # Six times, as AWS advises for batches that are throttled; of syncs a job is one message, and a second worker
    # that gets it finds the run held.
    times = 2 if function == "ListSyncFunction" else 6
    assert queue["VisibilityTimeout"] >= times * functions()[function]["Timeout"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5


@pytest.mark.parametrize("queue", ["LeadQueue", "ReferrerQueue"])
def test_a_message_that_only_waits_never_reaches_the_dead_letters(queue: str) -> None:
    delays = [int(part) for part in parameter("RetryDelaysSeconds").split(",")]
    waits, waited = 1, 0
    while waited < int(parameter("ReleaseMessageAfterSeconds")):
        waited += delays[min(waits, len(delays)) - 1]
        waits += 1

    # A worker that is killed on the way costs a receive too.
    assert QUEUES[queue]["RedrivePolicy"]["maxReceiveCount"] >= 2 * waits


def test_a_worker_of_syncs_is_missed_only_after_its_time_is_up_and_before_it_is_ended() -> None:
    """Its message comes again when its lease has run out, which no living worker outlasts."""
    slice_s = int(template()["Parameters"]["SyncSliceSeconds"]["MaxValue"])

    assert int(parameter("SyncSliceSeconds")) <= slice_s
    assert slice_s + LEASE.total_seconds() < functions()["ListSyncFunction"]["Timeout"]


def test_a_job_of_a_sync_outlives_a_quarter_of_an_hour_of_crashes() -> None:
    comes_again_s = int(parameter("SyncSliceSeconds")) + LEASE.total_seconds()

    assert QUEUES["SyncQueue"]["RedrivePolicy"]["maxReceiveCount"] * comes_again_s >= 900


def test_every_source_queue_is_read_by_a_function() -> None:
    assert sorted(logical_id(event["Queue"]) for _, _, event in events("SQS")) == SOURCES


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_queue_keeps_four_days_and_then_hands_over(name: str) -> None:
    assert QUEUES[name]["MessageRetentionPeriod"] == 4 * DAY_S
    assert logical_id(QUEUES[name]["RedrivePolicy"]["deadLetterTargetArn"]) in DEAD_LETTERS


@pytest.mark.parametrize("name", DEAD_LETTERS)
def test_dead_letters_are_kept_for_fourteen_days(name: str) -> None:
    assert QUEUES[name]["MessageRetentionPeriod"] == 14 * DAY_S
    assert "RedrivePolicy" not in QUEUES[name]


def test_no_two_queues_share_their_dead_letters() -> None:
    targets = [logical_id(QUEUES[name]["RedrivePolicy"]["deadLetterTargetArn"]) for name in SOURCES]

    assert len(set(targets)) == len(targets)


@pytest.mark.parametrize("name", sorted(QUEUES))
def test_a_queue_is_encrypted(name: str) -> None:
    assert QUEUES[name]["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize("name", DEAD_LETTERS)
def test_a_single_dead_letter_raises_an_alarm_that_says_what_to_do(name: str) -> None:
    watching = [alarm for alarm in ALARMS.values() if [logical_id(d["Value"]) for d in alarm["Dimensions"]] == [name]]

    [alarm] = watching
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert (alarm["Statistic"], alarm["Threshold"], alarm["EvaluationPeriods"]) == ("Maximum", 0, 1)
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarm["TreatMissingData"] == "notBreaching"


def test_a_fault_that_no_queue_catches_raises_an_alarm() -> None:
    [alarm] = [alarm for alarm in ALARMS.values() if alarm["Namespace"] == "AWS/ApiGateway"]

    assert (alarm["MetricName"], alarm["Threshold"], alarm["ComparisonOperator"]) == (
        "5xx",
        0,
        "GreaterThanThreshold",
    )
    assert [(d["Name"], logical_id(d["Value"])) for d in alarm["Dimensions"]] == [("ApiId", "Api")]


@pytest.mark.parametrize(("_function", "_name", "event"), list(events("DynamoDB")))
def test_one_bad_record_of_the_stream_stops_no_other(_function: str, _name: str, event: dict[str, Any]) -> None:
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert event["BisectBatchOnFunctionError"] is True
    assert event["MaximumRetryAttempts"] >= 7  # halving a batch of 100 down to one record
    assert logical_id(event["DestinationConfig"]["OnFailure"]["Destination"]) in DEAD_LETTERS


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_survives_mistakes(name: str) -> None:
    table, resource = TABLES[name], template()["Resources"][name]

    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"]["SSEEnabled"] is True
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["DeletionProtectionEnabled"] == {"Fn::If": ["IsProd", True, False]}
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


@pytest.mark.parametrize("name", ["TokenKey", "PepperSecret"])
def test_what_cannot_be_made_again_is_retained(name: str) -> None:
    resource = template()["Resources"][name]

    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_announcements_are_told_what_was_before_and_what_is_now() -> None:
    assert TABLES["CampaignTable"]["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_tokens_are_in_no_stream() -> None:
    assert "StreamSpecification" not in TABLES["CredentialTable"]


def test_the_archive_forgets_after_thirty_days() -> None:
    [archive] = of_type("AWS::Events::Archive").values()

    assert archive["RetentionDays"] == 30


@pytest.mark.parametrize(("function", "_name", "event"), list(events("ScheduleV2")))
def test_a_schedule_never_meets_its_own_last_run(function: str, _name: str, event: dict[str, Any]) -> None:
    number, unit = parameter("SweepRate").split()
    seconds = int(number) * {"minute": 60, "minutes": 60, "hour": 3600, "hours": 3600}[unit]

    assert event["ScheduleExpression"] == {"Fn::Sub": "rate(${SweepRate})"}
    assert seconds > functions()[function]["Timeout"]


@pytest.mark.parametrize(("_function", "_name", "event"), list(events("ScheduleV2")))
def test_a_schedule_is_named_after_its_stack(_function: str, _name: str, event: dict[str, Any]) -> None:
    """SAM's own name for it is the same in every stack, and two stages in one account could not be deployed."""
    assert event["Name"]["Fn::Sub"].startswith("${AWS::StackName}-")


def test_hubspots_limit_of_110_calls_in_ten_seconds_is_kept() -> None:
    assert 10 * int(parameter("BudgetPerSecond")) + int(parameter("BudgetBurst")) <= 110
