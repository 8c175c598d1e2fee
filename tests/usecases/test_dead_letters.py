"""Dead letters: looked at, moved back, dropped; every letter is met once, however often it comes back."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.domain.dead_letters import Letter
from referral_hubspot.usecases.command import CommandRefusedError
from referral_hubspot.usecases.dead_letters import Chosen, DeadLetters, DeadQueue

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


def letter(name: str, reason: str = "", sent_at: datetime = NOW - timedelta(hours=2)) -> Letter:
    body = f'{{"type": "lead.joined.v1", "data": {{"lead_id": "{name}", "email": "{name}@example.com"}}}}'
    return Letter(name, sent_at, body, {"reason": reason} if reason else {})


class FakeBox:
    """A queue; `taken` are those that nobody else sees at the moment."""

    def __init__(self, *letters: Letter) -> None:
        self.letters = list(letters)
        self.taken: set[str] = set()

    @property
    def ids(self) -> set[str]:
        """Who can be seen."""
        return {one.id for one in self._visible()}

    def count(self) -> int:
        return len(self.letters)

    def take(self) -> Sequence[Letter]:
        found = self._visible()[:10]
        self.taken |= {one.id for one in found}
        return found

    def put_back(self, letters: Collection[Letter]) -> None:
        self.taken -= {one.id for one in letters}

    def remove(self, letters: Collection[Letter]) -> None:
        gone = {one.id for one in letters}
        self.letters = [one for one in self.letters if one.id not in gone]
        self.taken -= gone

    def _visible(self) -> list[Letter]:
        return [one for one in self.letters if one.id not in self.taken]


class FakeWay:
    """Takes letters, and does with each what it is told to."""

    def __init__(self, on: Callable[[Letter], object] = lambda _: None, refuse: Collection[str] = ()) -> None:
        self.sent: list[str] = []
        self._on = on
        self._refuse = refuse

    def send(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        for one in letters:
            self.sent.append(one.id)
            self._on(one)
        return [one for one in letters if one.id not in self._refuse]


def always() -> bool:
    return True


def letters_of(box: FakeBox, way: FakeWay | None = None) -> DeadLetters:
    queues = {"lead": DeadQueue(box, way, "Mend it."), "sweep": DeadQueue(FakeBox(letter("s1")), advice="Drop it.")}
    return DeadLetters(queues, lambda: NOW)


def test_a_list_tells_how_many_how_old_and_why_and_nothing_of_a_person() -> None:
    box = FakeBox(letter("l1", "not_json"), letter("l2", "not_json", NOW - timedelta(hours=5)), letter("l3"))

    lines = letters_of(box, FakeWay()).listed(Chosen(), always)

    assert lines == [
        "lead: 3, the oldest is 5:00:00 old",
        "  2 x not_json",
        "  1 x failed",
        "  l2  2026-11-25 05:00:00Z  not_json  type=lead.joined.v1 lead_id=l2",
        "  l1  2026-11-25 08:00:00Z  not_json  type=lead.joined.v1 lead_id=l1",
        "  l3  2026-11-25 08:00:00Z  failed  type=lead.joined.v1 lead_id=l3",
        "sweep: 1, the oldest is 2:00:00 old",
        "  1 x failed",
        "  s1  2026-11-25 08:00:00Z  failed  type=lead.joined.v1 lead_id=s1",
    ]
    assert box.ids == {"l1", "l2", "l3"}, "who only looks takes nothing away"


def test_a_long_list_is_cut_and_an_endless_one_is_not_read_to_its_end() -> None:
    box = FakeBox(*(letter(f"l{n}") for n in range(1_200)))

    lines = letters_of(box, FakeWay()).listed(Chosen("lead"), always)

    assert lines[0] == "lead: 1000 looked at of 1200, the oldest is 2:00:00 old"
    assert lines[-1] == "  and 980 more"
    assert len(box.ids) == 1_200


def test_an_empty_queue_says_so() -> None:
    assert letters_of(FakeBox()).listed(Chosen("lead"), always) == ["lead: none"]


def test_all_letters_of_a_queue_are_moved_back() -> None:
    box, way = FakeBox(*(letter(f"l{n}") for n in range(25))), FakeWay()

    lines = letters_of(box, way).replay(Chosen("lead"), always)

    assert lines == ["lead: 25 moved back, 0 left as they are."]
    assert (len(way.sent), box.letters) == (25, [])


@pytest.mark.parametrize("chosen", [Chosen("lead", reason="not_json"), Chosen("lead", id="l1")])
def test_a_reason_or_an_id_chooses_and_the_others_stay(chosen: Chosen) -> None:
    box, way = FakeBox(letter("l1", "not_json"), letter("l2")), FakeWay()

    letters_of(box, way).replay(chosen, always)

    assert (way.sent, box.ids) == (["l1"], {"l2"})


def test_a_letter_that_comes_back_at_once_is_not_moved_for_ever() -> None:
    box = FakeBox(letter("l1"))

    def come_back(one: Letter) -> None:
        assert len(box.letters) < 10
        box.letters.append(letter(f"{one.id}-again", sent_at=NOW + timedelta(seconds=1)))

    way = FakeWay(on=come_back)

    lines = letters_of(box, way).replay(Chosen("lead"), always)

    assert (way.sent, box.ids) == (["l1"], {"l1-again"})
    assert lines == ["lead: 1 moved back, 1 left as they are."]


def test_a_letter_is_sent_before_it_is_removed() -> None:
    box = FakeBox(letter("l1"), letter("l2"))

    def die(_: Letter) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        letters_of(box, FakeWay(on=die)).replay(Chosen("lead"), always)

    assert {one.id for one in box.letters} == {"l1", "l2"}


def test_what_is_not_taken_stays_with_the_advice() -> None:
    box = FakeBox(letter("l1"), letter("l2"))

    lines = letters_of(box, FakeWay(refuse={"l2"})).replay(Chosen("lead"), always)

    assert box.ids == {"l2"}
    assert lines == ["lead: 1 moved back, 0 left as they are.", "1 could not be moved back. Mend it."]


def test_without_time_left_it_says_that_there_is_more() -> None:
    box = FakeBox(*(letter(f"l{n}") for n in range(25)))
    answers = iter([True, False])

    lines = letters_of(box, FakeWay()).replay(Chosen("lead"), lambda: next(answers))

    assert lines[-1] == "The time was up before all were looked at: run it again."
    assert len(box.ids) == 15


def test_dropping_removes_for_good_what_was_named() -> None:
    box = FakeBox(letter("l1", "not_json"), letter("l2"))

    assert letters_of(box).drop(Chosen("lead", reason="not_json"), always) == ["lead: 1 dropped, 1 left as they are."]

    assert box.ids == {"l2"}


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (Chosen(), "No QUEUE was given, so nothing was changed. Dead letters: lead (2), sweep (1)."),
        (Chosen("leads"), "There is no queue 'leads', so nothing was changed. Dead letters: lead (2), sweep (1)."),
        (Chosen("sweep"), "Nothing was moved. Drop it."),
        (Chosen("lead", reason="tired"), "No dead letter of lead with reason tired, so nothing was moved back."),
    ],
)
def test_a_replay_without_or_with_a_wrong_choice_changes_nothing_and_says_what_exists(
    chosen: Chosen, said: str
) -> None:
    box, way = FakeBox(letter("l1", "not_json"), letter("l2")), FakeWay()

    with pytest.raises(CommandRefusedError) as refused:
        letters_of(box, way).replay(chosen, always)

    assert refused.value.lines[0] == said
    assert (way.sent, box.ids) == ([], {"l1", "l2"})


def test_nothing_is_dropped_unless_it_is_said_which() -> None:
    box = FakeBox(letter("l1", "not_json"))

    with pytest.raises(CommandRefusedError) as refused:
        letters_of(box).drop(Chosen("lead"), always)

    assert refused.value.lines[0] == "Nothing was dropped: say which, by REASON=… or ID=…."
    assert "  1 x not_json" in refused.value.lines
    assert box.ids == {"l1"}
