"""The OpenAPI document, made of the route table and the models of `functions/settings_api`."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic.json_schema import models_json_schema

from functions.settings_api.endpoint import Endpoint
from functions.settings_api.models import ProblemDocument
from functions.settings_api.routes import ROUTES

PROBLEM_CODES: Mapping[int, tuple[str, ...]] = {
    400: ("unreadable_body",),
    403: ("read_only", "token_without_account"),
    404: (
        "unknown_campaign",
        "unknown_id",
        "unknown_lead",
        "unknown_object",
        "unknown_question",
        "unknown_referrer",
        "unknown_sync",
    ),
    409: (
        *("settings_changed", "connection_changed", "reconnect_needed", "not_connected", "scope_missing", "not_asked"),
        "property_not_made",
        # Of a connection that is shared.
        *("account_not_in_use", "switch_account"),
        # Of a test lead.
        *("setup_required", "nothing_is_sent", "paused", "on_its_way", "not_ready", "merged_meanwhile"),
        # Of a sync.
        *("sync_exists", "confirm_people", "one_time_sync", "sync_over", "other_account"),
    ),
    422: (
        "malformed",
        "settings_refused",
        "plan_refused",
        "return_url_refused",
        "limit_out_of_range",
        "unknown_cursor",
        "unknown_answer",
    ),
    503: ("hubspot_away", "busy"),
}
"""Every `code` of a problem document by its status; a test compares it with the code."""

_DESCRIPTION = """\
Connect a campaign to HubSpot, set up what happens to its leads as contacts or as deals, see where each lead
stands, and answer what is asked.

Every failure is an RFC 9457 problem document with a stable `code`, a `next_step` in plain words and, where
fields are at fault, one error per field. Unknown fields in answers are to be ignored: they grow by addition.
"""

_TOKEN = """\
A JWT of the platform's issuer, with the claims `account_id`, `sub`, `name`, `role` (`admin`, or `viewer`, who may
only read) and, to open some campaigns only, `campaign_ids` (ids with a space between them).
"""


def openapi() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ROUTES:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "HubSpot integration", "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": "{api}", "variables": {"api": {"default": "https://api.example.com"}}}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": _TOKEN}
            },
            "schemas": _schemas(),
        },
    }


def _schemas() -> dict[str, Any]:
    requests = [(endpoint.body, "validation") for endpoint in ROUTES if endpoint.body]
    answers = [(endpoint.answer, "serialization") for endpoint in ROUTES if endpoint.answer]
    models: Any = [*requests, *answers, (ProblemDocument, "serialization")]
    _, schema = models_json_schema(models, ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = schema["$defs"]
    return schemas


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)}", endpoint.path)
    ]
    in_query = [
        {"name": item.name, "in": "query", "description": item.description, "schema": dict(item.schema)}
        for item in endpoint.query
    ]
    operation: dict[str, Any] = {
        "operationId": endpoint.operation,
        "summary": endpoint.summary,
        "parameters": in_path + in_query,
        "responses": _responses(endpoint),
    }
    if endpoint.body:
        required = any(field.is_required() for field in endpoint.body.model_fields.values())
        operation["requestBody"] = {"required": required, "content": _content(endpoint.body.__name__)}
    return operation


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    responses: dict[str, Any] = {"401": {"description": "No valid token; answered by API Gateway itself."}}
    if endpoint.answer:
        responses["200"] = {
            "description": (endpoint.answer.__doc__ or "").strip(),
            "content": _content(endpoint.answer.__name__),
        }
    else:
        responses["204"] = {"description": "Done, or there was nothing to do."}
    for status in {403, *((404,) if endpoint.of_campaign else ()), *endpoint.problems}:
        codes = ", ".join(f"`{code}`" for code in PROBLEM_CODES[status])
        responses[str(status)] = {
            "description": f"{HTTPStatus(status).phrase}: {codes}",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
    return dict(sorted(responses.items()))


def _content(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}
