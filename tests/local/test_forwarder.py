import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.local.forwarder import METHODS, forwarder

HOST = "api0001.execute-api.127.0.0.1"


async def echo(request: Request) -> Response:
    body = await request.body()
    return JSONResponse(
        {
            "method": request.method,
            "path": request.scope["raw_path"].decode(),
            "query": request.scope["query_string"].decode(),
            "headers": [[name.decode(), value.decode()] for name, value in request.headers.raw],
            "body": list(body),
        },
        status_code=201,
    )


async def consent(request: Request) -> Response:
    response = RedirectResponse("https://hubspot.example/oauth?a=1&b=%20", status_code=302)
    response.set_cookie("ticket", "1", httponly=True)
    response.set_cookie("browser", "2")
    return response


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    app = Starlette(routes=[Route("/consent", consent), Route("/{path:path}", echo, methods=METHODS)])
    with serving(app) as url:
        yield url


@pytest.fixture(scope="module")
def public(api: str) -> Iterator[httpx.Client]:
    with serving(forwarder(api, HOST)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


def test_method_path_query_and_bytes_arrive_as_they_were_sent(public: httpx.Client) -> None:
    body = b'[{"x": "\xc3\xa9"}] \r\n\x00'

    answer = public.request("PUT", "/v1/campaigns/a%2Fb?x=%20a&y=1&y=2", content=body)

    seen = answer.json()
    assert answer.status_code == 201
    assert (seen["method"], seen["path"], seen["query"]) == ("PUT", "/v1/campaigns/a%2Fb", "x=%20a&y=1&y=2")
    assert bytes(seen["body"]) == body


def test_headers_arrive_and_the_host_is_the_apis_own(public: httpx.Client) -> None:
    sent = [("X-HubSpot-Signature-v3", "q"), ("X-Twice", "1"), ("X-Twice", "2"), ("Cookie", "a=1; b=2")]

    seen = [tuple(header) for header in public.get("/", headers=sent).json()["headers"]]

    assert {(name.lower(), value) for name, value in sent} <= set(seen)
    assert [value for name, value in seen if name == "host"] == [HOST]


def test_nothing_is_passed_on_that_did_not_arrive(public: httpx.Client) -> None:
    request = httpx.Request("GET", public.base_url.join("/"))

    seen = {name for name, _ in public.send(request).json()["headers"]}

    assert seen <= {"host", "connection", "content-length"}


def test_a_redirect_is_not_followed_and_every_cookie_comes_back(public: httpx.Client) -> None:
    answer = public.get("/consent")

    assert answer.status_code == 302
    assert answer.headers["location"] == "https://hubspot.example/oauth?a=1&b=%20"
    assert [cookie.split(";")[0] for cookie in answer.headers.get_list("set-cookie")] == ["ticket=1", "browser=2"]


def test_a_cookie_comes_back_from_nobody_but_the_browser_that_got_it(public: httpx.Client) -> None:
    public.get("/consent")

    seen = httpx.get(public.base_url, trust_env=False).json()["headers"]

    assert "cookie" not in {name for name, _ in seen}


def test_an_api_that_is_away_is_a_bad_gateway() -> None:
    with serving(forwarder("http://127.0.0.1:9", HOST)) as url:
        answer = httpx.get(url, trust_env=False)

    assert answer.status_code == 502
