"""What every request goes through: who calls, which campaign, run, answer."""

from base64 import b64decode
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from referral_hubspot.domain.errors import ReferralHubSpotError
from referral_hubspot.domain.ids import ID
from referral_hubspot.runtime.observability import count, logger

from .access import caller_of
from .endpoint import Call, Endpoint
from .problems import ProblemError, problem, problem_of
from .services import Services


def respond(endpoint: Endpoint, services: Services, event: Mapping[str, Any]) -> dict[str, Any]:
    """Run an endpoint on an HTTP API event; a failure that the caller can be told of becomes its answer."""
    try:
        answer = endpoint.run(_call(endpoint, services, event))
    except ProblemError as error:
        return _refused(endpoint, error)
    except ReferralHubSpotError as error:
        told = problem_of(error)
        if told is None:
            raise
        return _refused(endpoint, told)
    count("RequestAnswered")
    if answer is None:
        return _response(HTTPStatus.NO_CONTENT)
    return _response(HTTPStatus.OK, "application/json", answer.model_dump_json())


def _refused(endpoint: Endpoint, error: ProblemError) -> dict[str, Any]:
    document = error.document
    logger.warning("request_refused", operation=endpoint.operation, status=document.status, code=document.code)
    count("RequestRefused")
    return _response(document.status, "application/problem+json", document.model_dump_json(exclude_none=True))


def _response(status: int, content_type: str = "", body: str = "") -> dict[str, Any]:
    headers = {"Cache-Control": "no-store"} | ({"Content-Type": content_type} if content_type else {})
    return {"statusCode": int(status), "headers": headers, "body": body}


def _call(endpoint: Endpoint, services: Services, event: Mapping[str, Any]) -> Call:
    caller = caller_of(event)
    if endpoint.writes:
        caller.must_write()
    path = event.get("pathParameters") or {}
    known = None
    if endpoint.of_campaign:
        caller.must_reach(path["campaign_id"])
        known = services.find_campaign(caller.account_id, path["campaign_id"])
    if not all(map(ID.fullmatch, path.values())):
        raise problem(404, "unknown_id", "There is nothing under this address.", "Take the id from one of the lists.")
    body = event.get("body") or ""
    text = b64decode(body).decode(errors="replace") if event.get("isBase64Encoded") else body
    return Call(services, caller, known, path, event.get("queryStringParameters") or {}, text)
