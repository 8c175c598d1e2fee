"""The pages for people: all portals, or one with its newest contacts and deals, and recent calls."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from simulators.hubspot.definitions import Option, options
from simulators.hubspot.markup import page
from simulators.hubspot.moments import now_ms
from simulators.hubspot.object_types import BY_NAME, CONTACT, DEAL, ObjectType
from simulators.hubspot.portal import Portal
from simulators.hubspot.record import Record
from simulators.hubspot.simulation import PERSON, Simulation

_EDITABLE = {CONTACT: ("lifecyclestage", "hs_lead_status"), DEAL: ("dealstage",)}


class PeoplePages:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.overview, methods=["GET"]),
            Route("/portals/{portal:int}/{object}/{record:int}", self.edit, methods=["POST"]),
        ]

    async def overview(self, request: Request) -> Response:
        wanted = request.query_params.get("portal", "")
        with self._simulation.lock:
            portals = self._simulation.portals
            chosen = portals.get(int(wanted) if wanted.isdigit() else 0)
            portal = chosen or next(iter(portals.values()))
            records = _contacts(portal) + _deals(portal)
            if chosen:
                body = records + self._calls(chosen) + "<p><a href='/'>All accounts</a></p>"
            else:
                body = self._portals(portal) + records + self._calls()
        return HTMLResponse(page("HubSpot (simulated)", body))

    async def edit(self, request: Request) -> Response:
        """As a salesperson would: any direction, at once."""
        form = dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))
        portal_id, object_type = request.path_params["portal"], BY_NAME.get(request.path_params["object"])
        with self._simulation.lock:
            portal = self._simulation.portals.get(portal_id)
            store = portal.store(object_type) if portal and object_type else None
            record = store.by_id(request.path_params["record"]) if store else None
            if portal is None or store is None or record is None:
                return HTMLResponse(page("Not found", "<p>There is no such record.</p>"), status_code=404)
            values = {
                name: form[name]
                for name in _EDITABLE[store.type]
                if name in form and form[name] in [choice.value for choice in _choices(portal, record, name)]
            }
            store.change(record, values, at_ms=now_ms(), source=PERSON)
        return RedirectResponse(f"/?portal={portal_id}", status_code=303)

    def _portals(self, shown: Portal) -> str:
        rows = "".join(
            f"<tr><td><a href='/?portal={portal.id}'>{escape(portal.name)}</a>"
            f"{' (shown below)' if portal is shown else ''}</td><td>{portal.id}</td><td>{escape(portal.ui_domain)}</td>"
            f"<td>{'connected' if self._simulation.installed(portal.id) else 'not connected'}</td>"
            f"<td class='number'>{len(portal.contacts):,}</td><td class='number'>{len(portal.deals):,}</td></tr>"
            for portal in self._simulation.portals.values()
        )
        return (
            "<h2>Accounts</h2><table><tr><th>Name</th><th>Id</th><th>Address</th><th>The app</th>"
            f"<th class='number'>Contacts</th><th class='number'>Deals</th></tr>{rows}</table>"
        )

    def _calls(self, portal: Portal | None = None) -> str:
        entries = self._simulation.journal.entries(portal=portal.id if portal else None, limit=30)[::-1]
        rows = "".join(
            f"<tr><td>{escape(entry.time[11:23])}</td><td>{entry.portal or ''}</td><td>{entry.method} "
            f"<code>{escape(entry.path)}</code></td><td class='number'>{entry.rows or ''}</td>"
            f"<td class='number'>{entry.status or 'dropped'}</td><td>{escape(entry.fault or '')}</td></tr>"
            for entry in entries
        )
        return (
            "<h2>Latest calls</h2><table><tr><th>Time</th><th>Account</th><th>Call</th><th class='number'>Rows</th>"
            f"<th class='number'>Status</th><th>Fault</th></tr>{rows}</table>"
        )


def _contacts(portal: Portal) -> str:
    rows = []
    for contact in portal.contacts.newest(50):
        name = " ".join(contact.properties.get(part, "") for part in ("firstname", "lastname")).strip()
        rows.append((contact, [name, contact.email or ""]))
    return _table(portal, CONTACT, ("Name", "Email", "Lifecycle stage", "Lead status"), rows)


def _deals(portal: Portal) -> str:
    labels = {option.value: option.label for option in portal.deals.schema.properties["pipeline"].options}
    rows = []
    for deal in portal.deals.newest(50):
        people = ", ".join(one.email or str(one.id) for one in portal.associations.of(deal, portal.contacts))
        pipeline = deal.properties.get("pipeline", "")
        rows.append((deal, [deal.properties.get("dealname", ""), people, labels.get(pipeline, pipeline)]))
    return _table(portal, DEAL, ("Name", "Contacts", "Pipeline", "Stage"), rows)


def _table(portal: Portal, kind: ObjectType, columns: tuple[str, ...], rows: list[tuple[Record, list[str]]]) -> str:
    """Records with their texts, and a form each for what can be changed."""
    head = "".join(f"<th>{name}</th>" for name in ("Id", *columns, ""))
    body = "".join(_row(portal, record, texts) for record, texts in rows)
    return f"<h2>Newest {kind.plural} of {escape(portal.name)}</h2><table><tr>{head}</tr>{body}</table>"


def _row(portal: Portal, record: Record, texts: list[str]) -> str:
    form = f"edit-{record.type.name}-{record.id}"
    cells = "".join(f"<td>{escape(text)}</td>" for text in texts)
    selects = "".join(f"<td>{_select(portal, record, name, form)}</td>" for name in _EDITABLE[record.type])
    return (
        f"<tr><td>{record.id}</td>{cells}{selects}"
        f"<td><form id='{form}' method='post' action='/portals/{portal.id}/{record.type.plural}/{record.id}'>"
        "<button>Save</button></form></td></tr>"
    )


def _choices(portal: Portal, record: Record, name: str) -> list[Option]:
    """Blank first; a deal's stages are those of its pipeline."""
    blank = options(("", ""))
    if name != "dealstage":
        return blank + portal.store(record.type).schema.properties[name].options
    live = [pipeline for pipeline in portal.pipelines.live() if pipeline.id == record.get("pipeline")]
    return blank + options(*((stage.id, stage.label) for pipeline in live for stage in pipeline.live_stages()))


def _select(portal: Portal, record: Record, name: str, form: str) -> str:
    current = record.properties.get(name, "")
    choices = "".join(
        f"<option value='{escape(choice.value)}'{' selected' if choice.value == current else ''}>"
        f"{escape(choice.label)}</option>"
        for choice in _choices(portal, record, name)
    )
    return f"<select name='{name}' form='{form}' aria-label='{escape(name)}'>{choices}</select>"
