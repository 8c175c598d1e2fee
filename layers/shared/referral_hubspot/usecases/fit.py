"""Do the saved settings still fit the connected HubSpot account?"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.errors import ConnectionLostError, NotConnectedError
from referral_hubspot.domain.fitting import broken_names, objects_named
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.routes import Neighbourhood
from referral_hubspot.domain.self_qualifying import clashes
from referral_hubspot.domain.settings import (
    Binding,
    BindingState,
    Broken,
    Campaign,
    CampaignState,
    Part,
    Side,
    SideSettings,
)
from referral_hubspot.usecases.ports import CampaignStates, Crm, CrmDirectory
from referral_hubspot.usecases.read_portal import PortalCache, ReadPortal


class FitStore(CampaignStates, Protocol):
    """Campaigns with their settings; see `storage.campaigns`."""

    def neighbourhood(self, account_id: str, portal_id: int) -> Neighbourhood: ...

    def settle_broken(self, binding: Binding, side: Side, settings: SideSettings, broken: Sequence[Broken]) -> bool: ...


class Fit:
    """Holds what the settings name against HubSpot, read anew, and stores what is broken when that changed."""

    def __init__(
        self, directory: CrmDirectory, kept: PortalCache, store: FitStore, clock: Callable[[], datetime]
    ) -> None:
        self._directory = directory
        self._kept = kept
        self._store = store
        self._clock = clock

    def __call__(self, account_id: str, campaign_id: str, side: Side) -> SideSettings | None:
        """The settings of a side as they stand afterwards; None if HubSpot was not asked.

        It is not where the campaign has no connection that works, or is paused. Settings that send
        nothing stand as they are. The deal key is made if it is missing and allowed.

        Raises:
            RetryableError: HubSpot cannot be asked; nothing was changed.
        """
        state = self._state(account_id, campaign_id)
        if state.binding is None or state.binding.state is BindingState.LOST or state.paused:
            return None
        settings = state.settings(side)
        if not objects_named(settings):
            return settings
        try:
            broken = self._broken(state, settings, state.binding)
        except (ConnectionLostError, NotConnectedError):
            return None
        if broken == settings.broken:
            return settings
        if self._store.settle_broken(state.binding, side, settings, broken):
            return replace(settings, broken=broken)
        # The settings were saved, or the campaign was connected, anew: that judged them.
        return self._state(account_id, campaign_id).settings(side)

    def _state(self, account_id: str, campaign_id: str) -> CampaignState:
        return self._store.load([(account_id, campaign_id)])[account_id, campaign_id]

    def _broken(self, state: CampaignState, settings: SideSettings, binding: Binding) -> tuple[Broken, ...]:
        def opened() -> Crm:
            return self._directory.open(binding.account_id, binding.portal_id, Lane.LIVE)

        reader = ReadPortal(opened, binding, self._kept, self._clock)
        portal = reader.with_deal_key(settings, reader.portal(objects_named(settings)))
        return (*broken_names(settings, portal), *self._clashes(state, settings, binding))

    def _clashes(self, state: CampaignState, settings: SideSettings, binding: Binding) -> tuple[Broken, ...]:
        """Those that connecting left and that are still there.

        No new ones: a save that made one was refused, and of two campaigns only the one that came last waits.
        """
        if not any(broken.part is Part.CLASH for broken in settings.broken):
            return ()
        routes = self._store.neighbourhood(binding.account_id, binding.portal_id).routes
        campaign = state.campaign or Campaign(binding.account_id, binding.campaign_id)
        return clashes(settings, campaign, routes)
