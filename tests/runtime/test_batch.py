"""A batch of messages: each is done, comes again later, or is moved away with its reason; none is lost."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from referral_hubspot.runtime.batch import Queue, _isolated, delays
from tests.functions.logs import logging
from tests.runtime.queues import ARRIVED, DEAD_LETTERS, QUEUE, FakeSqs, delivery, shout


@pytest.fixture
def sqs() -> FakeSqs:
    return FakeSqs()


@pytest.fixture
def queue(sqs: FakeSqs) -> Queue:
    return Queue(sqs.client, QUEUE, DEAD_LETTERS, [15, 30, 60])


def failures(reply: dict[str, list[dict[str, str]]]) -> list[str]:
    return [failure["itemIdentifier"] for failure in reply["batchItemFailures"]]


def test_a_batch_that_is_done_costs_no_further_call(queue: Queue, sqs: FakeSqs) -> None:
    batch = queue.read(delivery("a", "b"), shout)

    assert batch.contents == ["A", "B"]
    assert failures(batch.process(lambda _: ())) == []
    assert sqs.calls == 0


def test_a_reader_is_told_when_a_message_first_came(queue: Queue) -> None:
    def when(_body: str, arrived_at: datetime) -> datetime:
        return arrived_at

    assert queue.read(delivery("a"), when).contents == [ARRIVED]


def test_what_has_to_wait_is_named_by_its_own_message_whatever_was_moved_away_before_it(queue: Queue) -> None:
    batch = queue.read(delivery("bad1", "a", "bad2", "b", "c"), shout)

    assert batch.contents == ["A", "B", "C"]
    assert failures(batch.process(lambda _: {2, 0})) == ["m1", "m4"]


@pytest.mark.parametrize(("received", "delay_s"), [(1, 15), (2, 30), (3, 60), (4, 60), (49, 60)])
def test_what_has_to_wait_comes_again_later_each_time(queue: Queue, sqs: FakeSqs, received: int, delay_s: int) -> None:
    batch = queue.read(delivery("a", "b", received=received), shout)

    batch.process(lambda _: [1])

    assert sqs.hidden == {"r1": delay_s}


def test_many_that_have_to_wait_are_put_off_ten_at_a_time(queue: Queue, sqs: FakeSqs) -> None:
    batch = queue.read(delivery(*"x" * 25), shout)

    reply = batch.process(lambda _: range(25))

    assert len(failures(reply)) == len(sqs.hidden) == 25
    assert sqs.calls == 3


def test_what_nobody_can_read_is_moved_away_with_its_reason(queue: Queue, sqs: FakeSqs) -> None:
    batch = queue.read(delivery("bad1", "a", "bad2"), shout)

    assert sqs.moved == [("bad1", "bad1_said_so"), ("bad2", "bad2_said_so")]
    assert failures(batch.process(lambda _: ())) == []


def test_what_could_not_be_moved_away_stays_in_the_queue(queue: Queue, sqs: FakeSqs) -> None:
    sqs.full = {"bad1", "bad11"}

    batch = queue.read(delivery(*(f"bad{index}" for index in range(12)), "a"), shout)

    assert failures(batch.process(lambda _: ())) == ["m1", "m11"]
    assert sqs.hidden == {}, "its visibility is left as it is"
    assert len(sqs.moved) == 10


def test_big_messages_that_nobody_can_read_are_moved_in_calls_of_a_size_that_sqs_takes(
    queue: Queue, sqs: FakeSqs
) -> None:
    bodies = ["bad" + "x" * 100_000, "bad" + "ä" * 100_000, "bad!", "bad" + "x" * 1_000_000, "bad?"]

    queue.read(delivery(*bodies), shout)

    assert [body for body, _ in sqs.moved] == bodies


def test_one_log_line_tells_of_a_message_that_nobody_can_read_without_what_it_says(queue: Queue) -> None:
    with logging() as logged:
        queue.read(delivery("bad ada@example.com"), shout)

    [line] = logged.lines
    assert (line["level"], line["message"], line["message_id"]) == ("ERROR", "message_unreadable", "m0")
    assert "example.com" not in logged.text


def test_an_error_of_ours_is_not_taken_for_a_message_that_nobody_can_read(queue: Queue, sqs: FakeSqs) -> None:
    def broken(_body: str, _arrived_at: datetime) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        queue.read(delivery("a"), broken)

    assert sqs.moved == []


def test_delays_are_read_as_the_parameter_writes_them() -> None:
    assert delays("15,30,60") == [15, 30, 60]
    assert delays("1, 2") == [1, 2]


def test_a_message_that_breaks_the_code_breaks_it_for_itself_only() -> None:
    done: list[str] = []

    def work(contents: Sequence[str]) -> list[int]:
        if "poison" in contents:
            raise KeyError("ada@example.com")
        done.extend(contents)
        return []

    assert _isolated(["a", "b", "poison", "c", "d"], work) == {2}
    assert sorted(done) == ["a", "b", "c", "d"]


def test_what_the_halves_want_again_keeps_its_place() -> None:
    def work(contents: Sequence[str]) -> list[int]:
        if len(contents) > 1:
            raise ValueError
        return [0] if contents[0] in "bd" else []

    assert _isolated(["a", "b", "c", "d"], work) == {1, 3}


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (EndpointConnectionError(endpoint_url="x"), True),
        (ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem"), True),
        (ClientError({"Error": {"Code": "ValidationException"}}, "PutItem"), False),
    ],
)
def test_only_what_aws_will_never_take_is_halved(error: Exception, passes: bool) -> None:
    def work(contents: Sequence[str]) -> list[int]:
        raise error

    if passes:
        with pytest.raises(type(error)):
            _isolated(["a", "b"], work)
    else:
        assert _isolated(["a", "b"], work) == {0, 1}
