"""People join, and their leads reach HubSpot."""

from collections.abc import Sequence
from itertools import batched
from typing import Any

from simulators.demo.cast import Cast
from simulators.demo.expectations import OPEN_STATES
from simulators.demo.waiting import wait_until

PUBLISH_AT_ONCE = 100


def publish(cast: Cast, messages: Sequence[dict[str, Any]]) -> int:
    """Put the platform's events on the queue; how many it took."""
    published = 0
    with cast.narrator.meter("Events published", len(messages)) as meter:
        for chunk in batched(messages, PUBLISH_AT_ONCE, strict=False):
            published += cast.platform.publish(chunk)
            meter.at(published)
    return published


def wait_for_answers(cast: Cast) -> None:
    """Until the platform was told where each lead stands that becomes a contact."""
    leads = cast.scenario.joining_contacts()
    with cast.narrator.meter("Leads answered", len(leads)) as meter:

        def look() -> tuple[bool, str]:
            answered = sum(state not in OPEN_STATES for state in cast.states(leads).values())
            meter.at(answered)
            return answered >= len(leads), f"{answered} of {len(leads)} leads answered"

        wait_until(
            "the announcement lead.changed.v1 of every lead",
            look,
            seconds=180,
            look_at=f"{cast.stack.platform_url}/ and `make dead-letters`",
        )


def wait_for_dead_letters(cast: Cast, number: int) -> None:
    """Until so many messages lie in the dead letters."""

    def look() -> tuple[bool, str]:
        found = cast.dead_letters()
        return found >= number, f"{found} in all"

    wait_until("malformed events in the dead letters", look, seconds=30, look_at="the log of lead_joined")
