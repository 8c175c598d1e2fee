"""Who goes first when a HubSpot account's rate budget is short."""

from dataclasses import dataclass
from enum import StrEnum


class Lane(StrEnum):
    """Work by urgency; a lower lane may use less of the burst, so the upper ones never wait for it."""

    LIVE = "live"
    WRITE_BACK = "write_back"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a budget's burst is in use, from 0 to 1, and how long the next live call has to wait, in seconds."""

    share: float
    wait_s: float
