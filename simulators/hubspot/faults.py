"""Rules that make chosen calls go wrong."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from simulators.hubspot.answers import Answer
from simulators.hubspot.problems import correlation_id, too_many_requests

Json = dict[str, Any]


@dataclass(slots=True)
class Fault:
    """One rule of `POST /_sim/faults`.

    Which calls: `method`, `path` (a regular expression, searched), `kind` as in the journal, `portal`; the first `skip`
    of them pass, then `times` of them are hit (null: all); `for_s` after it was made, the rule ends by itself.
    What happens: wait `delay_s`; wait under the name `hold` until released; then `status` (with `body`, `headers`),
    `empty_2xx` or `drop` instead of the true answer. `after_commit`: the call is carried out first, then this happens
    to its answer (without a word on how: the connection drops).
    """

    method: str | None = None
    path: str = ""
    kind: str | None = None
    portal: int | None = None
    skip: int = 0
    times: int | None = 1
    for_s: float | None = None
    delay_s: float = 0.0
    hold: str | None = None
    status: int | None = None
    body: Any = None
    headers: dict[str, str] | None = None
    empty_2xx: bool = False
    drop: bool = False
    after_commit: bool = False
    id: int = 0
    hits: int = 0
    made: float = field(default_factory=time.monotonic)

    @property
    def over(self) -> bool:
        return self.for_s is not None and time.monotonic() - self.made >= self.for_s

    def matches(self, method: str, path: str, kind: str, portal: int | None) -> bool:
        return (
            (self.method is None or self.method.upper() == method)
            and re.search(self.path, path) is not None
            and self.kind in (None, kind)
            and self.portal in (None, portal)
        )

    @property
    def replaces(self) -> bool:
        """Whether the caller gets something else than the true answer."""
        return self.status is not None or self.empty_2xx or self.drop or (self.after_commit and self.hold is None)

    def answer(self) -> Answer | None:
        """What the caller gets instead; None: a dropped connection."""
        if self.empty_2xx:
            return Answer(self.status or 200, None, dict(self.headers or {}), raw=b"")
        if self.status is None:
            return None
        if isinstance(self.body, str):
            return Answer(self.status, None, dict(self.headers or {}), raw=self.body.encode())
        if self.body is not None:
            return Answer(self.status, self.body, dict(self.headers or {}))
        return Answer(self.status, _usual_body(self.status), dict(self.headers or {}))

    def describe(self) -> str:
        if self.hold is not None and not self.replaces:
            return f"held: {self.hold}"
        what = "empty answer" if self.empty_2xx else "dropped" if self.status is None else f"status {self.status}"
        if not self.replaces:
            what = f"delayed {self.delay_s} s"
        return f"{what} after commit" if self.after_commit else what


def _usual_body(status: int) -> Json:
    if status == 429:
        return too_many_requests("TEN_SECONDLY_ROLLING").body
    categories = {401: "EXPIRED_AUTHENTICATION", 403: "MISSING_SCOPES", 423: "LOCKED", 477: "MIGRATION_IN_PROGRESS"}
    return {
        "status": "error",
        "message": f"Fault injected by the simulator: {status}",
        "correlationId": correlation_id(),
        "category": categories.get(status, "VALIDATION_ERROR" if status < 500 else "INTERNAL_ERROR"),
    }


class Faults:
    """The rules in force, and the calls that are being held."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._ids = itertools.count(1)
        self._held: dict[str, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}

    def add(self, rows: list[Json]) -> list[int]:
        """Raises:
        ValueError: a rule cannot be read; none was added.
        """
        known = {item.name for item in fields(Fault)} - {"id", "hits", "made"}
        rules = []
        for row in rows:
            if unknown := set(row) - known:
                raise ValueError(f"a fault has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}")
            try:
                re.compile(str(row.get("path", "")))
            except re.error as error:
                raise ValueError(f"path is no regular expression: {error}") from None
            rules.append(Fault(**row))
        for rule in rules:
            rule.id = next(self._ids)
        self._rules.extend(rules)
        return [rule.id for rule in rules]

    def clear(self) -> None:
        """Remove all rules and let go of what is held."""
        self._rules.clear()
        for name in list(self._held):
            self.release(name)

    def take(self, method: str, path: str, kind: str, portal: int | None) -> Fault | None:
        """The first rule that hits this call; counted."""
        for rule in self._rules:
            if rule.over or not rule.matches(method, path, kind, portal):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            if rule.times is not None and rule.hits >= rule.times:
                continue
            rule.hits += 1
            return rule
        return None

    async def hold(self, name: str) -> None:
        """Wait until somebody releases this name."""
        event = asyncio.Event()
        self._held.setdefault(name, []).append((asyncio.get_running_loop(), event))
        await event.wait()

    def release(self, name: str) -> int:
        """Let the held calls go on and hold no further one under this name. Says how many were held."""
        self._rules = [rule for rule in self._rules if rule.hold != name]
        held = self._held.pop(name, [])
        for loop, event in held:
            loop.call_soon_threadsafe(event.set)
        return len(held)

    def held(self) -> dict[str, int]:
        return {name: len(events) for name, events in self._held.items()}

    def as_json(self) -> list[Json]:
        return [asdict(rule) for rule in self._rules if not rule.over]
