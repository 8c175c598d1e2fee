from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from referral_hubspot.storage import dynamo
from referral_hubspot.usecases.connection_ports import Leftover
from tests.storage.grants import GRANT, NOW, PORTAL, Counted, World, world
from tests.tables import CREDENTIALS

MINUTE = timedelta(minutes=1)


@pytest.fixture
def shared() -> Iterator[World]:
    with world() as shared:
        yield shared


@pytest.fixture
def left(shared: World) -> Leftover:
    """What a disconnect at NOW left behind."""
    shared.consent()
    shared.disconnect()
    return shared.cleanups().due(NOW)[0]


def test_a_disconnect_leaves_the_grant_to_be_given_back(shared: World, left: Leftover) -> None:
    assert left == Leftover(
        account_id="acc",
        portal_id=PORTAL,
        refresh_token="refresh-1",
        fingerprint=left.fingerprint,
        version=int(NOW.timestamp() * 1000),
        attempts=0,
        since=NOW,
    )
    assert left.fingerprint in shared.raw()
    assert "refresh-1" not in shared.raw() + repr(left)


def test_nothing_is_due_before_its_time(shared: World) -> None:
    assert shared.cleanups().park("acc", GRANT, NOW + 10 * MINUTE, NOW)

    assert shared.cleanups().due(NOW + 9 * MINUTE) == []
    assert [kept.since for kept in shared.cleanups().due(NOW + 10 * MINUTE)] == [NOW + 10 * MINUTE]


def test_one_worker_at_a_time_gives_it_back(shared: World, left: Leftover) -> None:
    assert shared.cleanups().take(left, NOW, NOW + 2 * MINUTE)

    assert not shared.cleanups().take(left, NOW + MINUTE, NOW + 3 * MINUTE)
    assert shared.cleanups().due(NOW + MINUTE) == []
    assert shared.cleanups().due(NOW + 2 * MINUTE) == [left]
    assert shared.cleanups().take(left, NOW + 2 * MINUTE, NOW + 4 * MINUTE)


def test_nothing_is_given_back_while_the_account_is_connected(shared: World) -> None:
    shared.consent()
    shared.cleanups().park("acc", GRANT, NOW, NOW)
    parked = shared.cleanups().due(NOW)[0]

    assert not shared.cleanups().take(parked, NOW, NOW + MINUTE)


def test_a_new_connection_cancels_it(shared: World, left: Leftover) -> None:
    shared.consent(now=NOW + MINUTE)

    assert shared.cleanups().due(NOW + 2 * MINUTE) == []
    assert shared.cleanups().of("acc", PORTAL) is None
    assert not shared.cleanups().take(left, NOW + 2 * MINUTE, NOW + 3 * MINUTE)


def test_a_new_connection_is_refused_while_the_old_grant_is_being_given_back(shared: World, left: Leftover) -> None:
    shared.cleanups().take(left, NOW, NOW + 2 * MINUTE)
    process = shared.process()

    assert list(dynamo.transact(shared.client, process.grant_writes("acc", GRANT, 0, NOW + MINUTE))) == [1]
    assert process.get("acc", PORTAL) is None

    shared.cleanups().finish(left)
    shared.consent(now=NOW + MINUTE)


def test_nothing_is_parked_over_what_is_being_given_back(shared: World, left: Leftover) -> None:
    other = replace(GRANT, refresh_token="refresh-2")
    shared.cleanups().take(left, NOW, NOW + 2 * MINUTE)

    assert not shared.cleanups().park("acc", other, NOW, NOW + MINUTE)
    assert shared.cleanups().park("acc", other, NOW, NOW + 2 * MINUTE)
    kept = shared.cleanups().of("acc", PORTAL)
    assert kept is not None
    assert kept.refresh_token == "refresh-2"


def test_what_is_finished_is_gone(shared: World, left: Leftover) -> None:
    shared.cleanups().finish(left)

    assert shared.client.scan(TableName=CREDENTIALS)["Items"] == []
    shared.cleanups().finish(left)  # and a second time it does not matter


def test_what_is_put_off_is_due_later_and_counted(shared: World, left: Leftover) -> None:
    shared.cleanups().take(left, NOW, NOW + 2 * MINUTE)

    shared.cleanups().put_off(left, NOW + 5 * MINUTE)

    assert shared.cleanups().due(NOW + 4 * MINUTE) == []
    assert shared.cleanups().due(NOW + 5 * MINUTE) == [replace(left, attempts=1)]


def test_a_worker_that_comes_late_does_not_touch_the_next_grant(shared: World, left: Leftover) -> None:
    shared.cleanups().park("acc", replace(GRANT, refresh_token="refresh-2"), NOW, NOW + MINUTE)
    kept = shared.cleanups().of("acc", PORTAL)

    shared.cleanups().put_off(left, NOW + 5 * MINUTE)
    shared.cleanups().finish(left)

    assert kept is not None
    assert shared.cleanups().of("acc", PORTAL) == kept


def test_fingerprints_are_told_without_opening_anything(
    shared: World, left: Leftover, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.cleanups().park("twin", GRANT, NOW, NOW)
    shared.cleanups().park("far", replace(GRANT, portal_id=43), NOW, NOW)
    kms = Counted(shared.kms)
    monkeypatch.setattr(shared, "kms", kms)

    assert shared.cleanups().fingerprints(PORTAL) == {"acc": left.fingerprint, "twin": left.fingerprint}
    assert kms.calls == []
