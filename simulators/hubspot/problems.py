"""HubSpot's error bodies, whole answers and rows of a multi-status answer."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]


def correlation_id() -> str:
    return str(uuid.uuid4())


class ProblemError(Exception):
    """HubSpot refuses a call, or one row of it."""

    def __init__(
        self,
        status: int,
        category: str,
        message: str,
        *,
        errors: Sequence[Json] = (),
        context: Mapping[str, list[str]] | None = None,
        links: Mapping[str, str] | None = None,
        sub_category: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.message = message
        self.errors = list(errors)
        self.context = dict(context or {})
        self.links = dict(links or {})
        self.sub_category = sub_category
        self.headers = dict(headers or {})

    def body(self) -> Json:
        """As the answer to the whole call."""
        body: Json = {"status": "error", "message": self.message, "correlationId": correlation_id()}
        if self.errors:
            body["errors"] = self.errors
        if self.context:
            body["context"] = self.context
        if self.links:
            body["links"] = self.links
        if self.sub_category:
            body["subCategory"] = self.sub_category
        body["category"] = self.category
        return body

    def row(self, trace_id: str | None) -> Json:
        """As one of the `errors` of a 207."""
        context = dict(self.context)
        if trace_id is not None:
            context["objectWriteTraceId"] = [trace_id]
        return {
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": context,
            "errors": self.errors,
            "links": {},
        }


class RefusalError(Exception):
    """A refusal whose body is not of HubSpot's usual form."""

    def __init__(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def bad_request(message: str, **context: list[str]) -> ProblemError:
    return ProblemError(400, "VALIDATION_ERROR", message, context=context)


def not_found(message: str = "resource not found") -> ProblemError:
    return ProblemError(404, "OBJECT_NOT_FOUND", message)


def objects_not_found(object_type: str, ids: list[str]) -> ProblemError:
    kind = object_type.upper()
    message = f"Could not get some {kind} objects, they may be deleted or not exist. Check that ids are valid."
    return ProblemError(404, "OBJECT_NOT_FOUND", message, context={"ids": ids})


def record_exists(object_type: str, existing_id: int | None) -> ProblemError:
    suffix = "" if existing_id is None else f" Existing ID: {existing_id}"
    context = {} if existing_id is None else {"existingId": [str(existing_id)]}
    return ConflictError(409, "CONFLICT", f"{object_type.capitalize()} already exists.{suffix}", context=context)


class ConflictError(ProblemError):
    """A conflict names the existing id in the row's context, but only in the text of a whole answer."""

    def body(self) -> Json:
        body = super().body()
        body.pop("context", None)
        return body


def invalid_values(portal_id: int, refused: Sequence[tuple[str, str, str]]) -> ProblemError:
    """`refused`: (property, code, message) for each value that HubSpot does not take."""
    rows = [
        {
            "isValid": False,
            "message": message,
            "error": code,
            "name": name,
            "localizedErrorMessage": message,
            "portalId": portal_id,
        }
        for name, code, message in refused
    ]
    return ProblemError(
        400,
        "VALIDATION_ERROR",
        f"Property values were not valid: {json.dumps(rows, separators=(',', ':'))}",
        errors=[
            {"message": message, "code": code, "context": {"propertyName": [name]}} for name, code, message in refused
        ],
    )


def missing_scopes(scopes: Sequence[str]) -> ProblemError:
    return ProblemError(
        403,
        "MISSING_SCOPES",
        "This app hasn't been granted all required scopes to make this call. "
        "Read more about required scopes here: https://developers.hubspot.com/scopes.",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": list(scopes)},
            }
        ],
        links={"scopes": "https://developers.hubspot.com/scopes"},
    )


def too_many_requests(policy: str, headers: Mapping[str, str] | None = None) -> RefusalError:
    """`policy`: TEN_SECONDLY_ROLLING, SECONDLY or DAILY."""
    return RefusalError(
        429,
        {
            "status": "error",
            "message": f"You have reached your {policy.lower()} limit.",
            "errorType": "RATE_LIMIT",
            "correlationId": correlation_id(),
            "policyName": policy,
            "groupName": "publicapi:crm:objects",
        },
        headers,
    )
