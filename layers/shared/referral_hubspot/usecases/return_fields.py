"""Write return fields into HubSpot: a hundred contacts a call, of all syncs of a campaign together.

A referrer whose sync cannot be written for stays due, and is looked at later: it stands in nobody's way.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import batched

from referral_hubspot.domain.crm import Conflict, ObjectType, Problem, Property, Refused, RowAnswer, Unanswered, Written
from referral_hubspot.domain.errors import CrmUnavailableError, PermanentError, RetryableError
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.people import Entry, Happening, Person
from referral_hubspot.domain.settings import Duplicates
from referral_hubspot.domain.sync_fit import misfit_of_returns
from referral_hubspot.domain.syncs import (
    OVER,
    Cause,
    Enrolment,
    EnrolmentState,
    Status,
    Sync,
    SyncChangedError,
    current,
    marked,
    returns_of,
)
from referral_hubspot.usecases.due_returns import LINGER, DueReturns
from referral_hubspot.usecases.parcels import Parcel
from referral_hubspot.usecases.people import Change
from referral_hubspot.usecases.ports import CampaignStates, Crm, CrmDirectory
from referral_hubspot.usecases.sync_contacts import LEASE
from referral_hubspot.usecases.sync_faults import cause_of, pause_after, unable
from referral_hubspot.usecases.sync_ports import Enrolments, Referrers, Syncs, Turns
from referral_hubspot.usecases.write_rows import ABOUT_THE_PROPERTY, ROWS_PER_CALL, Step, Task, calls, written

_AT_ONCE = 3
_LOOKED_AT = 9 * _AT_ONCE * ROWS_PER_CALL  # a look is a query of each part of the index, however many are due
_ATTEMPTS = 5
_PAUSED = timedelta(minutes=1)
_MENDED_BY_THEN = timedelta(minutes=15)  # SQS delays a message no longer
_BACK_BY_THEN = timedelta(days=1)
"""Who belongs to another HubSpot account than the campaign's is looked at again so late."""

_GONE = "HubSpot has no such contact any more."
_TAKEN = "Another contact in HubSpot has a value that no two may share."


class ReturnFields:
    """Writes what is due for one campaign at a time."""

    def __init__(
        self,
        syncs: Syncs,
        enrolments: Enrolments,
        people: Referrers,
        campaigns: CampaignStates,
        directory: CrmDirectory,
        turns: Turns,
        due_returns: DueReturns,
        clock: Callable[[], datetime],
        notice: Callable[[RetryableError | PermanentError], None],
        slice_of: timedelta,
    ) -> None:
        self._syncs = syncs
        self._enrolments = enrolments
        self._people = people
        self._campaigns = campaigns
        self._directory = directory
        self._turns = turns
        self._due_returns = due_returns
        self._clock = clock
        self._notice = notice
        self._slice = slice_of

    def __call__(self, account_id: str, campaign_id: str) -> None:
        """Write what is due; what is left, or falls due later, is asked for in a message of its own."""
        campaign, now = (account_id, campaign_id), self._clock()
        if not self._turns.take(account_id, campaign_id, now, now + self._slice + LEASE):
            self._due_returns.again(account_id, campaign_id)  # the other one may have looked before this one was sent
            return
        try:
            again = self._write(campaign, now + self._slice)
        except RetryableError as fault:
            self._notice(fault)
            again = pause_after(fault)
        except PermanentError as fault:
            self._notice(fault)
            alive = [sync for sync in self._syncs.of_campaign(*campaign) if sync.status not in OVER]
            self._stop(alive, *cause_of(fault))
            again = _MENDED_BY_THEN
        except Exception:
            self._turns.give_back(account_id, campaign_id)  # the message comes again before the turn would be over
            raise
        self._turns.give_back(account_id, campaign_id)
        if again is not None:
            self._due_returns.ask([campaign], again)

    def _write(self, campaign: tuple[str, str], until: datetime) -> timedelta | None:
        """Write until time is up; when to go on, None if nothing is due."""
        if not self._people.returns_due(*campaign, until + _BACK_BY_THEN, 1):
            return None
        state = self._campaigns.load([campaign])[campaign]
        if state.binding is None or unable(state.binding.portal_id, state):
            return _MENDED_BY_THEN
        if state.paused:
            return _PAUSED
        portal_id = state.binding.portal_id
        crm = self._directory.open(campaign[0], portal_id, Lane.WRITE_BACK)
        desk = _Desk(crm, portal_id, self._syncs.of_campaign(*campaign), self._clock)
        self._look_again(desk)
        while (now := self._clock()) < until:
            due = self._people.returns_due(*campaign, now + _BACK_BY_THEN, _LOOKED_AT)
            ready = [one for one in due if one.at <= now]
            if not ready:
                return min(due[0].at - now, _MENDED_BY_THEN) if due else None
            if len(ready) < ROWS_PER_CALL and now - ready[0].at < LINGER:
                return LINGER - (now - ready[0].at)
            taken = ready[: max(len(ready) // ROWS_PER_CALL * ROWS_PER_CALL, min(len(ready), ROWS_PER_CALL))]
            for part in batched(taken, _AT_ONCE * ROWS_PER_CALL, strict=False):
                people = self._people.load(one.key for one in part).values()
                if not self._write_to(desk, [one for one in people if one.return_due_at and one.return_due_at <= now]):
                    return LINGER  # the index lags
                if self._clock() >= until:
                    break
        return timedelta(0)

    def _write_to(self, desk: "_Desk", people: Sequence[Person]) -> bool:
        """Write for these people; whether anything came of it."""
        tasks = [task for person in people if (task := desk.task(person)) is not None]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for answers in pool.map(desk.send, calls(tasks)):
                desk.judge(answers)
        batch = desk.batch()
        # First of all what HubSpot refused: a worker that dies here finds the referrer due, and tells it again.
        self._tell(batch.enrolments, desk.portal_id)
        self._apply(batch.results)
        for name, cause in batch.unfit.items():
            self._stop([sync for sync in desk.syncs if name in sync.plan.returns.values()], cause, name)
        if batch.fault is not None:
            raise batch.fault
        return bool(batch.results)

    def _apply(self, results: Iterable["_Result"]) -> None:
        """Store what came of people, over what the platform told of them meanwhile too."""
        pending = {result.person.key: (result, result.person) for result in results}
        for _ in range(_ATTEMPTS):
            changes = [
                Change(stored, result.after(stored).noted(*result.entries)) for result, stored in pending.values()
            ]
            refused = self._people.apply(changes)
            pending = {
                key: (result, stored)
                for key, (result, former) in pending.items()
                if key in refused
                and (stored := refused[key].stored) is not None
                and stored.synced_contact_id == former.synced_contact_id
            }
            if not pending:
                return

    def _tell(self, enrolments: Iterable[tuple[Person, EnrolmentState, str]], portal_id: int) -> None:
        """Keep with the contact what HubSpot refused, or takes after all."""
        groups: dict[tuple[str, str, int], dict[str, tuple[EnrolmentState, str]]] = {}
        for person, state, why in enrolments:
            place = (*person.key.campaign, portal_id)
            groups.setdefault(place, {})[person.synced_contact_id] = (state, why)
        for place, contacts in groups.items():
            found = self._enrolments.load(*place, contacts)
            self._enrolments.returned([_with(one, *contacts[contact]) for contact, one in found.items()])

    def _look_again(self, desk: "_Desk") -> None:
        """Look whether what was refused before fits by now; a sync that is broken is mended by its own worker."""
        for sync in desk.syncs:
            if not _refused_here(sync) or sync.sync_id in desk.blocked:
                continue
            if misfit_of_returns(sync.plan, desk.properties()) is not None:
                desk.blocked[sync.sync_id] = _MENDED_BY_THEN
            elif sync.status is not Status.BROKEN:
                self._change([sync], lambda stored: replace(stored, cause=Cause.NONE, about=""))

    def _stop(self, syncs: Iterable[Sync], cause: Cause, about: str) -> None:
        self._change(syncs, lambda sync: sync.stopped_by(cause, about))

    def _change(self, syncs: Iterable[Sync], change: Callable[[Sync], Sync]) -> None:
        for sync in syncs:
            for _ in range(_ATTEMPTS):
                stored = self._syncs.get(sync.account_id, sync.campaign_id, sync.sync_id)
                if stored is None or (changed := change(stored)) == stored:
                    break
                try:
                    self._syncs.put(changed)
                except SyncChangedError:
                    continue
                break


@dataclass(frozen=True, slots=True)
class _Result:
    """What came of a referrer: what becomes of its row, and what its timeline tells of it."""

    person: Person
    after: Callable[[Person], Person]
    entries: tuple[Entry, ...] = ()


@dataclass(slots=True)
class _Batch:
    """What came of a batch. Who is not among the results stays due."""

    results: list[_Result] = field(default_factory=list)
    enrolments: list[tuple[Person, EnrolmentState, str]] = field(default_factory=list)
    unfit: dict[str, Cause] = field(default_factory=dict)
    """Properties that take no value from anybody."""
    fault: RetryableError | PermanentError | None = None


class _Desk:
    """One worker's turn: a campaign's syncs, its HubSpot account, and what HubSpot says."""

    def __init__(self, crm: Crm, portal_id: int, syncs: Sequence[Sync], clock: Callable[[], datetime]) -> None:
        self._crm = crm
        self._clock = clock
        self._batch = _Batch()
        self._properties: list[Property] = []
        self.portal_id = portal_id
        self.syncs = syncs
        self.blocked = {sync.sync_id: _BACK_BY_THEN for sync in syncs if sync.portal_id != portal_id}
        """Syncs that nothing can be written for, and how long to wait before looking again."""

    def properties(self) -> list[Property]:
        """The properties of contacts, read once."""
        self._properties = self._properties or self._crm.properties(ObjectType.CONTACT)
        return self._properties

    def task(self, person: Person) -> Task | None:
        """What to write for a referrer."""
        own = [sync for sync in self.syncs if sync.sync_id in person.syncs]
        properties = returns_of((sync for sync in own if sync.sync_id not in self.blocked), person)
        if properties:
            return Task(Parcel(person, Duplicates.UPDATE, None), Step.UPDATE, properties, person.synced_contact_id)
        # Its syncs wait, or were removed, or the platform told nothing of what they return.
        self._batch.results.append(self._postponed(person) or self._given(person))
        return None

    def send(self, tasks: Sequence[Task]) -> list[tuple[Task, RowAnswer]]:
        """Make a call; what it answered before it failed is an answer too."""
        answers: list[tuple[Task, RowAnswer]] = []
        try:
            for answer in written(self._crm, tasks):
                answers.append(answer)  # noqa: PERF402
        except (RetryableError, PermanentError) as fault:
            self._batch.fault = fault
        return answers

    def judge(self, answers: Sequence[tuple[Task, RowAnswer]]) -> None:
        """Take in what a call answered."""
        try:
            silent = [task for task, answer in answers if isinstance(answer, Unanswered)]
            if silent and len(silent) == len(answers) and self._is_there(silent[0]):
                raise CrmUnavailableError(status=200)
            for task, answer in answers:
                self._judge(task, answer)
        except RetryableError as fault:
            self._batch.fault = fault

    def batch(self) -> _Batch:
        """What came of the people since the last time."""
        batch, self._batch = self._batch, _Batch()
        return batch

    def _judge(self, task: Task, answer: RowAnswer) -> None:
        person = task.parcel.person
        problems = (*task.left_out, *(answer.problems if isinstance(answer, Refused) else ()))
        unfit = self._unfit(problems)
        match answer:
            case Written():
                self._batch.results.append(self._written(person, answer.record_id))
                if person.last(Happening.RETURN_REFUSED):
                    self._batch.enrolments.append((person, EnrolmentState.JOINED, ""))
            case Refused() if unfit:
                self._batch.results.append(self._postponed(person) or self._given(person))
            case Refused():
                self._refuse(person, answer.problems[0].message if answer.problems else answer.category)
            case Conflict():
                self._refuse(person, _TAKEN)
            case Unanswered():
                # HubSpot is silent about a contact that was merged away, or deleted.
                survivor = self._crm.surviving(ObjectType.CONTACT, person.synced_contact_id)
                if not survivor:
                    self._refuse(person, _GONE)
                elif survivor != person.synced_contact_id:
                    self._batch.results.append(
                        _Result(person, lambda stored: replace(stored, synced_contact_id=survivor))
                    )

    def _is_there(self, task: Task) -> bool:
        return self._crm.surviving(ObjectType.CONTACT, task.contact_id) == task.contact_id

    def _unfit(self, problems: Iterable[Problem]) -> bool:
        """Whether a property is at fault, and not the contact; its syncs wait until it is mended."""
        found: dict[str, Cause] = {}
        for problem in problems:
            if problem.code in ABOUT_THE_PROPERTY:
                found[problem.property] = Cause.PROPERTY_GONE
        suspects = {problem.property for problem in problems} - found.keys()
        for sync in self.syncs:
            if sync.sync_id not in self.blocked and suspects & set(sync.plan.returns.values()):
                wrong = misfit_of_returns(sync.plan, self.properties())
                found |= {wrong[1]: wrong[0]} if wrong else {}
        self._batch.unfit |= found
        for sync in self.syncs:
            if found.keys() & set(sync.plan.returns.values()):
                self.blocked.setdefault(sync.sync_id, _MENDED_BY_THEN)
        return bool(found)

    def _written(self, person: Person, contact_id: str) -> _Result:
        given, waits = self._given(person), self._postponed(person)

        def after(stored: Person) -> Person:
            done = given.after(stored) if waits is None else waits.after(replace(stored, returned_at=self._clock()))
            return replace(done, synced_contact_id=contact_id)

        return _Result(person, after)

    def _refuse(self, person: Person, why: str) -> None:
        facts = {"record": person.synced_contact_id, "why": why}
        entry = Entry(self._clock(), Happening.RETURN_REFUSED, facts)
        self._batch.results.append(replace(self._given(person), entries=(entry,)))
        self._batch.enrolments.append((person, EnrolmentState.REFUSED, why))

    def _given(self, person: Person) -> _Result:
        """Its contact has what there is to give, as far as HubSpot takes it."""
        now = self._clock()

        def after(stored: Person) -> Person:
            given = replace(stored, returned=current(person), returned_at=now, return_due_at=None)
            return marked(given, now)

        return _Result(person, after)

    def _postponed(self, person: Person) -> _Result | None:
        """It is still due, and looked at later, if one of its syncs waits."""
        waits = [self.blocked[sync] for sync in person.syncs if sync in self.blocked]
        if not waits:
            return None
        later = self._clock() + min(waits)
        return _Result(person, lambda stored: replace(stored, return_due_at=later))


def _with(enrolment: Enrolment, state: EnrolmentState, why: str) -> Enrolment:
    return replace(enrolment, state=state, reason=why)


def _refused_here(sync: Sync) -> bool:
    """Whether a property that this sync writes was refused last."""
    unfit = sync.cause in {Cause.PROPERTY_GONE, Cause.PROPERTY_CHANGED}
    return unfit and sync.about in sync.plan.returns.values()
