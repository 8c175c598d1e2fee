"""The settings API in the world of one process, and a place where HubSpot's webhooks arrive in it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote

import requests

from functions.settings_api import app
from functions.settings_api.routes import ROUTES
from referral_hubspot.runtime.settings_api import SettingsApiEnvironment, SettingsApiWiring
from tests.world import ACCOUNT, CAMPAIGN, Context, World, world


@dataclass(frozen=True, slots=True)
class Reply:
    """What API Gateway would answer."""

    status: int
    body: Any = field(repr=False)


class Admin:
    """An admin at work, through the function's own handler."""

    def __init__(self, here: World) -> None:
        self.world = here

    @property
    def wiring(self) -> SettingsApiWiring:
        """The function's own, warm from one request to the next."""
        return app.wiring()

    def get(self, path: str, **claims: str) -> Reply:
        """Look at something of the campaign."""
        return self.call("GET", path, **claims)

    def post(self, path: str, body: Any = None, **claims: str) -> Reply:
        """Have something done."""
        return self.call("POST", path, body, **claims)

    def put(self, path: str, body: Any, **claims: str) -> Reply:
        """Have something changed."""
        return self.call("PUT", path, body, **claims)

    def delete(self, path: str, **claims: str) -> Reply:
        """Have something deleted."""
        return self.call("DELETE", path, **claims)

    def call(self, method: str, path: str, body: Any = None, campaign: str = CAMPAIGN, **claims: str) -> Reply:
        """A request about the campaign, by an admin unless the `claims` say otherwise."""
        path, _, query = path.partition("?")
        full = f"/v1/campaigns/{campaign}/{path}"
        route, parameters = next(
            (route, {name: unquote(value) for name, value in found.groupdict().items()})
            for route in ROUTES
            if route.method == method
            and (found := re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", route.path), full))
        )
        token = {"account_id": ACCOUNT, "sub": "u1", "name": "Ana", "role": "admin"} | claims
        answer = app.lambda_handler(
            {
                "version": "2.0",
                "routeKey": route.route_key,
                "rawPath": full,
                "pathParameters": parameters,
                "queryStringParameters": {name: values[-1] for name, values in parse_qs(query).items()},
                "body": json.dumps(body),
                "requestContext": {"authorizer": {"jwt": {"claims": token}}},
                "isBase64Encoded": False,
            },
            Context(),
        )
        return Reply(answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None)


@contextmanager
def admin(aws_url: str, **environment: str) -> Iterator[Admin]:
    """A world of its own with the settings API beside the queues' functions."""
    names = {one.name.upper() for one in fields(SettingsApiEnvironment)}
    own = {name: name.lower() for name in names if not _OF_THE_WORLD.fullmatch(name)}
    with world(aws_url, **own, **environment) as here:
        app.wiring.cache_clear()
        try:
            yield Admin(here)
        finally:
            app.wiring.cache_clear()


# What the world gives to every function.
_OF_THE_WORLD = re.compile(
    r".*_(TABLE|ARN|KEY_ID|API_URL|CLIENT_ID|BASE_URL)|(LEAD|REFERRER|CHANGE|SYNC)_DEAD.*|BUDGET_.*|STAGE"
    r"|SYNC_(QUEUE_URL|SCHEDULE_GROUP)"
)


@contextmanager
def webhooks(here: World) -> Iterator[None]:
    """Let HubSpot's webhooks arrive at the change queue's function, as fast as HubSpot sends them."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            here.changed(body)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        _tell(here, f"http://127.0.0.1:{server.server_port}/")
        yield
    finally:
        _tell(here, "")
        server.shutdown()
        server.server_close()
        thread.join()


def _tell(here: World, url: str) -> None:
    requests.post(f"{here.hubspot.url}/_sim/app", json={"webhook_url": url}, timeout=10).raise_for_status()
