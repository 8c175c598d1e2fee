"""Waiting with a deadline, and saying what was missing when it passes."""

import time
from collections.abc import Callable

PAUSE_SECONDS = 0.25


class StillMissingError(Exception):
    """A wait reached its deadline."""

    def __init__(self, what: str, seconds: float, seen: str, look_at: str) -> None:
        super().__init__(f"After {seconds:.0f} s there is still missing: {what}. Seen: {seen}. Look at: {look_at}")


def wait_until(what: str, look: Callable[[], tuple[bool, str]], *, seconds: float, look_at: str) -> None:
    """Look until it is there.

    Args:
        what: The thing waited for, as in "still missing: …".
        look: Returns whether it is there, and what there is.
        look_at: Where a person finds out why it is not.
    """
    deadline = time.monotonic() + seconds
    while True:
        there, seen = look()
        if there:
            return
        if time.monotonic() > deadline:
            raise StillMissingError(what, seconds, seen, look_at)
        time.sleep(PAUSE_SECONDS)
