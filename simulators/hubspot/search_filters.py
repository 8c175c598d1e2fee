"""A search filter, made into a test that a hundred thousand records pass through quickly.

What costs time is to read values, so each property is read in the cheapest way: HubSpot's own numbers and instants as
they are kept, what people wrote without asking whether it is computed.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from simulators.hubspot.definitions import Property
from simulators.hubspot.moments import read_moment
from simulators.hubspot.object_types import ObjectType
from simulators.hubspot.problems import bad_request
from simulators.hubspot.record import COMPUTED, Record
from simulators.hubspot.schema import Schema

Json = dict[str, Any]
Test = Callable[[Record], bool]
Key = float | str
KeyTest = Callable[[Key], bool]
Comparison = Callable[[Any, Any], bool]
ValueTest = Callable[[str], bool]


def compiled(kind: ObjectType, schema: Schema, rule: Json) -> Test:
    """Raises:
    ProblemError: 400, the property or the operator does not exist.
    """
    name, wish = str(rule.get("propertyName", "")), str(rule.get("operator", ""))
    prop = schema.property(name)
    if prop is None:
        raise bad_request(f"There was a problem with the request: unknown property {name}", propertyName=[name])
    if wish in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return _is_there(prop) if wish == "HAS_PROPERTY" else _negated(_is_there(prop))
    positive = _NEGATIVE.get(wish, wish)
    if positive == "CONTAINS_TOKEN":
        test = _holds_text(prop, _has_token(rule))
    elif prop.field_type == "checkbox" and positive in _OF_SEVERAL:
        test = _holds_text(prop, _OF_SEVERAL[positive](rule))
    elif positive in _BY_KEY:
        test = _holds_key(kind, prop, _BY_KEY[positive](prop, rule))
    else:
        raise bad_request(f"operator {wish} does not exist")
    return _negated(test) if wish in _NEGATIVE else test


def counted(kind: ObjectType, prop: Property) -> Callable[[Record], int] | None:
    """How to read one of HubSpot's own numbers and instants (ms), which every record has; None: it is another."""
    attribute = {"hs_object_id": "id", "createdate": "created_ms", kind.modified: "updated_ms"}.get(prop.name)
    return operator.attrgetter(attribute) if attribute else None


def comparable(prop: Property, text: str) -> Key:
    """What values are compared by: instants and numbers as such, texts without case, options exactly."""
    if prop.type in ("date", "datetime"):
        moment = int(text) if text.isdecimal() else read_moment(text)
        return float(moment) if moment is not None else text
    if prop.type == "number":
        try:
            return float(text)
        except ValueError:
            return text
    return text if prop.type in ("enumeration", "bool") else text.lower()


def _read(prop: Property) -> Callable[[Record], str | None]:
    name = prop.name
    if name in COMPUTED:
        return lambda record: record.get(name)
    return lambda record: record.properties.get(name)


def _is_there(prop: Property) -> Test:
    name = prop.name
    if name in COMPUTED:
        return lambda record: record.get(name) is not None
    return lambda record: name in record.properties


def _negated(test: Test) -> Test:
    return lambda record: not test(record)


def _holds_text(prop: Property, test: ValueTest) -> Test:
    """A record without the value never passes."""
    read = _read(prop)

    def holds(record: Record) -> bool:
        value = read(record)
        return value is not None and test(value)

    return holds


def _holds_key(kind: ObjectType, prop: Property, test: KeyTest) -> Test:
    if number := counted(kind, prop):
        return lambda record: test(number(record))
    return _holds_text(prop, lambda value: test(comparable(prop, value)))


def _equals(prop: Property, rule: Json) -> KeyTest:
    wanted = comparable(prop, str(rule.get("value", "")))
    return lambda key: key == wanted


def _among(prop: Property, rule: Json) -> KeyTest:
    """Texts must be given in lower case to be found."""
    texts = _texts(rule)
    keys = set(texts) if prop.type in ("string", "phone_number") else {comparable(prop, text) for text in texts}
    return lambda key: key in keys


def _compared(compare: Comparison, prop: Property, rule: Json) -> KeyTest:
    return _beside(compare, comparable(prop, str(rule.get("value", ""))))


def _between(prop: Property, rule: Json) -> KeyTest:
    low, high = (comparable(prop, str(rule.get(name, ""))) for name in ("value", "highValue"))
    reaches, stays = _beside(operator.ge, low), _beside(operator.le, high)
    return lambda key: reaches(key) and stays(key)


def _beside(compare: Comparison, bound: Key) -> KeyTest:
    """A text beside a number counts as text."""
    if isinstance(bound, str):
        return lambda key: compare(str(key), bound)
    return lambda key: compare(key, str(bound) if isinstance(key, str) else bound)


def _texts(rule: Json) -> list[str]:
    return [str(text) for text in rule.get("values", [])]


def _has_one(rule: Json) -> ValueTest:
    wanted = str(rule.get("value", "")).lower()
    return lambda value: wanted in value.lower().split(";")


def _has_any(rule: Json) -> ValueTest:
    wanted = set(_texts(rule))
    return lambda value: not wanted.isdisjoint(value.split(";"))


def _has_token(rule: Json) -> ValueTest:
    token = re.escape(str(rule.get("value", "")).lower()).replace(r"\*", r"\w*")
    pattern = re.compile(rf"(?<!\w){token}(?!\w)")
    return lambda value: pattern.search(value.lower()) is not None


_BY_KEY: dict[str, Callable[[Property, Json], KeyTest]] = {
    "EQ": _equals,
    "IN": _among,
    "GT": partial(_compared, operator.gt),
    "GTE": partial(_compared, operator.ge),
    "LT": partial(_compared, operator.lt),
    "LTE": partial(_compared, operator.le),
    "BETWEEN": _between,
}
_OF_SEVERAL = {"EQ": _has_one, "IN": _has_any}
_NEGATIVE = {"NEQ": "EQ", "NOT_IN": "IN", "NOT_CONTAINS_TOKEN": "CONTAINS_TOKEN"}
