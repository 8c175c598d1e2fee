"""A worker of syncs as a process of its own, whose memory `benchmarks.sync` measures.

It takes one job after the other from the sync queue. Whom the platform is asked to enrol it tells in lines of JSON on
its output, as the table's stream would. For each line of its input it tells what it used since it was started, and it
ends with its input.
"""

import json
import os
import resource
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.list_sync import app
from referral_hubspot.domain.syncs import Enrolment, Newcomer, Sync
from referral_hubspot.storage.enrolments import EnrolmentRepository

Find = Callable[[EnrolmentRepository, Sync, Sequence[Enrolment], Sequence[Newcomer], datetime], frozenset[str]]

_STATUS = Path("/proc/self/status")

_calls: Counter[str] = Counter()
_output = sys.stdout
_speaking = threading.Lock()


class Context(LambdaContext):
    """What Lambda tells a function of its invocation."""

    _function_name = "list_sync"
    _memory_limit_in_mb = 512
    _invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:list_sync"
    _aws_request_id = "bench"


def main() -> None:
    """Work until the input ends."""
    boto3.setup_default_session()
    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION.events.register("before-call", lambda model, **_: _calls.update([model.name]))
    threading.Thread(target=_answer, daemon=True).start()
    with (
        open(os.devnull, "w") as nowhere,
        redirect_stdout(nowhere),  # where the function's own metrics go
        patch.object(EnrolmentRepository, "find", _told(EnrolmentRepository.find)),
    ):
        _work()


def _work() -> None:
    # What polls a queue for a function is Lambda's, not the function's: a session that is not counted.
    queue, url = boto3.Session().client("sqs"), os.environ["SYNC_QUEUE_URL"]
    while True:
        answer = queue.receive_message(QueueUrl=url, WaitTimeSeconds=1, MessageSystemAttributeNames=["All"])
        for message in answer.get("Messages", []):
            record = {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
            }
            if not app.lambda_handler({"Records": [record]}, Context())["batchItemFailures"]:
                queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _told(find: Find) -> Find:
    """The same, and the platform is told."""

    def told(
        store: EnrolmentRepository, sync: Sync, found: Sequence[Enrolment], asked: Sequence[Newcomer], now: datetime
    ) -> frozenset[str]:
        taken = find(store, sync, found, asked, now)
        if asked and not taken:
            _say({"asked": [asdict(one) for one in asked]})
        return taken

    return told


def _answer() -> None:
    for _ in sys.stdin:
        _say({"peak_bytes": _peak_bytes(), "aws_calls": dict(_calls)})
    os._exit(0)


def _say(what: dict[str, Any]) -> None:
    with _speaking:
        print(json.dumps(what), file=_output, flush=True)


def _peak_bytes() -> int:
    """The most memory that this program ever had at once."""
    if _STATUS.exists():  # Linux passes on to a new program what the one before it had, but not here
        [line] = [line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    main()
