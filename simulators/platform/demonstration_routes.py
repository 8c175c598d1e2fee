"""Routes of the demonstration: its page, and its way to simulated HubSpot, which is of another origin."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urljoin

import requests
from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from pydantic import BaseModel

from simulators.platform import demonstration_page, demonstration_time, pages
from simulators.platform.demonstration_page import Shown
from simulators.platform.demonstration_time import NotWaitingError
from simulators.platform.service import Platform
from simulators.platform.world import matching

SCRIPT = Path(__file__).with_name("demonstration.js")
TIMEOUT_SECONDS = 30


class Wait(BaseModel):
    """Days that pass for a lead that waits."""

    account_id: str
    campaign_id: str
    lead_id: str
    days: int


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

    @app.post("/demonstration/wait")
    def wait(wait: Wait) -> Response:
        try:
            demonstration_time.let_pass(platform.stack, (wait.account_id, wait.campaign_id, wait.lead_id), wait.days)
        except NotWaitingError:
            return Response(status_code=409)
        return Response(status_code=204)

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
