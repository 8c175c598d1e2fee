"""Webhooks that go wrong, and deliveries made by hand."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Any

from starlette.requests import Request

from simulators.hubspot.moments import now_ms
from simulators.hubspot.simulation import Simulation
from simulators.hubspot.webhooks import Loss

Json = dict[str, Any]


class WebhookControl:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    async def read(self, request: Request, body: Json) -> Json:
        """Counts, faults in force, what is lost and every attempt."""
        dispatcher = self._simulation.dispatcher
        return {
            "counts": dispatcher.counts(),
            "faults": asdict(dispatcher.faults),
            "losses": [asdict(loss) for loss in dispatcher.losses],
            "deliveries": dispatcher.log(),
        }

    async def set_faults(self, request: Request, body: Json) -> Json:
        """{duplicate, drop, reorder, delay_s, paused}: see `WebhookFaults`."""
        self._simulation.dispatcher.set_faults(body)
        return asdict(self._simulation.dispatcher.faults)

    async def lose(self, request: Request, body: Json) -> Json:
        """{type, portal, property, times}: from now on such events are never delivered; see `Loss`."""
        self._simulation.dispatcher.lose(loss := Loss(**body))
        return asdict(loss)

    async def lose_no_more(self, request: Request, body: Json) -> Json:
        """`?portal=` ends only what was said about that portal. Answers with how many events were lost by it."""
        portal = request.query_params.get("portal")
        return {"lost": self._simulation.dispatcher.lose_no_more(int(portal) if portal else None)}

    async def retry_now(self, request: Request, body: Json) -> Json:
        """What waits for its retry goes out at once."""
        self._simulation.dispatcher.retry_now()
        return {}

    async def send(self, request: Request, body: Json) -> Json:
        """One delivery, answered with what came back for each time it was sent.

        `events`: rows that need only name what matters, the rest is filled in; or `raw`: the body as text.
        `signature`: valid (default), bad, missing; `age_s`: how old it claims to be; `headers`: set or, with null,
        removed; `url`: where to, instead of the app's; `signed_url`: what the signature covers, instead of `url`;
        `times`: how often (1), one after the other, or all at once with `together`: true.
        """
        sender = self._simulation.dispatcher.sender
        url = str(body.get("url") or self._simulation.app.webhook_url)
        if not url:
            raise ValueError("the app has no webhook_url")
        raw = str(body["raw"]).encode() if "raw" in body else json.dumps(self._filled(body["events"])).encode()
        timestamp_ms = now_ms() - int(float(body.get("age_s", 0)) * 1000)
        headers = sender.headers(raw, str(body.get("signed_url") or url), timestamp_ms=timestamp_ms)
        signed = [name for name in headers if "Signature" in name]
        match body.get("signature", "valid"):
            case "missing":
                headers = {name: value for name, value in headers.items() if name not in signed}
            case "bad":
                headers |= {name: "AAAA" + headers[name][4:] for name in signed if not name.endswith("Version")}
            case "valid":
                pass
            case other:
                raise ValueError(f"signature is valid, bad or missing, not {other!r}")
        for name, value in (body.get("headers") or {}).items():
            headers.pop(name, None)
            if value is not None:
                headers[name] = str(value)
        times = int(body.get("times", 1))
        if body.get("together"):
            sends = [asyncio.to_thread(sender.send, raw, headers, url) for _ in range(times)]
            return {"answers": list(await asyncio.gather(*sends))}
        return {"answers": [await asyncio.to_thread(sender.send, raw, headers, url) for _ in range(times)]}

    def _filled(self, events: list[Json]) -> list[Json]:
        app = self._simulation.app
        known = {(item.type, item.property_name): item.id for item in app.subscriptions}
        return [
            {
                "eventId": now_ms() % 1_000_000_000 + index,
                "subscriptionId": known.get((event.get("subscriptionType", ""), event.get("propertyName")), 3_001),
                "portalId": next(iter(self._simulation.portals)),
                "appId": app.app_id,
                "occurredAt": now_ms(),
                "subscriptionType": "contact.propertyChange",
                "attemptNumber": 0,
                "objectId": 1,
                "changeSource": "CRM_UI",
                "sourceId": "userId:123",
                **event,
            }
            for index, event in enumerate(events)
        ]
