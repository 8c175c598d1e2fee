"""The AsyncAPI document, made of the event models of the layer."""

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from referral_hubspot.events.announcements import Announcement
from referral_hubspot.events.platform import PlatformEvent


def _type(model: type[BaseModel]) -> str:
    """The CloudEvent's type that a model is of."""
    return str(get_args(model.model_fields["type"].annotation)[0])


_INTO: Sequence[type[BaseModel]] = get_args(PlatformEvent)
_REFERRER_EVENTS = [model for model in _INTO if _type(model).startswith("referrer.")]
_OTHER_EVENTS = [model for model in _INTO if model not in _REFERRER_EVENTS]
_OUT_OF: Sequence[type[BaseModel]] = get_args(Announcement)

_DESCRIPTION = """\
CloudEvents 1.0 as structured JSON. Types end in `.v1` and grow by addition only: ignore what you do not know.
"""


def asyncapi() -> dict[str, Any]:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "HubSpot integration: events", "version": "1", "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {
            "leadQueue": _channel(
                "LeadQueueUrl",
                "The SQS queue of the stack's output. MessageGroupId is the account: none keeps others waiting.",
                _OTHER_EVENTS,
            ),
            "referrerQueue": _channel(
                "ReferrerQueueUrl",
                "The SQS queue of the stack's output, for referrers: many of them at once keep no lead waiting. "
                "MessageGroupId is the account. Either queue takes what belongs on the other one, too.",
                _REFERRER_EVENTS,
            ),
            "eventBus": _channel(
                "EventBusName",
                "The EventBridge bus of the stack's output. DetailType is the type, Detail the whole CloudEvent. "
                "A repeated announcement has the same `id`.",
                _OUT_OF,
            ),
        },
        "operations": {
            "receive": _operation("receive", "leadQueue", "What the platform publishes."),
            "receiveReferrers": _operation("receive", "referrerQueue", "What the platform publishes of referrers."),
            "announce": _operation("send", "eventBus", "What the platform is told."),
        },
        "components": {
            "messages": {model.__name__: _message(model) for model in (*_INTO, *_OUT_OF)},
            "schemas": _schemas(),
        },
    }


def _channel(address: str, description: str, models: Sequence[type[BaseModel]]) -> dict[str, Any]:
    messages = {model.__name__: {"$ref": f"#/components/messages/{model.__name__}"} for model in models}
    return {"address": address, "description": description, "messages": messages}


def _operation(action: str, channel: str, summary: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}


def _message(model: type[BaseModel]) -> dict[str, Any]:
    return {
        "name": _type(model),
        "summary": (model.__doc__ or "").strip(),
        "contentType": "application/cloudevents+json",
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
    }


def _schemas() -> dict[str, Any]:
    into: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in _INTO]
    out_of: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "serialization") for model in _OUT_OF]
    _, schema = models_json_schema([*into, *out_of], ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = schema["$defs"]
    return schemas
