"""Routes: the issuer's discovery, the control API under /_sim, and the pages a person reads."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse

from simulators.platform import pages
from simulators.platform.clock import now
from simulators.platform.console_routes import console_routes
from simulators.platform.control import CampaignRequest, LeadsRequest, PublishRequest
from simulators.platform.demonstration_routes import demonstration_routes
from simulators.platform.identity import TokenRequest
from simulators.platform.messages import Message, PublishRefusedError, event_message, receipts_shown
from simulators.platform.people import people
from simulators.platform.referrer_routes import referrer_routes
from simulators.platform.service import NoQueueError, Platform
from simulators.platform.stack import Stack
from simulators.platform.world import Campaign, matching


def create_app(platform: Platform) -> FastAPI:
    app = FastAPI(title="Simulated referral platform", docs_url="/_sim/docs", redoc_url=None)
    _issuer_routes(app, platform)
    _control_routes(app, platform)
    _answer_routes(app, platform)
    referrer_routes(app, platform)
    _page_routes(app, platform)
    console_routes(app, platform)
    demonstration_routes(app, platform)

    @app.exception_handler(NoQueueError)
    def no_queue(_: Request, error: NoQueueError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=409)

    @app.exception_handler(PublishRefusedError)
    def refused(_: Request, error: PublishRefusedError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "published": receipts_shown(error.sent)}, status_code=502)

    return app


def _issuer_routes(app: FastAPI, platform: Platform) -> None:
    @app.get("/.well-known/openid-configuration")
    def discovery() -> dict[str, Any]:
        return platform.identity.discovery()

    @app.get("/jwks.json")
    def key_set() -> dict[str, Any]:
        return platform.identity.key_set()

    @app.post("/_sim/token")
    def token(request: TokenRequest) -> dict[str, str]:
        return {"token": platform.identity.mint(request, now())}


def _control_routes(app: FastAPI, platform: Platform) -> None:
    @app.post("/_sim/stack")
    def attach(stack: Stack) -> dict[str, Any]:
        platform.attach(stack)
        return {"stack_name": stack.stack_name, "listening": platform.listening}

    @app.post("/_sim/publish")
    def publish(request: PublishRequest) -> dict[str, Any]:
        return {"published": receipts_shown(platform.publish(_messages(request)))}

    @app.post("/_sim/leads")
    def publish_leads(request: LeadsRequest) -> dict[str, Any]:
        made = _leads(platform, request)
        receipts = platform.publish(event_message({"type": "lead.joined.v1", "data": data}) for data in made)
        return {"leads": made, "published": receipts_shown(receipts)}

    @app.post("/_sim/campaigns")
    def update_campaign(request: CampaignRequest) -> dict[str, Any]:
        campaign, receipts = platform.update_campaign(Campaign(**request.model_dump()))
        return {"version": campaign.version, "published": receipts_shown(receipts)}

    @app.post("/_sim/reset", status_code=204)
    def reset() -> None:
        platform.forget()


def _answer_routes(app: FastAPI, platform: Platform) -> None:
    @app.get("/_sim/health")
    def health() -> dict[str, Any]:
        return {"stack_name": platform.stack.stack_name, "listening": platform.listening}

    @app.get("/_sim/announcements")
    def announcements(
        kind: Annotated[str | None, Query(alias="type")] = None,
        account_id: str | None = None,
        campaign_id: str | None = None,
        lead_id: str | None = None,
        since: datetime | None = None,
    ) -> dict[str, Any]:
        found = matching(
            platform.world.announcements(), type=kind, account_id=account_id, campaign_id=campaign_id, lead_id=lead_id
        )
        if since:
            found = [one for one in found if datetime.fromisoformat(one["received_at"]) >= since]
        return {"announcements": found, "unreadable": platform.world.unreadable_count()}

    @app.get("/_sim/campaigns")
    def campaigns() -> dict[str, Any]:
        return {"campaigns": platform.world.campaigns()}

    @app.get("/_sim/leads")
    def leads(
        account_id: str | None = None, campaign_id: str | None = None, lead_id: str | None = None
    ) -> dict[str, Any]:
        found = matching(platform.world.leads(), account_id=account_id, campaign_id=campaign_id, lead_id=lead_id)
        return {"leads": found}

    @app.get("/_sim/rewards")
    def rewards(
        account_id: str | None = None, campaign_id: str | None = None, lead_id: str | None = None
    ) -> dict[str, Any]:
        found = matching(platform.world.rewards(), account_id=account_id, campaign_id=campaign_id, lead_id=lead_id)
        return {"rewards": found}


def _page_routes(app: FastAPI, platform: Platform) -> None:
    @app.get("/", response_class=HTMLResponse)
    def home() -> str:
        return pages.home(platform)

    @app.get("/campaigns/{campaign_id}", response_class=HTMLResponse)
    def campaign(campaign_id: str, account_id: str | None = None) -> HTMLResponse:
        found = matching(platform.world.campaigns(), campaign_id=campaign_id, account_id=account_id)
        if not found:
            return HTMLResponse(pages.unknown_campaign(), status_code=404)
        return HTMLResponse(pages.campaign(platform, found[0]))


def _messages(request: PublishRequest) -> list[Message]:
    messages = []
    for event in request.events:
        if event.raw is None:
            made = event_message(event.model_dump(include={"type", "data", "id", "source", "time"}))
            messages.append(Message(made.body, event.group or made.group, made.event))
        else:
            messages.append(Message(event.raw, event.group or "unknown"))
    return messages


def _leads(platform: Platform, request: LeadsRequest) -> list[dict[str, Any]]:
    name = request.campaign_name or platform.world.campaign_name(request.account_id, request.campaign_id)
    made = people(
        account_id=request.account_id,
        campaign_id=request.campaign_id,
        campaign_name=name,
        count=max(request.count, len(request.emails or [])),
        seed=request.seed,
        joined_at=now(),
    )
    leads = [{**data, **request.changes} for data in made]
    for lead, email in zip(leads, request.emails or [], strict=False):
        lead["email"] = email
    return leads
