"""What can be mapped, and what rules can wait for, in the connected HubSpot account."""

from dataclasses import asdict

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import DEAL_KEY, DEAL_STAGE, ObjectType, Property
from referral_hubspot.domain.settings import Binding
from referral_hubspot.domain.subscriptions import told_by_webhook

from .endpoint import Call
from .models import (
    OptionAnswer,
    PipelineAnswer,
    PipelinesAnswer,
    PropertiesAnswer,
    PropertyAnswer,
    RuleSpeedAnswer,
)
from .problems import problem

OBJECTS = {one.plural: one for one in ObjectType}

_ALLOW_OWNERS = "To choose from HubSpot's users by name, connect HubSpot again and leave that permission ticked there."


def properties(call: Call) -> PropertiesAnswer:
    """The properties of an object, as read last or, on request, anew."""
    object_type = OBJECTS.get(call.path["object"])
    if object_type is None:
        raise problem(404, "unknown_object", "There is no such object.", f"Ask for {' or '.join(OBJECTS)}.")
    refresh, binding = refreshes(call), connected(call)
    found = call.services.lookups.properties(binding, object_type, refresh=refresh)
    shown = [
        _property(known, object_type, call, binding)
        for known in found.properties
        if not known.hidden and (object_type, known.name) != (ObjectType.DEAL, DEAL_KEY)  # ours alone
    ]
    return PropertiesAnswer(properties=shown, read_at=found.read_at)


def pipelines(call: Call) -> PipelinesAnswer:
    """The pipelines of deals, as read last or, on request, anew."""
    refresh, binding = refreshes(call), connected(call)
    found = call.services.lookups.pipelines(binding, refresh=refresh)
    return PipelinesAnswer(
        pipelines=[PipelineAnswer.model_validate(asdict(pipeline)) for pipeline in found.pipelines],
        rule_speed=_rule_speed(ObjectType.DEAL, DEAL_STAGE, call),
        read_at=found.read_at,
    )


def refreshes(call: Call) -> bool:
    """Whether HubSpot is to be read anew.

    Raises:
        ProblemError: 422.
    """
    refresh = call.query.get("refresh", "false")
    if refresh not in {"true", "false"}:
        raise problem(422, "malformed", "refresh is true or false.", "Send refresh=true, or leave it out.")
    return refresh == "true"


def connected(call: Call) -> Binding:
    """The campaign's connection.

    Raises:
        ProblemError: 409, it has none.
    """
    binding = call.known.binding
    if binding is None:
        raise problem(409, "not_connected", "HubSpot is not connected.", "Connect HubSpot.")
    return binding


def _property(known: Property, object_type: ObjectType, call: Call, binding: Binding) -> PropertyAnswer:
    unnamed = known.of_owners and scopes.missing(scopes.OWNERS, binding.scopes)
    return PropertyAnswer(
        name=known.name,
        label=known.label,
        type=known.type,
        field_type=known.field_type,
        group=known.group,
        writable=known.writable,
        options=[OptionAnswer(value=option.value, label=option.label) for option in known.options],
        rule_speed=_rule_speed(object_type, known.name, call),
        next_step=_ALLOW_OWNERS if unnamed else "",
    )


def _rule_speed(object_type: ObjectType, property_name: str, call: Call) -> RuleSpeedAnswer:
    if told_by_webhook(object_type, property_name):
        return RuleSpeedAnswer(code="seconds", label="usually within seconds")
    return RuleSpeedAnswer(code="minutes", label=f"checked every {call.services.sweep_rate.removeprefix('1 ')}")
