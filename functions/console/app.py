"""The settings console: files for a browser, which asks the HTTP API for whatever it shows."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from referral_hubspot.runtime.environment import Environment
from referral_hubspot.runtime.observability import count, logger, metrics

from .site import Site


@dataclass(frozen=True, slots=True)
class ConsoleEnvironment(Environment):
    """Who may frame the console, and what its users call the platform."""

    allowed_origins: str
    platform_name: str


@lru_cache(1)
def site() -> Site:
    environment = ConsoleEnvironment.read()
    origins = [origin for origin in environment.allowed_origins.split(",") if origin]
    return Site(origins, environment.platform_name)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    accepted = event.get("headers", {}).get("accept-encoding", "")
    path = event.get("pathParameters") or {}
    found = site().file(path["file"], accepted) if "file" in path else site().page(accepted)
    if found is None:
        count("UnknownAddress")
        return {"statusCode": 404, "headers": {"content-type": "text/plain"}, "body": "There is nothing here."}
    return found
