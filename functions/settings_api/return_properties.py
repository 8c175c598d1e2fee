"""Where referral links and counts can go in the connected HubSpot account, and the properties made for them."""

from referral_hubspot.domain import scopes
from referral_hubspot.domain.return_properties import LABELS, REQUIRED, ReturnField
from referral_hubspot.domain.settings import Binding
from referral_hubspot.runtime.observability import logger
from referral_hubspot.usecases.return_properties import Offer

from .endpoint import Call
from .lookups import connected, refreshes
from .models import ReturnFieldAnswer, ReturnPropertiesAnswer, ReturnPropertyAnswer

_ALLOW = "To have the properties made, connect HubSpot again and leave that permission ticked there."


def show(call: Call) -> ReturnPropertiesAnswer:
    """What each return field can be written to, as read last or, on request, anew."""
    refresh, binding = refreshes(call), connected(call)
    return _answer(call.services.return_properties.offer(binding, refresh=refresh), binding)


def make(call: Call) -> ReturnPropertiesAnswer:
    """Make the usual properties; those that are there already stay as they are."""
    binding = connected(call)
    offer = call.services.return_properties.make(binding)
    logger.info(
        "return_properties_made",
        account_id=binding.account_id,
        campaign_id=binding.campaign_id,
        portal_id=binding.portal_id,
    )
    return _answer(offer, binding)


def _answer(offer: Offer, binding: Binding) -> ReturnPropertiesAnswer:
    allowed = not scopes.missing(scopes.RETURN_PROPERTIES, binding.scopes)
    return ReturnPropertiesAnswer(
        fields=[_field(field) for field in offer.fields],
        can_make=allowed,
        next_step="" if allowed or all(field.made for field in offer.fields) else _ALLOW,
        read_at=offer.read_at,
    )


def _field(field: ReturnField) -> ReturnFieldAnswer:
    return ReturnFieldAnswer(
        field=field.kind,
        label=LABELS[field.kind],
        required=field.kind in REQUIRED,
        suggested=field.suggested or None,
        made=field.made,
        properties=[
            ReturnPropertyAnswer(name=one.name, label=one.label, type=one.type, field_type=one.field_type)
            for one in field.properties
        ],
    )
