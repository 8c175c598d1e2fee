"""The stack that a command is for: a local one, or one on AWS."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from simulators.local import read_stack

# A command that was cut off is not sent again by itself: whoever runs it sees what became of it first.
_PATIENT = Config(connect_timeout=5, read_timeout=330, retries={"total_max_attempts": 1})


@dataclass(frozen=True, slots=True)
class StackAccess:
    """A deployed stack, with the caller's rights."""

    name: str
    session: boto3.Session
    endpoint_url: str | None = None

    def client(self, service: Any) -> Any:
        """An AWS client that reaches the stack."""
        return self.session.client(service, endpoint_url=self.endpoint_url, config=_PATIENT)

    @property
    def function(self) -> str:
        """The function that carries commands out; by its name, so that a caller needs the right to invoke only."""
        return f"{self.name}-operation"

    def resource(self, logical_id: str) -> str:
        """What the resource that template.yaml calls `logical_id` is called in this stack."""
        found = self.client("cloudformation").describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])


def chosen_stack(environment: Mapping[str, str]) -> StackAccess:
    """The stack on AWS that AWS_STACK names, else the local one that STACK names.

    Raises:
        LocalStackError: there is no such local stack.
    """
    if name := environment.get("AWS_STACK"):
        return StackAccess(name, boto3.Session())
    local = read_stack(environment.get("STACK") or "local")
    return StackAccess(local.stack_name, local.session, local.aws_endpoint_url)
