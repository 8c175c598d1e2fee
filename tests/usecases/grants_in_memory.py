"""A grant store without a database."""

import threading
from dataclasses import replace
from datetime import UTC, datetime

from referral_hubspot.usecases.access import Grant, StoredGrant, lifetime

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
GRANT = StoredGrant("acc", 42, "access-1", "refresh-1", *lifetime(1800, NOW), ("oauth",), version=1)


class Store:
    """One grant, each step undivided; `cached` is what the process remembers, `reads` counts its way to the table."""

    def __init__(self, grant: StoredGrant | None = GRANT) -> None:
        self.grant = grant
        self.lease_until = datetime.min.replace(tzinfo=UTC)
        self.reads = 0
        self.lock = threading.Lock()
        self.cached = grant

    def get(self, account_id: str, portal_id: int, *, fresh: bool = False) -> StoredGrant | None:
        with self.lock:
            if not fresh:
                return self.cached
            self.reads += 1
            self.cached = self.grant
            return self.grant

    def replace(self, seen: StoredGrant, grant: Grant, asked_at: datetime) -> StoredGrant | None:
        with self.lock:
            if self.grant is None or self.grant.version != seen.version:
                return None
            renew_at, expires_at = lifetime(grant.expires_in, asked_at)
            self.grant = replace(
                seen,
                access_token=grant.access_token,
                renew_at=renew_at,
                expires_at=expires_at,
                version=seen.version + 1,
            )
            self.cached = self.grant
            return self.grant

    def take_lease(self, seen: StoredGrant, now: datetime, until: datetime) -> bool:
        with self.lock:
            if self.grant is None or self.grant.version != seen.version or self.lease_until > now:
                return False
            self.lease_until = until
            return True

    def release_lease(self, seen: StoredGrant, until: datetime) -> None:
        self.lease_until = until

    def mark_lost(self, refused: StoredGrant) -> bool:
        with self.lock:
            if self.grant is None or self.grant.version != refused.version or self.grant.lost:
                return False
            self.grant = self.cached = replace(self.grant, lost=True)
            return True
