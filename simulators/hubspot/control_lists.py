"""What people do in HubSpot with lists of contacts."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from simulators.hubspot.control_records import named
from simulators.hubspot.lists import DYNAMIC, MANUAL, PROCESSING_TYPES, ContactList, Rule
from simulators.hubspot.record_store import RecordStore
from simulators.hubspot.schema import Schema
from simulators.hubspot.simulation import Simulation

Json = dict[str, Any]

ALL = "all"


class ListControl:
    """`members`, `add` and `remove` are ids or e-mails in the order in which they join, or "all": the contacts of now,
    by id. All calls but the last answer with {id, size}."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    async def make(self, request: Request, body: Json) -> Json:
        """{name, members?}: a static list. {name, rule}: a dynamic one, its rule {property, value} (a blank value:
        without any) or "all", every contact there ever is. `processing_type` SNAPSHOT: also static, with members or
        with those that fit a rule now."""
        with self._simulation.lock:
            contacts = self._contacts(request)
            rule = _rule(contacts.schema, body["rule"]) if "rule" in body else None
            kind = body.get("processing_type", DYNAMIC if rule else MANUAL)
            if kind not in PROCESSING_TYPES or (kind == DYNAMIC and not rule) or (kind == MANUAL and rule):
                raise ValueError("a DYNAMIC list has a rule, a MANUAL one has none, a SNAPSHOT may have one")
            if rule and "members" in body:
                raise ValueError("a list has a rule or members")
            fitting = [record.id for record in contacts.by_ids() if rule and rule.fits(record)]
            members = fitting if rule else _ids(contacts, body.get("members", []))
            made = contacts.lists.make(str(body["name"]), kind, rule if kind == DYNAMIC else None)
            for record_id in members:
                made.members.add(record_id)
            return _sized(made)

    async def change(self, request: Request, body: Json) -> Json:
        """{remove?, add?}: who leaves a static list, and then who joins it."""
        with self._simulation.lock:
            contacts = self._contacts(request)
            one = contacts.lists[request.path_params["list"]]
            if one.rule is not None:
                raise ValueError("a dynamic list has the members that its rule says")
            remove, add = (_ids(contacts, body.get(name, [])) for name in ("remove", "add"))
            for record_id in remove:
                one.members.remove(record_id)
            for record_id in add:
                one.members.add(record_id)
            return _sized(one)

    async def delete(self, request: Request, body: Json) -> Json:
        with self._simulation.lock:
            self._contacts(request).lists.delete(request.path_params["list"])
        return {}

    def _contacts(self, request: Request) -> RecordStore:
        return self._simulation.portals[request.path_params["portal"]].contacts


def _rule(schema: Schema, wish: Any) -> Rule:
    if wish == ALL:
        return Rule()
    return Rule(schema.properties[wish["property"]].name, str(wish["value"]))


def _ids(contacts: RecordStore, wish: Any) -> list[int]:
    if wish == ALL:
        return [record.id for record in contacts.by_ids()]
    return [named(contacts, str(text)).id for text in wish]


def _sized(one: ContactList) -> Json:
    return {"id": str(one.id), "size": len(one.members)}
