"""What is announced again out of the table has the ids that the stream gave it, and nobody is paid twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from referral_hubspot.domain.people import Entry, Happening, Person, Reason, State
from referral_hubspot.domain.settings import BindingState
from referral_hubspot.storage import dynamo, keys
from referral_hubspot.storage.told_rows import TOLD, ToldRowsTable
from tests.cloudformation import events
from tests.connecting import EU, World, new_world
from tests.functions.announcements.announcer import Announcer
from tests.functions.announcements.stream import LINK, NOW, Stream
from tests.functions.announcements.test_people import EVIDENCE
from tests.tables import CAMPAIGNS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as made:
        yield made


@pytest.fixture
def stream(world: World) -> Stream:
    return Stream(world.client)


def again(client: "DynamoDBClient", announcer: Announcer) -> list[tuple[str, str]]:
    """Type and id of everything that is announced again."""
    announcer.events.taken.clear()
    rows, after = ToldRowsTable(CAMPAIGNS, client).page("")
    assert not after
    assert announcer.hand([row.record for row in rows]) == []
    return sorted((one["type"], one["id"]) for one in announcer.events.taken)


def first(announcer: Announcer, stream: Stream) -> list[tuple[str, str]]:
    """Type and id of what the stream's last records announced."""
    assert announcer.hand(stream.records) == []
    newest = {one["subject"]: one["time"] for one in announcer.events.taken}
    return sorted((one["type"], one["id"]) for one in announcer.events.taken if one["time"] == newest[one["subject"]])


def qualified(stream: Stream, lead_id: str = "l1") -> Person:
    person = stream.put_new(lead_id, State.SENDING)
    person = stream.put(person, replace(person.became(State.SENT), record_id="20001", record_link=LINK))
    return stream.put(person, replace(person.became(State.QUALIFIED), evidence=EVIDENCE))


def test_every_lead_is_announced_as_it_stands_with_the_ids_it_had(
    world: World, announcer: Announcer, stream: Stream
) -> None:
    qualified(stream)
    stream.put_new("l2", State.HELD, Reason.SETUP)
    erased = stream.put_new("l3", State.SENDING)
    stream.put(erased, erased.erased(NOW))

    told = first(announcer, stream)

    assert [kind for kind, _ in told] == ["lead.changed.v1"] * 3 + ["referral.qualified.v1"]
    assert again(world.client, announcer) == told


def test_a_lead_that_was_noted_since_is_not_paid_twice(world: World, announcer: Announcer, stream: Stream) -> None:
    person = qualified(stream)
    paid = dict(first(announcer, stream))["referral.qualified.v1"]
    stream.put(person, person.noted(Entry(NOW, Happening.DIFFERENT_CONTENT)))

    assert dict(again(world.client, announcer))["referral.qualified.v1"] == paid


@pytest.mark.parametrize("lost", [False, True])
def test_a_connection_is_announced_as_it_stands(world: World, announcer: Announcer, stream: Stream, lost: bool) -> None:
    binding = keys.binding("acme", "spring")
    stream.watch(binding, lambda: world.consent(EU))
    if lost:
        writes = world.bindings.become(world.binding(), BindingState.LOST, "BAD_REFRESH_TOKEN")
        stream.watch(binding, lambda: dynamo.transact(world.client, writes))

    told = first(announcer, stream)

    assert [kind for kind, _ in told] == ["connection.lost.v1" if lost else "connection.established.v1"]
    assert again(world.client, announcer) == told


def test_a_connection_that_was_removed_is_announced_as_removed(
    world: World, announcer: Announcer, stream: Stream
) -> None:
    world.consent(EU)
    stream.watch(keys.binding("acme", "spring"), lambda: world.disconnect("acme", "spring", "disconnected"))

    told = first(announcer, stream)

    assert [kind for kind, _ in told] == ["connection.removed.v1"]
    assert again(world.client, announcer) == told


def test_a_row_says_when_it_changed_last(world: World, stream: Stream) -> None:
    person = stream.put_new("l1", State.SENDING)
    stream.put(person, person.became(State.SENT, Reason.NONE, Entry(NOW + timedelta(hours=1), Happening.CREATED)))

    [row], _ = ToldRowsTable(CAMPAIGNS, world.client).page("")

    assert row.changed_at == NOW + timedelta(hours=1)


def test_it_goes_on_where_it_stopped(world: World, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("referral_hubspot.storage.told_rows._READ", 2)
    for number in range(5):
        stream.put_new(f"l{number}", State.SENDING)
    table, found, after = ToldRowsTable(CAMPAIGNS, world.client), 0, ""

    while True:
        rows, after = table.page(after)
        found += len(rows)
        if not after:
            break

    assert found == 5


def test_the_rows_are_those_that_the_stream_announces() -> None:
    [(_, _, stream)] = events("DynamoDB")

    [pattern] = stream["FilterCriteria"]["Filters"]
    assert all(f'"{sk}"' in pattern["Pattern"] for sk in TOLD)
    assert pattern["Pattern"].count('", "') + 1 >= len(TOLD)
