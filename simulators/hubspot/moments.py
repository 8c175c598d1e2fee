"""Milliseconds since 1970, as HubSpot counts, and the texts it reads and writes."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@lru_cache(maxsize=10_000)
def iso(ms: int) -> str:
    """2026-11-22T10:00:00.123Z"""
    seconds, rest = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def iso_date(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%d}"


@lru_cache(maxsize=10_000)
def read_moment(text: str) -> int | None:
    """Milliseconds of an ISO 8601 date or time (UTC unless it says otherwise) or of epoch milliseconds, else None."""
    text = text.strip()
    if text.lstrip("-").isascii() and text.lstrip("-").isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
