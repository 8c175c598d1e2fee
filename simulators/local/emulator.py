"""The AWS emulator, with the gaps closed that this system would notice.

Run with the interpreter of the emulator's own virtual environment (see the Makefile), never imported by the rest.
Each function below replaces or adds one behaviour that AWS has and ministack 1.5.33 lacks.
"""

import hashlib
import json
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.app import main
from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.services import eventbridge, lambda_svc, sqs
from ministack.services.cloudformation import provisioners

FIFO_BATCH_LIMIT = 10

emulated_action = iam_actions.extract_iam_action
emulated_resource_arn = iam_actions.extract_resource_arn
emulated_enforce = iam_evaluator.enforce
emulated_condition_key = iam_evaluator._resolve_condition_key
emulated_invoke = lambda_svc._execute_function_with_config_scope


def receive_for_event_source(queue_url: str, batch_size: int) -> list[dict[str, Any]]:
    """A Lambda event source takes whole batches: above ten messages, and after its batching window."""
    with sqs._queues_lock:
        queue = sqs._get_q(queue_url)
        sqs._expire_retained(queue)
        sqs._dlq_sweep(queue)
        limit = min(batch_size, FIFO_BATCH_LIMIT) if queue["is_fifo"] else max(int(batch_size or 1), 1)
        if not queue["is_fifo"] and _is_still_gathering(queue, limit):
            return []
        received: list[dict[str, Any]] = sqs._collect_msgs(
            queue, limit, int(queue["attributes"].get("VisibilityTimeout", "30"))
        )
        return received


def _is_still_gathering(queue: Mapping[str, Any], limit: int) -> bool:
    """Whether a batch smaller than `limit` has waited less than the longest window of the queue's readers."""
    now = time.time()
    waiting = [message for message in queue["messages"] if message.get("visible_at", 0) <= now]
    window_s = max(
        (
            int(mapping.get("MaximumBatchingWindowInSeconds") or 0)
            for _account, _region, mapping in lambda_svc._iter_all_esms()
            if mapping.get("EventSourceArn") == queue["attributes"]["QueueArn"]
        ),
        default=0,
    )
    if not waiting or len(waiting) >= limit:
        return False
    oldest = min(max(message.get("sent_at", now), message.get("visible_at", 0)) for message in waiting)
    return bool(now - oldest < window_s)


def iam_action(service: str, *request: Any) -> str | None:
    """IAM has no actions for SQS batches: who may send, receive or delete one message may do so with ten."""
    action: str | None = emulated_action(service, *request)
    return action.removesuffix("Batch") if service == "sqs" and action else action


def resource_arn(
    service: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, Any],
    region: str,
    account: str,
) -> str:
    """A schedule's ARN names its own group, where the emulator always says `default`; a replay has an ARN at all.

    So have the alarms that somebody asks for; who may do something with a log group may do so with `<its ARN>:*`.
    """
    if service == "monitoring" and (alarms := _json_object(body).get("AlarmNames")):
        return f"arn:aws:cloudwatch:{region}:{account}:alarm:{alarms[0]}"
    if service == "events" and (replay := _json_object(body).get("ReplayName")):
        return f"arn:aws:events:{region}:{account}:replay/{replay}"
    arn = str(emulated_resource_arn(service, method, path, headers, body, query, region, account))
    if service == "logs" and ":log-group:" in arn and not arn.endswith(":*"):
        return f"{arn}:*"
    if service != "scheduler" or ":schedule/default/" not in arn:
        return arn
    group = (query or {}).get("groupName") or _json_object(body).get("GroupName")
    group = group[0] if isinstance(group, list) else group
    return arn.replace(":schedule/default/", f":schedule/{group}/") if group else arn


def enforce(
    access_key: str,
    action: str,
    service: str,
    region: str,
    resource_arn: str = "*",
    service_context: dict[str, Any] | None = None,
) -> Any:
    """Policies may ask for `kms:EncryptionContext:<key>` and `dynamodb:LeadingKeys`.

    SQS's batch calls need the permission of the single one.
    """
    if action.startswith("sqs:"):
        action = action.removesuffix("Batch")
    request = iam_evaluator._signed_request.get()
    if action.startswith("kms:") and request is not None:
        given = _json_object(request.body).get("EncryptionContext") or {}
        keys = {f"kms:EncryptionContext:{key}": value for key, value in given.items()}
        service_context = {**(service_context or {}), **keys}
    if action.startswith("dynamodb:") and request is not None:
        leading = {"dynamodb:leadingkeys": sorted(set(_partitions(_json_object(request.body))))}
        service_context = {**(service_context or {}), **leading}
    return emulated_enforce(access_key, action, service, region, resource_arn, service_context)


def _partitions(request: Any) -> Iterator[str]:
    """The partition keys that a call names, wherever they stand in it."""
    if isinstance(request, dict) and isinstance(partition := request.get("pk"), dict):
        yield str(partition.get("S"))
    inner = request.values() if isinstance(request, dict) else request if isinstance(request, list) else ()
    for part in inner:
        yield from _partitions(part)


def condition_key(key: str, context: Any) -> Any:
    """A policy that demands TLS is met: this loopback port stands for an endpoint that has it."""
    return "true" if key.lower() == "aws:securetransport" else emulated_condition_key(key, context)


def invoke(function: Any, event: Any, *further: Any, **named: Any) -> Any:
    """An HTTP API hands cookies over as a list of their own (payload format 2.0), not as a header."""
    if isinstance(event, dict) and event.get("version") == "2.0" and "requestContext" in event:
        header = event["headers"].pop("cookie", "")
        if header:
            event["cookies"] = [cookie.strip() for cookie in header.split(";")]
    return emulated_invoke(function, event, *further, **named)


def _json_object(body: bytes | None) -> dict[str, Any]:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


class SharedLayer(zipfile.ZipFile):
    """A layer is unpacked once for all workers, so that its modules are compiled once, not at every cold start."""

    lock = threading.Lock()

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        """Unpack a function's code; of a layer, make links to what was unpacked before."""
        target = Path(path)
        if not target.name.startswith("layer_"):
            super().extractall(path, members, pwd)
            return
        content = hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
        unpacked = Path(tempfile.gettempdir()) / "layers" / content
        with self.lock:
            if not unpacked.exists():
                draft = unpacked.with_suffix(".draft")
                super().extractall(draft)
                draft.rename(unpacked)
        for entry in unpacked.iterdir():
            (target / entry.name).symlink_to(entry)


class EventArchive:
    """`AWS::Events::Archive`, which the emulator has behind its API but not in CloudFormation."""

    @staticmethod
    def create(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
        name = properties.get("ArchiveName") or provisioners._physical_name(stack_name, logical_id, max_len=48)
        request = EventArchive._request(name, properties)
        asked = eventbridge._update_archive if name in eventbridge._archives else eventbridge._create_archive
        answer = json.loads(asked(request)[2])
        if "ArchiveArn" not in answer:
            raise ValueError(f"AWS::Events::Archive {logical_id}: {answer}")
        return name, {"Arn": answer["ArchiveArn"], "ArchiveName": name}

    @staticmethod
    def delete(physical_id: str, properties: dict[str, Any]) -> None:
        eventbridge._delete_archive({"ArchiveName": physical_id})

    @staticmethod
    def _request(name: str, properties: dict[str, Any]) -> dict[str, Any]:
        pattern = properties.get("EventPattern", "")
        return {
            "ArchiveName": name,
            "EventSourceArn": properties["SourceArn"],
            "Description": properties.get("Description", ""),
            "EventPattern": pattern if isinstance(pattern, str) else json.dumps(pattern),
            "RetentionDays": int(properties.get("RetentionDays", 0)),
        }


sqs._receive_messages_for_esm = receive_for_event_source
iam_actions.extract_iam_action = iam_action
iam_actions.extract_resource_arn = resource_arn
iam_evaluator.enforce = enforce
iam_evaluator._resolve_condition_key = condition_key
lambda_svc._execute_function_with_config_scope = invoke
lambda_runtime.zipfile = SimpleNamespace(**vars(zipfile) | {"ZipFile": SharedLayer})
provisioners._RESOURCE_HANDLERS["AWS::Events::Archive"] = {"create": EventArchive.create, "delete": EventArchive.delete}

if __name__ == "__main__":
    main()
