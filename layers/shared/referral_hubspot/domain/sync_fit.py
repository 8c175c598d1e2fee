"""Whether a sync's fields fit the HubSpot account's properties."""

from collections.abc import Iterable

from referral_hubspot.domain.crm import Property
from referral_hubspot.domain.syncs import Cause, Plan, Return

_TEXT = frozenset({("string", "text"), ("string", "textarea")})
_COUNT = frozenset({("number", "number"), *_TEXT})
_IDENTITY = "email"


def takes(property_: Property, kind: Return) -> bool:
    """Whether a return field can be written to a property. Email is who the contact is, and takes nothing else."""
    taken = (property_.type, property_.field_type) in (_TEXT if kind is Return.LINK else _COUNT)
    return taken and property_.writable and not property_.unique and property_.name != _IDENTITY


def misfit(plan: Plan, properties: Iterable[Property]) -> tuple[Cause, str] | None:
    """The first property of a plan that is gone, or no longer fits; HubSpot says nothing when one is read in vain."""
    there = {one.name: one for one in properties}
    gone = next((name for name in plan.read if name not in there), None)
    return (Cause.PROPERTY_GONE, gone) if gone else misfit_of_returns(plan, there.values())


def misfit_of_returns(plan: Plan, properties: Iterable[Property]) -> tuple[Cause, str] | None:
    """As `misfit`, of the properties that are written."""
    there = {one.name: one for one in properties}
    for kind, name in plan.returns.items():
        if name not in there:
            return Cause.PROPERTY_GONE, name
        if not takes(there[name], kind):
            return Cause.PROPERTY_CHANGED, name
    return None
