"""A running stack: its addresses, and AWS clients that reach it."""

import json
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import boto3

from simulators.local.folder import LocalStackError, read_json
from simulators.local.sam import ACCESS_KEY, ACCOUNT, SECRET_KEY

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient, DynamoDBServiceResource
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class Stack:
    """What `.local/<name>/stack.json` says, and the emulator behind it with the account's own keys."""

    name: str
    stack_name: str
    api_url: str
    console_url: str
    webhook_url: str
    hubspot_url: str
    platform_url: str
    aws_endpoint_url: str
    region: str
    lead_queue_url: str
    referrer_queue_url: str
    dead_letter_queue_urls: dict[str, str]
    announcement_queue_url: str
    event_bus_name: str
    jwt_issuer: str
    jwt_audience: str

    @classmethod
    def read(cls, file: Path) -> Self:
        """The stack that a stack.json describes.

        Raises:
            LocalStackError: there is no such file, or it is of another version.
        """
        content = read_json(file)
        if not content:
            raise LocalStackError(f"{file} is not there: bring the stack up first (`make up`)")
        missing = [field.name for field in fields(cls) if field.name not in content]
        if missing:
            raise LocalStackError(f"{file} lacks {', '.join(missing)}: run `make up` again")
        return cls(**{field.name: content[field.name] for field in fields(cls)})

    @cached_property
    def session(self) -> boto3.Session:
        """boto3 as the account's root; name the endpoint (`aws_endpoint_url`) with every client."""
        return boto3.Session(aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY, region_name=self.region)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """CloudFormation, for example for `resource`."""
        return self.session.client("cloudformation", endpoint_url=self.aws_endpoint_url)

    @cached_property
    def sqs(self) -> "SQSClient":
        """The queues."""
        return self.session.client("sqs", endpoint_url=self.aws_endpoint_url)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """The tables, as the API speaks of them."""
        return self.session.client("dynamodb", endpoint_url=self.aws_endpoint_url)

    @cached_property
    def tables(self) -> "DynamoDBServiceResource":
        """The tables, with Python's own types in their items."""
        return self.session.resource("dynamodb", endpoint_url=self.aws_endpoint_url)

    @cached_property
    def functions(self) -> "LambdaClient":
        """The functions."""
        return self.session.client("lambda", endpoint_url=self.aws_endpoint_url)

    @cached_property
    def events(self) -> "EventBridgeClient":
        """The event bus."""
        return self.session.client("events", endpoint_url=self.aws_endpoint_url)

    @cached_property
    def scheduler(self) -> "EventBridgeSchedulerClient":
        """The schedules."""
        return self.session.client("scheduler", endpoint_url=self.aws_endpoint_url)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """The secrets."""
        return self.session.client("secretsmanager", endpoint_url=self.aws_endpoint_url)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """What the functions logged."""
        return self.session.client("logs", endpoint_url=self.aws_endpoint_url)

    @cached_property
    def gateway(self) -> "ApiGatewayV2Client":
        """The HTTP API's configuration."""
        return self.session.client("apigatewayv2", endpoint_url=self.aws_endpoint_url)

    def resource(self, logical_id: str) -> str:
        """What the resource that template.yaml calls `logical_id` is called in this stack."""
        described = self.cloudformation.describe_stack_resource(StackName=self.stack_name, LogicalResourceId=logical_id)
        return described["StackResourceDetail"]["PhysicalResourceId"]

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Call a function's published version, by its logical id, and return its answer.

        Raises:
            RuntimeError: the function failed; the message is its error.
        """
        answer = self.functions.invoke(
            FunctionName=self.resource(function), Qualifier="live", Payload=json.dumps(event).encode()
        )
        payload = answer["Payload"].read().decode()
        if answer.get("FunctionError"):
            raise RuntimeError(f"{function}: {payload}")
        return json.loads(payload or "null")

    def session_as(self, function: str) -> boto3.Session:
        """boto3 with the rights of a function's role and no others, to see what it is denied."""
        role = self.functions.get_function_configuration(FunctionName=self.resource(function))["Role"]
        sts = self.session.client("sts", endpoint_url=self.aws_endpoint_url)
        keys = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=self.region,
        )

    def queue_arn(self, url: str) -> str:
        """The ARN of the queue at an address of this stack."""
        return f"arn:aws:sqs:{self.region}:{ACCOUNT}:{url.rsplit('/', 1)[-1]}"
