"""Offer the contact properties that return fields can be written to, and make the usual ones."""

from dataclasses import dataclass
from datetime import datetime

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.errors import ScopeMissingError
from referral_hubspot.domain.return_properties import (
    GROUP,
    OURS,
    PropertyNotMadeError,
    ReturnField,
    return_fields,
)
from referral_hubspot.domain.settings import Binding
from referral_hubspot.usecases.lookups import LookUp
from referral_hubspot.usecases.read_portal import PropertyList


@dataclass(frozen=True, slots=True)
class Offer:
    """The return fields as HubSpot's properties stood at `read_at`."""

    fields: tuple[ReturnField, ...]
    read_at: datetime


class ReturnProperties:
    """Looks at a HubSpot account's contact properties; raises what `LookUp` raises."""

    def __init__(self, lookups: LookUp, platform: str) -> None:
        self._lookups = lookups
        self._platform = platform

    def offer(self, binding: Binding, *, refresh: bool = False) -> Offer:
        """What each return field can be written to."""
        return _offer(self._lookups.properties(binding, ObjectType.CONTACT, refresh=refresh))

    def make(self, binding: Binding) -> Offer:
        """Make our property for each return field; those that are there already stay as they are.

        Raises:
            ScopeMissingError: HubSpot was not allowed to let us; nothing was made.
            PropertyNotMadeError: one of ours is of another kind in HubSpot, or was not made.
        """
        if absent := scopes.missing(scopes.RETURN_PROPERTIES, binding.scopes):
            raise ScopeMissingError(binding.portal_id, absent)
        wanted = tuple(OURS.values())
        offer = _offer(self._lookups.with_contact_properties(binding, GROUP, self._platform, wanted))
        for field in offer.fields:
            if not field.made:
                raise PropertyNotMadeError(OURS[field.kind])
        return offer


def _offer(listed: PropertyList) -> Offer:
    return Offer(tuple(return_fields(listed.properties)), listed.read_at)
