"""What somebody on call is answered who asks for something that cannot be done."""

from referral_hubspot.domain.errors import PermanentError


class CommandRefusedError(PermanentError):
    """It was not done; `lines` say what is wrong, and what exists. They are for the terminal, not for a log."""

    def __init__(self, *lines: str) -> None:
        super().__init__("the command was refused")
        self.lines = lines
