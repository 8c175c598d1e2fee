"""CRM search over contacts, with its limits and its lag."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulators.hubspot.answers import Answer, Call
from simulators.hubspot.contact import DEFAULT_PROPERTIES, Contact
from simulators.hubspot.moments import now_ms
from simulators.hubspot.portal import Portal
from simulators.hubspot.problems import bad_request
from simulators.hubspot.search_filters import Test, comparable, compiled

Json = dict[str, Any]

MOST_RESULTS, LARGEST_PAGE, LARGEST_BODY = 10_000, 200, 3_000
MOST_GROUPS, MOST_FILTERS, MOST_FILTERS_IN_ALL = 5, 6, 18
_SEARCHED_BY_QUERY = ("firstname", "lastname", "email", "phone", "company", "hs_additional_emails")


def search(call: Call) -> Answer:
    body = call.json()
    if len(call.raw_body) > LARGEST_BODY:
        raise bad_request(f"The request body must be at most {LARGEST_BODY} characters")
    limit, offset = _window(body)
    groups = _groups(body, call.portal)
    query = str(body.get("query") or "").lower()
    matches = _sorted(call.portal, body, [contact for contact in _indexed(call) if _matches(query, groups, contact)])
    names = list(body.get("properties") or DEFAULT_PROPERTIES)
    known = [name for name in names if call.portal.property(name)]
    page = matches[offset : offset + limit]
    call.rows = len(page)
    results = [contact.as_json(known, known=known) | {"url": call.portal.record_url(contact.id)} for contact in page]
    answer: Json = {"total": len(matches), "results": results}
    if len(matches) > offset + limit:
        answer["paging"] = {"next": {"after": str(offset + limit)}}
    return Answer(200, answer)


def _indexed(call: Call) -> Iterable[Contact]:
    """Contacts as the index has them: behind by the lag."""
    seen_until = now_ms() - int(call.simulation.switches.search_lag_s * 1000)
    for contact in call.portal.contacts:
        shown = contact.as_indexed(seen_until) if contact.earlier else contact
        if shown is not None:
            yield shown


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


def _groups(body: Json, portal: Portal) -> list[list[Test]]:
    groups = [list(group.get("filters", [])) for group in body.get("filterGroups") or []]
    if len(groups) > MOST_GROUPS or any(len(group) > MOST_FILTERS for group in groups):
        raise bad_request(f"At most {MOST_GROUPS} filterGroups of {MOST_FILTERS} filters are allowed")
    if sum(map(len, groups)) > MOST_FILTERS_IN_ALL:
        raise bad_request(f"At most {MOST_FILTERS_IN_ALL} filters are allowed")
    return [[compiled(portal, rule) for rule in group] for group in groups]


def _matches(query: str, groups: list[list[Test]], contact: Contact) -> bool:
    if query and not any(query in (contact.get(name) or "").lower() for name in _SEARCHED_BY_QUERY):
        return False
    return not groups or any(all(test(contact) for test in group) for group in groups)


def _sorted(portal: Portal, body: Json, contacts: list[Contact]) -> list[Contact]:
    """By one property; blanks last. Without a wish, by record id."""
    sorts = body.get("sorts") or []
    if len(sorts) > 1:
        raise bad_request("At most one sort is allowed")
    if not sorts:
        return contacts
    name = sorts[0] if isinstance(sorts[0], str) else str(sorts[0].get("propertyName", ""))
    descending = name.startswith("-") or (isinstance(sorts[0], dict) and sorts[0].get("direction") == "DESCENDING")
    prop = portal.property(name.lstrip("-"))
    if prop is None:
        raise bad_request(f"unknown property {name}", propertyName=[name])
    filled = [(value, contact) for contact in contacts if (value := contact.searchable(prop.name)) is not None]
    blank = [contact for contact in contacts if contact.get(prop.name) is None]

    def order(item: tuple[str, Contact]) -> tuple[bool, float, str]:
        key = comparable(prop, item[0])
        return (isinstance(key, str), 0.0, key) if isinstance(key, str) else (False, key, "")

    return [contact for _, contact in sorted(filled, key=order, reverse=descending)] + blank
