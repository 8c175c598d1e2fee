"""A queue that takes what is sent, or fails."""


class FakeSender:
    """`sent` holds address and body."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.fault: Exception | None = None

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        if self.fault:
            raise self.fault
        self.sent.append((QueueUrl, MessageBody))
