"""What can be chosen: the properties and pipelines of the connected HubSpot account."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from referral_hubspot.domain.crm import ObjectType, Property
from referral_hubspot.domain.errors import ConnectionLostError, NotConnectedError, RetryableError
from referral_hubspot.domain.fitting import Portal
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.settings import Binding, BindingState, SideSettings
from referral_hubspot.usecases.ports import Crm, CrmDirectory
from referral_hubspot.usecases.read_portal import PipelineList, PortalCache, PropertyList, ReadPortal, portal_of


class LookUp:
    """Reads from HubSpot when asked to or for the first time, else what was kept.

    Where HubSpot cannot be asked, what it said last is answered: its `read_at` shows that it is not fresh.
    Each method raises, where HubSpot was never read:

        RetryableError: HubSpot is away.
        ConnectionLostError, NotConnectedError: reconnect first.
        ScopeMissingError: the grant does not allow to read this, also where it was read before.
    """

    def __init__(self, directory: CrmDirectory, kept: PortalCache, clock: Callable[[], datetime]) -> None:
        self._directory = directory
        self._kept = kept
        self._clock = clock

    def properties(self, binding: Binding, object_type: ObjectType, *, refresh: bool = False) -> PropertyList:
        """The properties of an object."""
        kept = self._kept.load(binding.account_id, binding.portal_id, object_type)
        return _fresh_or_kept(kept, lambda: self._reader(binding).properties(object_type), refresh)

    def pipelines(self, binding: Binding, *, refresh: bool = False) -> PipelineList:
        """The pipelines of deals."""
        kept = self._kept.load_pipelines(binding.account_id, binding.portal_id)
        return _fresh_or_kept(kept, self._reader(binding).pipelines, refresh)

    def portal(self, binding: Binding, objects: Iterable[ObjectType], *, refresh: bool = True) -> Portal:
        """What there is of these objects, read anew unless told not to; one that may not be read is left out."""
        return portal_of(
            objects,
            lambda object_type: self.properties(binding, object_type, refresh=refresh),
            lambda: self.pipelines(binding, refresh=refresh),
        )

    def with_deal_key(self, binding: Binding, settings: SideSettings, portal: Portal) -> Portal:
        """The portal with the unique property that deals need, as far as it may be made; HubSpot must be there."""
        return self._reader(binding).with_deal_key(settings, portal)

    def with_contact_properties(
        self, binding: Binding, group: str, group_label: str, wanted: Sequence[Property]
    ) -> PropertyList:
        """The properties of contacts after those of these that were missing were made; HubSpot must be there."""
        return self._reader(binding).with_contact_properties(group, group_label, wanted)

    def _reader(self, binding: Binding) -> ReadPortal:
        def opened() -> Crm:
            if binding.state is BindingState.LOST:
                raise ConnectionLostError(binding.account_id, binding.portal_id)
            return self._directory.open(binding.account_id, binding.portal_id, Lane.LIVE)

        return ReadPortal(opened, binding, self._kept, self._clock)


def _fresh_or_kept[Listing](kept: Listing | None, read: Callable[[], Listing], refresh: bool) -> Listing:
    if kept is not None and not refresh:
        return kept
    try:
        return read()
    except (RetryableError, ConnectionLostError, NotConnectedError):
        if kept is None:
            raise
        return kept
