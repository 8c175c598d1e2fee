"""The page for people: portals, the newest contacts with the two properties rules usually watch, recent calls."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from simulators.hubspot.contact import Contact
from simulators.hubspot.markup import page
from simulators.hubspot.moments import now_ms
from simulators.hubspot.portal import Portal
from simulators.hubspot.simulation import PERSON, Simulation

_EDITABLE = ("lifecyclestage", "hs_lead_status")


class PeoplePages:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.overview, methods=["GET"]),
            Route("/portals/{portal:int}/contacts/{contact:int}", self.edit, methods=["POST"]),
        ]

    async def overview(self, request: Request) -> Response:
        wanted = request.query_params.get("portal", "")
        with self._simulation.lock:
            portals = self._simulation.portals
            portal = portals.get(int(wanted) if wanted.isdigit() else 0) or next(iter(portals.values()))
            body = self._portals(portal) + _contacts(portal) + self._calls()
        return HTMLResponse(page("HubSpot (simulated)", body))

    async def edit(self, request: Request) -> Response:
        """As a salesperson would: any direction, at once."""
        form = dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))
        portal_id = request.path_params["portal"]
        with self._simulation.lock:
            portal = self._simulation.portals.get(portal_id)
            contact = portal.contacts.by_id(request.path_params["contact"]) if portal else None
            if portal is None or contact is None:
                return HTMLResponse(page("Not found", "<p>There is no such contact.</p>"), status_code=404)
            values = {
                name: form[name]
                for name in _EDITABLE
                if name in form and form[name] in ["", *(option.value for option in portal.properties[name].options)]
            }
            portal.contacts.change(contact, values, at_ms=now_ms(), source=PERSON)
        return RedirectResponse(f"/?portal={portal_id}", status_code=303)

    def _portals(self, shown: Portal) -> str:
        rows = "".join(
            f"<tr><td><a href='/?portal={portal.id}'>{escape(portal.name)}</a>"
            f"{' (shown below)' if portal is shown else ''}</td><td>{portal.id}</td><td>{escape(portal.ui_domain)}</td>"
            f"<td>{'connected' if self._simulation.installed(portal.id) else 'not connected'}</td>"
            f"<td class='number'>{len(portal.contacts):,}</td></tr>"
            for portal in self._simulation.portals.values()
        )
        return (
            "<h2>Accounts</h2><table><tr><th>Name</th><th>Id</th><th>Address</th><th>The app</th>"
            f"<th class='number'>Contacts</th></tr>{rows}</table>"
        )

    def _calls(self) -> str:
        entries = self._simulation.journal.entries(limit=30)[::-1]
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
    rows = "".join(_row(portal, contact) for contact in portal.contacts.newest(50))
    return (
        f"<h2>Newest contacts of {escape(portal.name)}</h2><table><tr><th>Id</th><th>Name</th><th>Email</th>"
        f"<th>Lifecycle stage</th><th>Lead status</th><th></th></tr>{rows}</table>"
    )


def _row(portal: Portal, contact: Contact) -> str:
    name = " ".join(contact.properties.get(part, "") for part in ("firstname", "lastname")).strip()
    form = f"edit{contact.id}"
    selects = "".join(f"<td>{_select(portal, contact, prop, form)}</td>" for prop in _EDITABLE)
    return (
        f"<tr><td>{contact.id}</td><td>{escape(name)}</td><td>{escape(contact.email or '')}</td>{selects}"
        f"<td><form id='{form}' method='post' action='/portals/{portal.id}/contacts/{contact.id}'>"
        "<button>Save</button></form></td></tr>"
    )


def _select(portal: Portal, contact: Contact, name: str, form: str) -> str:
    current = contact.properties.get(name, "")
    choices = [("", "")] + [(option.value, option.label) for option in portal.properties[name].options]
    options = "".join(
        f"<option value='{escape(value)}'{' selected' if value == current else ''}>{escape(label)}</option>"
        for value, label in choices
    )
    return f"<select name='{name}' form='{form}' aria-label='{escape(name)}'>{options}</select>"
