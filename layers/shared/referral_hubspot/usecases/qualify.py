"""HubSpot says that a property changed: whose referral qualifies?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.people import GIVES_WAY, Entry, Happening, Person, PersonKey, State
from referral_hubspot.domain.qualification import Answer, PropertyChange, answer, satisfies
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import Rule
from referral_hubspot.usecases.links import Links, Record
from referral_hubspot.usecases.people import Change, People

_ATTEMPTS = 5


class Routes(Protocol):
    """Which campaigns are bound to a HubSpot account; see `storage.campaigns`."""

    def routes(self, portal_id: int) -> Sequence[Route]:
        """Every bound campaign of every account, strongly consistent."""
        ...


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A change that satisfies the rule of one campaign."""

    change: PropertyChange
    route: Route

    @property
    def record(self) -> Record:
        return Record(self.route.account_id, self.change.portal_id, self.change.record_id)


class Qualify:
    """Turns property changes into qualified referrals, each once."""

    def __init__(self, routes: Routes, people: People, links: Links, clock: Callable[[], datetime]) -> None:
        self._routes = routes
        self._people = people
        self._links = links
        self._clock = clock

    def changed(self, changes: Sequence[PropertyChange]) -> list[PersonKey]:
        """Judge changes that HubSpot reported; who is qualified by them.

        A change of a record that nobody is linked to yet is kept: the lead may be on its way. The
        links are read again after it was kept, and whoever links a record reads what was kept, so
        one of both sees the other.
        """
        routes = {portal: self._routes.routes(portal) for portal in {change.portal_id for change in changes}}
        candidates = [
            _Candidate(change, route)
            for change in changes
            for route in routes[change.portal_id]
            if satisfies(route.rule, change)
        ]
        qualified, waiting = self._judged(candidates)
        if waiting:
            self._links.leave_unclaimed({candidate.change for candidate in waiting}, self._clock())
            late, _ = self._judged(waiting)
            qualified += late
        return qualified

    def linked(self, people: Iterable[Person], rules: Mapping[tuple[str, str], Rule]) -> list[PersonKey]:
        """Judge people whose record has just been linked by the changes that came before."""
        sent = [person for person in people if person.record_id]
        by_record = {(person.portal_id, person.record_id) for person in sent}
        if not by_record:
            return []
        changes = self._links.unclaimed(by_record, self._clock())
        candidates = [
            _Candidate(change, Route(change.portal_id, *person.key.campaign, rules[person.key.campaign]))
            for change in changes
            for person in sent
            if (person.portal_id, person.record_id) == (change.portal_id, change.record_id)
        ]
        return self._judged(candidates)[0]

    def _judged(self, candidates: Sequence[_Candidate]) -> tuple[list[PersonKey], list[_Candidate]]:
        """Who is qualified, and the candidates for whom nobody, or only somebody unfinished, is linked."""
        if not candidates:
            return [], []
        linked = self._links.people({candidate.record for candidate in candidates})
        people = self._people.load({key for keys in linked.values() for key in keys})
        pairs: list[tuple[Person, Rule, PropertyChange]] = []
        waiting: list[_Candidate] = []
        for candidate in candidates:
            mine = [
                people[key]
                for key in linked.get(candidate.record, ())
                if key in people and key.campaign_id == candidate.route.campaign_id and key.side == "lead"
            ]
            if (first := _first(mine)) is not None:
                pairs.append((first, candidate.route.rule, candidate.change))
            if not mine or any(person.state in {State.SENDING, State.HELD} for person in mine):
                waiting.append(candidate)
        return self._store(pairs), waiting

    def _store(self, pairs: Sequence[tuple[Person, Rule, PropertyChange]]) -> list[PersonKey]:
        """Qualify; a row that changed meanwhile is judged again as it is now."""
        qualified: list[PersonKey] = []
        pending = list(pairs)
        for _ in range(_ATTEMPTS):
            winners: dict[PersonKey, tuple[Person, Rule, PropertyChange]] = {}
            for person, rule, change in sorted(pending, key=lambda pair: pair[2].at):
                if answer(person, rule, change) is Answer.QUALIFIES:
                    winners.setdefault(person.key, (person, rule, change))
            if not winners:
                break
            refused = self._people.apply([self._change(*winner) for winner in winners.values()])
            qualified += [key for key in winners if key not in refused]
            pending = [
                (stored, *winners[key][1:])
                for key, refusal in refused.items()
                if (stored := refusal.stored) is not None
            ]
        return qualified

    def _change(self, person: Person, rule: Rule, change: PropertyChange) -> Change:
        facts = {"property": change.property, "value": change.value, "changed_at": change.at.isoformat()}
        entry = Entry(self._clock(), Happening.QUALIFIED, facts)
        after = person.became(State.QUALIFIED, person.reason, entry)
        evidence = facts | {"kind": str(rule.kind), "seen_by": "webhook"}
        return Change(person, replace(after, evidence=evidence))


def _first(people: Sequence[Person]) -> Person | None:
    """Of several leads that are one contact, as by its second address, the one who came first has the credit."""
    counting = [person for person in people if person.state not in GIVES_WAY]
    return min(counting, key=lambda person: (person.received_at, person.key.person_id), default=None)
