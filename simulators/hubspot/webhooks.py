"""From what happens in a portal to the deliveries that tell the app."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulators.hubspot.app import App, Subscription
from simulators.hubspot.record_event import RecordEvent
from simulators.hubspot.switches import Switches

Json = dict[str, Any]

LARGEST_DELIVERY = 100
_NEVER_SENT = ("lastmodifieddate", "hs_lastmodifieddate", "num_unique_conversion_events")
_CALCULATED = ("hs_email_domain", "hs_is_closed", "hs_is_closed_won")


@dataclass(slots=True)
class Delivery:
    """One POST: its events, and how often it was tried. `generation`: before or after a reset."""

    events: list[Json]
    due: float
    attempt: int = 0
    generation: int = 0

    @property
    def portals(self) -> list[int]:
        return sorted({int(event["portalId"]) for event in self.events})

    def body(self) -> bytes:
        return json.dumps(self.events, separators=(",", ":")).encode()


@dataclass(slots=True)
class WebhookFaults:
    """What goes wrong between HubSpot and the app, until it is changed. `drop`: deliveries lost for good, counted down.
    `duplicate`: further copies of each. `reorder`: the newest first. `paused`: nothing leaves until it ends."""

    duplicate: int = 0
    drop: int = 0
    reorder: bool = False
    delay_s: float = 0.0
    paused: bool = False


@dataclass(slots=True)
class Loss:
    """Events that are never delivered: of a `type` (how the subscription type begins: `deal.`; blank: all), a `portal`
    and a `property` where named, the next `times` of them (null: all). `lost` counts."""

    type: str = ""
    portal: int | None = None
    property: str | None = None
    times: int | None = None
    lost: int = 0

    def takes(self, event: Json) -> bool:
        """Whether this event is lost; counted."""
        if (
            (self.times is not None and self.lost >= self.times)
            or not event["subscriptionType"].startswith(self.type)
            or self.portal not in (None, event["portalId"])
            or self.property not in (None, event.get("propertyName"))
        ):
            return False
        self.lost += 1
        return True


@dataclass(slots=True)
class EventWriter:
    """Makes HubSpot's event objects."""

    app: App
    switches: Switches
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(100_001))

    def event_id(self) -> int:
        return next(self._ids)

    def events(self, portal_id: int, event: RecordEvent) -> list[Json]:
        """One for each subscription that wants it."""
        return [
            self._event(portal_id, event, subscription)
            for subscription in self.app.subscriptions
            if self._wants(subscription, event)
        ]

    def _wants(self, subscription: Subscription, event: RecordEvent) -> bool:
        name, _, kind = subscription.type.partition(".")
        wanted = subscription.object_type if name == "object" else name
        if wanted not in event.object_type.names or kind != event.kind:
            return False
        if kind != "propertyChange":
            return True
        name = event.details["propertyName"]
        if name in _NEVER_SENT or (name in _CALCULATED and not self.switches.calculated_properties_fire):
            return False
        return bool(subscription.property_name == name)

    def _event(self, portal_id: int, event: RecordEvent, subscription: Subscription) -> Json:
        body: Json = {
            "eventId": self.event_id(),
            "subscriptionId": subscription.id,
            "portalId": portal_id,
            "appId": self.app.app_id,
            "occurredAt": event.at_ms,
            "subscriptionType": subscription.type,
            "attemptNumber": 0,
            "objectId": event.record_id,
            "changeSource": event.source.kind,
            "sourceId": event.source.id,
            **event.details,
        }
        if subscription.type.startswith("object."):
            body |= {"objectTypeId": event.object_type.id, "isSensitive": False}
        return body


def bundles(events: Iterable[Json], *, mix_portals: bool) -> list[list[Json]]:
    """Deliveries of at most a hundred events, of one portal each unless they may be mixed."""
    groups: dict[int, list[Json]] = {}
    for event in events:
        groups.setdefault(0 if mix_portals else event["portalId"], []).append(event)
    return [chunk for group in groups.values() for chunk in _chunks(group)]


def _chunks(events: Sequence[Json]) -> list[list[Json]]:
    return [list(events[start : start + LARGEST_DELIVERY]) for start in range(0, len(events), LARGEST_DELIVERY)]
