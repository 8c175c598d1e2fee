"""A call to the API, and what it is answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulators.hubspot.problems import ProblemError, bad_request, correlation_id

if TYPE_CHECKING:
    from simulators.hubspot.object_types import ObjectType
    from simulators.hubspot.portal import Portal
    from simulators.hubspot.record_store import RecordStore
    from simulators.hubspot.simulation import Simulation
    from simulators.hubspot.tokens import Grant

Json = dict[str, Any]


@dataclass(slots=True)
class Answer:
    """`body` is JSON; None sends none. `raw` goes out as it is."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    def payload(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.body is None else json.dumps(self.body, separators=(",", ":")).encode()


@dataclass(slots=True)
class Call:
    """`rows` is what the journal counts: the inputs of a batch, one for a single record. `object_type`: of the records
    that the call is about, if it is about records."""

    simulation: Simulation
    method: str
    path: str
    kind: str
    params: Mapping[str, str]
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    raw_body: bytes
    object_type: ObjectType | None = None
    rows: int = 0
    portal_id: int | None = None
    grant: Grant | None = None

    @property
    def version(self) -> str:
        """2026-09, v3 …"""
        return self.params.get("version", "")

    @property
    def enforces_2026_09(self) -> bool:
        """Write validation of 2026-09: only dated versions from then on."""
        return self.version[:2] == "20" and self.version >= "2026-09"

    @property
    def portal(self) -> Portal:
        assert self.portal_id is not None
        return self.simulation.portals[self.portal_id]

    @property
    def store(self) -> RecordStore:
        """The portal's records of the type that the call is about."""
        assert self.object_type is not None
        return self.portal.store(self.object_type)

    def json(self) -> Json:
        """The body.

        Raises:
            ProblemError: 400, it is no JSON object.
        """
        try:
            body = json.loads(self.raw_body)
        except (ValueError, UnicodeDecodeError):
            body = None
        if not isinstance(body, dict):
            raise ProblemError(400, "VALIDATION_ERROR", "Invalid input JSON on line 1, column 1: Cannot read the body")
        return body

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def several(self, name: str) -> list[str]:
        """A list given as `a,b` or by repeating the parameter."""
        return [item for value in self.query.get(name, []) for item in value.split(",") if item]

    def flag(self, name: str) -> bool:
        return self.one(name).lower() == "true"

    def number(self, name: str, default: int, most: int) -> int:
        """Raises:
        ProblemError: 400, it is not a number from 1 to `most`.
        """
        text = self.one(name, str(default))
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
            raise bad_request(f"{name} must be between 1 and {most}", propertyName=[name])
        return int(text)


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint. `scopes` are alternatives; none: any token will do. `public`: no token at all.
    `templates` take the version in its place."""

    kind: str
    method: str
    templates: tuple[str, ...]
    handle: Handler
    scopes: tuple[str, ...] = ()
    public: bool = False
    search: bool = False
    object_type: ObjectType | None = None


def batch_answer(results: list[Json], problems: list[Json], started: str, completed: str, ok: int) -> Answer:
    body: Json = {"status": "COMPLETE", "results": results, "startedAt": started, "completedAt": completed}
    if not problems:
        return Answer(ok, body)
    return Answer(207, body | {"numErrors": len(problems), "errors": problems})


def unknown_address() -> Answer:
    return Answer(
        404,
        {
            "status": "error",
            "message": "resource not found",
            "correlationId": correlation_id(),
            "category": "OBJECT_NOT_FOUND",
        },
    )
