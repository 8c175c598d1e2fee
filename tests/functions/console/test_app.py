"""What a browser gets of the settings console: a page under a strict policy, and files that it may keep for good."""

import gzip
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from functions.console import app, site
from tests.functions.samples import sample
from tests.world import Context

STATIC = Path(site.__file__).parent / "static"
ORIGINS = "https://app.example.com,https://other.example.com"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ALLOWED_ORIGINS", ORIGINS)
    monkeypatch.setenv("PLATFORM_NAME", 'Refer & "Co"')
    app.site.cache_clear()
    yield
    app.site.cache_clear()


def page() -> dict[str, Any]:
    answer: dict[str, Any] = app.lambda_handler(sample("console"), Context())
    return answer


def fetched(path: str, **headers: str) -> dict[str, Any]:
    event = {"routeKey": "GET /console/{file+}", "headers": headers, "pathParameters": {"file": path}}
    answer: dict[str, Any] = app.lambda_handler(event, Context())
    return answer


def text(answer: dict[str, Any]) -> str:
    if answer.get("isBase64Encoded"):
        return gzip.decompress(b64decode(answer["body"])).decode()
    return str(answer["body"])


def policy() -> dict[str, str]:
    rules = (rule.strip().partition(" ") for rule in page()["headers"]["content-security-policy"].split(";"))
    return {name: value for name, _, value in rules}


def addresses() -> list[str]:
    """The files that the page names, as its function is asked for them."""
    return [found.removeprefix("console/") for found in re.findall(r'(?:src|href)="(console/[^"]+)"', text(page()))]


def test_the_page_knows_the_platforms_name_and_who_may_give_it_a_token() -> None:
    html = text(page())

    assert unescape(re.findall('data-platform="([^"]*)"', html)[0]) == 'Refer & "Co"'
    assert re.findall('data-origins="([^"]*)"', html) == ["https://app.example.com https://other.example.com"]


def test_only_the_platforms_pages_may_frame_it() -> None:
    assert policy()["frame-ancestors"] == "https://app.example.com https://other.example.com"


def test_nobody_may_frame_it_where_no_origin_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "")
    app.site.cache_clear()

    assert policy()["frame-ancestors"] == "'none'"


def test_the_page_runs_and_fetches_nothing_that_is_not_its_own() -> None:
    rules = policy()

    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert {rules[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}


def test_the_page_is_never_kept_and_its_files_for_good() -> None:
    assert page()["headers"]["cache-control"] == "no-store"
    assert addresses()
    for address in addresses():
        answer = fetched(address)
        assert (answer["statusCode"], answer["headers"]["cache-control"]) == (
            200,
            "public, max-age=31536000, immutable",
        )


def test_a_file_of_another_release_is_not_given_out_as_this_ones() -> None:
    _, _, name = addresses()[0].partition("/")

    assert fetched(f"0123456789ab/{name}")["statusCode"] == 404


@pytest.mark.parametrize("name", ["index.html", "../app.py", "nothing.js", ""])
def test_what_is_no_file_of_the_console_is_not_found(name: str) -> None:
    release = addresses()[0].partition("/")[0]

    assert fetched(f"{release}/{name}")["statusCode"] == 404


def test_a_browser_that_cannot_unpack_gets_the_same() -> None:
    address = addresses()[0]
    packed, plain = fetched(address, **{"accept-encoding": "gzip"}), fetched(address)

    assert (packed["headers"]["content-encoding"], "content-encoding" in plain["headers"]) == ("gzip", False)
    assert text(packed) == text(plain)


def test_every_file_is_given_its_type_which_browsers_do_not_guess() -> None:
    headers = [fetched(address)["headers"] for address in addresses()]

    assert [one["content-type"].partition(";")[0] for one in headers] == ["text/css", "text/javascript"]
    assert {one["x-content-type-options"] for one in headers} == {"nosniff"}


def test_all_modules_come_with_one_request() -> None:
    [script] = [address for address in addresses() if address.endswith(".js")]

    for file in STATIC.rglob("*.js"):
        assert text(fetched(script)).count(f'modules["{file.relative_to(STATIC).as_posix()}"] = ') == 1


def test_every_module_that_is_imported_is_there() -> None:
    for file in STATIC.rglob("*.js"):
        for name in re.findall(r'(?:from|import)\s*\(?"(\.[^"]+)"', file.read_text()):
            assert (file.parent / name).resolve().is_file(), f"{file.name} imports {name}"


def test_no_module_is_written_in_a_way_that_does_not_become_part_of_the_script() -> None:
    [script] = [address for address in addresses() if address.endswith(".js")]

    assert re.findall(r"^\s*(?:import|export)\b.*|\bimport\(.*", text(fetched(script)), re.MULTILINE) == []


def test_no_module_writes_markup() -> None:
    for file in STATIC.rglob("*.js"):
        assert not re.search("innerHTML|outerHTML|insertAdjacentHTML|document.write|eval\\(", file.read_text()), (
            file.name
        )


def test_the_whole_console_is_small() -> None:
    packed = [gzip.compress(file.read_bytes()) for file in STATIC.rglob("*.*")]

    assert sum(map(len, packed)) < 150_000


def test_the_answer_is_one_that_api_gateway_takes() -> None:
    assert json.dumps(page())
