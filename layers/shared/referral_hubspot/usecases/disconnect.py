"""Take a campaign off its HubSpot account."""

from collections.abc import Callable
from datetime import datetime

from referral_hubspot.usecases.connection_ports import Connections


class Disconnect:
    """Removes a campaign's connection at once, whether HubSpot can be reached or not."""

    def __init__(self, connections: Connections, clock: Callable[[], datetime]) -> None:
        self._connections = connections
        self._clock = clock

    def __call__(self, account_id: str, campaign_id: str, reason: str = "disconnected") -> bool:
        """Disconnect; settings stay and nothing is deleted in HubSpot.

        Args:
            reason: What the announcement says: `disconnected` by an admin, or `campaign_deleted`.

        Returns:
            False when there was nothing to disconnect, which is as good.

        Raises:
            ConnectionChangedError: others changed the same connections all the while.
        """
        return self._connections.disconnect(account_id, campaign_id, reason, self._clock()) is not None
