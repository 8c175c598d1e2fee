"""The roles that SAM makes, and the one that is ours.

The emulator enforces neither trust nor PassRole: the processed template must be right.
"""

import json
from typing import Any

import pytest

from simulators.local import Stack


@pytest.fixture(scope="module")
def resources(stack: Stack) -> dict[str, Any]:
    """The template's resources after SAM's transform."""
    body: Any = stack.cloudformation.get_template(StackName=stack.stack_name, TemplateStage="Processed")["TemplateBody"]
    processed: dict[str, Any] = (json.loads(body) if isinstance(body, str) else body)["Resources"]
    return processed


def allowed(role: dict[str, Any]) -> list[tuple[str, Any]]:
    """Action and resource of each statement."""
    documents = [policy["PolicyDocument"] for policy in role["Properties"]["Policies"]]
    return [(statement["Action"], statement["Resource"]) for one in documents for statement in one["Statement"]]


def trusted(role: dict[str, Any]) -> list[Any]:
    document = role["Properties"]["AssumeRolePolicyDocument"]
    return [statement["Principal"] for statement in document["Statement"]]


def test_a_schedule_may_invoke_the_sweep_and_hand_over_what_failed_and_nothing_else(resources: dict[str, Any]) -> None:
    [schedule] = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::Scheduler::Schedule"]
    target = schedule["Target"]

    role = resources[target["RoleArn"]["Fn::GetAtt"][0]]

    assert trusted(role) == [{"Service": ["scheduler.amazonaws.com"]}]
    assert allowed(role) == [
        ("lambda:InvokeFunction", target["Arn"]),
        ("sqs:SendMessage", target["DeadLetterConfig"]["Arn"]),
    ]
    assert resources[target["Arn"]["Ref"]]["Type"] == "AWS::Lambda::Alias"


def test_every_other_role_is_a_functions_own(resources: dict[str, Any]) -> None:
    roles = {name: one for name, one in resources.items() if one["Type"] == "AWS::IAM::Role"}
    of_functions = [
        one["Properties"]["Role"]["Fn::GetAtt"][0]
        for one in resources.values()
        if one["Type"] == "AWS::Lambda::Function"
    ]

    own = [name for name, role in roles.items() if trusted(role) == [{"Service": ["lambda.amazonaws.com"]}]]

    assert sorted(own) == sorted(of_functions)
    assert len(roles) == len(own) + 2
    assert trusted(roles["SyncScheduleRole"]) == [{"Service": "scheduler.amazonaws.com"}]


def test_one_function_may_pass_one_role_and_only_to_the_scheduler(resources: dict[str, Any]) -> None:
    passing = {
        name: statement
        for name, role in resources.items()
        if role["Type"] == "AWS::IAM::Role"
        for policy in role["Properties"].get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
        if "iam:PassRole" in statement["Action"]
    }

    [(name, statement)] = passing.items()
    assert name == resources["SettingsApiFunction"]["Properties"]["Role"]["Fn::GetAtt"][0]
    assert (statement["Action"], statement["Resource"]) == ("iam:PassRole", {"Fn::GetAtt": ["SyncScheduleRole", "Arn"]})
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


def test_sams_ready_made_policies_are_those_of_polling_logging_and_tracing(resources: dict[str, Any]) -> None:
    attached = {
        arn.rpartition("/")[2]
        for one in resources.values()
        if one["Type"] == "AWS::IAM::Role"
        for arn in one["Properties"].get("ManagedPolicyArns", [])
    }

    assert attached == {
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaDynamoDBExecutionRole",
        "AWSLambdaSQSQueueExecutionRole",
        "AWSXrayWriteOnlyAccess",
    }
