"""How far HubSpot was read, as the use cases keep it."""

from collections.abc import Iterable
from typing import Protocol

from referral_hubspot.domain.reading import Halfway, Place, Target, Watermark


class Reading(Protocol):
    """Watermarks of searches, places of slow passes, and looks at everyone; see `storage.reading`."""

    def watermarks(self, targets: Iterable[Target]) -> dict[Target, Watermark]:
        """Each target asked for, read before or not."""
        ...

    def keep_watermark(self, target: Target, watermark: Watermark) -> None:
        """Remember how far a target was read."""
        ...

    def places(self, campaigns: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Place]:
        """Where the slow pass of each campaign stands, begun or not."""
        ...

    def keep_place(self, account_id: str, campaign_id: str, place: Place) -> None:
        """Remember where a slow pass stands."""
        ...

    def halfway(self, account_id: str, campaign_id: str) -> Halfway:
        """How far the last look at everyone pending of a campaign came; blank if it came to its end."""
        ...

    def keep_halfway(self, account_id: str, campaign_id: str, halfway: Halfway) -> None:
        """Remember how far one came."""
        ...
