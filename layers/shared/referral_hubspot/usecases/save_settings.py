"""Save what happens to the people of one side of a campaign."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.connection import ConnectionChangedError, SettingsChangedError
from referral_hubspot.domain.draft import Draft, same_choice, unjudged
from referral_hubspot.domain.fitting import broken_names, objects_named
from referral_hubspot.domain.routes import Neighbourhood
from referral_hubspot.domain.save_rules import Accepted, Surroundings, accepted
from referral_hubspot.domain.settings import Binding, Side, SideSettings
from referral_hubspot.usecases.connection_ports import Releaser
from referral_hubspot.usecases.find_campaign import FindCampaign, KnownCampaign
from referral_hubspot.usecases.lookups import LookUp
from referral_hubspot.usecases.ports import CampaignStates

_ATTEMPTS = 3


class SettingsStore(CampaignStates, Protocol):
    """Campaigns with their settings; see `storage.campaigns`."""

    def neighbourhood(self, account_id: str, portal_id: int) -> Neighbourhood: ...

    def save_settings(
        self,
        account_id: str,
        campaign_id: str,
        side: Side,
        settings: SideSettings,
        binding: Binding | None,
        writes: Mapping[str, Sequence[str]],
        over: int,
    ) -> None: ...


class SaveSettings:
    """Judges a form by what HubSpot and the account's other campaigns are like now, and stores it."""

    def __init__(
        self,
        store: SettingsStore,
        lookups: LookUp,
        releaser: Releaser,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._find = FindCampaign(store)
        self._lookups = lookups
        self._releaser = releaser
        self._clock = clock

    def __call__(self, account_id: str, campaign_id: str, side: Side, draft: Draft, saved_by: str) -> KnownCampaign:
        """The campaign after saving. What is saved already, by a repeated request for one, stays as it is.

        Raises:
            SaveRefusedError: the form cannot be saved; nothing was.
            SettingsChangedError: someone saved something else since the form was opened.
            ConnectionChangedError: this campaign, or another on its HubSpot account, kept changing meanwhile.
            RetryableError, ConnectionLostError, …: as `LookUp`, which judging needs.
        """
        for _ in range(_ATTEMPTS - 1):
            with suppress(ConnectionChangedError):
                return self._save(account_id, campaign_id, side, draft, saved_by)
        return self._save(account_id, campaign_id, side, draft, saved_by)

    def _save(self, account_id: str, campaign_id: str, side: Side, draft: Draft, saved_by: str) -> KnownCampaign:
        saved = self._saved(self._find(account_id, campaign_id), side, draft, saved_by)
        self._releaser.release(account_id, campaign_id)
        return saved

    def _saved(self, found: KnownCampaign, side: Side, draft: Draft, saved_by: str) -> KnownCampaign:
        campaign, current, binding = found.campaign, found.settings(side), found.binding
        if draft.version != current.version:
            return _same_or_refused(found, side, draft)
        now = self._clock()
        around = self._neighbourhood(binding)
        ready = self._judged(found, side, draft, around, now)
        # `broken` is compared too: saving again is how a name that exists by now is accepted.
        unchanged = replace(
            ready.settings, version=current.version, saved_by=current.saved_by, saved_at=current.saved_at
        )
        if current.version and unchanged == current:
            return found
        new = replace(ready.settings, version=current.version + 1, saved_by=saved_by, saved_at=now)
        try:
            self._store.save_settings(
                campaign.account_id, campaign.campaign_id, side, new, binding, ready.writes, around.version
            )
        except SettingsChangedError:
            return _same_or_refused(self._find(campaign.account_id, campaign.campaign_id), side, draft)
        return found.with_settings(side, new)

    def _neighbourhood(self, binding: Binding | None) -> Neighbourhood:
        return self._store.neighbourhood(binding.account_id, binding.portal_id) if binding else Neighbourhood()

    def _judged(self, found: KnownCampaign, side: Side, draft: Draft, around: Neighbourhood, now: datetime) -> Accepted:
        """The settings with what is still missing in HubSpot, where the deal key is made if it may be."""
        current = found.settings(side)
        if found.binding is None:
            return accepted(draft, current, Surroundings(found.campaign, side=side), now)
        # Read anew, so that a property made a minute ago can be chosen and one that is gone cannot.
        portal = self._lookups.portal(found.binding, objects_named(unjudged(draft)))
        ready = accepted(draft, current, Surroundings(found.campaign, portal, around.routes, side), now)
        fitted = self._lookups.with_deal_key(found.binding, ready.settings, portal)
        return replace(ready, settings=replace(ready.settings, broken=broken_names(ready.settings, fitted)))


def _same_or_refused(found: KnownCampaign, side: Side, draft: Draft) -> KnownCampaign:
    current = found.settings(side)
    if current.version and same_choice(draft, current):
        return found
    raise SettingsChangedError(current.saved_by, current.saved_at)
