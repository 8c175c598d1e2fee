"""Calls that show whether a role may do something; none of them leaves anything behind.

Each is a real call as the role. One that could change something is refused by AWS for what is in it, but only after
AWS has asked whether the caller may make such a call at all: that answer is the finding.
"""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from simulators.local import Stack

TABLES = {"campaigns": "CampaignTable", "credentials": "CredentialTable"}
DENIED = {"AccessDenied", "AccessDeniedException"}

_NOWHERE = {"other": {"S": "x"}}  # no key of any table
_CONTEXT = {"test": "roles"}
_HANDLE = "no-such-receipt"
_NO_EXPRESSION = "NONSENSE"
_UNCHECKED = Config(parameter_validation=False)  # boto3 itself would refuse what AWS is to refuse

Probe = Callable[[], Any]


def may(probe: Probe) -> bool:
    """Whether the call is allowed, whatever else becomes of it."""
    try:
        probe()
    except ClientError as error:
        return error.response["Error"]["Code"] not in DENIED
    return True


def probes(stack: Stack, function: str) -> Iterator[tuple[str, Probe]]:
    """Name and call of each probe, with the role of a function (its logical id)."""
    session = stack.session_as(function)

    def client(service: Any) -> Any:
        return session.client(service, endpoint_url=stack.aws_endpoint_url)

    for name, logical_id in TABLES.items():
        for verb, probe in _table_probes(client("dynamodb"), stack.resource(logical_id)).items():
            yield f"{verb} {name}", probe
    queues = {
        "leads": stack.lead_queue_url,
        "referrers": stack.referrer_queue_url,
        "changes": stack.resource("ChangeQueue"),
        "syncs": stack.resource("SyncQueue"),
    }
    queues |= {f"{name} dead letters": url for name, url in stack.dead_letter_queue_urls.items()}
    for name, url in queues.items():
        for verb, probe in _queue_probes(client("sqs"), url).items():
            yield f"{verb} {name}", probe
    yield from _secret_probes(stack, client("kms"), client("secretsmanager")).items()
    yield from _other_probes(stack, client).items()
    for name, group in {
        "a sync's schedule": stack.resource("SyncScheduleGroup"),
        "another schedule": "default",
    }.items():
        scheduler = session.client("scheduler", endpoint_url=stack.aws_endpoint_url, config=_UNCHECKED)
        for verb, probe in _schedule_probes(scheduler, group).items():
            yield f"{verb} {name}", probe


def _table_probes(dynamodb: Any, table: str) -> dict[str, Probe]:
    key = {"pk": {"S": "nobody"}, "sk": {"S": "nothing"}}
    query = {"TableName": table, "ExpressionAttributeValues": {":pk": {"S": "nobody"}}}
    check = {"TableName": table, "Key": key, "ConditionExpression": "attribute_exists(pk)"}
    probes: dict[str, Probe] = {
        "get from": lambda: dynamodb.get_item(TableName=table, Key=key),
        "batch get from": lambda: dynamodb.batch_get_item(RequestItems={table: {"Keys": [key]}}),
        "query": lambda: dynamodb.query(KeyConditionExpression="pk = :pk", **query),
        "scan": lambda: dynamodb.scan(TableName=table, Limit=1),
        "put into": lambda: dynamodb.put_item(TableName=table, Item=_NOWHERE),
        "update in": lambda: dynamodb.update_item(TableName=table, Key=key, UpdateExpression=_NO_EXPRESSION),
        "delete from": lambda: dynamodb.delete_item(TableName=table, Key=_NOWHERE),
        "check in": lambda: dynamodb.transact_write_items(TransactItems=[{"ConditionCheck": check}]),
        "drop": lambda: dynamodb.delete_table(TableName=table),
    }
    if "Campaign" in table:
        pauses = {"pk": {"S": "PAUSES"}, "sk": {"S": "nothing"}}
        probes["pause in"] = lambda: dynamodb.update_item(TableName=table, Key=pauses, UpdateExpression=_NO_EXPRESSION)
        index = {"IndexName": "waiting", "KeyConditionExpression": "waiting_pk = :pk"}
        probes["query an index of"] = lambda: dynamodb.query(**index, **query)
    return probes


def _queue_probes(sqs: Any, url: str) -> dict[str, Probe]:
    return {
        "send to": lambda: sqs.send_message(QueueUrl=url, MessageBody=""),
        "postpone in": lambda: sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=_HANDLE, VisibilityTimeout=0),
        "count": lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]),
        "take from": lambda: sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=0),
        "delete from": lambda: sqs.delete_message(QueueUrl=url, ReceiptHandle=_HANDLE),
        "redirect": lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "never"}),
    }


def _schedule_probes(scheduler: Any, group: str) -> dict[str, Probe]:
    nowhere = {"GroupName": group, "Name": "probe", "ScheduleExpression": "", "FlexibleTimeWindow": {}, "Target": {}}
    return {
        "make": lambda: scheduler.create_schedule(**nowhere),
        "change": lambda: scheduler.update_schedule(**nowhere),
        "end": lambda: scheduler.delete_schedule(GroupName=group, Name="probe"),
    }


def _secret_probes(stack: Stack, kms: Any, secrets: Any) -> dict[str, Probe]:
    key = stack.resource("TokenKey")
    root = stack.session.client("kms", endpoint_url=stack.aws_endpoint_url)
    sealed = root.encrypt(KeyId=key, Plaintext=b"token", EncryptionContext=_CONTEXT)["CiphertextBlob"]
    hubspot, pepper = stack.resource("HubSpotSecret"), stack.resource("PepperSecret")
    return {
        "seal tokens": lambda: kms.encrypt(KeyId=key, Plaintext=b"token", EncryptionContext=_CONTEXT),
        "open tokens": lambda: kms.decrypt(KeyId=key, CiphertextBlob=sealed, EncryptionContext=_CONTEXT),
        "read HubSpot's secret": lambda: secrets.get_secret_value(SecretId=hubspot),
        "read the pepper": lambda: secrets.get_secret_value(SecretId=pepper),
        "list secrets": lambda: secrets.list_secrets(),
        "replace the pepper": lambda: secrets.put_secret_value(SecretId=pepper),
    }


def _other_probes(stack: Stack, client: Callable[[Any], Any]) -> dict[str, Probe]:
    functions, events, logs = client("lambda"), client("events"), client("logs")
    nowhere = {
        "EventSourceArn": f"arn:aws:events:{stack.region}:000000000000:archive/none",
        "Destination": {"Arn": "x"},
    }
    period = {"EventStartTime": 0, "EventEndTime": 1}
    sweep, entry = stack.resource("SweepFunction"), {"Source": "roles-test", "DetailType": "x", "Detail": "{}"}

    def invoke(function: str) -> Probe:
        return lambda: functions.invoke(FunctionName=function, InvocationType="DryRun")

    return {
        "invoke the sweep": invoke(stack.resource("SweepFunctionAliaslive")),
        "invoke an unpublished sweep": invoke(sweep),
        "invoke the delivery": invoke(stack.resource("LeadJoinedFunctionAliaslive")),
        "change a function": lambda: functions.update_function_configuration(FunctionName=sweep, Description=""),
        "announce": lambda: events.put_events(Entries=[{**entry, "EventBusName": stack.event_bus_name}]),
        "replay what was announced": lambda: events.start_replay(
            ReplayName=f"{stack.event_bus_name}-probe", **nowhere, **period
        ),
        "replay for others": lambda: events.start_replay(ReplayName="probe", **nowhere, **period),
        "read the log": lambda: logs.filter_log_events(logGroupName=stack.resource("FunctionLogs"), limit=1),
        "read the access log": lambda: logs.filter_log_events(logGroupName=stack.resource("AccessLogs"), limit=1),
        "ask for an alarm": lambda: client("cloudwatch").describe_alarms(
            AlarmNames=[stack.resource("LeadQueueAgeAlarm")]
        ),
        "ask for all alarms": lambda: client("cloudwatch").describe_alarms(),
        "announce on another bus": lambda: events.put_events(Entries=[{**entry, "EventBusName": "default"}]),
    }
