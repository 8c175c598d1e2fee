"""The HTTP API behind the settings page."""

from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from referral_hubspot.runtime.observability import logger, metrics
from referral_hubspot.runtime.settings_api import SettingsApiEnvironment, SettingsApiWiring

from .request import respond
from .routes import ROUTES

_BY_ROUTE_KEY = {endpoint.route_key: endpoint for endpoint in ROUTES}


@lru_cache(1)
def wiring() -> SettingsApiWiring:
    return SettingsApiWiring(SettingsApiEnvironment.read())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    # API Gateway has matched the address already: it knows exactly these routes.
    return respond(_BY_ROUTE_KEY[event["routeKey"]], wiring(), event)
