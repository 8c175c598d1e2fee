"""Whom a new rule would have qualified already, had it been there when they joined."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from referral_hubspot.domain.people import Person, PersonKey, State
from referral_hubspot.domain.qualification import Answer, PropertyChange, answer
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import Rule
from referral_hubspot.usecases.look_back import LookBack, in_calls
from referral_hubspot.usecases.ports import Crm
from referral_hubspot.usecases.qualify import Qualify
from referral_hubspot.usecases.slow_pass import PendingPeople, may_qualify

_PAGE = 200


class ChangedBefore:
    """Reads the records of all pending leads of a campaign: there are far fewer than records at the value."""

    def __init__(
        self, people: PendingPeople, qualify: Qualify, look_back: LookBack, clock: Callable[[], datetime]
    ) -> None:
        self._people = people
        self._qualify = qualify
        self._look_back = look_back
        self._clock = clock

    def people(self, crm: Crm, route: Route, rule: Rule, time_left: Callable[[], bool]) -> tuple[PersonKey, ...] | None:
        """Who changed after joining and before the rule's date; None when the time was too short to tell.

        Raises:
            RetryableError, PermanentError: HubSpot could not be read.
        """
        always = replace(rule, since=None)
        found: list[PersonKey] = []
        for people, told in self._looked_at(crm, replace(route, rules=(always,))):
            if not time_left():
                return None
            before = [change for change in told if rule.since is None or change.at <= rule.since]
            found += [
                person.key
                for person in people
                if any(
                    change.record_id == person.record_id and answer(person, always, change) is Answer.QUALIFIES
                    for change in before
                )
            ]
        return tuple(found)

    def qualify(self, crm: Crm, route: Route, rule: Rule, time_left: Callable[[], bool]) -> bool:
        """Let them count; False when the time was too short for all, and it has to be done again.

        Raises:
            RetryableError, PermanentError: HubSpot could not be read.
        """
        dateless = replace(route, rules=(replace(rule, since=None),))
        for _, told in self._looked_at(crm, dateless):
            self._qualify.found(told, [dateless])
            if not time_left():
                return False
        return True

    def _looked_at(self, crm: Crm, route: Route) -> Iterator[tuple[Sequence[Person], list[PropertyChange]]]:
        """Everyone pending with all changes of their records, as many at a time as one call takes."""
        [rule] = route.rules
        assert rule.kind.object_type is not None, "such a rule asks no question"
        before = ""
        while page := self._people.standing(
            route.account_id, route.campaign_id, "lead", State.SENT, before=before, limit=_PAGE
        ):
            before = page[-1].position
            people = self._people.load(standing.key for standing in page).values()
            for some in in_calls([person for person in people if may_qualify(person, route, self._clock())]):
                told = self._look_back(crm, route, rule.kind.object_type, rule.property, some)
                # Merged records were followed on the way.
                yield list(self._people.load(person.key for person in some).values()), told
