"""The processes that run a function on the local stack, as a test may end them or have more of them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from simulators.local import Stack
from tests.stack.waiting import wait_until

DELIVERY = "LeadJoinedFunction"
_COMES_AGAIN_SECONDS = 200  # the queue's own three minutes, and a worker's time for it


def start_workers(stack: Stack, number: int) -> None:
    """Have so many delivery workers ready: on a busy machine starting takes longer than a call to HubSpot may."""

    def start(_: int) -> None:
        stack.invoke(DELIVERY, {"Records": []})

    with ThreadPoolExecutor(number) as pool:
        list(pool.map(start, range(number)))


def lead_queue_is_empty(stack: Stack) -> bool:
    """Whether every message on the lead queue is done with, also those that a worker has or that come again."""
    return _is_empty(stack, stack.lead_queue_url)


def changes_are_judged(stack: Stack) -> bool:
    """Whether every change that HubSpot told of is done with."""
    return _is_empty(stack, stack.resource("ChangeQueue"))


def _is_empty(stack: Stack, queue_url: str) -> bool:
    counts = stack.sqs.get_queue_attributes(
        QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    )["Attributes"]
    return not any(map(int, counts.values()))


def _wait_for_an_empty_queue(stack: Stack) -> None:
    """What is under way when the emulator's mapping is changed is handed to nobody, and comes again much later."""
    wait_until("all messages done with", lambda: lead_queue_is_empty(stack), seconds=_COMES_AGAIN_SECONDS)


@contextmanager
def lead_batches(stack: Stack, *, size: int = 100, window_seconds: int = 0) -> Iterator[None]:
    """Let workers take leads in other batches than the template says: at once, or each message by a worker of its own.

    With the template's window every message of a test would wait a second for others to join it. A message that was
    under way while other tests ended or replaced its worker comes again first.
    """
    _wait_for_an_empty_queue(stack)
    (source,) = stack.functions.list_event_source_mappings(
        EventSourceArn=stack.queue_arn(stack.lead_queue_url), FunctionName=f"{stack.resource(DELIVERY)}:live"
    )["EventSourceMappings"]
    stack.functions.update_event_source_mapping(
        UUID=source["UUID"], BatchSize=size, MaximumBatchingWindowInSeconds=window_seconds
    )
    try:
        yield
    finally:
        _wait_for_an_empty_queue(stack)
        stack.functions.update_event_source_mapping(
            UUID=source["UUID"],
            BatchSize=source["BatchSize"],
            MaximumBatchingWindowInSeconds=source["MaximumBatchingWindowInSeconds"],
        )


@contextmanager
def redelivery_after(stack: Stack, seconds: int) -> Iterator[None]:
    """Let the lead queue hand a message out again after so many seconds when its worker has not answered.

    In production that is six times the function's time-out; what happens then is the queue's own doing here as there.
    """
    url = stack.lead_queue_url
    before = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    stack.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
    try:
        yield
    finally:
        stack.sqs.set_queue_attributes(QueueUrl=url, Attributes=before)
