"""Connect a campaign to a HubSpot account that another campaign of the customer is connected to."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.connection import (
    AccountNotInUseError,
    Arrival,
    CampaignDeletedError,
    ConnectionChangedError,
    OtherAccountError,
    told_apart,
)
from referral_hubspot.domain.errors import ConnectionLostError
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.routes import Neighbourhood
from referral_hubspot.domain.settings import DELETED, Binding, BindingState, CampaignState
from referral_hubspot.usecases.broken_there import BrokenThere
from referral_hubspot.usecases.connection_ports import Releaser
from referral_hubspot.usecases.ports import CrmDirectory
from referral_hubspot.usecases.read_portal import PortalCache, ReadPortal

_ATTEMPTS = 3


class SharedConnections(Protocol):
    """Bindings that share a grant; see `storage.connections`."""

    def state(self, account_id: str, campaign_id: str) -> CampaignState: ...

    def neighbourhood(self, account_id: str, portal_id: int) -> Neighbourhood: ...

    def on_portal(self, account_id: str, portal_id: int) -> Sequence[Binding]:
        """The account's bindings to a HubSpot account, working or lost."""
        ...

    def share(self, arrival: Arrival, host: Binding, now: datetime) -> None:
        """Store a binding on the grant that `host` stands on.

        Raises:
            ConnectionChangedError: campaign, host, grant or neighbourhood are not as they were seen any more, or
                the grant is being refreshed right now; nothing was written.
        """
        ...


class ShareConnection:
    """Connects without HubSpot's consent page: the customer's consent stands already."""

    def __init__(
        self,
        connections: SharedConnections,
        directory: CrmDirectory,
        kept: PortalCache,
        releaser: Releaser,
        clock: Callable[[], datetime],
    ) -> None:
        self._connections = connections
        self._directory = directory
        self._kept = kept
        self._releaser = releaser
        self._clock = clock

    def __call__(
        self,
        account_id: str,
        campaign_id: str,
        portal_id: int,
        connected_by: str,
        *,
        leaving: int | None = None,
        among: Collection[str] | None = None,
    ) -> None:
        """Connect; a campaign that is connected to this HubSpot account already stays as it is.

        Args:
            leaving: The other HubSpot account that may be left for it.
            among: The campaigns whose connection may be shared, None for all of the account's.

        Raises:
            AccountNotInUseError: no such campaign uses the HubSpot account.
            OtherAccountError: the campaign uses another one, which is not the one that may be left.
            CampaignDeletedError: the platform deleted the campaign.
            ConnectionChangedError: others changed the same connections all the while.
            ConnectionLostError, RetryableError, …: HubSpot does not answer by the connection there is.
        """
        for _ in range(_ATTEMPTS):
            around = self._connections.neighbourhood(account_id, portal_id)
            seen = self._connections.state(account_id, campaign_id)
            if seen.campaign is not None and seen.campaign.state == DELETED:
                raise CampaignDeletedError(account_id, campaign_id)
            if _stands(seen.binding, portal_id):
                return
            host = self._host(account_id, campaign_id, portal_id, among)
            former = seen.binding
            if former is not None and former.portal_id not in (portal_id, leaving):
                raise OtherAccountError(*told_apart(former.portal_name, former.portal_id, host.portal_name, portal_id))
            binding = Binding(
                account_id=account_id,
                campaign_id=campaign_id,
                portal_id=portal_id,
                portal_name=host.portal_name,
                ui_domain=host.ui_domain,
                connected_by=connected_by,
                connected_at=self._clock(),
                scopes=host.scopes,
            )
            arrival = Arrival(binding, seen, self._broken_there(binding)(seen, around), around.version)
            try:
                self._connections.share(arrival, host, self._clock())
            except ConnectionChangedError:
                continue
            self._releaser.release(account_id, campaign_id)
            return
        raise ConnectionChangedError(account_id, campaign_id)

    def _host(self, account_id: str, campaign_id: str, portal_id: int, among: Collection[str] | None) -> Binding:
        """A binding of another campaign that works."""
        others = [
            binding
            for binding in self._connections.on_portal(account_id, portal_id)
            if binding.campaign_id != campaign_id and (among is None or binding.campaign_id in among)
        ]
        if not others:
            raise AccountNotInUseError(account_id, portal_id)
        working = (binding for binding in others if binding.state is BindingState.CONNECTED)
        if host := next(working, None):
            return host
        raise ConnectionLostError(account_id, portal_id)

    def _broken_there(self, binding: Binding) -> BrokenThere:
        crm = self._directory.open(binding.account_id, binding.portal_id, Lane.LIVE)
        return BrokenThere(ReadPortal(lambda: crm, binding, self._kept, self._clock), binding)


def _stands(binding: Binding | None, portal_id: int) -> bool:
    return binding is not None and binding.portal_id == portal_id and binding.state is BindingState.CONNECTED
