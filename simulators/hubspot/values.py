"""Which values a property takes, and what becomes of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulators.hubspot.definitions import Property
from simulators.hubspot.moments import iso, iso_date, read_moment

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?|-?\.\d+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY_MS = 86_400_000


class ValueRefusedError(Exception):
    """HubSpot's code and words for a value it does not take."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Accepted:
    """`normalised`: HubSpot made something else of it and says so."""

    value: str
    normalised: bool = False


def accept(prop: Property, text: str, current: str | None, *, normalise_dates: bool) -> Accepted:
    """What is stored for `text`; a blank clears.

    Raises:
        ValueRefusedError: the property does not take it.
    """
    if not prop.writable:
        raise ValueRefusedError("READ_ONLY_VALUE", f'"{prop.name}" is a read only property; its value cannot be set.')
    if text == "":
        return Accepted("")
    if prop.name == "email":
        return Accepted(_email(text))
    if prop.referenced:
        return Accepted(text.strip())
    match prop.type:
        case "enumeration" | "bool":
            return Accepted(_choice(prop, text, current))
        case "number":
            if not _NUMBER.fullmatch(text.strip()):
                raise ValueRefusedError("INVALID_LONG", f"{text} was not a valid long.")
            return Accepted(text.strip())
        case "date":
            return _date(text, normalise_dates)
        case "datetime":
            return _datetime(text, normalise_dates)
        case _:
            return Accepted(text)


def _email(text: str) -> str:
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise ValueRefusedError("INVALID_EMAIL", f"Email address {text} is invalid")
    return email


def _choice(prop: Property, text: str, current: str | None) -> str:
    allowed = [option.value for option in prop.options] or (["true", "false"] if prop.type == "bool" else [])
    several = prop.field_type == "checkbox"
    appends = several and text.startswith(";")
    chosen = [value for value in text.split(";") if value] if several else [text]
    for value in chosen:
        if value not in allowed:
            raise ValueRefusedError(
                "INVALID_OPTION", f"{value} was not one of the allowed options: [{', '.join(allowed)}]"
            )
    if appends and current:
        chosen = [*current.split(";"), *chosen]
    return ";".join(dict.fromkeys(chosen))


def _date(text: str, normalise: bool) -> Accepted:
    moment = read_moment(text)
    exact = _DATE.fullmatch(text) or (text.isdigit() and int(text) % _DAY_MS == 0)
    if moment is None or not (exact or normalise) or not _representable(moment):
        raise ValueRefusedError("INVALID_DATE", f"{text} was not a valid date; use YYYY-MM-DD or midnight UTC.")
    return Accepted(iso_date(moment), normalised=not exact)


def _datetime(text: str, normalise: bool) -> Accepted:
    moment = read_moment(text)
    exact = text.isdigit() or "T" in text
    if moment is None or not (exact or normalise) or not _representable(moment):
        raise ValueRefusedError("INVALID_DATE", f"{text} was not a valid date; use ISO 8601 or epoch milliseconds.")
    return Accepted(iso(moment), normalised=not exact)


def _representable(moment_ms: int) -> bool:
    return abs(moment_ms) < 100 * 365 * _DAY_MS
