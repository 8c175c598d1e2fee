"""Calls about one record, and the list of all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulators.hubspot.answers import Answer, Call
from simulators.hubspot.association_calls import shown_beside
from simulators.hubspot.moments import now_ms
from simulators.hubspot.problems import bad_request, not_found
from simulators.hubspot.record import Record
from simulators.hubspot.record_writes import find, plan_create, plan_update, properties_of

Json = dict[str, Any]


def create(call: Call) -> Answer:
    call.rows = 1
    return Answer(201, plan_create(call, call.json())())


def read(call: Call) -> Answer:
    call.rows = 1
    record = _archived(call) if call.flag("archived") else _addressed(call)
    return Answer(200, _reader(call)(record))


def update(call: Call) -> Answer:
    call.rows = 1
    record = _addressed(call)
    return Answer(200, plan_update(call, record, properties_of(call.json()))())


def archive(call: Call) -> Answer:
    """Archiving what is gone already is no error."""
    call.rows = 1
    record = find(call, None, call.params["object_id"], secondary=False)
    if record is not None:
        call.store.archive(record, at_ms=now_ms(), source=call.simulation.our_app)
    return Answer(204)


def list_all(call: Call) -> Answer:
    limit = call.number("limit", 10, 100)
    after = call.one("after", "0")
    if not after.isascii() or not after.isdigit():
        raise bad_request("after is not a cursor", propertyName=["after"])
    page, cursor = _page(call, int(after), limit)
    call.rows = len(page)
    show = _reader(call)
    body: Json = {"results": [show(record) for record in page]}
    if cursor is not None:
        link = f"https://api.hubapi.com{call.path}?limit={limit}&after={cursor}"
        body["paging"] = {"next": {"after": str(cursor), "link": link}}
    return Answer(200, body)


def merge(call: Call) -> Answer:
    call.rows = 2
    body = call.json()
    ids = [str(body.get(name, "")) for name in ("primaryObjectId", "objectIdToMerge")]
    primary, other = (find(call, None, record_id, secondary=False) for record_id in ids)
    if primary is None or other is None:
        raise not_found()
    if primary is other:
        raise bad_request("Cannot merge a record with itself")
    switches = call.simulation.switches
    survivor = call.store.merge(
        primary,
        other,
        at_ms=now_ms(),
        source=call.simulation.our_app,
        keep_primary_id=switches.merge_keeps_primary_id,
        more_events=switches.merge_sends_more_events,
    )
    return Answer(200, survivor.as_json(survivor.type.default_properties) | {"url": call.portal.record_url(survivor)})


def gdpr_delete(call: Call) -> Answer:
    """A contact, for good; an unknown e-mail goes on the block list."""
    call.rows = 1
    body = call.json()
    value, id_property = str(body.get("objectId", "")), body.get("idProperty")
    contact = find(call, id_property, value, secondary=True)
    store = call.store
    if contact is None and not id_property and value.isdigit():
        contact = store.archived.get(int(value))
    if contact is not None:
        store.erase(
            contact,
            at_ms=now_ms(),
            source=call.simulation.our_app,
            privacy_first=call.simulation.switches.privacy_deletion_comes_first,
        )
    elif id_property == "email":
        store.blocked_emails.add(value.strip().lower())
    else:
        raise not_found()
    return Answer(204)


def _addressed(call: Call) -> Record:
    """One contact by e-mail is found by its additional addresses too: third parties have seen it."""
    record = find(call, call.one("idProperty") or None, call.params["object_id"], secondary=True)
    if record is None:
        raise not_found()
    return record


def _archived(call: Call) -> Record:
    text = call.params["object_id"]
    record = call.store.archived.get(int(text)) if text.isascii() and text.isdigit() else None
    if record is None:
        raise not_found()
    return record


def _page(call: Call, after: int, limit: int) -> tuple[list[Record], int | None]:
    store = call.store
    if call.flag("archived"):
        everyone = sorted(store.archived.values(), key=lambda record: record.id)
        page = [record for record in everyone if record.id > after][: limit + 1]
    elif call.simulation.switches.list_ordered_by_id:
        page = store.after(after, limit + 1)
    else:
        return _unordered_page(list(store), after, limit)
    return page[:limit], page[limit - 1].id if len(page) > limit else None


def _unordered_page(everyone: list[Record], after: int, limit: int) -> tuple[list[Record], int | None]:
    """Every record once, newest first; the cursor is still a record id."""
    older = sorted((one for one in everyone if not after or one.id < after), key=lambda record: -record.id)
    page = older[: limit + 1]
    return page[:limit], page[limit - 1].id if len(page) > limit else None


def _reader(call: Call) -> Callable[[Record], Json]:
    """How this call wants its records shown."""
    schema, history = call.store.schema, call.several("propertiesWithHistory")
    wanted = call.several("properties") or call.store.type.default_properties
    names = [name for name in wanted if schema.property(name)]
    known = frozenset([*names, *(name for name in history if schema.property(name))])

    def show(record: Record) -> Json:
        body = record.as_json(names, known=known, history=history)
        return body | {"url": call.portal.record_url(record)} | shown_beside(call, record)

    return show
