"""Whom a new rule would have qualified already, had it been there when they joined."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from referral_hubspot.domain.people import Person, State
from referral_hubspot.domain.qualification import Answer, PropertyChange, answer
from referral_hubspot.domain.reading import Halfway
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import Rule
from referral_hubspot.usecases.look_back import LookBack, in_calls
from referral_hubspot.usecases.people import Standing
from referral_hubspot.usecases.ports import Crm
from referral_hubspot.usecases.qualify import Qualify
from referral_hubspot.usecases.reading import Reading
from referral_hubspot.usecases.slow_pass import PendingPeople, may_qualify

_PAGE = 200


class ChangedBefore:
    """Reads the records of all pending leads of a campaign: there are far fewer than records at the value.

    They may be more than a sweep has time for: the next one goes on behind those who were looked at.
    """

    def __init__(
        self,
        people: PendingPeople,
        qualify: Qualify,
        look_back: LookBack,
        reading: Reading,
        clock: Callable[[], datetime],
    ) -> None:
        self._people = people
        self._qualify = qualify
        self._look_back = look_back
        self._reading = reading
        self._clock = clock

    def count(self, crm: Crm, route: Route, rule: Rule, time_left: Callable[[], bool]) -> int | None:
        """How many changed after joining and before the rule's date; None while some are still to be looked at.

        Raises:
            RetryableError, PermanentError: HubSpot could not be read.
        """
        always = replace(rule, since=None)

        def changed(people: Sequence[Person], told: Sequence[PropertyChange]) -> int:
            before = [change for change in told if rule.since is None or change.at <= rule.since]
            return sum(any(_qualifies(person, always, change) for change in before) for person in people)

        return self._everyone(crm, route, always, _purpose("count", rule), changed, time_left)

    def qualify(self, crm: Crm, route: Route, rule: Rule, time_left: Callable[[], bool]) -> bool:
        """Let them count; False while some are still to be looked at.

        Raises:
            RetryableError, PermanentError: HubSpot could not be read.
        """
        always = replace(rule, since=None)
        dateless = replace(route, rules=(always,))

        def done(_people: Sequence[Person], told: Sequence[PropertyChange]) -> int:
            return len(self._qualify.found(told, [dateless]))

        return self._everyone(crm, route, always, _purpose("qualify", rule), done, time_left) is not None

    def _everyone(
        self,
        crm: Crm,
        route: Route,
        rule: Rule,
        purpose: str,
        work: Callable[[Sequence[Person], Sequence[PropertyChange]], int],
        time_left: Callable[[], bool],
    ) -> int | None:
        """The sum of what the work answers for everyone pending; None while some are left, for the next time."""
        campaign = route.account_id, route.campaign_id
        kept = self._reading.halfway(*campaign)
        now = kept if kept.purpose == purpose else Halfway(purpose)
        try:
            while time_left():
                page = self._people.standing(*campaign, "lead", State.SENT, before=now.cursor, limit=_PAGE)
                count = now.count + sum(work(*some) for some in self._looked_at(crm, route, rule, page))
                if len(page) < _PAGE:
                    now = Halfway()
                    return count
                now = Halfway(purpose, page[-1].position, count)
            return None
        finally:
            if now != kept:
                self._reading.keep_halfway(*campaign, now)

    def _looked_at(
        self, crm: Crm, route: Route, rule: Rule, page: Sequence[Standing]
    ) -> Iterator[tuple[Sequence[Person], list[PropertyChange]]]:
        """People with all changes of their records, as many at a time as one call takes."""
        assert rule.kind.object_type is not None, "such a rule asks no question"
        judged = replace(route, rules=(rule,))
        people = self._people.load(standing.key for standing in page).values()
        for some in in_calls([person for person in people if may_qualify(person, judged, self._clock())]):
            told = self._look_back(crm, judged, rule.kind.object_type, rule.property, some)
            # Merged records were followed on the way.
            yield list(self._people.load(person.key for person in some).values()), told


def _purpose(what: str, rule: Rule) -> str:
    since = rule.since.isoformat() if rule.since else ""
    return "|".join((what, rule.kind, rule.property, rule.value, since))


def _qualifies(person: Person, rule: Rule, change: PropertyChange) -> bool:
    return change.record_id == person.record_id and answer(person, rule, change) is Answer.QUALIFIES
