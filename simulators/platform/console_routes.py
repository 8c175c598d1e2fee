"""Routes by which a person opens the integration's console: framed by this platform, or in a tab of its own."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from simulators.platform import console_pages, pages
from simulators.platform.clock import now
from simulators.platform.console_pages import Visitor
from simulators.platform.service import Platform
from simulators.platform.world import matching

OPENER = Path(__file__).with_name("opener.js")


def console_routes(app: FastAPI, platform: Platform) -> None:
    @app.get("/opener.js")
    def opener() -> FileResponse:
        return FileResponse(OPENER, media_type="text/javascript")

    @app.get("/campaigns/{campaign_id}/console")
    def framed(campaign_id: str, visitor: Annotated[Visitor, Query()]) -> Response:
        address, campaign = platform.stack.console_url, _campaign(platform, campaign_id, visitor)
        if not address or not campaign:
            return HTMLResponse(pages.nothing_to_open(), status_code=404)
        return HTMLResponse(console_pages.page(address, campaign, visitor))

    @app.get("/campaigns/{campaign_id}/console/tab")
    def tab(campaign_id: str, visitor: Annotated[Visitor, Query()]) -> Response:
        address = platform.stack.console_url
        if not address or not _campaign(platform, campaign_id, visitor):
            return HTMLResponse(pages.nothing_to_open(), status_code=404)
        token = platform.identity.mint(visitor.token_request(campaign_id), now())
        there = console_pages.address_in_console(address, campaign_id, visitor.to, token)
        return RedirectResponse(there, status_code=303, headers={"Cache-Control": "no-store"})


def _campaign(platform: Platform, campaign_id: str, visitor: Visitor) -> dict[str, Any] | None:
    found = matching(platform.world.campaigns(), campaign_id=campaign_id, account_id=visitor.account_id)
    return next(iter(found), None)
