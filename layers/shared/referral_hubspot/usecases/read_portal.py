"""How a HubSpot account is set up, read anew and kept for who looks it up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Protocol

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import DEAL_KEY, ObjectType, Option, Pipeline, Property
from referral_hubspot.domain.errors import RequestRefusedError, ScopeMissingError
from referral_hubspot.domain.fitting import Portal
from referral_hubspot.domain.settings import Action, Binding, SideSettings
from referral_hubspot.usecases.ports import Crm


@dataclass(frozen=True, slots=True)
class PropertyList:
    """The properties of one object as HubSpot listed them at `read_at`."""

    properties: tuple[Property, ...]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class PipelineList:
    """The pipelines of deals as HubSpot listed them at `read_at`."""

    pipelines: tuple[Pipeline, ...]
    read_at: datetime


class PortalCache(Protocol):
    """Keeps the last answers; see `storage.portal_properties`."""

    def load(self, account_id: str, portal_id: int, object_type: ObjectType) -> PropertyList | None: ...

    def store(self, account_id: str, portal_id: int, object_type: ObjectType, properties: PropertyList) -> None: ...

    def load_pipelines(self, account_id: str, portal_id: int) -> PipelineList | None: ...

    def store_pipelines(self, account_id: str, portal_id: int, pipelines: PipelineList) -> None: ...


class ReadPortal:
    """Asks one HubSpot account how it is set up; each answer is kept.

    Each method raises what `Crm` raises. `opened` is called when HubSpot is asked for the first time.
    """

    def __init__(
        self, opened: Callable[[], Crm], binding: Binding, kept: PortalCache, clock: Callable[[], datetime]
    ) -> None:
        self._opened = opened
        self._binding = binding
        self._kept = kept
        self._clock = clock

    def properties(self, object_type: ObjectType) -> PropertyList:
        """The properties of an object; those that hold a user of HubSpot offer them all, as far as that is allowed."""
        properties = self._crm.properties(object_type)
        offered = (replace(known, options=self._owners) if known.of_owners else known for known in properties)
        found = PropertyList(tuple(offered), self._clock())
        self._kept.store(self._binding.account_id, self._binding.portal_id, object_type, found)
        return found

    def pipelines(self) -> PipelineList:
        """The pipelines of deals."""
        found = PipelineList(tuple(self._crm.pipelines()), self._clock())
        self._kept.store_pipelines(self._binding.account_id, self._binding.portal_id, found)
        return found

    def portal(self, objects: Iterable[ObjectType]) -> Portal:
        """What there is of these objects."""
        return portal_of(objects, self.properties, self.pipelines)

    def with_deal_key(self, settings: SideSettings, portal: Portal) -> Portal:
        """The portal with the unique property that deals need, made there if it is missing and may be made."""
        deals = portal.properties.get(ObjectType.DEAL)
        unneeded = settings.action is not Action.CREATE_DEAL or deals is None or DEAL_KEY in deals
        if unneeded or scopes.missing([scopes.DEAL_KEY], self._binding.scopes):
            return portal
        # Refused where the account has as many unique properties as HubSpot takes: a gap tells of it.
        with suppress(ScopeMissingError, RequestRefusedError):
            self._crm.create_deal_key()
            # Read anew: a property that HubSpot keeps in its recycle bin is there for it, not for us.
            made = by_name(self.properties(ObjectType.DEAL))
            return replace(portal, properties={**portal.properties, ObjectType.DEAL: made})
        return portal

    def with_contact_properties(self, group: str, group_label: str, wanted: Sequence[Property]) -> PropertyList:
        """The properties of contacts, read anew, after those of these that were missing were made."""
        found = self.properties(ObjectType.CONTACT)
        there = by_name(found)
        missing = [one for one in wanted if one.name not in there]
        if not missing:
            return found
        # Refused where the account has as many properties as HubSpot takes: the list tells of it.
        with suppress(RequestRefusedError):
            self._crm.create_contact_properties(group, group_label, missing)
        return self.properties(ObjectType.CONTACT)

    @cached_property
    def _crm(self) -> Crm:
        return self._opened()

    @cached_property
    def _owners(self) -> tuple[Option, ...]:
        if scopes.missing(scopes.OWNERS, self._binding.scopes):
            return ()
        with suppress(ScopeMissingError):
            return tuple(self._crm.owners())
        return ()


def portal_of(
    objects: Iterable[ObjectType],
    properties: Callable[[ObjectType], PropertyList],
    pipelines: Callable[[], PipelineList],
) -> Portal:
    """What there is of these objects; one that HubSpot does not allow to be read is left out."""
    found: dict[ObjectType, Mapping[str, Property]] = {}
    stages: tuple[Pipeline, ...] | None = None
    for object_type in sorted(objects):
        with suppress(ScopeMissingError):
            listed = by_name(properties(object_type))
            if object_type is ObjectType.DEAL:
                stages = pipelines().pipelines
            found[object_type] = listed
    return Portal(found, stages)


def by_name(listed: PropertyList) -> Mapping[str, Property]:
    """Properties by their internal names."""
    return {known.name: known for known in listed.properties}
