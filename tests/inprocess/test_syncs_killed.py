"""Workers of syncs are killed, and the list changes between two of them: nobody is lost, and nobody asked for twice."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from referral_hubspot.domain.syncs import Status
from tests.inprocess.syncs import (
    a_list,
    change_contact,
    change_list,
    delete_contact,
    enrolment_ids,
    linked,
    merge,
    next_run,
    runs,
    seed,
)
from tests.syncing import Syncing
from tests.world import World

BLANK = 30


class Changes:
    """What people do in HubSpot between two workers; `members` are on the list, those in `blank` without an address."""

    def __init__(self, world: World, chance: random.Random, size: int) -> None:
        self._world = world
        self._chance = chance
        self._new = 50_000
        self._left: list[str] = []
        members = seed(world, size - BLANK)
        self.blank = seed(world, BLANK, 9_000, email="")
        self.members = {*members, *self.blank}
        self.list_id = a_list(world, [*members[:400], *self.blank, *members[400:]])

    def happen(self) -> None:
        """Some leave, some join again, some are new, two are merged, one is deleted, one gets an address."""
        world = self._world
        leaving = self._chance.sample(sorted(self.members - set(self.blank)), 12)
        joining = [one for one in self._left if self._chance.random() < 0.8]
        new = seed(world, 7, self._new)
        self._new += len(new)
        change_list(world, self.list_id, remove=leaving, add=[*joining, *new])
        self._left = [one for one in self._left if one not in joining] + leaving
        self.members = self.members - set(leaving) | {*joining, *new}
        primary, other, deleted = self._chance.sample(sorted(self.members - {*new, *self.blank}), 3)
        survivor = merge(world, primary, other)
        delete_contact(world, deleted)
        self.members = self.members - {primary, other, deleted} | {survivor}
        change_contact(world, self.blank[-1], email=f"late-{self.blank.pop()}@example.com")


@pytest.mark.no_cover  # thousands of times the same lines, which others cover
@pytest.mark.parametrize(
    ("newest_first", "members"), [(False, 5_000), (True, 900)], ids=["oldest first", "newest first"]
)
def test_a_list_is_enrolled_although_its_workers_die_and_it_changes_meanwhile(
    here: Syncing, newest_first: bool, members: int
) -> None:
    chance = random.Random(4)
    here.world.sim("switches", {"join_order_newest_first": newest_first})
    changes = Changes(here.world, chance, members)
    here.start(here.plan(changes.list_id, 15))

    deaths: Counter[str] = Counter()
    wanted_deaths = {"sync": 10, "returns": 5, "answers": 6}
    while here.jobs and any(deaths[kind] < count for kind, count in wanted_deaths.items()):
        kind = here.next()
        if deaths[kind] == wanted_deaths[kind]:
            here.step()
        elif here.kill(chance.randrange(20 if kind == "sync" else 12), after=chance.random() < 0.5):
            deaths[kind] += 1
            if kind == "sync":
                changes.happen()
        if deaths["answers"] == wanted_deaths["answers"]:
            here.answers()
        elif here.kill_answering(chance.randrange(16), after=chance.random() < 0.5):
            deaths["answers"] += 1
    here.settle()
    next_run(here)
    next_run(here, after=timedelta(days=1))

    assert deaths == wanted_deaths
    asked = Counter(here.platform.asked)
    assert max(asked.values()) == 1
    wanted = changes.members - set(changes.blank)
    assert set(enrolment_ids(wanted)) <= asked.keys()
    assert wanted - linked(here.world, wanted) == set()
    assert (here.sync().status, here.sync().run) == (Status.ACTIVE, None)
    for past in runs(here):
        assert past.counts.asked == past.joined + past.declined + past.unanswered
    assert sum(past.counts.asked for past in runs(here)) == sum(past.joined for past in runs(here)) == len(asked)
    assert sum(past.counts.without_email for past in runs(here)) >= len(changes.blank)
