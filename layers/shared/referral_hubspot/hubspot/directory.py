"""Opens HubSpot for a customer account."""

from referral_hubspot.domain.lanes import Lane
from referral_hubspot.hubspot.calls import Caller, GivenToken, KeptToken
from referral_hubspot.hubspot.client import HubSpotCrm
from referral_hubspot.hubspot.oauth import OAuth
from referral_hubspot.hubspot.pacing import Pacer
from referral_hubspot.hubspot.transport import Transport
from referral_hubspot.usecases.access import Grant, GrantKeeper


class HubSpotDirectory:
    """HubSpot through stored grants; see `usecases.ports.CrmDirectory`."""

    def __init__(self, transport: Transport, oauth: OAuth, keeper: GrantKeeper, pacer: Pacer) -> None:
        self._transport = transport
        self._oauth = oauth
        self._keeper = keeper
        self._pacer = pacer

    def open(self, account_id: str, portal_id: int, lane: Lane, expected_calls: int = 1) -> HubSpotCrm:
        """HubSpot through the stored grant; HubSpot is not called yet.

        Args:
            expected_calls: How many calls will probably follow; slots for a few are reserved in one go.

        Raises:
            NotConnectedError: no grant is stored.
            ConnectionLostError: the stored grant is known to be lost.
        """
        self._keeper.stored(account_id, portal_id)
        tokens = KeptToken(self._keeper, account_id, portal_id)
        return HubSpotCrm(Caller(self._transport, tokens, self._pacer, portal_id, lane, expected_calls), self._oauth)

    def with_grant(self, grant: Grant, lane: Lane = Lane.LIVE) -> HubSpotCrm:
        """HubSpot through a grant that was just issued and is stored nowhere, as in the callback."""
        return HubSpotCrm(Caller(self._transport, GivenToken(grant), self._pacer, grant.portal_id, lane), self._oauth)
