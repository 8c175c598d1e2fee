"""What crosses the border and cannot be read; on its own, so that one reader does not load the other's models."""


class UnreadableError(Exception):
    """A message that no code of ours will ever be able to read. `reason` names the field, never its value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
