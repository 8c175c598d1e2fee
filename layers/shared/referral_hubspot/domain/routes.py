"""How a HubSpot account's webhooks find the campaigns that are bound to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.settings import Rule


@dataclass(frozen=True, slots=True)
class Route:
    """One campaign bound to a portal, with what a webhook and a save must know of its settings.

    `writes` says what the campaign's mapping rows put into HubSpot: target → fixed values, where an
    empty tuple means any value (a dynamic row). A target is a contact property, or `deals/` and a deal
    property. `beside` is what of it is not written for leads, and `returns` are the contact properties
    that its syncs write return fields to.
    """

    portal_id: int
    account_id: str
    campaign_id: str
    rules: tuple[Rule, ...] = ()
    writes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    returns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Listeners:
    """Whom a portal's webhooks may concern: campaigns, and checks that wait for a record (its type and id)."""

    routes: tuple[Route, ...] = ()
    awaited: frozenset[tuple[ObjectType, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """An account's campaigns on one portal as they stood at `version`, 0 where there never was one.

    Each save and each connection is judged against them and raises the version, so that of two at
    once the second is judged with the first.
    """

    routes: tuple[Route, ...] = ()
    version: int = 0
