"""Carry out what admins answered, a slice at a time."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, State
from referral_hubspot.domain.questions import Code, Remembered
from referral_hubspot.domain.settings import SIDES, CampaignState, Duplicates, Side
from referral_hubspot.usecases.apart import Apart
from referral_hubspot.usecases.people import Change, People, Standing
from referral_hubspot.usecases.ports import CampaignStates
from referral_hubspot.usecases.questions import STOOD, QuestionStore
from referral_hubspot.usecases.send_people import SendPeople, one_per_address
from referral_hubspot.usecases.store_people import store

Campaign = tuple[str, str]

_SLICE = 100  # one HubSpot batch
_BEGAN = frozenset({Happening.NOT_SENT, Happening.EXPIRED, Happening.KNOWN})
"""What put somebody where an answer found them."""


class StandingPeople(People, Protocol):
    """People by where they stand; see `storage.people`."""

    def standing(
        self, account_id: str, campaign_id: str, side: Side, state: State, *, before: str = "", limit: int = 0
    ) -> list[Standing]:
        """People of a campaign in a state, newest first, behind the position `before`."""
        ...


class PastChanges(Protocol):
    """What changed in HubSpot before a rule was new; see `usecases.read_back`."""

    def qualify_changed(self, account_id: str, campaign_id: str, time_left: Callable[[], bool]) -> bool:
        """Qualify who changed to the rule's value after joining; False when some are left."""
        ...


class CarryOut:
    """Works on answers until each is done; whoever dies in between, the next sweep goes on."""

    def __init__(
        self,
        store: QuestionStore,
        people: StandingPeople,
        campaigns: CampaignStates,
        send_people: SendPeople,
        past: PastChanges,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._people = people
        self._campaigns = campaigns
        self._send_people = send_people
        self._past = past
        self._clock = clock

    def everyone(self, time_left: Callable[[], bool], apart: Apart) -> None:
        """Every answer that is due."""
        for campaign in self._store.due():
            apart.run(partial(self.campaign, campaign, time_left), None)

    def campaign(self, campaign: Campaign, time_left: Callable[[], bool]) -> None:
        """The answers of one campaign."""
        state = self._campaigns.load([campaign])[campaign]
        for answer in (one for side in SIDES for one in self._store.load([campaign], side=side).values()):
            if answer.due and self._done(answer, state, time_left):
                # Answered once more meanwhile, it is due once more.
                self._store.store(replace(answer, due=False))

    def _done(self, answer: Remembered, state: CampaignState, time_left: Callable[[], bool]) -> bool:
        if not state.served:
            return True
        if answer.code is Code.CHANGED:
            asked = answer.rule == state.leads.rule
            return not asked or self._past.qualify_changed(
                *answer.campaign, lambda: time_left() and self._stands(answer)
            )
        if answer.code is Code.DUPLICATES and state.settings(answer.side).duplicates is not Duplicates.UPDATE:
            return True  # they would be stopped again
        return self._reopened(answer, time_left)

    def _reopened(self, answer: Remembered, time_left: Callable[[], bool]) -> bool:
        """Whether everyone whom the answer was about goes on; who takes the answer back stops it at the next slice."""
        position, sending = "", True
        while page := self._people.standing(
            *answer.campaign, answer.side, STOOD[answer.code], before=position, limit=_SLICE
        ):
            if not time_left() or not self._stands(answer):
                return False
            position = page[-1].position
            waiting = self._reopen([one.key for one in page], answer)
            # Once stopped, the others wait for the release: HubSpot would be asked in vain for each slice.
            sending = sending and not any(outcome.stopped for outcome in self._send_people.send(waiting))
        return True

    def _stands(self, answer: Remembered) -> bool:
        """Whether nobody answered otherwise meanwhile."""
        now = self._store.load([answer.campaign], [answer.code], side=answer.side)
        return now[answer.campaign, answer.code] == answer

    def _reopen(self, keys: Sequence[PersonKey], answer: Remembered) -> list[Person]:
        """Let people wait as if they had just joined; who does so now."""
        people = [person for person in self._people.load(keys).values() if _is_meant(person, answer)]
        going: list[Person] = []
        while people:
            now = self._clock()
            some, people = one_per_address(people)
            entry = Entry(now, Happening.REOPENED, {"question": str(answer.code)})
            # Another lead may have come with the same address since, and keeps the credit then.
            changes = [Change(person, person.reopened(entry), claims=True) for person in some]
            going += store(self._people, changes, now).people.values()
        return [person for person in going if person.state is State.HELD]


def _is_meant(person: Person, answer: Remembered) -> bool:
    """Whether the person stood there when the answer was given; a later answer put others there."""
    began = next((entry.at for entry in reversed(person.timeline) if entry.what in _BEGAN), None)
    asked = answer.answered_at is not None and began is not None and began <= answer.answered_at
    return person.state is STOOD[answer.code] and asked
