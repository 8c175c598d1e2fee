"""Serves one simulated platform on loopback, from a thread of this process."""

import socket
import time
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

import uvicorn

from simulators.platform.app import create_app
from simulators.platform.identity import DEFAULT_AUDIENCE
from simulators.platform.service import Platform

START_DEADLINE_SECONDS = 15


class PlatformSimulator:
    """`with PlatformSimulator() as platform: requests.post(platform.url + "/_sim/token", …)`.

    Args:
        port: 0 finds a free one. The address is also the issuer in its tokens, so it is fixed before the start.
        audience: Whom the tokens are for.
        key_file: Keeps the signing key between runs; without it the key is new each time.
    """

    def __init__(self, port: int = 0, *, audience: str = DEFAULT_AUDIENCE, key_file: Path | None = None) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.audience = audience
        self.platform = Platform(self.url, audience, key_file)
        config = uvicorn.Config(
            create_app(self.platform),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=75,  # longer than clients do, who would else ask in the moment in which it ends
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def start(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + START_DEADLINE_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError(f"the simulated platform did not start on {self.url}")
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        self.platform.stop()
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
