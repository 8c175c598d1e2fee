"""Reading a list in the order of joining, from either end: nobody who joined is missed, and nobody is read in vain."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral_hubspot.domain.join_order import following
from referral_hubspot.domain.syncs import Bookmark, Run, RunKind

START = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = 3
BOTH_ORDERS = pytest.mark.parametrize("newest_first", [False, True], ids=["oldest first", "newest first"])


@dataclass
class Reader:
    """A list as HubSpot shows it, and a sync that reads it again and again."""

    newest_first: bool
    members: dict[int, datetime] = field(default_factory=dict)
    """When each joined, by a number that rises with each joining."""
    known: set[int] = field(default_factory=set)
    bookmark: Bookmark = field(default_factory=Bookmark)
    instant: datetime = START
    pages: int = 0
    last: int = 0

    def join(self, count: int) -> None:
        """Some join, all in one instant."""
        self.instant += timedelta(milliseconds=1)
        for _ in range(count):
            self.last += 1
            self.members[self.last] = self.instant

    def leave(self, numbers: Sequence[int]) -> None:
        """Those at these places leave, as far as there are such."""
        there = sorted(self.members)
        for number in {there[number % len(there)] for number in numbers} if there else ():
            del self.members[number]

    def run(self, joining_meanwhile: Sequence[int] = ()) -> None:
        """One run; before each of its pages but the first some join."""
        after = self.bookmark.tail if self.bookmark.newest is None else ""
        run = Run("r", RunKind.NEWCOMERS, START, after=after)
        arriving = list(joining_meanwhile)
        self.pages = 0
        while run.reading:
            if self.pages and arriving:
                self.join(arriving.pop(0))
            numbers, token = self._page(run.after)
            new = set(numbers) - self.known
            self.known |= new
            joined = [self.members[number] for number in numbers]
            run, self.bookmark = following(run, self.bookmark, token, joined, anybody_new=bool(new))
            self.pages += 1
            assert self.pages < 500, "the run does not end"

    def _page(self, after: str) -> tuple[list[int], str]:
        order = sorted(self.members, reverse=self.newest_first)
        if after:
            order = [one for one in order if (one < int(after) if self.newest_first else one > int(after))]
        page = order[:PAGE]
        return page, str(page[-1]) if len(order) > PAGE else ""

    @property
    def missed(self) -> set[int]:
        """Who is on the list and was not found."""
        return self.members.keys() - self.known


batches = st.lists(st.integers(1, 8), max_size=4)
rounds = st.lists(st.tuples(batches, st.lists(st.integers(0, 50), max_size=6), batches), min_size=1, max_size=6)


@given(newest_first=st.booleans(), initial=batches, later=rounds)
def test_whoever_joined_before_a_run_is_found_by_it(
    newest_first: bool, initial: list[int], later: list[tuple[list[int], list[int], list[int]]]
) -> None:
    reader = Reader(newest_first)
    for batch in initial:
        reader.join(batch)
    reader.run()
    assert reader.missed == set()
    for joining, leaving, meanwhile in later:
        reader.leave(leaving)
        for batch in joining:
            reader.join(batch)
        before = set(reader.members)
        reader.run(meanwhile)
        assert reader.missed & before == set()
    reader.run()
    assert reader.missed == set()


@given(newest_first=st.booleans(), initial=batches, later=rounds)
def test_nothing_new_takes_two_pages_at_the_most(
    newest_first: bool, initial: list[int], later: list[tuple[list[int], list[int], list[int]]]
) -> None:
    reader = Reader(newest_first)
    for batch in initial:
        reader.join(batch)
    reader.run()
    for joining, _, meanwhile in later:
        for batch in joining:
            reader.join(batch)
        reader.run(meanwhile)
        reader.run()
        reader.run()
        assert reader.pages <= 2


@BOTH_ORDERS
@pytest.mark.parametrize("members", [1, PAGE, PAGE * 4, PAGE * 4 + 1])
def test_of_many_who_joined_in_one_instant_those_who_come_next_are_found_at_once(
    newest_first: bool, members: int
) -> None:
    reader = Reader(newest_first)
    reader.join(members)
    reader.run()
    reader.run()
    assert reader.pages <= 2
    reader.join(2)
    reader.run()
    assert reader.missed == set()
    reader.join(1)
    reader.run()
    assert reader.missed == set()
    assert reader.pages <= 3


@BOTH_ORDERS
def test_a_usual_list_takes_one_page_while_nobody_joins(newest_first: bool) -> None:
    reader = Reader(newest_first)
    for _ in range(10):
        reader.join(1)
    reader.run()
    reader.run()
    assert reader.pages == 1


def test_an_empty_page_changes_nothing() -> None:
    run, bookmark = Run("r", RunKind.NEWCOMERS, START, after="t"), Bookmark(tail="t")

    assert following(run, bookmark, "", [], anybody_new=False) == (replace(run, after="", reading=False), bookmark)


def test_a_member_that_can_never_be_read_keeps_no_run_going() -> None:
    reader = Reader(newest_first=True)
    for _ in range(8):
        reader.join(1)
    reader.run()
    for _ in range(3):
        reader.known.discard(reader.last)  # it stays new each time
        reader.run()
        assert reader.pages <= 2
