"""HubSpot's published OpenAPI specs, as a judge of answers."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import requests
from openapi_schema_validator import OAS30Validator

Json = dict[str, Any]

ENVIRONMENT = "HUBSPOT_OPENAPI_DIR"
WHERE_TO_GET_THEM = (
    f"{ENVIRONMENT} is not set: answers were not held against HubSpot's specs. They are in the public repository "
    "HubSpot/HubSpot-public-api-spec-collection; set the variable to a folder with account_info.2026-09.json, "
    "app_uninstalls, associations, contacts, deals, lists, oauth, pipelines and properties of the same version"
)
FILES = (
    "account_info",
    "app_uninstalls",
    "associations",
    "contacts",
    "deals",
    "lists",
    "oauth",
    "pipelines",
    "properties",
)

# The specs describe none of these: RFC 6749 bodies came with a later announcement, a token's success is not in the
# spec at all, and a 429 is documented on the page about usage with other fields than the general error. Owners, and the
# list of a record's associations, are documented but in none of the published files.
NOT_DESCRIBED = re.compile(
    r"POST /oauth/2026-09/token(/revoke)?|GET /crm/owners/2026-09"
    r"|GET /crm/objects/2026-09/[^/]+/[^/]+/associations/[^/]+"
)


class Specs:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.judged: set[tuple[str, str, int]] = set()
        self._operations: list[tuple[str, re.Pattern[str], Json, Json]] = []
        for name in FILES:
            spec = json.loads((folder / f"{name}.2026-09.json").read_text())
            for template, methods in spec["paths"].items():
                pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", template))
                for method, operation in methods.items():
                    self._operations.append((method.upper(), pattern, operation, spec))
        # What is spelled out goes before what has placeholders.
        self._operations.sort(key=lambda row: row[1].pattern.count("[^/]+"))

    def judge(self, method: str, path: str, status: int, body: Any) -> None:
        """Raises:
        AssertionError: the specs describe another answer.
        """
        if "/2026-09" not in path or status == 429 or NOT_DESCRIBED.fullmatch(f"{method} {path}"):
            return
        if path.startswith("/oauth/") and status >= 400:
            return
        found = [row for row in self._operations if row[0] == method and row[1].fullmatch(path)]
        assert found, f"the specs know no {method} {path}"
        _, _, operation, spec = found[0]
        self.judged.add((method, path, status))
        schema = _schema(operation, spec, status)
        if schema is None:
            assert body is None, f"{method} {path} {status} must have no body"
            return
        errors = _validator(json.dumps({**schema, "components": spec["components"]})).iter_errors(body)
        problems = [f"{list(error.absolute_path)}: {error.message[:200]}" for error in errors]
        assert not problems, f"{method} {path} {status} is not as specified: {problems[:5]}"

    def hook(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """For a requests session: every answer is judged."""
        request = response.request
        path = str(request.path_url).partition("?")[0]
        if path.startswith(("/crm/", "/oauth/2", "/account-info/", "/appinstalls/")):
            body = response.json() if response.content else None
            self.judge(str(request.method), path, response.status_code, body)


@cache
def _validator(schema: str) -> OAS30Validator:
    return OAS30Validator(json.loads(schema), format_checker=OAS30Validator.FORMAT_CHECKER)


def _schema(operation: Json, spec: Json, status: int) -> Json | None:
    """207 has no entry of its own: it is the success with errors in it."""
    responses = operation["responses"]
    success = next((code for code in responses if code.startswith("2")), None)
    response = responses.get(str(status)) or (responses[success] if success and status < 300 else responses["default"])
    while "$ref" in response:
        response = spec["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    content = list(response.get("content", {}).values())
    return content[0]["schema"] if content else None
