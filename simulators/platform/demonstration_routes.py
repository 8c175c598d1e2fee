"""Routes of the demonstration: its page, and its way to simulated HubSpot, which is of another origin."""

from pathlib import Path
from threading import Timer
from typing import Annotated, Any
from urllib.parse import urljoin

import requests
from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from pydantic import BaseModel

from simulators.platform import demonstration_page, pages
from simulators.platform.demonstration_page import Shown
from simulators.platform.service import Platform
from simulators.platform.world import matching

SCRIPT = Path(__file__).with_name("demonstration.js")
TIMEOUT_SECONDS = 30


class Outage(BaseModel):
    """HubSpot answers nobody of this account; it comes back by itself, also when the page is closed meanwhile."""

    portal: int
    seconds: float = 30


def demonstration_routes(app: FastAPI, platform: Platform) -> None:
    @app.get("/demonstration")
    def page(shown: Annotated[Shown, Query()]) -> HTMLResponse:
        stack = platform.stack
        found = matching(platform.world.campaigns(), campaign_id=shown.campaign_id, account_id=shown.account_id)
        if not (found and stack.console_url and stack.hubspot_url):
            return HTMLResponse(pages.nothing_to_open(), status_code=404)
        return HTMLResponse(demonstration_page.page(shown, found[0], stack.console_url, stack.hubspot_url))

    @app.get("/demonstration.js")
    def script() -> FileResponse:
        return FileResponse(SCRIPT, media_type="text/javascript")

    @app.post("/demonstration/outage", status_code=204)
    def outage(wanted: Outage) -> None:
        _ask(platform, "POST", "faults", {"portal": wanted.portal, "status": 503, "times": None})
        ending = Timer(wanted.seconds, _ask, (platform, "DELETE", "faults"))
        ending.daemon = True
        ending.start()

    @app.get("/demonstration/hubspot/{path:path}")
    def look(path: str, request: Request) -> Response:
        return _ask(platform, "GET", f"{path}?{request.url.query}")

    @app.post("/demonstration/hubspot/{path:path}")
    def do(path: str, body: dict[str, Any]) -> Response:
        return _ask(platform, "POST", path, body)


def _ask(platform: Platform, method: str, path: str, body: dict[str, Any] | None = None) -> Response:
    """Ask HubSpot's control API; its answer as it came."""
    url = urljoin(f"{platform.stack.hubspot_url}/_sim/", path)
    answer = requests.request(method, url, json=body, timeout=TIMEOUT_SECONDS)
    return Response(answer.content, status_code=answer.status_code, media_type="application/json")
