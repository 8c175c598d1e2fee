"""What a check of a connection finds."""

from dataclasses import dataclass
from enum import StrEnum


class Topic(StrEnum):
    """What a line is about."""

    CONNECTED = "connected"
    GRANT = "grant"
    PERMISSIONS = "permissions"
    SETTINGS = "settings"
    WEBHOOKS = "webhooks"
    BUDGET = "budget"
    SWEEP = "sweep"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was checked; `ok` None is what could not be tried, and `message` says why."""

    code: Topic
    ok: bool | None
    message: str
    next_step: str = ""
