"""What tests and demos tell the simulator: `/_sim/…`. Everything takes and gives JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from simulators.hubspot.control_lists import ListControl
from simulators.hubspot.control_records import RecordControl
from simulators.hubspot.control_settings import SettingsControl
from simulators.hubspot.control_webhooks import WebhookControl
from simulators.hubspot.problems import ProblemError
from simulators.hubspot.simulation import Simulation

Json = dict[str, Any]
Handler = Callable[[Request, Json], Awaitable[Any]]


class Control:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._lists = ListControl(simulation)
        self._records = RecordControl(simulation)
        self._settings = SettingsControl(simulation)
        self._webhooks = WebhookControl(simulation)

    def routes(self) -> list[BaseRoute]:
        lists, records, settings, webhooks = self._lists, self._records, self._settings, self._webhooks
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/healthz", self.health),
            ("GET", "/_sim/state", self.state),
            ("GET", "/_sim/journal", self.read_journal),
            ("DELETE", "/_sim/journal", self.clear_journal),
            ("POST", "/_sim/faults", self.add_faults),
            ("DELETE", "/_sim/faults", self.clear_faults),
            ("POST", "/_sim/release", self.release),
            ("POST", "/_sim/reset", self.reset),
            ("POST", "/_sim/app", self.change_app),
            ("POST", "/_sim/switches", self.set_switches),
            ("POST", "/_sim/revoke", self.revoke),
            ("POST", "/_sim/expire", self.expire),
            ("POST", "/_sim/scopes", self.set_scopes),
            ("POST", "/_sim/portals", self.add_portal),
            ("POST", "/_sim/seed", records.seed),
            ("POST", "/_sim/portals/{portal:int}/lists", lists.make),
            ("POST", "/_sim/portals/{portal:int}/lists/{list:int}", lists.change),
            ("DELETE", "/_sim/portals/{portal:int}/lists/{list:int}", lists.delete),
            ("POST", "/_sim/portals/{portal:int}/merge", records.merge),
            ("POST", "/_sim/portals/{portal:int}/properties", settings.change_properties),
            ("POST", "/_sim/portals/{portal:int}/pipelines", settings.change_pipelines),
            ("POST", "/_sim/portals/{portal:int}/owners", settings.change_owners),
            ("GET", "/_sim/portals/{portal:int}/{object}", records.inspect),
            ("POST", "/_sim/portals/{portal:int}/{object}", records.edit_many),
            ("GET", "/_sim/portals/{portal:int}/{object}/{record}", records.inspect_one),
            ("POST", "/_sim/portals/{portal:int}/{object}/{record}", records.edit),
            ("DELETE", "/_sim/portals/{portal:int}/{object}/{record}", records.delete),
            ("POST", "/_sim/portals/{portal:int}/{object}/{record}/restore", records.restore),
            ("GET", "/_sim/webhooks", webhooks.read),
            ("POST", "/_sim/webhooks", webhooks.set_faults),
            ("POST", "/_sim/webhooks/lose", webhooks.lose),
            ("DELETE", "/_sim/webhooks/lose", webhooks.lose_no_more),
            ("POST", "/_sim/webhooks/retry", webhooks.retry_now),
            ("POST", "/_sim/webhooks/send", webhooks.send),
        ]
        return [Route(path, _json(handler), methods=[method]) for method, path, handler in table]

    async def health(self, request: Request, body: Json) -> Json:
        return {"status": "ok"}

    async def state(self, request: Request, body: Json) -> Json:
        with self._simulation.lock:
            return self._simulation.as_json()

    async def read_journal(self, request: Request, body: Json) -> Json:
        query = request.query_params
        with self._simulation.lock:
            journal = self._simulation.journal
            entries = journal.entries(
                portal=int(query["portal"]) if "portal" in query else None,
                since=int(query.get("since", 0)),
                kind=query.get("kind"),
                limit=int(query["limit"]) if "limit" in query else None,
            )
            return {"requests": journal.as_json(entries), "last_seq": journal.last_seq}

    async def clear_journal(self, request: Request, body: Json) -> Json:
        with self._simulation.lock:
            self._simulation.journal.clear()
            return {"last_seq": self._simulation.journal.last_seq}

    async def add_faults(self, request: Request, body: Json) -> Json:
        rows = body.get("faults") or ([body] if body else [])
        with self._simulation.lock:
            return {"ids": self._simulation.faults.add(rows)}

    async def clear_faults(self, request: Request, body: Json) -> Json:
        with self._simulation.lock:
            self._simulation.faults.clear()
        return {}

    async def release(self, request: Request, body: Json) -> Json:
        with self._simulation.lock:
            return {"released": self._simulation.faults.release(str(body["name"]))}

    async def reset(self, request: Request, body: Json) -> Json:
        self._simulation.reset(keep_app=bool(body.get("keep_app", True)))
        return {}

    async def change_app(self, request: Request, body: Json) -> Json:
        with self._simulation.lock:
            self._simulation.app.update(body)
            return self._simulation.app.as_json()

    async def set_switches(self, request: Request, body: Json) -> Json:
        with self._simulation.lock:
            self._simulation.switches.set(body)
            switches: Json = self._simulation.as_json()["switches"]
            return switches

    async def revoke(self, request: Request, body: Json) -> Json:
        """A person removes the app in HubSpot's settings."""
        with self._simulation.lock:
            self._simulation.uninstall(int(body["portal"]), keep_access=bool(body.get("keep_access_tokens", False)))
        return {}

    async def expire(self, request: Request, body: Json) -> Json:
        portal = body.get("portal")
        with self._simulation.lock:
            return {"expired": self._simulation.tokens.expire(int(portal) if portal is not None else None)}

    async def set_scopes(self, request: Request, body: Json) -> Json:
        """Take scopes from what a portal has granted, or give them back."""
        with self._simulation.lock:
            grants = self._simulation.tokens.grants(int(body["portal"]))
            for grant in grants:
                kept = [scope for scope in grant.scopes if scope not in body.get("remove", [])]
                grant.scopes = list(dict.fromkeys([*kept, *body.get("add", [])]))
            return {"grants": len(grants)}

    async def add_portal(self, request: Request, body: Json) -> Json:
        with self._simulation.lock:
            portal = self._simulation.add_portal(
                int(body["id"]), str(body["name"]), european=bool(body.get("european", True))
            )
        return {"id": portal.id}


def _json(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        try:
            body = await asyncio.to_thread(json.loads, raw) if raw else {}
            if not isinstance(body, dict):
                raise ValueError("the body is a JSON object")
            return JSONResponse(await handler(request, body))
        except KeyError as error:
            return JSONResponse({"error": f"there is no {error}"}, status_code=404)
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        except ProblemError as problem:
            return JSONResponse({"error": problem.message}, status_code=problem.status)

    return endpoint
