"""Waiting for what a running system does in its own time, with a message that says what was seen instead."""

import time
from collections.abc import Callable

PAUSE_SECONDS = 0.1


def wait_until[T](what: str, look: Callable[[], T], *, seconds: float = 30) -> T:
    """Look until what is found is true in the sense of `bool`, and return it.

    Raises:
        AssertionError: it was not before the time was over; the message says what was seen last.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"After {seconds:g} s still missing: {what}. Seen: {found!r}")
        time.sleep(PAUSE_SECONDS)
    return found


def wait_for_value[T](what: str, look: Callable[[], T], wanted: T, *, seconds: float = 30) -> None:
    """Look until the wanted value is found.

    Raises:
        AssertionError: it was not before the time was over; the message says what was seen last.
    """
    deadline = time.monotonic() + seconds
    while (found := look()) != wanted:
        if time.monotonic() > deadline:
            raise AssertionError(f"After {seconds:g} s {what} is {found!r}, must be {wanted!r}")
        time.sleep(PAUSE_SECONDS)
