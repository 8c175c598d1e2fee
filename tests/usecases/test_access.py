import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from referral_hubspot.domain.errors import (
    AppMisconfiguredError,
    ConnectionLostError,
    CrmUnavailableError,
    GrantRefusedError,
    NotConnectedError,
    ReferralHubSpotError,
    TokenRefreshContendedError,
)
from referral_hubspot.usecases.access import Grant, GrantKeeper, StoredGrant, lifetime
from tests.usecases.grants_in_memory import GRANT, NOW, Store

DUE, EXPIRED = lifetime(1800, NOW)


class Endpoint:
    """Answers access-2, access-3 …; or does what `then` does, first."""

    def __init__(self, *then: Callable[[], None] | ReferralHubSpotError, expires_in: int = 1800) -> None:
        self.then = list(then)
        self.expires_in = expires_in
        self.refreshes: list[str] = []

    def refresh(self, refresh_token: str) -> Grant:
        self.refreshes.append(refresh_token)
        match self.then.pop(0) if self.then else None:
            case ReferralHubSpotError() as error:
                raise error
            case None:
                pass
            case action:
                action()
        return Grant(f"access-{len(self.refreshes) + 1}", "refresh-1", self.expires_in, 42)


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.slept = 0.0

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.now += timedelta(seconds=seconds)


def keeper(
    store: Store,
    endpoint: Endpoint,
    clock: Clock | None = None,
    notice_lost: Callable[[ConnectionLostError], None] = lambda _: None,
) -> GrantKeeper:
    clock = clock or Clock(NOW)
    return GrantKeeper(store, endpoint, clock=clock, notice_lost=notice_lost, sleep=clock.sleep)


def test_a_token_is_renewed_five_minutes_before_its_end_and_used_until_just_before_it() -> None:
    assert lifetime(1800, NOW) == (NOW + timedelta(minutes=25), NOW + timedelta(seconds=1795))


@pytest.mark.parametrize("expires_in", [1, 8, 30, 300, 599])
def test_a_short_lived_token_is_not_renewed_on_every_call(expires_in: int) -> None:
    renew_at, expires_at = lifetime(expires_in, NOW)

    assert NOW < renew_at <= expires_at <= NOW + timedelta(seconds=expires_in)


def test_a_valid_token_costs_no_read() -> None:
    store, endpoint = Store(), Endpoint()

    assert keeper(store, endpoint).usable("acc", 42) is GRANT
    assert keeper(store, endpoint).stored("acc", 42) is GRANT
    assert (store.reads, endpoint.refreshes) == (0, [])


def test_a_due_token_is_refreshed() -> None:
    store, endpoint = Store(), Endpoint()

    fresh = keeper(store, endpoint, Clock(DUE)).usable("acc", 42)

    assert (fresh.access_token, fresh.version) == ("access-2", 2)
    assert fresh.renew_at == DUE + timedelta(minutes=25)
    assert endpoint.refreshes == ["refresh-1"]


def test_a_token_that_another_worker_refreshed_is_taken_over() -> None:
    store, endpoint = Store(), Endpoint()
    newer = replace(GRANT, access_token="access-9", version=2, renew_at=DUE + timedelta(minutes=20))
    store.grant = newer

    assert keeper(store, endpoint, Clock(DUE)).usable("acc", 42) is newer
    assert endpoint.refreshes == []


def test_without_a_grant_there_is_no_connection() -> None:
    for use in (keeper(Store(None), Endpoint()).usable, keeper(Store(None), Endpoint()).stored):
        with pytest.raises(NotConnectedError):
            use("acc", 42)


def test_a_lost_grant_is_not_tried_again() -> None:
    endpoint = Endpoint()
    store = Store(replace(GRANT, lost=True))

    for use in (keeper(store, endpoint).usable, keeper(store, endpoint).stored):
        with pytest.raises(ConnectionLostError):
            use("acc", 42)
    assert endpoint.refreshes == []


def test_the_others_keep_using_the_valid_token_while_one_refreshes() -> None:
    store, endpoint, clock = Store(), Endpoint(), Clock(DUE)
    store.lease_until = DUE + timedelta(seconds=20)

    assert keeper(store, endpoint, clock).usable("acc", 42).access_token == "access-1"
    assert endpoint.refreshes == []
    assert clock.slept == 0


def test_the_others_wait_for_the_one_that_refreshes_an_expired_token() -> None:
    store, endpoint = Store(), Endpoint()
    store.lease_until = EXPIRED + timedelta(seconds=20)

    class Arriving(Clock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.slept >= 1:
                store.grant = replace(GRANT, access_token="access-9", version=2)

    clock = Arriving(EXPIRED)

    assert keeper(store, endpoint, clock).usable("acc", 42).access_token == "access-9"
    assert clock.slept == 1


def test_they_do_not_wait_longer_than_two_seconds() -> None:
    store, clock = Store(), Clock(EXPIRED)
    store.lease_until = EXPIRED + timedelta(seconds=20)

    with pytest.raises(TokenRefreshContendedError):
        keeper(store, Endpoint(), clock).usable("acc", 42)

    assert clock.slept == 2


def test_a_worker_that_dies_holds_the_others_up_for_its_lease_only() -> None:
    store, endpoint = Store(), Endpoint()
    store.lease_until = EXPIRED

    assert keeper(store, endpoint, Clock(EXPIRED)).usable("acc", 42).access_token == "access-2"


def test_a_token_that_arrives_too_late_does_not_replace_a_newer_one() -> None:
    store = Store()
    newer = replace(GRANT, access_token="access-9", version=2)

    def overtaken() -> None:
        store.grant = newer

    assert keeper(store, Endpoint(overtaken), Clock(EXPIRED)).usable("acc", 42) is newer
    assert store.grant is newer


def test_a_refused_refresh_loses_the_connection() -> None:
    store = Store()

    with pytest.raises(ConnectionLostError):
        keeper(store, Endpoint(GrantRefusedError("BAD_REFRESH_TOKEN")), Clock(DUE)).usable("acc", 42)

    assert store.grant == replace(GRANT, lost=True)


def test_a_refusal_of_a_replaced_grant_loses_nothing() -> None:
    """Someone reconnected between reading and refreshing."""
    store = Store()
    newer = replace(GRANT, access_token="access-9", version=2)

    class Reconnecting(Endpoint):
        def refresh(self, refresh_token: str) -> Grant:
            store.grant = newer
            raise GrantRefusedError("BAD_REFRESH_TOKEN")

    assert keeper(store, Reconnecting(), Clock(DUE)).usable("acc", 42) is newer
    assert store.grant is newer


def test_a_loss_is_told_once_however_many_find_it() -> None:
    store, told = Store(), list[ConnectionLostError]()
    subject = keeper(store, Endpoint(GrantRefusedError("BAD_REFRESH_TOKEN")), Clock(EXPIRED), told.append)

    for _ in range(3):
        with pytest.raises(ConnectionLostError):
            subject.usable("acc", 42)

    assert [(lost.account_id, lost.portal_id) for lost in told] == [("acc", 42)]


@pytest.mark.parametrize("newer", [replace(GRANT, access_token="access-9", version=2), None, replace(GRANT, lost=True)])
def test_a_connection_that_changes_while_it_is_marked_lost_is_read_again(newer: StoredGrant | None) -> None:
    class Changing(Store):
        def mark_lost(self, refused: StoredGrant) -> bool:
            self.grant = newer
            return super().mark_lost(refused)

    store = Changing()
    subject = keeper(store, Endpoint(GrantRefusedError("BAD_REFRESH_TOKEN")), Clock(DUE))

    if newer is None:
        with pytest.raises(NotConnectedError):
            subject.usable("acc", 42)
    elif newer.lost:
        with pytest.raises(ConnectionLostError):
            subject.usable("acc", 42)
    else:
        assert subject.usable("acc", 42) is newer
    assert store.grant is newer


@pytest.mark.parametrize(
    ("error", "pause_s"),
    [
        (CrmUnavailableError(status=503), 2),
        (CrmUnavailableError(status=429, retry_after_s=7), 7),
        (CrmUnavailableError(status=477, retry_after_s=3600), 30),
        (AppMisconfiguredError("BAD_CLIENT_SECRET"), 2),
    ],
)
def test_trouble_at_the_token_endpoint_does_not_stop_a_token_that_is_still_valid(
    error: ReferralHubSpotError, pause_s: int
) -> None:
    store, endpoint = Store(), Endpoint(error)

    assert keeper(store, endpoint, Clock(DUE)).usable("acc", 42) is GRANT

    assert store.lease_until == DUE + timedelta(seconds=pause_s)  # tried again then, not on every call
    assert store.grant is GRANT


@pytest.mark.parametrize("error", [CrmUnavailableError(status=503), AppMisconfiguredError("BAD_CLIENT_SECRET")])
def test_trouble_with_an_expired_token_is_told_and_loses_nothing(error: ReferralHubSpotError) -> None:
    store = Store()

    with pytest.raises(type(error)):
        keeper(store, Endpoint(error), Clock(EXPIRED)).usable("acc", 42)

    assert store.grant is GRANT


def test_a_refused_token_is_renewed_although_it_is_not_due() -> None:
    endpoint = Endpoint()

    assert keeper(Store(), endpoint).renewed("acc", 42, "access-1").access_token == "access-2"
    assert endpoint.refreshes == ["refresh-1"]


def test_a_refused_token_that_is_replaced_already_is_not_renewed_again() -> None:
    store, endpoint = Store(), Endpoint()
    newer = replace(GRANT, access_token="access-9", version=2)
    store.grant = newer

    assert keeper(store, endpoint).renewed("acc", 42, "access-1") is newer
    assert endpoint.refreshes == []


def test_of_many_workers_exactly_one_refreshes() -> None:
    store, workers = Store(), 12
    started = threading.Barrier(workers)
    gate = threading.Event()

    class Slow(Endpoint):
        def refresh(self, refresh_token: str) -> Grant:
            gate.wait(5)
            return super().refresh(refresh_token)

    endpoint = Slow()
    tokens: list[str] = []

    def sleep(seconds: float) -> None:
        gate.set()  # somebody waits for the refresh: let it come
        threading.Event().wait(0.02)

    def worker() -> None:
        subject = GrantKeeper(store, endpoint, clock=lambda: EXPIRED, notice_lost=lambda _: None, sleep=sleep)
        started.wait(5)
        tokens.append(subject.usable("acc", 42).access_token)

    threads = [threading.Thread(target=worker) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert tokens == ["access-2"] * workers
    assert endpoint.refreshes == ["refresh-1"]
