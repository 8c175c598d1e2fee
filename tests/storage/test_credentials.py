import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from referral_hubspot.domain.connection import ConnectionChangedError
from referral_hubspot.domain.settings import BindingState
from referral_hubspot.storage import dynamo
from referral_hubspot.storage.bindings import BindingRepository
from referral_hubspot.storage.credentials import CredentialTable
from referral_hubspot.usecases.access import Grant, GrantKeeper, StoredGrant
from tests.storage.grants import GRANT, NOW, PORTAL, Counted, World, world
from tests.tables import CAMPAIGNS, CREDENTIALS, interrupted

REFRESHED = replace(GRANT, access_token="access-2")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shared() -> Iterator[World]:
    with world() as shared:
        yield shared


def stored(shared: World) -> StoredGrant:
    grant = shared.process().get("acc", PORTAL)
    assert grant is not None
    return grant


def states(shared: World, account_id: str = "acc", portal_id: int = PORTAL) -> dict[str, tuple[str, int]]:
    bindings = BindingRepository(CAMPAIGNS, shared.client).on_portal(account_id, portal_id)
    return {binding.campaign_id: (binding.state, binding.version) for binding in bindings}


def test_a_grant_comes_back_as_it_was_stored(shared: World) -> None:
    shared.consent()

    assert stored(shared) == StoredGrant(
        account_id="acc",
        portal_id=PORTAL,
        access_token="access-1",
        refresh_token="refresh-1",
        renew_at=NOW + timedelta(minutes=25),
        expires_at=NOW + timedelta(seconds=1795),
        scopes=GRANT.scopes,
        version=int(NOW.timestamp() * 1000),
    )


def test_nothing_is_stored_under_another_account_or_portal(shared: World) -> None:
    shared.consent()

    assert shared.process().get("other", PORTAL) is None
    assert shared.process().get("acc", 43) is None
    assert shared.process().version("other", PORTAL) == 0


def test_no_token_stands_readable_in_the_table_or_in_a_log(shared: World) -> None:
    shared.consent()
    shown = shared.raw() + repr(stored(shared))

    assert "access-1" not in shown
    assert "refresh-1" not in shown


def test_a_row_copied_to_another_account_does_not_open(shared: World) -> None:
    shared.consent()
    row: Any = dict(shared.client.scan(TableName=CREDENTIALS)["Items"][0])
    foreign: Any = {"pk": {"S": "A#thief#P#42"}, "account_id": {"S": "thief"}}
    shared.client.put_item(TableName=CREDENTIALS, Item=row | foreign)

    with pytest.raises(ClientError, match="InvalidCiphertext"):
        shared.process().get("thief", PORTAL)


def test_the_rows_own_end_is_not_dynamodbs_time_to_live(shared: World) -> None:
    shared.consent()

    assert "expires_at" not in shared.raw()


def test_a_warm_process_asks_neither_dynamodb_nor_kms(shared: World) -> None:
    shared.consent()
    client, kms = Counted(shared.client), Counted(shared.kms)
    process = shared.process(client, kms)
    process.get("acc", PORTAL)
    client.calls.clear()
    kms.calls.clear()

    process.get("acc", PORTAL)
    assert client.calls == kms.calls == []

    process.get("acc", PORTAL, fresh=True)
    assert (client.calls, kms.calls) == (["get_item"], [])  # the same version is opened once


def test_another_process_sees_a_newer_version_when_it_reads_afresh(shared: World) -> None:
    shared.consent()
    first, second = shared.process(), shared.process()
    seen = second.get("acc", PORTAL)
    newer = first.replace(stored(shared), REFRESHED, NOW)

    assert second.get("acc", PORTAL) == seen
    assert second.get("acc", PORTAL, fresh=True) == newer
    assert first.get("acc", PORTAL) == newer


def test_a_refresh_is_stored_over_the_version_it_was_made_from(shared: World) -> None:
    shared.consent()
    before = stored(shared)

    after = shared.process().replace(before, REFRESHED, NOW + 10 * MINUTE)

    assert after == replace(
        before,
        access_token="access-2",
        renew_at=before.renew_at + 10 * MINUTE,
        expires_at=before.expires_at + 10 * MINUTE,
        version=before.version + 1,
    )
    assert stored(shared) == after


def test_what_a_refresh_leaves_out_stays(shared: World) -> None:
    shared.consent()
    before = stored(shared)

    after = shared.process().replace(before, Grant("access-2", "", 1800, 0), NOW)

    assert after == replace(before, access_token="access-2", version=before.version + 1)


def test_the_loser_of_a_refresh_race_does_not_overwrite_the_winner(shared: World) -> None:
    shared.consent()
    seen = stored(shared)
    winner = shared.process().replace(seen, REFRESHED, NOW)

    assert shared.process().replace(seen, replace(GRANT, access_token="access-3"), NOW) is None
    assert stored(shared) == winner


def test_a_new_consent_replaces_what_is_stored_even_if_it_is_lost(shared: World) -> None:
    shared.consent()
    shared.process().mark_lost(stored(shared))
    before = stored(shared)

    shared.consent(grant=replace(GRANT, refresh_token="refresh-2"))

    assert (stored(shared).refresh_token, stored(shared).lost) == ("refresh-2", False)
    assert stored(shared).version == before.version + 1


def test_a_consent_over_another_version_than_it_saw_is_refused_by_its_first_write(shared: World) -> None:
    writes = shared.process().grant_writes("acc", GRANT, 0, NOW)
    shared.consent()

    assert list(dynamo.transact(shared.client, writes)) == [0]


def test_versions_never_come_up_again_after_a_disconnect(shared: World) -> None:
    shared.consent()
    first = stored(shared)
    shared.disconnect()

    shared.consent(grant=replace(GRANT, access_token="access-9"), now=NOW + MINUTE)

    assert stored(shared).version > first.version + 1


def test_a_process_forgets_a_grant_that_is_gone(shared: World) -> None:
    shared.consent()
    process = shared.process()
    process.get("acc", PORTAL)
    shared.disconnect()

    assert process.get("acc", PORTAL, fresh=True) is None
    assert process.get("acc", PORTAL) is None


# The lease


def test_one_worker_holds_the_lease_until_it_ends(shared: World) -> None:
    shared.consent()
    seen, until = stored(shared), NOW + timedelta(seconds=30)

    assert shared.process().take_lease(seen, NOW, until)
    assert not shared.process().take_lease(seen, NOW + timedelta(seconds=29), until)
    assert shared.process().take_lease(seen, until, until + timedelta(seconds=30))


def test_a_lease_can_be_given_back_early(shared: World) -> None:
    shared.consent()
    seen = stored(shared)
    shared.process().take_lease(seen, NOW, NOW + timedelta(seconds=30))

    shared.process().release_lease(seen, NOW + timedelta(seconds=2))

    assert not shared.process().take_lease(seen, NOW + timedelta(seconds=1), NOW + MINUTE)
    assert shared.process().take_lease(seen, NOW + timedelta(seconds=2), NOW + MINUTE)


def test_no_lease_is_given_on_what_is_replaced_lost_or_gone(shared: World) -> None:
    shared.consent()
    seen = stored(shared)
    newer = shared.process().replace(seen, REFRESHED, NOW)
    assert newer is not None
    assert not shared.process().take_lease(seen, NOW, NOW + MINUTE)

    shared.process().mark_lost(newer)
    assert not shared.process().take_lease(newer, NOW, NOW + MINUTE)

    shared.disconnect()
    assert not shared.process().take_lease(newer, NOW, NOW + MINUTE)


def test_a_late_release_does_not_touch_the_next_version(shared: World) -> None:
    shared.consent()
    seen = stored(shared)
    newer = shared.process().replace(seen, REFRESHED, NOW)
    assert newer is not None
    shared.process().take_lease(newer, NOW, NOW + MINUTE)

    shared.process().release_lease(seen, NOW)

    assert not shared.process().take_lease(newer, NOW, NOW + MINUTE)


# Losing a grant


def test_a_lost_grant_takes_all_bindings_of_its_account_on_the_portal_with_it(shared: World) -> None:
    shared.consent()
    shared.consent("other")
    for campaign_id in ("spring", "summer"):
        shared.bind(campaign_id)
    shared.bind("spring", "other")
    shared.bind("winter", portal_id=43)
    client = Counted(shared.client)

    assert shared.process(client).mark_lost(stored(shared))

    assert stored(shared).lost
    assert states(shared) == {"spring": ("lost", 2), "summer": ("lost", 2)}
    assert states(shared, "other") == {"spring": ("connected", 1)}
    assert states(shared, portal_id=43) == {"winter": ("connected", 1)}
    assert client.calls.count("transact_write_items") == 1
    row: Any = shared.client.get_item(TableName=CAMPAIGNS, Key={"pk": {"S": "A#acc#C#spring"}, "sk": {"S": "BINDING"}})
    assert row["Item"]["reason"] == {"S": "connection_lost"}


def test_a_process_that_lost_a_grant_knows_it_at_once(shared: World) -> None:
    shared.consent()
    process = shared.process()
    seen = process.get("acc", PORTAL)
    assert seen is not None

    process.mark_lost(seen)

    known = process.get("acc", PORTAL)
    assert known is not None
    assert known.lost


def test_a_refusal_of_an_older_version_loses_nothing(shared: World) -> None:
    shared.consent()
    shared.bind("spring")
    seen = stored(shared)
    newer = shared.process().replace(seen, REFRESHED, NOW)

    assert not shared.process().mark_lost(seen)

    assert stored(shared) == newer
    assert states(shared) == {"spring": ("connected", 1)}


def test_a_grant_is_lost_only_once(shared: World) -> None:
    shared.consent()
    shared.bind("spring")
    seen = stored(shared)
    shared.process().mark_lost(seen)

    assert not shared.process().mark_lost(seen)
    assert states(shared) == {"spring": ("lost", 2)}


def test_a_binding_that_goes_meanwhile_is_left_out(shared: World) -> None:
    shared.consent()
    shared.bind("spring")
    leaving = shared.bind("summer")

    def disconnect() -> None:
        dynamo.transact(shared.client, BindingRepository(CAMPAIGNS, shared.client).unbind(leaving, "disconnected"))

    assert shared.process(interrupted(shared.client, disconnect)).mark_lost(stored(shared))
    assert states(shared) == {"spring": ("lost", 2)}


def test_bindings_that_change_all_the_while_are_left_for_the_next_attempt(shared: World) -> None:
    shared.consent()
    shared.bind("spring")
    repository = BindingRepository(CAMPAIGNS, shared.client)

    def meddle() -> None:
        binding = repository.on_portal("acc", PORTAL)[0]
        dynamo.transact(shared.client, repository.become(binding, BindingState.CONNECTED, ""))

    with pytest.raises(ConnectionChangedError):
        shared.process(interrupted(shared.client, meddle, times=5)).mark_lost(stored(shared))

    assert not stored(shared).lost


def test_more_bindings_than_one_transaction_takes_are_lost_before_the_grant_is(shared: World) -> None:
    shared.consent()
    shared.bind_many(101)
    outdated = stored(shared)
    shared.process().replace(outdated, REFRESHED, NOW)

    assert not shared.process().mark_lost(outdated)
    assert set(states(shared).values()) == {("connected", 1)}

    client = Counted(shared.client)
    assert shared.process(client).mark_lost(stored(shared))
    assert set(states(shared).values()) == {("lost", 2)}
    assert client.calls.count("transact_write_items") == 2


# Leaving


def test_a_disconnect_moves_the_tokens_without_opening_them(shared: World) -> None:
    shared.consent()
    kms = Counted(shared.kms)

    writes = shared.process(kms=kms).retire_writes("acc", PORTAL, NOW)

    assert kms.calls == []
    assert not dynamo.transact(shared.client, writes)
    assert shared.process().get("acc", PORTAL) is None
    assert [leftover.refresh_token for leftover in shared.cleanups().due(NOW)] == ["refresh-1"]


def test_without_tokens_there_is_nothing_to_move(shared: World) -> None:
    assert shared.process().retire_writes("acc", PORTAL, NOW) == []


def test_a_grant_that_was_refreshed_meanwhile_is_not_moved(shared: World) -> None:
    shared.consent()
    writes = shared.process().retire_writes("acc", PORTAL, NOW)
    newer = shared.process().replace(stored(shared), REFRESHED, NOW)

    assert list(dynamo.transact(shared.client, writes)) == [0]
    assert stored(shared) == newer
    assert shared.cleanups().due(NOW) == []


def test_accounts_with_the_same_token_have_the_same_fingerprint(shared: World) -> None:
    shared.consent("acc")
    shared.consent("twin")
    shared.consent("other", replace(GRANT, refresh_token="refresh-9"))

    marks = shared.process().fingerprints(PORTAL, ["acc", "twin", "other", "nobody"])

    assert set(marks) == {"acc", "twin", "other"}
    assert marks["acc"] == marks["twin"] != marks["other"]
    assert "refresh" not in str(marks)


# All together


def test_of_many_processes_one_refreshes_a_grant_and_all_use_it(shared: World) -> None:
    shared.consent()
    lock, refreshes = threading.Lock(), []

    class OneAtATime(Counted):
        """moto is not made for threads."""

        def __getattr__(self, name: str) -> Any:
            call = super().__getattr__(name)
            if name == "exceptions":
                return call

            def alone(**request: Any) -> Any:
                with lock:
                    return call(**request)

            return alone

    class Endpoint:
        def refresh(self, refresh_token: str) -> Grant:
            refreshes.append(refresh_token)
            return REFRESHED

    expired, started, tokens = NOW + timedelta(minutes=31), threading.Barrier(6), []

    def sleep(seconds: float) -> None:
        time.sleep(seconds / 2)

    def worker(process: CredentialTable) -> None:
        keeper = GrantKeeper(process, Endpoint(), clock=lambda: expired, notice_lost=lambda _: None, sleep=sleep)
        started.wait(10)
        tokens.append(keeper.usable("acc", PORTAL).access_token)

    processes = [shared.process(OneAtATime(shared.client), OneAtATime(shared.kms)) for _ in range(6)]
    threads = [threading.Thread(target=worker, args=(process,)) for process in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert tokens == ["access-2"] * 6
    assert refreshes == ["refresh-1"]
