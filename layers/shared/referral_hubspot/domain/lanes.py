"""Who goes first when a HubSpot account's rate budget is short."""

from enum import StrEnum


class Lane(StrEnum):
    """Work by urgency; a lower lane may use less of the burst, so the upper ones never wait for it."""

    LIVE = "live"
    WRITE_BACK = "write_back"
    BULK = "bulk"
