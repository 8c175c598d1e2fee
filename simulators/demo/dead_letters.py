"""How many messages the stack has given up on."""

from simulators.local import Stack


def dead_letters(stack: Stack) -> dict[str, int]:
    """Messages in each dead-letter queue, also those just being read by somebody."""
    counts = {}
    for name, url in stack.dead_letter_queue_urls.items():
        attributes = stack.sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        )["Attributes"]
        counts[name] = sum(int(count) for count in attributes.values())
    return counts
