"""Where the integration is: the parts of `stack.json` this platform uses, and AWS clients for them."""

import os
from typing import TYPE_CHECKING

import boto3
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Stack(BaseModel):
    """Everything is optional: the platform starts before the stack, and learns what there is as it comes up."""

    model_config = ConfigDict(extra="ignore")

    stack_name: str | None = None
    api_url: str | None = None
    console_url: str | None = None
    hubspot_url: str | None = None
    aws_endpoint_url: str | None = None
    region: str = "eu-central-1"
    lead_queue_url: str | None = None
    referrer_queue_url: str | None = None
    announcement_queue_url: str | None = None


def aws(stack: Stack) -> boto3.Session:
    """With the caller's own AWS credentials; against an emulator, which asks for none in particular, test ones.

    Name the endpoint (`aws_endpoint_url`) with every client.
    """
    if stack.aws_endpoint_url and "AWS_ACCESS_KEY_ID" not in os.environ:
        return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=stack.region)
    return boto3.Session(region_name=stack.region)


def sqs_client(stack: Stack) -> "SQSClient":
    """Its queues."""
    return aws(stack).client("sqs", endpoint_url=stack.aws_endpoint_url or None)
