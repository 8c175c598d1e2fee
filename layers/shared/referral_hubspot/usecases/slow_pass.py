"""Go through a campaign's pending leads, the newest first, and look at their records again."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from referral_hubspot.domain.errors import PermanentError, RequestRefusedError, RetryableError
from referral_hubspot.domain.people import Person, PersonKey, State
from referral_hubspot.domain.qualification import PropertyChange, Seen
from referral_hubspot.domain.reading import Place
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import Side
from referral_hubspot.usecases.look_back import HISTORIES_PER_CALL, LookBack, in_calls
from referral_hubspot.usecases.people import Standing
from referral_hubspot.usecases.ports import Crm
from referral_hubspot.usecases.qualify import Qualify
from referral_hubspot.usecases.reading import Reading
from referral_hubspot.usecases.search_pass import HORIZON

_FRESH = timedelta(days=1)
_ROUND_EVERY = timedelta(hours=1)
"""A campaign whose leads were all looked at is left alone for so long, but for the newest."""


class PendingPeople(Protocol):
    """People who may still qualify; see `storage.people`."""

    def standing(
        self, account_id: str, campaign_id: str, side: Side, state: State, *, before: str = "", limit: int = 0
    ) -> Sequence[Standing]:
        """People of a campaign in a state, the newest first, behind the position `before`."""
        ...

    def load(self, people: Iterable[PersonKey]) -> dict[PersonKey, Person]:
        """People by key, strongly consistent; who is not stored is left out."""
        ...


class SlowPass:
    """At each turn the newest, as far as one HubSpot call takes them, and as many of the others behind the cursor.

    It finds what no search does: values that came and went, records that were merged or deleted, changes
    that nobody has claimed.
    """

    def __init__(
        self,
        people: PendingPeople,
        qualify: Qualify,
        look_back: LookBack,
        reading: Reading,
        clock: Callable[[], datetime],
        notice: Callable[[RetryableError | PermanentError], None],
    ) -> None:
        self._people = people
        self._qualify = qualify
        self._look_back = look_back
        self._reading = reading
        self._clock = clock
        self._notice = notice

    def __call__(self, crm: Crm, route: Route, place: Place, qualified: list[PersonKey]) -> None:
        """Take one turn for a campaign, and leave word where the next one goes on.

        Raises:
            RetryableError, PermanentError: HubSpot could not be read; the next turn begins where this one did.
        """
        now = self._clock()
        newest = self._standing(route, "")
        people = self._people.load(standing.key for standing in newest)
        fresh = {key: person for key, person in people.items() if person.joined_at >= now - _FRESH}
        page, following = self._turn(route, place, newest, all_fresh=len(fresh) == len(newest))
        people = fresh | self._people.load(standing.key for standing in page)
        pending = [person for person in people.values() if may_qualify(person, route, now)]
        for told in self._read(crm, route, pending):
            qualified += self._qualify.found(told, [route])
        claiming = [person for person in pending if person.key in fresh]
        rules = {(route.account_id, route.campaign_id): route.rules}
        qualified += self._qualify.linked(claiming, rules, Seen.SWEEP)
        if people or replace(following, seen_at=place.seen_at) != place:
            self._reading.keep_place(route.account_id, route.campaign_id, following)

    def _turn(
        self, route: Route, place: Place, newest: Sequence[Standing], *, all_fresh: bool
    ) -> tuple[Sequence[Standing], Place]:
        """Whom to look at beside the newest day's, and where the pass stands afterwards."""
        now = self._clock()
        if place.cursor:
            page, began_at = self._standing(route, place.cursor), place.began_at
        elif place.began_at is not None and now - place.began_at < _ROUND_EVERY:
            return (), replace(place, seen_at=now)
        elif newest and all_fresh:
            page, began_at = self._standing(route, newest[-1].position), now
        else:
            page, began_at = newest, now
        cursor = page[-1].position if len(page) == HISTORIES_PER_CALL else ""
        return page, Place(cursor, began_at, now)

    def _standing(self, route: Route, before: str) -> Sequence[Standing]:
        return self._people.standing(
            route.account_id, route.campaign_id, "lead", State.SENT, before=before, limit=HISTORIES_PER_CALL
        )

    def _read(self, crm: Crm, route: Route, people: Sequence[Person]) -> Iterable[list[PropertyChange]]:
        for rule in route.rules:
            assert rule.kind.object_type is not None, "a route has no other rules"
            mine = [person for person in people if person.record_type is rule.kind.object_type]
            for some in in_calls(mine):
                try:
                    yield self._look_back(crm, route, rule.kind.object_type, rule.property, some)
                except RequestRefusedError as refused:
                    # About these records or this property only: the others are not to wait for them.
                    self._notice(refused)


def may_qualify(person: Person, route: Route, now: datetime) -> bool:
    """Whether the person waits for a rule of the campaign, in the HubSpot account that it uses now."""
    judged_by = {rule.kind.object_type for rule in route.rules}
    return (
        person.state is State.SENT
        and person.portal_id == route.portal_id
        and person.record_type in judged_by
        and person.joined_at >= now - HORIZON
        and not person.test
    )
