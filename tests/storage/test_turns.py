"""Turns at writing return fields: one worker at a time, and always a message on its way while somebody asked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.storage.turns import TurnTable
from tests.tables import CAMPAIGNS, local_tables

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
PLACE = ("acme", "spring")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def turns() -> Iterator[TurnTable]:
    with local_tables() as client:
        yield TurnTable(CAMPAIGNS, client)


def test_a_message_is_asked_for_once(turns: TurnTable) -> None:
    assert turns.ask(*PLACE, after(5), NOW)
    assert not turns.ask(*PLACE, after(5), NOW)
    assert not turns.ask(*PLACE, after(7), after(2))
    assert turns.ask("acme", "autumn", after(5), NOW)


def test_a_worker_that_took_its_turn_by_the_message_lets_the_next_one_be_asked_for(turns: TurnTable) -> None:
    turns.ask(*PLACE, after(5), NOW)

    assert turns.take(*PLACE, after(5), after(40))
    assert turns.ask(*PLACE, after(10), after(5))


def test_a_worker_that_took_its_turn_by_another_message_leaves_the_one_on_its_way(turns: TurnTable) -> None:
    turns.ask(*PLACE, after(900), NOW)

    assert turns.take(*PLACE, after(30), after(65))
    assert not turns.ask(*PLACE, after(930), after(30))


def test_a_message_that_comes_sooner_is_asked_for_beside_one_that_comes_late(turns: TurnTable) -> None:
    turns.ask(*PLACE, after(900), NOW)

    assert turns.ask(*PLACE, after(15), after(10))
    assert not turns.ask(*PLACE, after(900), after(10))


def test_a_message_that_did_not_come_is_taken_for_lost_after_a_minute(turns: TurnTable) -> None:
    turns.ask(*PLACE, after(5), NOW)

    assert not turns.ask(*PLACE, after(65), after(60))
    assert turns.ask(*PLACE, after(75), after(70))


def test_one_worker_has_the_turn_until_it_gives_it_back_or_its_time_is_up(turns: TurnTable) -> None:
    assert turns.take(*PLACE, NOW, after(35))
    assert not turns.take(*PLACE, after(30), after(65))
    assert turns.take(*PLACE, after(36), after(71))
    turns.give_back(*PLACE)
    assert turns.take(*PLACE, after(37), after(72))


def test_a_message_in_place_of_a_spent_one_is_expected_like_any_other(turns: TurnTable) -> None:
    turns.take(*PLACE, NOW, after(35))
    turns.expect(*PLACE, after(10))

    assert not turns.ask(*PLACE, after(12), after(7))
