"""What can be mapped: the properties of the connected HubSpot account."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.crm import Property
from referral_hubspot.domain.errors import ConnectionLostError, NotConnectedError, RetryableError
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.settings import Binding, BindingState
from referral_hubspot.usecases.ports import CrmDirectory


@dataclass(frozen=True, slots=True)
class PropertyList:
    """The properties of one object as HubSpot listed them at `read_at`."""

    properties: tuple[Property, ...]
    read_at: datetime


class PropertyCache(Protocol):
    """Keeps the last answer; see `storage.portal_properties`."""

    def load(self, account_id: str, portal_id: int, object_type: str) -> PropertyList | None: ...

    def store(self, account_id: str, portal_id: int, object_type: str, properties: PropertyList) -> None: ...


class LookUpProperties:
    """Reads properties from HubSpot when asked to or for the first time, else from the cache."""

    def __init__(self, directory: CrmDirectory, cache: PropertyCache, clock: Callable[[], datetime]) -> None:
        self._directory = directory
        self._cache = cache
        self._clock = clock

    def __call__(self, binding: Binding, object_type: str, *, refresh: bool = False) -> PropertyList:
        """The properties of an object; where HubSpot cannot be asked, those it named last.

        Raises:
            RetryableError: HubSpot is away and was never read.
            ConnectionLostError, NotConnectedError: reconnect first; HubSpot was never read.
            ScopeMissingError: the grant does not allow to read properties.
        """
        cached = self._cache.load(binding.account_id, binding.portal_id, object_type)
        if cached is not None and not refresh:
            return cached
        try:
            fresh = self._read(binding, object_type)
        except (RetryableError, ConnectionLostError, NotConnectedError):
            if cached is None:
                raise
            return cached  # its `read_at` shows that it is not fresh
        self._cache.store(binding.account_id, binding.portal_id, object_type, fresh)
        return fresh

    def _read(self, binding: Binding, object_type: str) -> PropertyList:
        if binding.state is BindingState.LOST:
            raise ConnectionLostError(binding.account_id, binding.portal_id)
        crm = self._directory.open(binding.account_id, binding.portal_id, Lane.LIVE)
        return PropertyList(tuple(crm.properties(object_type)), self._clock())
