"""A valid access token for a customer account on a HubSpot account, refreshed by one worker at a time."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from referral_hubspot.domain.errors import (
    ConnectionLostError,
    CrmUnavailableError,
    GrantRefusedError,
    NotConnectedError,
    RetryableError,
    TokenRefreshContendedError,
)

_EARLY = timedelta(minutes=5)  # refreshed this long before the token ends
_MARGIN = timedelta(seconds=5)  # a call that starts now must still be answered
_LEASE = timedelta(seconds=30)
_PATIENCE_S = 2.0
_POLL_S = 0.25
_AFTER_FAILURE_S = 2.0


@dataclass(frozen=True, slots=True)
class Grant:
    """What HubSpot's token endpoint answered; `user` is HubSpot's id of who consented."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    portal_id: int
    scopes: tuple[str, ...] = ()
    user: str = ""


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """A grant as stored. `version` never repeats for an account and portal, even after a disconnect."""

    account_id: str
    portal_id: int
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    renew_at: datetime
    expires_at: datetime
    scopes: tuple[str, ...]
    version: int
    lost: bool = False


def lifetime(expires_in: int, asked_at: datetime) -> tuple[datetime, datetime]:
    """When a token asked for at `asked_at` is to be renewed, and until when it may be used.

    A token that lives for less than ten minutes is renewed at half its life, or every call would
    renew it.
    """
    life = timedelta(seconds=expires_in)
    return asked_at + max(life - _EARLY, life / 2), asked_at + max(life - _MARGIN, life / 2)


class GrantStore(Protocol):
    """Where grants are kept; see `storage.credentials`."""

    def get(self, account_id: str, portal_id: int, *, fresh: bool = False) -> StoredGrant | None:
        """The grant; unless `fresh`, one that this process has read before may be answered."""
        ...

    def replace(self, seen: StoredGrant, grant: Grant, asked_at: datetime) -> StoredGrant | None:
        """Store a refreshed grant over `seen`; None when `seen` is not the stored version any more."""
        ...

    def take_lease(self, seen: StoredGrant, now: datetime, until: datetime) -> bool:
        """Become the one worker that refreshes; False when another is, or `seen` is not stored any more."""
        ...

    def release_lease(self, seen: StoredGrant, until: datetime) -> None:
        """Let the next worker try at `until`."""
        ...

    def mark_lost(self, refused: StoredGrant) -> bool:
        """Mark the grant and its bindings lost; False when `refused` is not the stored version any more."""
        ...


class TokenEndpoint(Protocol):
    """HubSpot's token endpoint; see `hubspot.oauth`."""

    def refresh(self, refresh_token: str) -> Grant:
        """A new access token.

        Raises:
            GrantRefusedError: HubSpot does not accept the refresh token.
            CrmUnavailableError, AppMisconfiguredError: it says nothing about the grant.
        """
        ...


class GrantKeeper:
    """Hands out access tokens that can be used now."""

    def __init__(
        self,
        store: GrantStore,
        endpoint: TokenEndpoint,
        *,
        clock: Callable[[], datetime],
        notice_lost: Callable[[ConnectionLostError], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._endpoint = endpoint
        self._notice_lost = notice_lost
        self._clock = clock
        self._sleep = sleep

    def stored(self, account_id: str, portal_id: int) -> StoredGrant:
        """The grant as last read, valid or not.

        Raises:
            NotConnectedError: none is stored.
            ConnectionLostError: it is known to be lost.
        """
        return self._checked(self._store.get(account_id, portal_id), account_id, portal_id)

    def usable(self, account_id: str, portal_id: int) -> StoredGrant:
        """A grant whose access token is valid, refreshed if it is due.

        Raises:
            NotConnectedError, ConnectionLostError: there is nothing to use.
            TokenRefreshContendedError: it has expired and another worker has not refreshed it in time.
            CrmUnavailableError, AppMisconfiguredError: it has expired and cannot be refreshed now.
        """
        grant = self.stored(account_id, portal_id)
        if self._clock() < grant.renew_at:
            return grant
        grant = self._read(account_id, portal_id)
        now = self._clock()
        if now < grant.renew_at:
            return grant
        return self._renew(grant, usable_meanwhile=now < grant.expires_at)

    def latest(self, account_id: str, portal_id: int) -> StoredGrant:
        """The grant as it stands in the table now; raises as `stored` does."""
        return self._read(account_id, portal_id)

    def renewed(self, account_id: str, portal_id: int, refused: str) -> StoredGrant:
        """Another access token than `refused`, which HubSpot answers 401 to; raises as `usable` does."""
        grant = self._read(account_id, portal_id)
        return grant if grant.access_token != refused else self._renew(grant, usable_meanwhile=False)

    def _renew(self, grant: StoredGrant, *, usable_meanwhile: bool) -> StoredGrant:
        now = self._clock()
        if not self._store.take_lease(grant, now, now + _LEASE):
            return grant if usable_meanwhile else self._refreshed_by_another(grant)
        try:
            return self._refresh(grant, now)
        except RetryableError as error:
            asked_to_wait = error.retry_after_s if isinstance(error, CrmUnavailableError) else None
            pause = min(asked_to_wait or _AFTER_FAILURE_S, _LEASE.total_seconds())
            self._store.release_lease(grant, self._clock() + timedelta(seconds=pause))
            if usable_meanwhile:  # tried again on a later call; when it ends, the reason is raised
                return grant
            raise

    def _refresh(self, grant: StoredGrant, now: datetime) -> StoredGrant:
        try:
            answer = self._endpoint.refresh(grant.refresh_token)
        except GrantRefusedError:
            return self._other_than(grant)
        stored = self._store.replace(grant, answer, now)
        return stored or self._read(grant.account_id, grant.portal_id)

    def _other_than(self, refused: StoredGrant) -> StoredGrant:
        """The newer grant that made HubSpot refuse this one; without one, the connection is lost."""
        current = self._read(refused.account_id, refused.portal_id)
        if current.version != refused.version:
            return current
        if self._store.mark_lost(refused):
            # Told here, once for each grant: whoever comes next only finds it lost, and some of them say nothing.
            lost = ConnectionLostError(refused.account_id, refused.portal_id)
            self._notice_lost(lost)
            raise lost
        return self._read(refused.account_id, refused.portal_id)

    def _refreshed_by_another(self, grant: StoredGrant) -> StoredGrant:
        for _ in range(round(_PATIENCE_S / _POLL_S)):
            self._sleep(_POLL_S)
            current = self._read(grant.account_id, grant.portal_id)
            if current.version != grant.version:
                return current
        raise TokenRefreshContendedError(grant.account_id, grant.portal_id)

    def _read(self, account_id: str, portal_id: int) -> StoredGrant:
        return self._checked(self._store.get(account_id, portal_id, fresh=True), account_id, portal_id)

    @staticmethod
    def _checked(grant: StoredGrant | None, account_id: str, portal_id: int) -> StoredGrant:
        if grant is None:
            raise NotConnectedError(account_id, portal_id)
        if grant.lost:
            raise ConnectionLostError(account_id, portal_id)
        return grant
