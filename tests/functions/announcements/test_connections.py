"""What changes of a campaign's connection are announced as."""

from collections.abc import Iterator

import pytest

from referral_hubspot.domain.settings import BindingState
from referral_hubspot.storage import dynamo, keys
from referral_hubspot.usecases.connect_outcomes import OtherAccount
from tests.connecting import EU, US, World, new_world
from tests.functions.announcements.announcer import Announcer
from tests.functions.announcements.stream import Stream

BINDING = keys.binding("acme", "spring")


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as made:
        yield made


@pytest.fixture
def stream(world: World) -> Stream:
    return Stream(world.client)


def told(announcer: Announcer, stream: Stream) -> list[tuple[str, int, str]]:
    assert announcer.hand(stream.records) == []
    return [(one["type"], one["data"]["hubspot_account_id"], one["data"]["reason"]) for one in announcer.events.taken]


def lose(world: World) -> None:
    writes = world.bindings.become(world.binding(), BindingState.LOST, "BAD_REFRESH_TOKEN")
    assert not dynamo.transact(world.client, writes)


def test_a_campaign_that_is_connected_is_told_with_the_accounts_name(
    announcer: Announcer, stream: Stream, world: World
) -> None:
    stream.watch(BINDING, lambda: world.consent(EU))

    assert told(announcer, stream) == [("connection.established.v1", EU, "")]
    assert announcer.events.taken[0]["data"] == {
        "account_id": "acme",
        "campaign_id": "spring",
        "hubspot_account_id": EU,
        "hubspot_account_name": "Acme EU",
        "reason": "",
    }


def test_a_lost_connection_says_why_and_a_new_consent_ends_it(
    announcer: Announcer, stream: Stream, world: World
) -> None:
    world.consent(EU)
    stream.watch(BINDING, lambda: lose(world))
    stream.watch(BINDING, lambda: world.consent(EU))

    assert told(announcer, stream) == [
        ("connection.lost.v1", EU, "BAD_REFRESH_TOKEN"),
        ("connection.established.v1", EU, ""),
    ]


def test_a_disconnected_campaign_is_told_once_and_can_be_connected_again(
    announcer: Announcer, stream: Stream, world: World
) -> None:
    world.consent(EU)
    stream.watch(BINDING, lambda: world.disconnect("acme", "spring", "disconnected"))
    stream.watch(BINDING, lambda: world.disconnect("acme", "spring", "disconnected"))
    stream.watch(BINDING, lambda: world.consent(EU))

    assert told(announcer, stream) == [
        ("connection.removed.v1", EU, "disconnected"),
        ("connection.established.v1", EU, ""),
    ]


def test_a_switch_is_a_removal_and_a_new_connection(announcer: Announcer, stream: Stream, world: World) -> None:
    world.consent(EU)

    def switch() -> None:
        state, browser = world.leave_for_hubspot()
        question = world.connect.finish(state=state, browser=browser, code=world.hubspot.consent(US))
        assert isinstance(question, OtherAccount)
        world.connect.switch(secret=question.secret, browser=browser)

    stream.watch(BINDING, switch)

    assert told(announcer, stream) == [("connection.removed.v1", EU, ""), ("connection.established.v1", US, "")]


def test_consent_that_changes_nothing_is_announced_to_nobody(
    announcer: Announcer, stream: Stream, world: World
) -> None:
    world.consent(EU)
    stream.watch(BINDING, lambda: world.consent(EU))

    assert told(announcer, stream) == []


def test_each_step_of_a_connection_has_an_id_of_its_own_that_stays(
    announcer: Announcer, stream: Stream, world: World
) -> None:
    stream.watch(BINDING, lambda: world.consent(EU))
    stream.watch(BINDING, lambda: world.disconnect("acme", "spring", "disconnected"))
    stream.watch(BINDING, lambda: world.consent(EU))

    told(announcer, stream)
    told(announcer, stream)

    ids = [one["id"] for one in announcer.events.taken]
    assert ids[:3] == ids[3:]
    assert len(set(ids)) == 3
