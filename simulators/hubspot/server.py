"""The simulator as a web application, and as a server in a thread for tests."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from simulators.hubspot.answers import unknown_address
from simulators.hubspot.app import App
from simulators.hubspot.connection import ShowsConnection
from simulators.hubspot.consent import ConsentPages
from simulators.hubspot.control import Control
from simulators.hubspot.gateway import Endpoint
from simulators.hubspot.operations import OPERATIONS
from simulators.hubspot.pages import PeoplePages
from simulators.hubspot.simulation import Simulation
from simulators.hubspot.switches import Switches


def application(simulation: Simulation) -> Starlette:
    api: list[BaseRoute] = [
        Route(template, Endpoint(simulation, operation), methods=[operation.method])
        for operation in OPERATIONS
        for template in operation.templates
    ]

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        simulation.dispatcher.start()
        yield
        simulation.dispatcher.stop()

    return Starlette(
        routes=[
            *ConsentPages(simulation).routes(),
            *api,
            *Control(simulation).routes(),
            *PeoplePages(simulation).routes(),
        ],
        lifespan=lifespan,
        exception_handlers={404: _not_found},
    )


async def _not_found(request: Request, error: Exception) -> Response:
    answer = unknown_address()
    return JSONResponse(answer.body, status_code=answer.status)


class HubSpotSimulator:
    """`with HubSpotSimulator() as hubspot:` serves at `hubspot.url` until the block ends.

    The server has one thread; `simulation` is its state, to be touched under `simulation.lock`.
    """

    def __init__(self, app: App | None = None, switches: Switches | None = None, *, port: int = 0) -> None:
        self.simulation = Simulation(app, switches)
        self._port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.url = ""

    def start(self) -> Self:
        """Raises:
        OSError: the port is taken.
        """
        listener = listen(self._port)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._server = server(self.simulation)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="hubspot", daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the simulator could not be started")
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """Held calls are let go; the port is free afterwards."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 finds a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, or Nagle stays on
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(256)
    return listener


def server(simulation: Simulation) -> uvicorn.Server:
    """h11, because a dropped connection needs its transport (`gateway.drop_connection`)."""
    return uvicorn.Server(
        uvicorn.Config(
            ShowsConnection(application(simulation)),
            http="h11",
            ws="none",
            proxy_headers=False,
            log_level="warning",
            access_log=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
    )
