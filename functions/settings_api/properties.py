"""What can be mapped in the connected HubSpot account."""

from referral_hubspot.domain.crm import Property

from .endpoint import Call
from .models import OptionAnswer, PropertiesAnswer, PropertyAnswer
from .problems import problem

OBJECTS = ("contacts",)


def show(call: Call) -> PropertiesAnswer:
    """The properties of an object, as read last or, on request, anew."""
    if call.path["object"] not in OBJECTS:
        raise problem(404, "unknown_object", "There is no such object.", f"Ask for {' or '.join(OBJECTS)}.")
    refresh = call.query.get("refresh", "false")
    if refresh not in {"true", "false"}:
        raise problem(422, "malformed", "refresh is true or false.", "Send refresh=true, or leave it out.")
    binding = call.known.binding
    if binding is None:
        raise problem(409, "not_connected", "HubSpot is not connected.", "Connect HubSpot.")
    found = call.services.lookups(binding, call.path["object"], refresh=refresh == "true")
    shown = [_property(known) for known in found.properties if not known.hidden]
    return PropertiesAnswer(properties=shown, read_at=found.read_at)


def _property(known: Property) -> PropertyAnswer:
    return PropertyAnswer(
        name=known.name,
        label=known.label,
        type=known.type,
        field_type=known.field_type,
        group=known.group,
        writable=known.writable,
        options=[OptionAnswer(value=option.value, label=option.label) for option in known.options],
    )
