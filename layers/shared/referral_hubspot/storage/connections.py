"""Bindings and the grants they stand on, changed together: a campaign is never bound without its grant."""

from collections.abc import Iterable
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING

from referral_hubspot.domain.connection import Arrival, CleanUpRunningError, ConnectionChangedError
from referral_hubspot.domain.routes import Neighbourhood
from referral_hubspot.domain.settings import Binding, BindingState, CampaignState
from referral_hubspot.storage import dynamo
from referral_hubspot.storage.bindings import BindingRepository
from referral_hubspot.storage.campaigns import CampaignRepository
from referral_hubspot.storage.cleanups import CleanupTable
from referral_hubspot.storage.credentials import CredentialTable
from referral_hubspot.storage.dynamo import Write
from referral_hubspot.usecases.access import Grant

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RECONNECTED = "reconnected"
"""Reason of a binding that another campaign's new grant mended."""

_ATTEMPTS = 5
_MENDED_A_CALL = 80  # beside the binding, the grant and what is left, in a transaction of at most 100


class ConnectionStore:
    """Implements the ports `Connections` and `Neighbours` of `usecases.connection_ports`, and `SharedConnections`
    of `usecases.share_connection`.
    """

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        campaigns: CampaignRepository,
        bindings: BindingRepository,
        credentials: CredentialTable,
        cleanups: CleanupTable,
    ) -> None:
        self._client = dynamodb
        self._campaigns = campaigns
        self._bindings = bindings
        self._credentials = credentials
        self._cleanups = cleanups

    def state(self, account_id: str, campaign_id: str) -> CampaignState:
        """The campaign as it is now."""
        return self._campaigns.load([(account_id, campaign_id)])[account_id, campaign_id]

    def connect(self, arrival: Arrival, grant: Grant, now: datetime) -> list[Binding]:
        """See `Connections.connect`."""
        binding = arrival.binding
        account_id, portal_id = binding.account_id, binding.portal_id
        for _ in range(_ATTEMPTS):
            former_grant = self._credentials.version(account_id, portal_id)
            stored = self._credentials.grant_writes(account_id, grant, former_grant, now)
            bound, writes = self._bound(arrival, now)
            others = [other for other in self._on_portal(binding) if _needs(other, binding)]
            first, *later = list(batched(others, _MENDED_A_CALL, strict=False)) or [()]
            failed = dynamo.transact(self._client, [*stored, *writes, *self._mended(first, binding)])
            if 1 in failed:
                raise CleanUpRunningError(account_id, portal_id)
            if not failed:
                for more in later:  # whoever changed one of these meanwhile has seen the new grant
                    dynamo.transact_groups(self._client, [self._mended([other], binding) for other in more])
                return [bound, *(other for other in others if other.state is BindingState.LOST)]
        raise ConnectionChangedError(account_id, binding.campaign_id)

    def share(self, arrival: Arrival, host: Binding, now: datetime) -> None:
        """See `SharedConnections.share`."""
        binding = arrival.binding
        _, writes = self._bound(arrival, now)
        grant = self._credentials.shared_write(binding.account_id, binding.portal_id, now)
        if dynamo.transact(self._client, [grant, self._bindings.still_works(host), *writes]):
            raise ConnectionChangedError(binding.account_id, binding.campaign_id)

    def on_portal(self, account_id: str, portal_id: int) -> list[Binding]:
        """See `SharedConnections.on_portal`."""
        return self._bindings.on_portal(account_id, portal_id)

    def neighbourhood(self, account_id: str, portal_id: int) -> Neighbourhood:
        """See `Connections.neighbourhood`."""
        return self._campaigns.neighbourhood(account_id, portal_id)

    def disconnect(self, account_id: str, campaign_id: str, reason: str, now: datetime) -> Binding | None:
        """See `Connections.disconnect`."""
        for _ in range(_ATTEMPTS):
            binding = self.state(account_id, campaign_id).binding
            if binding is None:
                return None
            writes = [*self._bindings.unbind(binding, reason), *self._leave(binding, now)]
            if not dynamo.transact(self._client, writes):
                return binding
        raise ConnectionChangedError(account_id, campaign_id)

    def park(self, account_id: str, grant: Grant, due: datetime, now: datetime) -> None:
        """See `Connections.park`."""
        if not self._cleanups.park(account_id, grant, due, now):
            raise CleanUpRunningError(account_id, grant.portal_id)

    def parked(self, account_id: str, portal_id: int) -> str | None:
        """See `Connections.parked`."""
        waiting = self._cleanups.of(account_id, portal_id)
        return waiting.refresh_token if waiting else None

    def bound(self, portal_id: int) -> set[str]:
        """See `Neighbours.bound`."""
        return self._bindings.accounts_on(portal_id)

    def fingerprints(self, portal_id: int, other_than: str) -> set[str]:
        """See `Neighbours.fingerprints`."""
        stored = self._credentials.fingerprints(portal_id, self.bound(portal_id))
        waiting = self._cleanups.fingerprints(portal_id)
        everyone = [*stored.items(), *waiting.items()]
        return {mark for account_id, mark in everyone if account_id != other_than}

    def _bound(self, arrival: Arrival, now: datetime) -> tuple[Binding, list[Write]]:
        """The binding with its version, and what binds it and leaves another HubSpot account."""
        bound, writes = self._bindings.bind(arrival)
        former = arrival.seen.binding
        if former is not None and former.portal_id != bound.portal_id:
            writes += self._leave(former, now)
        return bound, writes

    def _on_portal(self, binding: Binding) -> list[Binding]:
        bindings = self._bindings.on_portal(binding.account_id, binding.portal_id)
        return [other for other in bindings if other.campaign_id != binding.campaign_id]

    def _leave(self, binding: Binding, now: datetime) -> list[Write]:
        # The check keeps two campaigns that leave at once from each taking the other for the last:
        # one of them is refused, looks again, and finds that it is.
        others = self._on_portal(binding)
        if others:
            return [self._bindings.still_bound(others[0])]
        return self._credentials.retire_writes(binding.account_id, binding.portal_id, now)

    def _mended(self, others: Iterable[Binding], binding: Binding) -> list[Write]:
        return [
            write
            for other in others
            for write in self._bindings.become(other, BindingState.CONNECTED, RECONNECTED, binding.scopes)
        ]


def _needs(other: Binding, binding: Binding) -> bool:
    return other.state is BindingState.LOST or other.scopes != binding.scopes
