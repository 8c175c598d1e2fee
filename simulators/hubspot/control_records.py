"""What people do in HubSpot with contacts and deals: add them, look at them, change, delete, restore and merge them."""

from __future__ import annotations

import itertools
from typing import Any

from starlette.requests import Request

from simulators.hubspot.moments import now_ms, read_moment
from simulators.hubspot.object_types import BY_NAME, CONTACT, OBJECT_TYPES, ObjectType
from simulators.hubspot.portal import Portal
from simulators.hubspot.record import Record, Source
from simulators.hubspot.record_store import RecordStore
from simulators.hubspot.simulation import PERSON, Simulation

Json = dict[str, Any]

IMPORT = Source("IMPORT", "seed")
_NOT_A_PROPERTY = ("limit", "contact", "email")


class RecordControl:
    """`{object}` in an address is contacts or deals; `{record}` an id or, for a contact, one of its addresses."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    async def seed(self, request: Request, body: Json) -> Json:
        """Records that are simply there. `contacts` or `deals`: rows of {properties, createdate?}, a contact's also
        with additional_emails?, a deal's with contacts? (ids or e-mails); or `count` and `properties` with {n} in the
        values, n from `start`: contacts, or what `object` says; `no_email_every`: 10, those whose n it divides have no
        address. `webhooks`: true tells the app of them."""
        object_type = _type_of(body.get("object", "deals" if "deals" in body else "contacts"))
        with self._simulation.lock:
            portal = self._simulation.portals[int(body["portal"])]
            rows = body.get(object_type.plural) or _generated(body)
            announce = bool(body.get("webhooks", False))
            ids = [str(_seed_one(portal, object_type, row, announce).id) for row in rows]
        return {"ids": ids if len(ids) <= 1000 else [], "count": len(ids)}

    async def inspect(self, request: Request, body: Json) -> Json:
        """`?email=` finds a contact by any address, `?contact=` the deals of a contact (id or address), any other name
        the records with that value of that property; without any of them the newest `limit` (50) are shown."""
        query = request.query_params
        wanted = {name: value for name, value in query.items() if name not in _NOT_A_PROPERTY}
        with self._simulation.lock:
            portal, store = self._portal(request), self._store(request)
            filtered = bool(wanted) or "email" in query or "contact" in query
            if "email" in query:
                found = _present(store.by_email(query["email"]))
            elif "contact" in query:
                found = portal.associations.of(named(portal.contacts, query["contact"]), store)
            else:
                found = list(store) if wanted else store.newest(int(query.get("limit", 50)))
            found = [one for one in found if all((one.get(name) or "") == wanted[name] for name in wanted)]
            return {
                "count": len(found) if filtered else len(store),
                store.type.plural: [_shown(portal, record) for record in found],
            }

    async def inspect_one(self, request: Request, body: Json) -> Json:
        with self._simulation.lock:
            return _shown(self._portal(request), self._record(request))

    async def edit(self, request: Request, body: Json) -> Json:
        """{properties, change_source?, source_id?, occurred_at?}: as a salesperson, now, unless it says otherwise."""
        with self._simulation.lock:
            return {"changed": _edit(self._store(request), request.path_params["record"], body)}

    async def edit_many(self, request: Request, body: Json) -> Json:
        """{changes: [{contact or deal (id or e-mail), properties, …as for one}]}"""
        with self._simulation.lock:
            store = self._store(request)
            changed = [_edit(store, str(row[store.type.name]), row) for row in body["changes"]]
        return {"changed": sum(map(bool, changed))}

    async def delete(self, request: Request, body: Json) -> Json:
        """`?privacy=true` erases a contact for good."""
        with self._simulation.lock:
            record, store = self._record(request), self._store(request)
            if request.query_params.get("privacy") == "true":
                first = self._simulation.switches.privacy_deletion_comes_first
                store.erase(record, at_ms=now_ms(), source=PERSON, privacy_first=first)
            else:
                store.archive(record, at_ms=now_ms(), source=PERSON)
        return {}

    async def restore(self, request: Request, body: Json) -> Json:
        """Out of the recycle bin, by id."""
        with self._simulation.lock:
            store = self._store(request)
            record = store.archived[int(request.path_params["record"])]
            if any(store.by_email(email) for email in record.emails()):
                raise ValueError("another contact has the address meanwhile")
            store.restore(record, at_ms=now_ms(), source=PERSON)
            return _shown(self._portal(request), record)

    async def merge(self, request: Request, body: Json) -> Json:
        """{primary, other}: ids or e-mails; `object`: deals instead of contacts."""
        with self._simulation.lock:
            portal, switches = self._portal(request), self._simulation.switches
            store = portal.store(_type_of(body.get("object", "contacts")))
            primary, other = (named(store, str(body[name])) for name in ("primary", "other"))
            survivor = store.merge(
                primary,
                other,
                at_ms=now_ms(),
                source=PERSON,
                keep_primary_id=switches.merge_keeps_primary_id,
                more_events=switches.merge_sends_more_events,
            )
            return _shown(portal, survivor)

    def _portal(self, request: Request) -> Portal:
        return self._simulation.portals[request.path_params["portal"]]

    def _store(self, request: Request) -> RecordStore:
        return self._portal(request).store(_type_of(request.path_params["object"]))

    def _record(self, request: Request) -> Record:
        return named(self._store(request), request.path_params["record"])


def _type_of(name: str) -> ObjectType:
    return BY_NAME[name]


def named(store: RecordStore, text: str) -> Record:
    """The live record that people mean by an id or an e-mail.

    Raises:
        KeyError: there is none.
    """
    record = store.by_number(text) if text.isdigit() else store.by_email(text)
    if record is None:
        raise KeyError(store.type.name)
    return record


def _present(record: Record | None) -> list[Record]:
    return [record] if record else []


def _edit(store: RecordStore, text: str, body: Json) -> list[str]:
    source = Source(body.get("change_source", PERSON.kind), str(body.get("source_id", PERSON.id)))
    return store.change(
        named(store, text),
        {name: "" if value is None else str(value) for name, value in body["properties"].items()},
        at_ms=_moment(body.get("occurred_at")) or now_ms(),
        source=source,
    )


def _generated(body: Json) -> list[Json]:
    numbers = itertools.islice(itertools.count(int(body.get("start", 1))), int(body["count"]))
    template: Json = body["properties"]
    without_email = {name: value for name, value in template.items() if name != "email"}
    every = int(body.get("no_email_every", 0))
    shared = {name: body[name] for name in ("createdate",) if name in body}

    def filled(n: int) -> Json:
        values = without_email if every and n % every == 0 else template
        return {name: str(value).replace("{n}", str(n)) for name, value in values.items()}

    return [shared | {"properties": filled(n)} for n in numbers]


def _seed_one(portal: Portal, object_type: ObjectType, row: Json, announce: bool) -> Record:
    store = portal.store(object_type)
    properties = {name: str(value) for name, value in row["properties"].items() if name != "createdate"}
    if "email" in properties:
        properties["email"] = properties["email"].strip().lower()
        if store.by_email(properties["email"]) is not None:
            raise ValueError("a contact with this e-mail exists already")
    if unknown := [name for name in properties if store.schema.property(name) is None]:
        raise ValueError(f"{object_type.plural} have no property {unknown[0]}")
    beside = [named(portal.contacts, str(contact)) for contact in row.get("contacts", [])]
    record = store.add(
        properties,
        at_ms=now_ms(),
        source=PERSON if announce else IMPORT,
        created_ms=_moment(row.get("createdate") or row["properties"].get("createdate")),
        additional_emails=row.get("additional_emails", []),
        announce=announce,
    )
    for contact in beside:
        portal.associations.add(record, contact)
    return record


def _moment(value: Any) -> int | None:
    if value is None:
        return None
    moment = read_moment(str(value))
    if moment is None:
        raise ValueError(f"{value} is no moment")
    return moment


def _shown(portal: Portal, record: Record) -> Json:
    """A contact also says its other addresses and its deals, a deal its contacts."""
    body: Json = {
        "id": str(record.id),
        "properties": record.properties | {name: record.get(name) for name in record.type.always_shown},
        "merged_ids": [str(record_id) for record_id in record.merged_ids],
        "history": {name: [version.as_json() for version in record.versions(name)] for name in record.history},
    }
    if record.type is CONTACT:
        body["additional_emails"] = record.additional_emails
    for other in OBJECT_TYPES:
        if other is not record.type:
            body[other.plural] = [str(one.id) for one in portal.associations.of(record, portal.store(other))]
    return body
