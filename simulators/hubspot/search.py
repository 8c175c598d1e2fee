"""CRM search over records, with its limits and its lag."""

from __future__ import annotations

from typing import Any

from simulators.hubspot.answers import Answer, Call
from simulators.hubspot.moments import now_ms
from simulators.hubspot.problems import bad_request
from simulators.hubspot.record import Record
from simulators.hubspot.search_filters import Test, comparable, compiled, counted

Json = dict[str, Any]

MOST_RESULTS, LARGEST_PAGE, LARGEST_BODY = 10_000, 200, 3_000
MOST_GROUPS, MOST_FILTERS, MOST_FILTERS_IN_ALL = 5, 6, 18


def search(call: Call) -> Answer:
    body = call.json()
    if len(call.raw_body) > LARGEST_BODY:
        raise bad_request(f"The request body must be at most {LARGEST_BODY} characters")
    limit, offset = _window(body)
    schema = call.store.schema
    groups = _groups(call, body)
    found = _asked_for(str(body.get("query") or "").lower(), _indexed(call))
    matches = _sorted(call, body, _passing(groups, found))
    names = list(body.get("properties") or call.store.type.default_properties)
    known = [name for name in names if schema.property(name)]
    page = matches[offset : offset + limit]
    call.rows = len(page)
    results = [record.as_json(known, known=known) | {"url": call.portal.record_url(record)} for record in page]
    answer: Json = {"total": len(matches), "results": results}
    if len(matches) > offset + limit:
        answer["paging"] = {"next": {"after": str(offset + limit)}}
    return Answer(200, answer)


def _indexed(call: Call) -> list[Record]:
    """Records as the index has them: behind by the lag. In the order of their ids."""
    seen_until = now_ms() - int(call.simulation.switches.search_lag_s * 1000)
    shown = [record.as_indexed(seen_until) if record.earlier else record for record in call.store.by_ids()]
    return [record for record in shown if record is not None]


def _window(body: Json) -> tuple[int, int]:
    limit, after = body.get("limit") or 10, body.get("after") or 0
    try:
        limit, after = int(limit), int(after)
    except (TypeError, ValueError):
        raise bad_request("limit and after must be numbers") from None
    if not 1 <= limit <= LARGEST_PAGE:
        raise bad_request(f"limit must be between 1 and {LARGEST_PAGE}")
    if after < 0 or after + limit > MOST_RESULTS:
        raise bad_request(f"A search reaches no further than {MOST_RESULTS} results")
    return limit, after


def _groups(call: Call, body: Json) -> list[list[Test]]:
    groups = [list(group.get("filters", [])) for group in body.get("filterGroups") or []]
    if len(groups) > MOST_GROUPS or any(len(group) > MOST_FILTERS for group in groups):
        raise bad_request(f"At most {MOST_GROUPS} filterGroups of {MOST_FILTERS} filters are allowed")
    if sum(map(len, groups)) > MOST_FILTERS_IN_ALL:
        raise bad_request(f"At most {MOST_FILTERS_IN_ALL} filters are allowed")
    return [[compiled(call.store.type, call.store.schema, rule) for rule in group] for group in groups]


def _asked_for(query: str, records: list[Record]) -> list[Record]:
    """Those with the query in one of the values that it looks at."""
    if not query:
        return records
    return [
        record for record in records if any(query in (record.get(name) or "").lower() for name in record.type.searched)
    ]


def _passing(groups: list[list[Test]], records: list[Record]) -> list[Record]:
    """Those that pass all filters of one group at least."""
    if not groups:
        return records
    if len(groups) == 1:
        return _passing_all(groups[0], records)
    ids = {record.id for group in groups for record in _passing_all(group, records)}
    return [record for record in records if record.id in ids]


def _passing_all(tests: list[Test], records: list[Record]) -> list[Record]:
    for test in tests:
        records = [record for record in records if test(record)]
    return records


def _sorted(call: Call, body: Json, records: list[Record]) -> list[Record]:
    """By one property; blanks last. Without a wish they stay as they are, by record id."""
    sorts = body.get("sorts") or []
    if len(sorts) > 1:
        raise bad_request("At most one sort is allowed")
    if not sorts:
        return records
    name = sorts[0] if isinstance(sorts[0], str) else str(sorts[0].get("propertyName", ""))
    descending = name.startswith("-") or (isinstance(sorts[0], dict) and sorts[0].get("direction") == "DESCENDING")
    prop = call.store.schema.property(name.lstrip("-"))
    if prop is None:
        raise bad_request(f"unknown property {name}", propertyName=[name])
    if number := counted(call.store.type, prop):
        return sorted(records, key=number, reverse=descending)
    filled = [(value, record) for record in records if (value := record.get(prop.name)) is not None]
    blank = [record for record in records if record.get(prop.name) is None]

    def order(item: tuple[str, Record]) -> tuple[bool, float, str]:
        key = comparable(prop, item[0])
        return (True, 0.0, key) if isinstance(key, str) else (False, key, "")

    return [record for _, record in sorted(filled, key=order, reverse=descending)] + blank
