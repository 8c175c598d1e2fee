"""How far HubSpot was read for a campaign."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from referral_hubspot.domain.reading import Target
from referral_hubspot.domain.settings import Rule
from referral_hubspot.usecases.reading import Reading


@dataclass(frozen=True, slots=True)
class Progress:
    """Every change up to `read_until` was seen, None before the first reading; `looked_back_at` is when pending
    leads were last read again one by one."""

    read_until: datetime | None
    looked_back_at: datetime | None


class ReadProgress:
    """Tells it from what the sweep left."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def __call__(self, account_id: str, portal_id: int, campaign_id: str, rules: Sequence[Rule]) -> Progress:
        """Of several rules the one that was read the least counts."""
        targets = [Target.of(account_id, portal_id, rule) for rule in rules]
        marks = [one.read_until.get(campaign_id) for one in self._reading.watermarks(targets).values()]
        place = self._reading.places([(account_id, campaign_id)])[account_id, campaign_id]
        read = [mark for mark in marks if mark is not None]
        return Progress(min(read) if read and len(read) == len(marks) else None, place.seen_at)
