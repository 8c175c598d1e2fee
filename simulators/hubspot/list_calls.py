"""Lists: search, one, its members."""

from __future__ import annotations

from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

from simulators.hubspot.answers import Answer, Call
from simulators.hubspot.lists import ContactList
from simulators.hubspot.moments import iso
from simulators.hubspot.problems import bad_request, not_found

Json = dict[str, Any]

USUAL_COUNT, LARGEST_COUNT = 20, 500
USUAL_PAGE, LARGEST_PAGE = 100, 250


def search(call: Call) -> Answer:
    body = call.json()
    offset = _whole(body, "offset", 0)
    count = _whole(body, "count", USUAL_COUNT)
    if not 1 <= count <= LARGEST_COUNT:
        raise bad_request(f"count must be between 1 and {LARGEST_COUNT}", propertyName=["count"])
    found = [one for one in call.portal.contacts.lists if _wanted(one, body)]
    shown = found[offset : offset + count]
    call.rows = len(shown)
    rows = [one.as_json() | {"additionalProperties": {"hs_list_size": str(len(one.members))}} for one in shown]
    end = offset + len(shown)
    return Answer(200, {"lists": rows, "hasMore": end < len(found), "offset": end, "total": len(found)})


def read(call: Call) -> Answer:
    call.rows = 1
    one = _addressed(call)
    return Answer(200, {"list": one.as_json() | {"size": len(one.members)}})


def members(call: Call) -> Answer:
    """By record id."""
    one = _addressed(call)
    ids, paging = _page(call, "id", one.members.ids, backwards=False)
    return _shown(call, one, ids, paging)


def join_order(call: Call) -> Answer:
    one = _addressed(call)
    newest_first = call.simulation.switches.join_order_newest_first
    turns, paging = _page(call, "turn", one.members.turns, backwards=newest_first)
    return _shown(call, one, [one.members.of_turn(turn) for turn in turns], paging)


def _wanted(one: ContactList, body: Json) -> bool:
    """Whether a list passes every filter that is given; an empty one filters nothing."""
    return (
        str(body.get("query") or "").lower() in one.name.lower()
        and one.processing_type in (body.get("processingTypes") or [one.processing_type])
        and str(one.id) in map(str, body.get("listIds") or [one.id])
        and (body.get("objectTypeId") or "0-1") == "0-1"
    )


def _whole(body: Json, name: str, default: int) -> int:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise bad_request(f"{name} must be a whole number", propertyName=[name])
    return value


def _addressed(call: Call) -> ContactList:
    text = call.params["list_id"]
    one = call.portal.contacts.lists.get(int(text)) if text.isascii() and text.isdigit() else None
    if one is None:
        raise not_found(f"List does not exist with ID {text}.")
    return one


def _page(call: Call, kind: str, ascending: Sequence[int], *, backwards: bool) -> tuple[list[int], Json]:
    """The keys that a call asks for, and the cursors beside them. A cursor is a key's place in the order and need not
    be there any more. What lies before a cursor comes in the opposite order; `after` goes first."""
    limit, size = call.number("limit", USUAL_PAGE, LARGEST_PAGE), len(ascending)
    after, before = _cursor(call, kind, "after"), _cursor(call, kind, "before")

    def passed(key: int, *, with_it: bool) -> int:
        """How many keys come before this one in the order, itself perhaps included."""
        if backwards:
            return size - (bisect_left if with_it else bisect_right)(ascending, key)
        return (bisect_right if with_it else bisect_left)(ascending, key)

    if after is None and before is not None:
        end = passed(before, with_it=False)
        start = max(0, end - limit)
    else:
        start = passed(after, with_it=True) if after is not None else 0
        end = min(start + limit, size)
    keys = list(ascending[size - end : size - start])[::-1] if backwards else list(ascending[start:end])
    paging: Json = {}
    if keys and end < size:
        paging["next"] = {"after": _token(kind, keys[-1])}
    if keys and start > 0:
        paging["prev"] = {"before": _token(kind, keys[0])}
    return (keys if after is not None or before is None else keys[::-1]), paging


def _shown(call: Call, one: ContactList, ids: list[int], paging: Json) -> Answer:
    call.rows = len(ids)
    rows = [
        {"recordId": str(record_id), "membershipTimestamp": iso(one.members.membership(record_id).joined_ms)}
        for record_id in ids
    ]
    body: Json = {"total": len(one.members), "results": rows}
    return Answer(200, body | {"paging": paging} if paging else body)


def _token(kind: str, key: int) -> str:
    return b64encode(f"{kind}:{key}".encode()).decode()


def _cursor(call: Call, kind: str, name: str) -> int | None:
    """Raises:
    ProblemError: 400, this order has no such cursor.
    """
    text = call.one(name)
    if not text:
        return None
    try:
        given, _, number = b64decode(text, validate=True).decode().partition(":")
        if given == kind:
            return int(number)
    except ValueError:
        pass
    raise bad_request(f"{name} is not a cursor", propertyName=[name])
