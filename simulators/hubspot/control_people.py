"""What people do in HubSpot: add contacts, change, delete and merge them, and change the portal's properties."""

from __future__ import annotations

import itertools
from typing import Any

from starlette.requests import Request

from simulators.hubspot.contact import Contact, Source
from simulators.hubspot.contacts import merged_values
from simulators.hubspot.moments import now_ms, read_moment
from simulators.hubspot.portal import Portal
from simulators.hubspot.property_calls import new_option, new_property
from simulators.hubspot.simulation import PERSON, Simulation

Json = dict[str, Any]

IMPORT = Source("IMPORT", "seed")


class PeopleControl:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    async def seed(self, request: Request, body: Json) -> Json:
        """Contacts that are simply there. `contacts`: rows of {properties, createdate?, additional_emails?}; or
        `count` and `properties` with {n} in the values, n from `start`. `webhooks`: true tells the app of them."""
        with self._simulation.lock:
            portal = self._portal(int(body["portal"]))
            rows = body.get("contacts") or _generated(body)
            announce = bool(body.get("webhooks", False))
            ids = [str(_seed_one(portal, row, announce).id) for row in rows]
        return {"ids": ids if len(ids) <= 1000 else [], "count": len(ids)}

    async def inspect(self, request: Request, body: Json) -> Json:
        """`?email=` finds by any address; without it the newest `limit` (50) are shown."""
        query = request.query_params
        with self._simulation.lock:
            portal = self._portal(request.path_params["portal"])
            if "email" in query:
                contact = portal.contacts.by_email(query["email"])
                found = [contact] if contact else []
            else:
                found = portal.contacts.newest(int(query.get("limit", 50)))
            return {
                "count": len(found) if "email" in query else len(portal.contacts),
                "contacts": [_shown(contact) for contact in found],
            }

    async def inspect_one(self, request: Request, body: Json) -> Json:
        with self._simulation.lock:
            return _shown(self._contact(request, request.path_params["contact"]))

    async def edit(self, request: Request, body: Json) -> Json:
        """{properties, change_source?, source_id?, occurred_at?}: as a salesperson unless it says otherwise."""
        with self._simulation.lock:
            return {"changed": self._edit(request, request.path_params["contact"], body)}

    async def edit_many(self, request: Request, body: Json) -> Json:
        """{changes: [{contact (id or e-mail), properties, …as for one}]}"""
        with self._simulation.lock:
            changed = [self._edit(request, str(row["contact"]), row) for row in body["changes"]]
        return {"changed": sum(map(bool, changed))}

    async def delete(self, request: Request, body: Json) -> Json:
        """`?privacy=true` erases for good."""
        with self._simulation.lock:
            contact = self._contact(request, request.path_params["contact"])
            store = self._portal(request.path_params["portal"]).contacts
            if request.query_params.get("privacy") == "true":
                first = self._simulation.switches.privacy_deletion_comes_first
                store.erase(contact, at_ms=now_ms(), source=PERSON, privacy_first=first)
            else:
                store.archive(contact, at_ms=now_ms(), source=PERSON)
        return {}

    async def merge(self, request: Request, body: Json) -> Json:
        """{primary, other}: ids or e-mails."""
        with self._simulation.lock:
            portal, switches = self._portal(request.path_params["portal"]), self._simulation.switches
            primary, other = (self._contact(request, str(body[name])) for name in ("primary", "other"))
            survivor = portal.contacts.merge(
                primary,
                other,
                merged_values(portal, primary, other),
                at_ms=now_ms(),
                source=PERSON,
                keep_primary_id=switches.merge_keeps_primary_id,
                unique=portal.unique_properties,
                more_events=switches.merge_sends_more_events,
            )
            return _shown(survivor)

    async def change_properties(self, request: Request, body: Json) -> Json:
        """Any of: `create` [definitions as in HubSpot's API], `archive` [names], `restore` [names],
        `options` {name: [{value, label?}]}, `labels` {name: label}, `require` [names, all that are required],
        `conditional` [[property, value, required property]]."""
        with self._simulation.lock:
            portal = self._portal(request.path_params["portal"])
            for definition in body.get("create", []):
                prop = new_property(definition)
                portal.properties[prop.name] = prop
            for name in body.get("archive", []):
                portal.properties[name].archived_ms = now_ms()
            for name in body.get("restore", []):
                portal.properties[name].archived_ms = None
            for name, rows in body.get("options", {}).items():
                portal.properties[name].options = [new_option(row, index) for index, row in enumerate(rows)]
            for name, label in body.get("labels", {}).items():
                portal.properties[name].label = str(label)
            if "require" in body:
                portal.required = {portal.properties[name].name for name in body["require"]}
            if "conditional" in body:
                portal.conditional = [(str(a), str(b), str(c)) for a, b, c in body["conditional"]]
        return {}

    def _portal(self, portal_id: int) -> Portal:
        return self._simulation.portals[portal_id]

    def _contact(self, request: Request, text: str) -> Contact:
        portal = self._portal(request.path_params["portal"])
        contact = portal.contacts.by_id(int(text)) if text.isdigit() else portal.contacts.by_email(text)
        if contact is None:
            raise KeyError("contact")
        return contact

    def _edit(self, request: Request, text: str, body: Json) -> list[str]:
        portal = self._portal(request.path_params["portal"])
        source = Source(body.get("change_source", PERSON.kind), str(body.get("source_id", PERSON.id)))
        return portal.contacts.change(
            self._contact(request, text),
            {name: "" if value is None else str(value) for name, value in body["properties"].items()},
            at_ms=_moment(body.get("occurred_at")) or now_ms(),
            source=source,
            unique=portal.unique_properties,
        )


def _generated(body: Json) -> list[Json]:
    numbers = itertools.islice(itertools.count(int(body.get("start", 1))), int(body["count"]))
    template: Json = body["properties"]
    shared = {name: body[name] for name in ("createdate",) if name in body}
    return [
        shared | {"properties": {name: str(value).replace("{n}", str(n)) for name, value in template.items()}}
        for n in numbers
    ]


def _seed_one(portal: Portal, row: Json, announce: bool) -> Contact:
    properties = {name: str(value) for name, value in row["properties"].items() if name != "createdate"}
    if "email" in properties:
        properties["email"] = properties["email"].strip().lower()
        if portal.contacts.by_email(properties["email"]) is not None:
            raise ValueError("a contact with this e-mail exists already")
    if unknown := [name for name in properties if portal.property(name) is None]:
        raise ValueError(f"the portal has no property {unknown[0]}")
    created = _moment(row.get("createdate") or row["properties"].get("createdate"))
    return portal.contacts.add(
        properties,
        at_ms=now_ms(),
        source=PERSON if announce else IMPORT,
        unique=portal.unique_properties,
        created_ms=created,
        additional_emails=row.get("additional_emails", []),
        announce=announce,
    )


def _moment(value: Any) -> int | None:
    if value is None:
        return None
    moment = read_moment(str(value))
    if moment is None:
        raise ValueError(f"{value} is no moment")
    return moment


def _shown(contact: Contact) -> Json:
    return {
        "id": str(contact.id),
        "properties": contact.properties
        | {name: contact.get(name) for name in ("createdate", "lastmodifieddate", "hs_object_id")},
        "additional_emails": contact.additional_emails,
        "merged_ids": [str(contact_id) for contact_id in contact.merged_ids],
        "history": {name: [version.as_json() for version in contact.versions(name)] for name in contact.history},
    }
