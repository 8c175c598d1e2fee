"""The page where a person lets the app into one of their HubSpot accounts.

A program can be that person: GET the page (or not), then POST its form to /oauth/authorize with
`client_id`, `redirect_uri`, `scope`, `optional_scope`, `state` as they stood in the address,
`account` = the portal's id and `decision` = approve or decline. Each `without` = an optional scope leaves that one out.
Approve answers 302 to the redirect URI with `code` and `state`; decline answers a page and sends nobody anywhere, as
HubSpot does.
"""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from simulators.hubspot.app import App
from simulators.hubspot.markup import hidden, page
from simulators.hubspot.moments import now_ms
from simulators.hubspot.simulation import Simulation
from simulators.hubspot.tokens import Consent

_CARRIED = ("client_id", "redirect_uri", "scope", "optional_scope", "state", "code_challenge", "code_challenge_method")
USER_ID = 123


class ConsentPages:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/oauth/authorize", self.show, methods=["GET"]),
            Route("/oauth/authorize", self.decide, methods=["POST"]),
            Route("/oauth/{account:int}/authorize", self.show, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        fields = {name: request.query_params.get(name, "") for name in _CARRIED}
        with self._simulation.lock:
            if problem := _refusal(self._simulation.app, fields):
                return _blocked(problem)
            return HTMLResponse(self._form(fields, request.path_params.get("account")))

    async def decide(self, request: Request) -> Response:
        rows = parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True)
        form = dict(rows)
        without = {value for name, value in rows if name == "without"}
        fields = {name: form.get(name, "") for name in _CARRIED}
        with self._simulation.lock:
            if problem := _refusal(self._simulation.app, fields):
                return _blocked(problem)
            if form.get("decision") != "approve":
                body = "<section class='card'><p>You did not connect the app. You can close this window.</p></section>"
                return HTMLResponse(page("Not connected", body, narrow=True))
            account = form.get("account", "")
            if not account.isdigit() or int(account) not in self._simulation.portals:
                return _blocked("Choose one of the accounts.")
            optional = [scope for scope in fields["optional_scope"].split() if scope not in without]
            code = self._simulation.tokens.keep_consent(
                Consent(
                    int(account),
                    USER_ID,
                    fields["redirect_uri"],
                    tuple(dict.fromkeys([*fields["scope"].split(), *optional])),
                    now_ms(),
                    fields["code_challenge"] or None,
                )
            )
        answer = {"code": code} | ({"state": fields["state"]} if fields["state"] else {})
        return RedirectResponse(_with_query(fields["redirect_uri"], answer), status_code=302)

    def _form(self, fields: dict[str, str], preselected: int | None) -> str:
        portals = list(self._simulation.portals.values())
        chosen = preselected if preselected in self._simulation.portals else portals[0].id
        accounts = "".join(
            f"<label class='choice'><input type='radio' name='account' value='{portal.id}'"
            f"{' checked' if portal.id == chosen else ''}> {escape(portal.name)} "
            f"<small>{escape(portal.ui_domain)} &middot; {portal.id}</small></label>"
            for portal in portals
        )
        listed = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in fields["scope"].split())
        optional = "".join(_choice(scope) for scope in fields["optional_scope"].split())
        asked = f"<h2>And, if you like</h2>{optional}" if optional else ""
        body = (
            "<form class='card' method='post' action='/oauth/authorize'>"
            f"<p><strong>{escape(self._simulation.app.name)}</strong> would like access to your HubSpot account.</p>"
            f"{''.join(hidden(name, value) for name, value in fields.items())}"
            f"<h2>Choose an account</h2>{accounts}<h2>It may then use</h2><ul>{listed}</ul>{asked}"
            "<button class='primary' name='decision' value='approve'>Connect app</button> "
            "<button name='decision' value='decline'>Cancel</button></form>"
        )
        return page("Connect to HubSpot (simulated)", body, narrow=True)


def _choice(scope: str) -> str:
    """On at first. A form does not say what was unticked, so a field beside it does."""
    unticked = "this.nextElementSibling.value=this.checked?'':this.dataset.scope"
    return (
        f'<label class="choice"><input type="checkbox" checked data-scope="{escape(scope)}" onchange="{unticked}">'
        f"{hidden('without', '')} <code>{escape(scope)}</code></label>"
    )


def _refusal(app: App, fields: dict[str, str]) -> str | None:
    """Why the install page is blocked, if it is."""
    scopes, optional = set(fields["scope"].split()), set(fields["optional_scope"].split())
    allowed = set(app.required_scopes) | set(app.conditional_scopes)
    if fields["client_id"] != app.client_id:
        return "The app was not found: client_id is unknown."
    if fields["redirect_uri"] not in app.redirect_urls:
        return "redirect_uri is not one of the redirect URLs of the app."
    if missing := set(app.required_scopes) - scopes:
        return f"The app requires scopes that the address does not ask for: {', '.join(sorted(missing))}."
    if unknown := (scopes - allowed) | (optional - set(app.optional_scopes)):
        return f"The address asks for scopes that the app does not list: {', '.join(sorted(unknown))}."
    if fields["code_challenge"] and fields["code_challenge_method"] != "S256":
        return "code_challenge_method must be S256."
    return None


def _blocked(problem: str) -> Response:
    body = f"<section class='card'><p>{escape(problem)}</p><p>Nothing was connected.</p></section>"
    return HTMLResponse(page("This app cannot be connected", body, narrow=True), status_code=400)


def _with_query(address: str, values: dict[str, str]) -> str:
    parts = urlsplit(address)
    query = "&".join(item for item in (parts.query, urlencode(values)) if item)
    return urlunsplit(parts._replace(query=query))
