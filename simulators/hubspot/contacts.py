"""Calls about one contact, and the list of all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulators.hubspot.answers import Answer, Call
from simulators.hubspot.contact import DEFAULT_PROPERTIES, Contact
from simulators.hubspot.contact_writes import find, plan_create, plan_update, properties_of
from simulators.hubspot.moments import now_ms
from simulators.hubspot.portal import Portal
from simulators.hubspot.problems import bad_request, not_found

Json = dict[str, Any]


def create(call: Call) -> Answer:
    call.rows = 1
    return Answer(201, plan_create(call, properties_of(call.json()))())


def read(call: Call) -> Answer:
    call.rows = 1
    contact = _archived(call) if call.flag("archived") else _addressed(call)
    return Answer(200, _reader(call)(contact))


def update(call: Call) -> Answer:
    call.rows = 1
    contact = _addressed(call)
    return Answer(200, plan_update(call, contact, properties_of(call.json()))())


def archive(call: Call) -> Answer:
    """Archiving what is gone already is no error."""
    call.rows = 1
    contact = find(call, None, call.params["object_id"], secondary=False)
    if contact is not None:
        call.portal.contacts.archive(contact, at_ms=now_ms(), source=call.simulation.our_app)
    return Answer(204)


def list_all(call: Call) -> Answer:
    limit = call.number("limit", 10, 100)
    after = call.one("after", "0")
    if not after.isascii() or not after.isdigit():
        raise bad_request("after is not a cursor", propertyName=["after"])
    page, cursor = _page(call, int(after), limit)
    call.rows = len(page)
    show = _reader(call)
    body: Json = {"results": [show(contact) for contact in page]}
    if cursor is not None:
        link = f"https://api.hubapi.com{call.path}?limit={limit}&after={cursor}"
        body["paging"] = {"next": {"after": str(cursor), "link": link}}
    return Answer(200, body)


def merge(call: Call) -> Answer:
    call.rows = 2
    body = call.json()
    ids = [str(body.get(name, "")) for name in ("primaryObjectId", "objectIdToMerge")]
    primary, other = (find(call, None, contact_id, secondary=False) for contact_id in ids)
    if primary is None or other is None:
        raise not_found()
    if primary is other:
        raise bad_request("Cannot merge a contact with itself")
    switches, portal = call.simulation.switches, call.portal
    survivor = portal.contacts.merge(
        primary,
        other,
        merged_values(portal, primary, other),
        at_ms=now_ms(),
        source=call.simulation.our_app,
        keep_primary_id=switches.merge_keeps_primary_id,
        unique=portal.unique_properties,
        more_events=switches.merge_sends_more_events,
    )
    return Answer(200, survivor.as_json(DEFAULT_PROPERTIES) | {"url": call.portal.record_url(survivor.id)})


def merged_values(portal: Portal, primary: Contact, other: Contact) -> dict[str, str]:
    """The primary's values win, blanks are filled, the lifecycle stage is the further of the two."""
    values = {**other.properties, **primary.properties}
    order = [option.value for option in portal.properties["lifecyclestage"].options]
    stages = [contact.properties.get("lifecyclestage") for contact in (primary, other)]
    if known := [stage for stage in stages if stage in order]:
        values["lifecyclestage"] = max(known, key=order.index)
    return values


def gdpr_delete(call: Call) -> Answer:
    """For good; an unknown e-mail goes on the block list."""
    call.rows = 1
    body = call.json()
    value, id_property = str(body.get("objectId", "")), body.get("idProperty")
    contact = find(call, id_property, value, secondary=True)
    store = call.portal.contacts
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


def _addressed(call: Call) -> Contact:
    """One contact by e-mail is found by its additional addresses too: third parties have seen it."""
    contact = find(call, call.one("idProperty") or None, call.params["object_id"], secondary=True)
    if contact is None:
        raise not_found()
    return contact


def _archived(call: Call) -> Contact:
    text = call.params["object_id"]
    contact = call.portal.contacts.archived.get(int(text)) if text.isascii() and text.isdigit() else None
    if contact is None:
        raise not_found()
    return contact


def _page(call: Call, after: int, limit: int) -> tuple[list[Contact], int | None]:
    store = call.portal.contacts
    if call.flag("archived"):
        everyone = sorted(store.archived.values(), key=lambda contact: contact.id)
        page = [contact for contact in everyone if contact.id > after][: limit + 1]
    elif call.simulation.switches.list_ordered_by_id:
        page = store.after(after, limit + 1)
    else:
        return _unordered_page(list(store), after, limit)
    return page[:limit], page[limit - 1].id if len(page) > limit else None


def _unordered_page(everyone: list[Contact], after: int, limit: int) -> tuple[list[Contact], int | None]:
    """Every contact once, newest first; the cursor is still a record id."""
    older = sorted((c for c in everyone if not after or c.id < after), key=lambda contact: -contact.id)
    page = older[: limit + 1]
    return page[:limit], page[limit - 1].id if len(page) > limit else None


def _reader(call: Call) -> Callable[[Contact], Json]:
    """How this call wants its contacts shown."""
    portal, history = call.portal, call.several("propertiesWithHistory")
    names = [name for name in call.several("properties") or DEFAULT_PROPERTIES if portal.property(name)]
    known = frozenset([*names, *(name for name in history if portal.property(name))])

    def show(contact: Contact) -> Json:
        return contact.as_json(names, known=known, history=history) | {"url": portal.record_url(contact.id)}

    return show
