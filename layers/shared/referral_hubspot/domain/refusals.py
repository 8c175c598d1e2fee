"""What HubSpot refused of mapping rows."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """HubSpot's last refusal of a mapping row: its code, whose value it was, and when.

    HubSpot's own text is left out, because it may quote the value.
    """

    code: str
    person_id: str
    at: datetime
