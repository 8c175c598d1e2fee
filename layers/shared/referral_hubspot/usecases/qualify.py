"""HubSpot says that a property changed: whose referral qualifies, and which deal has left its stage again?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.errors import ContendedError
from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, State
from referral_hubspot.domain.qualification import Answer, PropertyChange, Seen, answer, leaves, satisfies
from referral_hubspot.domain.routes import Listeners, Route
from referral_hubspot.domain.settings import Rule, RuleKind
from referral_hubspot.usecases.credit import give_up, holder
from referral_hubspot.usecases.links import Links, PortalRecord, Record
from referral_hubspot.usecases.people import Change, People

_ATTEMPTS = 5
_UNFINISHED = frozenset({State.SENDING, State.HELD})


class Routes(Protocol):
    """Which campaigns are bound to a HubSpot account; see `storage.campaigns`."""

    def routes(self, portal_id: int) -> Sequence[Route]:
        """Every bound campaign of every account, strongly consistent."""
        ...

    def listeners(self, portal_id: int) -> Listeners:
        """The same campaigns, and the records that connection checks wait for."""
        ...


class Arrivals(Protocol):
    """Records that connection checks wait for; see `storage.awaited`."""

    def note(self, records: Iterable[PortalRecord], at: datetime) -> None:
        """HubSpot told of these."""
        ...


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A change that a rule of one campaign is about."""

    change: PropertyChange
    route: Route
    rule: Rule

    @property
    def record(self) -> Record:
        change = self.change
        return Record(self.route.account_id, change.portal_id, change.object_type, change.record_id)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A change and the person whose record it is about."""

    person: Person
    rule: Rule
    change: PropertyChange


class Qualify:
    """Turns changes into qualified referrals, each once, however often and wherever they are seen."""

    def __init__(
        self, routes: Routes, people: People, links: Links, arrivals: Arrivals, clock: Callable[[], datetime]
    ) -> None:
        self._routes = routes
        self._people = people
        self._links = links
        self._arrivals = arrivals
        self._clock = clock

    def changed(self, changes: Sequence[PropertyChange]) -> list[PersonKey]:
        """Judge changes that HubSpot reported; who is qualified by them.

        What comes too early is kept: a change of a record that nobody is linked to yet, for the lead
        may be on its way, and a deal's leaving of a stage that it has not entered as far as we know.
        It is judged again after it was kept, and whoever links a record or enters the stage reads what
        was kept, so one of both sees the other.
        """
        listening = {portal: self._routes.listeners(portal) for portal in {change.portal_id for change in changes}}
        self._arrivals.note(_awaited(changes, listening), self._clock())
        candidates = [
            candidate for change in changes for candidate in _candidates([change], listening[change.portal_id].routes)
        ]
        qualified, waiting = self._judged(candidates, Seen.WEBHOOK)
        if waiting:
            self._links.leave_unclaimed({candidate.change for candidate in waiting}, self._clock())
            late, _ = self._judged(waiting, Seen.WEBHOOK)
            qualified += late
        return qualified

    def found(self, changes: Sequence[PropertyChange], routes: Sequence[Route]) -> list[PersonKey]:
        """Judge changes that the sweep found in HubSpot; who is qualified by them.

        Args:
            routes: The campaigns to judge by, with the rules that count for these changes.
        """
        return self._judged(_candidates(changes, routes), Seen.SWEEP)[0]

    def linked(
        self, people: Iterable[Person], rules: Mapping[tuple[str, str], Sequence[Rule]], seen: Seen = Seen.WEBHOOK
    ) -> list[PersonKey]:
        """Judge people whose record has just been linked by the changes that came before."""
        sent = [(_record(person), person) for person in people if person.record_id]
        if not sent:
            return []
        changes = self._links.unclaimed({record.in_portal for record, _ in sent}, self._clock())
        candidates = [
            _Candidate(change, Route(change.portal_id, *person.key.campaign), rule)
            for change in changes
            for record, person in sent
            if PortalRecord(change.portal_id, change.object_type, change.record_id) == record.in_portal
            for rule in rules[person.key.campaign]
            if satisfies(rule, change)
        ]
        return self._judged(candidates, seen)[0]

    def settle_credit(self, people: Iterable[Person]) -> None:
        """Of several leads of a campaign that are one record in HubSpot, let only the first count.

        They have two addresses of one contact, or their contacts were merged. Whoever links a record
        asks this afterwards, so the last of several that do so at once sees them all.
        """
        records = {_record(person) for person in people if person.record_id and not person.test}
        if not records:
            return
        crowded = {record: keys for record, keys in self._links.people(records).items() if len(keys) > 1}
        stored = self._people.load({key for keys in crowded.values() for key in keys})
        for record, keys in crowded.items():
            # A contact's row also names leads that are deals and have the contact beside them.
            everyone = [stored[key] for key in keys if key in stored and _record(stored[key]) == record]
            for campaign in {person.key.campaign for person in everyone}:
                leads = [one for one in everyone if one.key.campaign == campaign and one.key.side == "lead"]
                give_up(self._people, leads, self._clock)

    def _judged(self, candidates: Sequence[_Candidate], seen: Seen) -> tuple[list[PersonKey], list[_Candidate]]:
        """Who is qualified, and the candidates that come too early for whom they concern."""
        if not candidates:
            return [], []
        linked = self._links.people({candidate.record for candidate in candidates})
        people = self._people.load({key for keys in linked.values() for key in keys})
        pairs: list[_Pair] = []
        waiting: list[_Candidate] = []
        for candidate in candidates:
            mine = [
                people[key]
                for key in linked.get(candidate.record, ())
                if key in people and _concerns(candidate, people[key])
            ]
            if (first := holder(mine)) is not None:
                pairs.append(_Pair(first, candidate.rule, candidate.change))
            if _too_early(candidate, first, mine):
                waiting.append(candidate)
        qualified = self._store(pairs, seen)
        self._lose([pair for pair in pairs if _entered(pair, qualified)], seen)
        return qualified, waiting

    def _lose(self, entered: Sequence[_Pair], seen: Seen) -> None:
        """Deals that are told of as entering the stage may have been told of as leaving it before."""
        deals = {
            PortalRecord(pair.change.portal_id, pair.change.object_type, pair.change.record_id): pair
            for pair in entered
        }
        if not deals:
            return
        people = self._people.load({pair.person.key for pair in deals.values()})
        left = [
            (deals[PortalRecord(change.portal_id, change.object_type, change.record_id)], change)
            for change in self._links.unclaimed(deals, self._clock())
        ]
        self._store(
            [
                replace(pair, person=people[pair.person.key], change=change)
                for pair, change in left
                if pair.person.key in people
            ],
            seen,
        )

    def _store(self, pairs: Sequence[_Pair], seen: Seen) -> list[PersonKey]:
        """Write down what the changes mean, in HubSpot's order; a row that changed meanwhile is judged again.

        Raises:
            ContendedError: it changed each time; all of it may be done again.
        """
        qualified: list[PersonKey] = []
        pending = sorted(pairs, key=lambda pair: pair.change.at)
        for _ in range(_ATTEMPTS):
            telling = [(pair, answer(pair.person, pair.rule, pair.change)) for pair in pending]
            now: dict[PersonKey, tuple[_Pair, Answer]] = {}
            for pair, what in telling:
                if what in {Answer.QUALIFIES, Answer.LOSES}:
                    now.setdefault(pair.person.key, (pair, what))
            if not now:
                return qualified
            changes = {key: self._change(pair, what, seen) for key, (pair, what) in now.items()}
            refused = self._people.apply(list(changes.values()))
            qualified += [key for key, (_, what) in now.items() if key not in refused and what is Answer.QUALIFIES]
            # The rest is judged by what stands now: a deal may enter the stage and leave it in one delivery.
            standing = {key: change.after for key, change in changes.items()}
            standing |= {key: refusal.stored for key, refusal in refused.items() if refusal.stored is not None}
            done = {id(pair) for key, (pair, _) in now.items() if key not in refused}
            pending = [
                replace(pair, person=standing[pair.person.key])
                for pair in pending
                if pair.person.key in standing and id(pair) not in done
            ]
        raise ContendedError(next(iter(now)).account_id)

    def _change(self, pair: _Pair, what: Answer, seen: Seen) -> Change:
        person, rule, change = pair.person, pair.rule, pair.change
        facts = {"property": change.property, "value": change.value, "changed_at": change.at.isoformat()}
        if what is Answer.LOSES:
            noted = person.noted(Entry(self._clock(), Happening.CONDITION_LOST, facts))
            return Change(person, replace(noted, condition_lost_at=change.at))
        after = person.became(State.QUALIFIED, person.reason, Entry(self._clock(), Happening.QUALIFIED, facts))
        return Change(person, replace(after, evidence=facts | {"kind": str(rule.kind), "seen_by": str(seen)}))


def _awaited(changes: Iterable[PropertyChange], listening: Mapping[int, Listeners]) -> set[PortalRecord]:
    return {
        PortalRecord(change.portal_id, change.object_type, change.record_id)
        for change in changes
        if (change.object_type, change.record_id) in listening[change.portal_id].awaited
    }


def _record(person: Person) -> Record:
    return Record(person.key.account_id, person.portal_id, person.record_type, person.record_id)


def _candidates(changes: Sequence[PropertyChange], routes: Sequence[Route]) -> list[_Candidate]:
    return [
        _Candidate(change, route, rule)
        for change in changes
        for route in routes
        for rule in route.rules
        if satisfies(rule, change) or leaves(rule, change)
    ]


def _concerns(candidate: _Candidate, person: Person) -> bool:
    """Whether the record is a lead of the campaign, and not only the contact beside its deal."""
    if person.key.campaign_id != candidate.route.campaign_id or person.key.side != "lead":
        return False
    return not person.record_id or person.record_type is candidate.change.object_type


def _entered(pair: _Pair, qualified: Sequence[PersonKey]) -> bool:
    """Whether a deal entered the stage and qualified its lead, now or when this was told the last time."""
    if pair.rule.kind is not RuleKind.DEAL_STAGE or not satisfies(pair.rule, pair.change):
        return False
    return pair.person.key in qualified or pair.person.state is State.QUALIFIED


def _too_early(candidate: _Candidate, first: Person | None, people: Sequence[Person]) -> bool:
    """Whether something that is still to come may give the change a meaning."""
    if satisfies(candidate.rule, candidate.change):
        return first is None or any(person.state in _UNFINISHED for person in people)
    return first is not None and first.state in _UNFINISHED | {State.SENT}
