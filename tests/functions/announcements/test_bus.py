"""What becomes of announcements that the bus does not take."""

import pytest

from referral_hubspot.domain.people import State
from tests.functions.announcements.announcer import Announcer
from tests.functions.announcements.stream import Stream
from tests.functions.logs import Counted, Logged


def leads(stream: Stream, number: int) -> list[str]:
    for index in range(number):
        stream.put_new(f"l{index:02d}", State.SENDING)
    return [record["dynamodb"]["SequenceNumber"] for record in stream.records]


def announced(announcer: Announcer) -> list[str]:
    return [one["data"]["lead_id"] for one in announcer.events.taken]


def test_the_stream_comes_again_from_the_first_that_was_throttled(announcer: Announcer, stream: Stream) -> None:
    numbers = leads(stream, 25)
    announcer.events.refuse = {f"acme/spring/lead/l{index}": "ThrottlingException" for index in (13, 15)}

    again = announcer.hand(stream.records)

    assert again == [numbers[13]]
    assert announcer.queue.sent == []
    assert "l20" not in announced(announcer), "what comes after waits for its turn"


def test_what_comes_again_is_announced_to_the_end(announcer: Announcer, stream: Stream) -> None:
    numbers = leads(stream, 25)
    announcer.events.refuse = {"acme/spring/lead/l13": "InternalFailure"}
    [first] = announcer.hand(stream.records)
    announcer.events.refuse = {}

    assert announcer.hand(stream.records[numbers.index(first) :]) == []

    assert set(announced(announcer)) == {f"l{index:02d}" for index in range(25)}


def test_what_is_refused_for_good_goes_to_the_dead_letters_and_stops_no_other(
    announcer: Announcer, stream: Stream, logged: Logged, counted: Counted
) -> None:
    leads(stream, 12)
    announcer.events.refuse = {"acme/spring/lead/l03": "MalformedDetail"}

    again = announcer.hand(stream.records)

    [(address, announcement, reason)] = announcer.queue.sent
    assert again == []
    assert (address, announcement["data"]["lead_id"], reason) == ("dead-letters", "l03", "MalformedDetail")
    assert len(announcer.events.taken) == 11
    [line] = logged.of("announcement_refused")
    assert (line["level"], line["announcement_id"]) == ("ERROR", announcement["id"])
    assert counted.sums() == {"Announced": 11, "AnnouncementRefused": 1}


def test_one_refused_for_good_does_not_hide_one_that_was_throttled(announcer: Announcer, stream: Stream) -> None:
    numbers = leads(stream, 3)
    announcer.events.refuse = {
        "acme/spring/lead/l00": "MalformedDetail",
        "acme/spring/lead/l02": "ThrottlingException",
    }

    assert announcer.hand(stream.records) == [numbers[2]]

    assert [reason for _, _, reason in announcer.queue.sent] == ["MalformedDetail"]


def test_what_cannot_even_be_put_aside_comes_again(announcer: Announcer, stream: Stream) -> None:
    leads(stream, 1)
    announcer.events.refuse = {"lead.changed.v1": "MalformedDetail"}
    announcer.queue.fault = ConnectionError()

    with pytest.raises(ConnectionError):
        announcer.hand(stream.records)


def test_a_record_that_nobody_can_read_fails_so_that_lambda_bisects_it_out(
    announcer: Announcer, stream: Stream
) -> None:
    leads(stream, 2)
    del stream.records[1]["dynamodb"]["NewImage"]["state"]

    with pytest.raises(KeyError):
        announcer.hand(stream.records)

    assert announcer.hand(stream.records[:1]) == []


def test_a_batch_with_nothing_to_tell_calls_nobody(announcer: Announcer, stream: Stream) -> None:
    leads(stream, 1)
    removed = {**stream.records[0], "eventName": "REMOVE"}
    removed["dynamodb"] = {name: value for name, value in removed["dynamodb"].items() if name != "NewImage"}

    assert announcer.hand([removed]) == []

    assert announcer.events.entries == []
