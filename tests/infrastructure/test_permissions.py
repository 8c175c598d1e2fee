"""Who may do what: as little as the work takes, and nobody unknown gets in."""

from typing import Any

import pytest

from referral_hubspot.storage import keys
from tests.cloudformation import events, functions, listed, logical_id, of_type, routes, statements, template

NAMES = sorted(functions())
CALL_HUBSPOT = {
    "LeadJoinedFunction", "ListSyncFunction", "OAuthCallbackFunction", "ReferrerJoinedFunction", "SettingsApiFunction",
    "SweepFunction",
}  # fmt: skip
SCHEDULES = "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/${SyncScheduleGroup}/*"
PUBLIC = {
    "GET /console",
    "GET /console/{file+}",
    "GET /connect",
    "GET /callback",
    "POST /connect/switch",
    "POST /webhook",
}


def who_may(service: str, resource: str) -> set[str]:
    """Functions with any action of a service on a resource."""
    return {
        name
        for name in NAMES
        for statement in statements(name)
        if any(action.startswith(f"{service}:") for action in statement["Action"])
        and resource in map(logical_id, statement["Resource"])
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_allowed_named_actions_on_named_resources_only(name: str) -> None:
    for statement in statements(name):
        assert statement["Effect"] == "Allow"
        assert not [action for action in statement["Action"] if "*" in action]
        for resource in statement["Resource"]:
            text = str(resource.get("Fn::Sub", ""))
            if text == SCHEDULES or text.endswith(":replay/${EventBus}-*"):  # there is none until one is made
                continue
            assert "*" not in str(resource) or text.endswith(".Arn}/index/*")
            assert logical_id(resource) in template()["Resources"]


@pytest.mark.parametrize("name", NAMES)
def test_a_function_has_a_role_of_its_own_without_ready_made_policies(name: str) -> None:
    assert "Role" not in functions()[name]
    assert all(set(policy) == {"Statement"} for policy in functions()[name].get("Policies", []))


def test_only_whoever_is_on_call_reads_a_whole_table_or_the_log_and_nobody_alters_infrastructure() -> None:
    allowed = {(action, name) for name in NAMES for one in statements(name) for action in one["Action"]}
    on_call = {
        "dynamodb:Scan", "events:StartReplay", "logs:FilterLogEvents", "sqs:DeleteMessage", "sqs:ReceiveMessage",
    }  # fmt: skip

    assert {name for action, name in allowed if action in on_call} == {"OperationFunction"}
    assert {action for action, _ in allowed} - on_call <= {
        "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem",
        "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem", "events:PutEvents", "kms:Decrypt", "kms:Encrypt",
        "lambda:InvokeFunction", "secretsmanager:GetSecretValue", "sqs:ChangeMessageVisibility", "sqs:SendMessage",
        "sqs:GetQueueAttributes", "cloudwatch:DescribeAlarms", "iam:PassRole", "scheduler:CreateSchedule",
        "scheduler:UpdateSchedule", "scheduler:DeleteSchedule",
    }  # fmt: skip


def test_whoever_is_on_call_writes_nothing_but_pauses() -> None:
    [writes] = [one for one in statements("OperationFunction") if "dynamodb:UpdateItem" in one["Action"]]
    written = {action for one in statements("OperationFunction") for action in one["Action"]} & {
        "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem",
    }  # fmt: skip

    assert written == {"dynamodb:UpdateItem"}
    assert writes["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [keys.pauses().pk]}}
    assert who_may("secretsmanager", "PepperSecret") >= {"OperationFunction"}


def test_whoever_is_on_call_invokes_one_function_by_a_name_that_is_known() -> None:
    assert functions()["OperationFunction"]["FunctionName"] == {"Fn::Sub": "${AWS::StackName}-operation"}
    assert "Events" not in functions()["OperationFunction"]


def test_only_functions_that_call_hubspot_reach_tokens() -> None:
    assert who_may("dynamodb", "CredentialTable") == CALL_HUBSPOT
    assert who_may("kms", "TokenKey") == CALL_HUBSPOT


def test_only_who_proves_or_checks_something_reads_the_client_secret() -> None:
    assert who_may("secretsmanager", "HubSpotSecret") == CALL_HUBSPOT | {"HubSpotWebhookFunction"}


def test_only_the_key_policy_allows_everything() -> None:
    key = of_type("AWS::KMS::Key")["TokenKey"]["KeyPolicy"]["Statement"]

    [root] = key
    assert root["Principal"]["AWS"]["Fn::Sub"].endswith(":iam::${AWS::AccountId}:root")


@pytest.mark.parametrize("queue", ["LeadQueue", "ReferrerQueue"])
def test_only_the_platform_may_send_people_and_only_encrypted(queue: str) -> None:
    policies = [p for p in of_type("AWS::SQS::QueuePolicy").values() if p["Queues"] == [{"Ref": queue}]]

    [policy] = policies
    allow, deny = policy["PolicyDocument"]["Statement"]
    assert {logical_id(one["Resource"]) for one in (allow, deny)} == {queue}
    assert (allow["Effect"], allow["Principal"]) == ("Allow", {"AWS": {"Ref": "PlatformPrincipals"}})
    assert not [action for action in listed(allow["Action"]) if action in {"sqs:ReceiveMessage", "sqs:DeleteMessage"}]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_only_this_stacks_own_bus_may_add_dead_letters() -> None:
    policies = {logical_id(p["Queues"][0]): p["PolicyDocument"] for p in of_type("AWS::SQS::QueuePolicy").values()}

    assert set(policies) == {"LeadQueue", "ReferrerQueue", "AnnouncementDeadLetters"}
    [statement] = policies["AnnouncementDeadLetters"]["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"].endswith(":rule/${EventBus}/*")


def test_every_route_but_the_public_ones_asks_for_a_token() -> None:
    authorizers = {route.key: route.authorizer for route in routes()}

    assert {key for key, authorizer in authorizers.items() if authorizer == "NONE"} == PUBLIC
    assert {key for key, authorizer in authorizers.items() if not authorizer} == authorizers.keys() - PUBLIC


def test_a_token_is_of_the_platforms_issuer_and_for_this_audience() -> None:
    auth: dict[str, Any] = of_type("AWS::Serverless::HttpApi")["Api"]["Auth"]

    assert auth["DefaultAuthorizer"] == "Jwt"
    assert auth["Authorizers"]["Jwt"]["JwtConfiguration"] == {
        "issuer": {"Ref": "JwtIssuer"},
        "audience": [{"Ref": "JwtAudience"}],
    }


def test_no_route_stands_outside_the_guarded_api() -> None:
    assert set(of_type("AWS::Serverless::HttpApi")) == {"Api"}
    assert not [name for name, one in functions().items() if "FunctionUrlConfig" in one]


def test_sam_makes_the_role_by_which_the_sweeps_schedule_invokes() -> None:
    """That one may invoke this function and nothing else."""
    assert not [name for _, name, event in events("ScheduleV2") if "RoleArn" in event or "PermissionsBoundary" in event]
    assert set(of_type("AWS::IAM::Role")) == {"SyncScheduleRole"}
    assert not of_type("AWS::IAM::ManagedPolicy")


def test_a_schedule_of_a_sync_may_send_to_the_sync_queue_and_nothing_else() -> None:
    """And only a schedule of this AWS account may be one: a stranger's could not, whatever it names."""
    role = of_type("AWS::IAM::Role")["SyncScheduleRole"]

    [policy] = role["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sqs:SendMessage")
    assert statement["Resource"] == {"Fn::GetAtt": "SyncQueue.Arn"}
    assert "ManagedPolicyArns" not in role
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert (trust["Effect"], trust["Action"]) == ("Allow", "sts:AssumeRole")
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_only_role_that_is_passed_is_that_of_syncs_schedules_and_only_to_the_scheduler() -> None:
    passing = [(name, one) for name in NAMES for one in statements(name) if "iam:PassRole" in one["Action"]]

    [(function, statement)] = passing
    assert function == "SettingsApiFunction"
    assert statement["Action"] == ["iam:PassRole"]
    assert statement["Resource"] == [{"Fn::GetAtt": "SyncScheduleRole.Arn"}]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


def test_schedules_are_made_and_ended_in_the_group_of_this_stack_only() -> None:
    touching = {
        (name, action): one["Resource"]
        for name in NAMES
        for one in statements(name)
        for action in one["Action"]
        if action.startswith("scheduler:")
    }

    assert of_type("AWS::Scheduler::ScheduleGroup") == {"SyncScheduleGroup": {"Name": {"Ref": "AWS::StackName"}}}
    assert set(touching) == {
        ("ListSyncFunction", "scheduler:DeleteSchedule"),
        ("SettingsApiFunction", "scheduler:CreateSchedule"),
        ("SettingsApiFunction", "scheduler:UpdateSchedule"),
        ("SettingsApiFunction", "scheduler:DeleteSchedule"),
    }
    assert all(resource == [{"Fn::Sub": SCHEDULES}] for resource in touching.values())


def test_a_secret_stands_nowhere_in_the_template() -> None:
    parameters = template()["Parameters"]

    assert parameters["HubSpotClientSecret"]["NoEcho"] is True
    assert "Default" not in parameters["HubSpotClientSecret"]
    given = [functions()[name].get("Environment", {}).get("Variables", {}).values() for name in NAMES]
    assert {"Ref": "HubSpotClientSecret"} not in [value for values in given for value in values]


def test_one_permission_lets_the_api_invoke_the_settings_apis_function_by_whatever_route() -> None:
    """An alias' policy takes 20,480 bytes: some forty routes with a permission each, as SAM makes of events."""
    [permission] = of_type("AWS::Lambda::Permission").values()
    own = [route for route in routes() if route.function == "SettingsApiFunction"]

    assert permission == {
        "FunctionName": {"Ref": "SettingsApiFunction.Alias"},
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*/v1/*"},
    }
    assert own
    assert all(" /v1/" in route.key for route in own)
    assert "Events" not in functions()["SettingsApiFunction"]
