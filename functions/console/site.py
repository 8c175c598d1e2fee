"""The console's files as a browser gets them: few and small, kept by it until they change, under a strict policy."""

import gzip
import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from .script import script

_STATIC = Path(__file__).parent / "static"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors "
)
_HEADERS = {"referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}
_A_YEAR = "public, max-age=31536000, immutable"


class Site:
    """The console, for the pages of these origins and under this name of the platform.

    Its files' addresses hold what is in them, so that a browser keeps them for good, and never one of another release.
    """

    def __init__(self, origins: Sequence[str], platform: str) -> None:
        texts = {
            file.relative_to(_STATIC).as_posix(): file.read_text() for file in _STATIC.rglob("*") if file.is_file()
        }
        page = Template(texts.pop("index.html"))
        modules = {name: texts.pop(name) for name in sorted(texts) if name.endswith(".js")}
        self._files = {**texts, "console.js": script(modules)}
        self._release = hashlib.sha256("".join(self._files[name] for name in sorted(self._files)).encode()).hexdigest()[
            :12
        ]
        self._page = page.substitute(
            files=f"console/{self._release}", platform=escape(platform), origins=escape(" ".join(origins))
        )
        self._policy = _POLICY + (" ".join(origins) or "'none'")

    def page(self, accepted: str) -> dict[str, Any]:
        """The one page; `accepted` is what the browser says of encodings."""
        headers = {"content-security-policy": self._policy, "cache-control": "no-store"}
        return _answer("index.html", self._page, accepted, headers)

    def file(self, path: str, accepted: str) -> dict[str, Any] | None:
        """What the page is made of, by `release/name`; None if there is no such file."""
        release, _, name = path.partition("/")
        if release != self._release or name not in self._files:
            return None
        return _answer(name, self._files[name], accepted, {"cache-control": _A_YEAR})


def _answer(name: str, body: str, accepted: str, headers: Mapping[str, str]) -> dict[str, Any]:
    headers = {**_HEADERS, **headers, "content-type": f"{_TYPES[Path(name).suffix]}; charset=utf-8"}
    if "gzip" not in accepted:
        return {"statusCode": 200, "headers": headers, "body": body}
    headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
    return {"statusCode": 200, "headers": headers, "body": _packed(body), "isBase64Encoded": True}


@cache
def _packed(body: str) -> str:
    return b64encode(gzip.compress(body.encode(), mtime=0)).decode()
