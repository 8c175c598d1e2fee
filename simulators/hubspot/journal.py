"""What was asked of the API, in order. Never a token, never a body."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """`status` 0: the connection was dropped unanswered. `fault`: what was done to the call on purpose, if anything."""

    seq: int
    time: str
    portal: int | None
    method: str
    path: str
    status: int
    kind: str
    version: str
    rows: int
    duration_ms: float
    fault: str | None = None


class Journal:
    def __init__(self, keep: int = 500_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._last = 0

    def write(self, **facts: Any) -> None:
        self._last += 1
        self._entries.append(Entry(seq=self._last, **facts))

    def clear(self) -> None:
        """Numbers go on."""
        self._entries.clear()

    @property
    def last_seq(self) -> int:
        return self._last

    def entries(
        self, *, portal: int | None = None, since: int = 0, kind: str | None = None, limit: int | None = None
    ) -> list[Entry]:
        """Oldest first; `since` is the last number already seen, `limit` keeps the newest."""
        found = [
            entry
            for entry in self._entries
            if entry.seq > since and portal in (None, entry.portal) and kind in (None, entry.kind)
        ]
        return found if limit is None else found[-limit:]

    def as_json(self, entries: list[Entry]) -> list[Json]:
        return [asdict(entry) for entry in entries]
