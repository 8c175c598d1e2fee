"""Closing a connection without an answer, for which ASGI has no word."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

_KEY = "simulator.transport"


class ShowsConnection:
    """The outermost application: uvicorn's own `send` is a method of the object that holds the transport."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[_KEY] = getattr(getattr(send, "__self__", None), "transport", None)
        await self._app(scope, receive, send)


async def drop_connection(scope: Scope) -> None:
    transport = scope.get(_KEY)
    if not isinstance(transport, asyncio.Transport):
        raise RuntimeError("this server does not show its connections; run the simulator on uvicorn with h11")
    transport.abort()
    await asyncio.sleep(0)  # let the server notice, or it complains about the missing answer
