"""What HubSpot's error bodies say. No field of them is certain to be there, so each is looked for."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from referral_hubspot.domain.crm import Problem

_EXISTING = re.compile(r"Existing ID:\s*(\d+)|(\d+) already has that value")
_REQUIRED = re.compile(r"A value for ([A-Za-z0-9_]+) must be provided")
_COORDINATES = re.compile(r"\bpropertyName=([A-Za-z0-9_]+)")
_TAKEN = "already has that value"
_CONFLICTS = frozenset({"CONFLICT", "OBJECT_ALREADY_EXISTS"})
_UNFIT = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
_LONGEST_WAIT_S = 24 * 3600.0  # a moving account may say so


def texts(value: Any) -> list[str]:
    """A context value as a list of texts: documented as one, seen as a single value too."""
    values = value if isinstance(value, list) else [value]
    return [str(item) for item in values if isinstance(item, str | int) and str(item)]


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def category(error: Mapping[str, Any]) -> str:
    """The kind of a refusal, in HubSpot's word."""
    return str(error.get("category") or error.get("errorType") or "UNKNOWN")


def existing_id(error: Mapping[str, Any]) -> str | None:
    """The record that a conflict is with."""
    named = texts(mapping(error.get("context")).get("existingId"))
    if named:
        return named[0]
    for message in _messages(error):
        if found := _EXISTING.search(message):
            return found.group(1) or found.group(2)
    return None


def about_another_property(error: Mapping[str, Any], own: str) -> bool:
    """Whether a conflict is about a unique value other than that of `own`: then it names somebody else's record."""
    return bool({problem.property for problem in problems(error)} - {"", own})


def says_taken(error: Mapping[str, Any], own: str) -> bool:
    """Whether an error that names no record still says that the value of the unique property `own` is taken.

    Its form is documented nowhere, so whatever is wrong with `own`, but that the property itself is not as
    it should be, is taken for it: the value is well-formed, because we made it.
    """
    if category(error) in _CONFLICTS or any(_TAKEN in message for message in _messages(error)):
        return True
    return any(problem.property == own and problem.code not in _UNFIT for problem in problems(error))


def problems(error: Mapping[str, Any]) -> tuple[Problem, ...]:
    """What is wrong with which property; at least one, without a property when HubSpot names none."""
    details = [_detail(item) for item in mappings(error.get("errors"))]
    if any(problem.property for problem in details):
        return tuple(details)
    quoted = [_quoted(item) for item in _listed_in(str(error.get("message", "")))]
    return tuple(quoted or details or [_detail(error)])


def missing_scopes(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The permissions that a 403 asks for."""
    named = (
        scope
        for item in [body, *mappings(body.get("errors"))]
        for name in ("requiredGranularScopes", "requiredScopes", "missingScopes")
        for scope in texts(mapping(item.get("context")).get(name))
    )
    return tuple(dict.fromkeys(named))


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that HubSpot asks to wait; None when it does not say."""
    text = headers.get("Retry-After", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - (now or datetime.now(UTC))).total_seconds()
        except (TypeError, ValueError):
            return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), _LONGEST_WAIT_S)


def _detail(item: Mapping[str, Any]) -> Problem:
    context = mapping(item.get("context"))
    message = str(item.get("message") or "")
    code = str(item.get("code") or item.get("subCategory") or item.get("category") or "UNKNOWN")
    return Problem(_first(_named(context, item, message)), code, message)


def _named(context: Mapping[str, Any], item: Mapping[str, Any], message: str) -> Iterable[str]:
    for name in ("propertyName", "property", "name"):
        yield from texts(context.get(name))
    yield from (text.removeprefix("properties.") for text in texts(item.get("in")))
    yield from _REQUIRED.findall(message)
    yield from _COORDINATES.findall(message)


def _first(names: Iterable[str]) -> str:
    return next(iter(names), "")


def _quoted(item: Mapping[str, Any]) -> Problem:
    message = str(item.get("message") or item.get("localizedErrorMessage") or "")
    return Problem(str(item.get("name") or ""), str(item.get("error") or "UNKNOWN"), message)


def _listed_in(message: str) -> list[Mapping[str, Any]]:
    """The JSON list in "Property values were not valid: [{…}]"."""
    start = message.find("[{")
    if start < 0:
        return []
    try:
        listed, _ = json.JSONDecoder().raw_decode(message, start)
    except ValueError:
        return []
    return mappings(listed)


def _messages(error: Mapping[str, Any]) -> Iterable[str]:
    yield str(error.get("message") or "")
    yield from (str(item.get("message") or "") for item in mappings(error.get("errors")))
