"""Each function may do what it has to, and is denied everything else: one table of both, tried with its own role.

A probe is a real call. Where it could leave something behind it is one that AWS refuses for its content, after having
asked whether the caller may make it at all.
"""

from collections.abc import Callable, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from simulators.local import Stack

DENIED = {"AccessDenied", "AccessDeniedException"}
NO_KEY: dict[str, Any] = {"nothing": {"S": "x"}}
CONTEXT = {"purpose": "roles-test"}

# Everything that anybody on this stack can do to it, and some that nobody may.
PROBES = (
    *(f"{access} {table}" for table in ("campaigns", "credentials") for access in (
        "get from", "batch get from", "query", "query an index of", "scan", "put into", "update in", "delete from",
        "check in a transaction on", "read the stream of",
    ) if (access, table) not in {("query an index of", "credentials"), ("read the stream of", "credentials")}),
    "encrypt tokens", "decrypt tokens",
    "read HubSpot's secret", "read the pepper", "replace HubSpot's secret",
    *(f"{access} {queue}" for queue in (
        "lead queue", "change queue", "lead dead letters", "change dead letters", "announcement dead letters",
        "sweep dead letters",
    ) for access in ("send to", "receive from", "delete from", "postpone in")),
    "announce", "invoke the sweep", "invoke the published sweep", "change a function", "change a role",
)  # fmt: skip
