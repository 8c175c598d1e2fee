"""Admin's browser → HubSpot's consent page → back: the pages of connecting a campaign."""

from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from referral_hubspot.domain.connection import SecretRefusedError
from referral_hubspot.runtime.admin import AdminEnvironment
from referral_hubspot.runtime.connecting import ConnectWiring
from referral_hubspot.runtime.observability import count, logger, metrics

from .browser import Visit, answer, redirect
from .outcomes import note
from .pages import page_of, stale_page, unknown_page


@lru_cache(1)
def environment() -> AdminEnvironment:
    return AdminEnvironment.read()


@lru_cache(1)
def wiring() -> ConnectWiring:
    return ConnectWiring(environment())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    visit = Visit(event, secure=environment().public_base_url.startswith("https:"))
    match event["routeKey"]:
        case "GET /connect":
            return _leave(visit)
        case "GET /callback":
            query = visit.query
            outcome = wiring().connect.finish(
                state=query.get("state", ""),
                browser=visit.browser,
                code=query.get("code", ""),
                error=query.get("error", ""),
            )
        case "POST /connect/switch":
            outcome = wiring().connect.switch(secret=visit.form.get("switch", ""), browser=visit.browser)
        case _:
            count("UnknownAddress")
            return answer(unknown_page())
    note(outcome)
    return answer(page_of(outcome, environment().platform_name, environment().public_base_url))


def _leave(visit: Visit) -> dict[str, Any]:
    try:
        departure = wiring().ask_consent(visit.query.get("ticket", ""), visit.browser)
    except SecretRefusedError as refused:
        logger.warning("ticket_refused", reason=refused.reason)
        count("TicketRefused")
        return answer(stale_page(refused.return_url, environment().platform_name))
    count("ConsentAsked")
    return redirect(departure.url, visit.cookie(departure.browser))
