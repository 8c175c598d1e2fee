"""The public base URL on this machine: a loopback port that passes everything on to the deployed HTTP API.

It is known before the deployment, as a domain name would be. What arrives is passed on as it is: raw body, headers,
cookies; what comes back likewise: status, redirects unfollowed, every Set-Cookie header.
"""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import DefaultCookiePolicy

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.local.ports import LOOPBACK

# About one connection, not about the message (RFC 9110, 7.6.1).
HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
LONGEST_ANSWER_S = 35.0  # API Gateway itself gives up after 30 s


def forwarder(target: str, host: str) -> Starlette:
    """An application that passes every request on.

    Args:
        target: Where the emulator listens, without a path.
        host: The name by which the emulator knows the API.
    """

    @asynccontextmanager
    async def connected(app: Starlette) -> AsyncIterator[None]:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        async with httpx.AsyncClient(
            base_url=target, timeout=LONGEST_ANSWER_S, limits=limits, trust_env=False
        ) as app.state.client:
            app.state.client.headers.clear()  # nothing is passed on that did not arrive,
            app.state.client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # nor to another browser
            yield

    async def forward(request: Request) -> Response:
        client: httpx.AsyncClient = request.app.state.client
        path = request.scope["raw_path"] + (b"?" + query if (query := request.scope["query_string"]) else b"")
        kept = [(name, value) for name, value in request.headers.raw if name not in {*HOP_BY_HOP, b"host"}]
        outgoing = client.build_request(
            request.method,
            httpx.URL(target).copy_with(raw_path=path),
            headers=[(b"host", host.encode()), *kept],
            content=await request.body(),
        )
        try:
            answer = await client.send(outgoing, stream=True)
            # Raw, so that a compressed body stays what its content-encoding header says.
            body = b"".join([chunk async for chunk in answer.aiter_raw()])
            await answer.aclose()
        except httpx.HTTPError as error:
            return Response(f"The HTTP API did not answer: {type(error).__name__}", 502, media_type="text/plain")
        response = Response(body, answer.status_code)
        names = {name.lower() for name, _ in answer.headers.raw}
        unmentioned = [(name, value) for name, value in response.raw_headers if name not in names]
        response.raw_headers = [
            (name.lower(), value) for name, value in answer.headers.raw if name.lower() not in HOP_BY_HOP
        ] + unmentioned
        return response

    return Starlette(routes=[Route("/{path:path}", forward, methods=METHODS)], lifespan=connected)


def main() -> None:
    """Serve until ended."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", required=True, type=int)
    arguments.add_argument("--target", required=True, help="address of the emulator")
    arguments.add_argument("--host", required=True, help="the API's name there")
    given = arguments.parse_args()
    uvicorn.run(
        forwarder(given.target, given.host),
        host=LOOPBACK,
        port=given.port,
        log_level="warning",
        server_header=False,
        date_header=False,
    )


if __name__ == "__main__":
    main()
