"""Write return fields into HubSpot: a hundred contacts a call, of all syncs of a campaign together."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from referral_hubspot.domain.crm import ObjectType, Problem, Refused, RowAnswer, Unanswered, Written
from referral_hubspot.domain.errors import PermanentError, RetryableError
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.people import Entry, Happening, Person
from referral_hubspot.domain.settings import CampaignState, Duplicates
from referral_hubspot.domain.syncs import (
    RETURN_PAUSE,
    Cause,
    Enrolment,
    EnrolmentState,
    Status,
    Sync,
    SyncChangedError,
    current,
    returns_of,
)
from referral_hubspot.usecases.due_returns import LINGER, DueReturns
from referral_hubspot.usecases.parcels import Parcel
from referral_hubspot.usecases.people import Change
from referral_hubspot.usecases.ports import Crm, CrmDirectory
from referral_hubspot.usecases.sync_contacts import LEASE
from referral_hubspot.usecases.sync_faults import cause_of, pause_after, unable
from referral_hubspot.usecases.sync_ports import Enrolments, Referrers, Syncs, Turns
from referral_hubspot.usecases.write_rows import ABOUT_THE_PROPERTY, ROWS_PER_CALL, Step, Task, calls, written

_AT_ONCE = 3
_ATTEMPTS = 5
_PAUSED = timedelta(minutes=1)
_MENDED_BY_THEN = timedelta(minutes=15)  # SQS delays a message no longer


class Campaigns(Protocol):
    """Campaigns and their connections; see `storage.campaigns`."""

    def load(self, campaigns: Iterable[tuple[str, str]]) -> dict[tuple[str, str], CampaignState]: ...


@dataclass(slots=True)
class _Outcome:
    """What HubSpot said of a batch. Whose change is not among these stays due."""

    portal_id: int
    changes: list[Change] = field(default_factory=list)
    enrolments: list[tuple[Person, EnrolmentState, str]] = field(default_factory=list)
    unfit: dict[str, Problem] = field(default_factory=dict)
    """Properties that take no value from anybody."""


class ReturnFields:
    """Writes what is due for one campaign at a time."""

    def __init__(
        self,
        syncs: Syncs,
        enrolments: Enrolments,
        people: Referrers,
        campaigns: Campaigns,
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
            self._due_returns.ask([campaign])  # the other one may have looked before this message was sent
            return
        again: timedelta | None = None
        try:
            again = self._write(campaign, now + self._slice)
        except RetryableError as fault:
            self._notice(fault)
            again = pause_after(fault)
        except PermanentError as fault:
            self._notice(fault)
            self._stop(self._syncs.of_campaign(*campaign), *cause_of(fault))
        self._turns.give_back(account_id, campaign_id)
        if again is not None:
            self._due_returns.ask([campaign], again)

    def _write(self, campaign: tuple[str, str], until: datetime) -> timedelta | None:
        """Write until time is up; when to go on, None if nothing is due."""
        syncs = self._syncs.of_campaign(*campaign)
        state = self._campaigns.load([campaign])[campaign]
        binding = state.binding
        if binding is None or unable(binding.portal_id, state):
            return _MENDED_BY_THEN if self._people.returns_due(*campaign, until, 1) else None
        if state.paused:
            return _PAUSED
        here = [sync for sync in syncs if sync.portal_id == binding.portal_id and not _refused_here(sync)]
        crm = self._directory.open(campaign[0], binding.portal_id, Lane.WRITE_BACK)
        while (now := self._clock()) < until:
            due = self._people.returns_due(*campaign, now + RETURN_PAUSE + LINGER, _AT_ONCE * ROWS_PER_CALL)
            ready = [one for one in due if one.at <= now]
            if not ready:
                return due[0].at - now if due else None
            if len(ready) < ROWS_PER_CALL and now - ready[0].at < LINGER:
                return LINGER - (now - ready[0].at)
            taken = ready[: max(len(ready) // ROWS_PER_CALL * ROWS_PER_CALL, min(len(ready), ROWS_PER_CALL))]
            people = [one for one in self._people.load([one.key for one in taken]).values() if one.return_due_at]
            if not self._write_to(crm, binding.portal_id, here, people):
                return LINGER if here else None  # the index lags, or HubSpot is silent
        return timedelta(0)

    def _write_to(self, crm: Crm, portal_id: int, syncs: Sequence[Sync], people: Sequence[Person]) -> bool:
        """Write for these people; whether anything came of it."""
        tasks: list[Task] = []
        outcome = _Outcome(portal_id)
        for person in people:
            properties = returns_of(syncs, person)
            if properties:
                parcel = Parcel(person, Duplicates.UPDATE, None)
                tasks.append(Task(parcel, Step.UPDATE, properties, person.synced_contact_id))
            elif not any(sync.sync_id in person.syncs for sync in self._syncs.of_campaign(*person.key.campaign)):
                outcome.changes.append(_given(person, self._clock()))  # its syncs were removed
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for answers in pool.map(lambda call: list(written(crm, call)), calls(tasks)):
                self._judge(crm, answers, outcome)
        self._people.apply(outcome.changes)
        self._tell(outcome)
        for name in outcome.unfit:
            self._stop([sync for sync in syncs if name in sync.plan.returns.values()], Cause.PROPERTY_GONE, name)
        return bool(outcome.changes) and not outcome.unfit

    def _judge(self, crm: Crm, answers: Sequence[tuple[Task, RowAnswer]], outcome: _Outcome) -> None:
        said_nothing = all(isinstance(answer, Unanswered) for _, answer in answers)
        for task, answer in answers:
            person, now = task.parcel.person, self._clock()
            unfit = {one.property: one for one in _problems(task, answer) if one.code in ABOUT_THE_PROPERTY}
            if unfit:
                outcome.unfit |= unfit
                continue
            match answer:
                case Written():
                    outcome.changes.append(_given(person, now, contact_id=answer.record_id))
                    if person.last(Happening.RETURN_REFUSED):
                        outcome.enrolments.append((person, EnrolmentState.JOINED, ""))
                case Refused():
                    why = answer.problems[0].message if answer.problems else answer.category
                    facts = {"record": person.synced_contact_id, "why": why}
                    entry = Entry(now, Happening.RETURN_REFUSED, facts)
                    outcome.changes.append(_given(person, now, entry))
                    outcome.enrolments.append((person, EnrolmentState.REFUSED, why))
                case Unanswered() if not said_nothing:
                    # HubSpot is silent about a contact that was merged away.
                    survivor = crm.surviving(ObjectType.CONTACT, person.synced_contact_id)
                    if survivor and survivor != person.synced_contact_id:
                        moved = replace(person, synced_contact_id=survivor, version=person.version + 1)
                        outcome.changes.append(Change(person, moved))

    def _tell(self, outcome: _Outcome) -> None:
        """Keep with the contact what HubSpot refused, or takes after all."""
        groups: dict[tuple[str, str, int], dict[str, tuple[EnrolmentState, str]]] = {}
        for person, state, why in outcome.enrolments:
            place = (*person.key.campaign, outcome.portal_id)
            groups.setdefault(place, {})[person.synced_contact_id] = (state, why)
        for place, contacts in groups.items():
            found = self._enrolments.load(*place, contacts)
            self._enrolments.returned([_with(one, *contacts[contact]) for contact, one in found.items()])

    def _stop(self, syncs: Sequence[Sync], cause: Cause, about: str) -> None:
        for sync in syncs:
            for _ in range(_ATTEMPTS):
                stored = self._syncs.get(sync.account_id, sync.campaign_id, sync.sync_id)
                if stored is None or (stored.status, stored.cause) == (Status.BROKEN, cause):
                    break
                try:
                    self._syncs.put(stored.stopped_by(cause, about))
                except SyncChangedError:
                    continue
                break


def _given(person: Person, now: datetime, *entries: Entry, contact_id: str = "") -> Change:
    """The referrer whose contact has what there is to give, as far as HubSpot takes it."""
    given = replace(
        person,
        returned=current(person),
        returned_at=now,
        return_due_at=None,
        synced_contact_id=contact_id or person.synced_contact_id,
    )
    return Change(person, given.noted(*entries))


def _problems(task: Task, answer: RowAnswer) -> tuple[Problem, ...]:
    return (*task.left_out, *(answer.problems if isinstance(answer, Refused) else ()))


def _with(enrolment: Enrolment, state: EnrolmentState, why: str) -> Enrolment:
    return replace(enrolment, state=state, reason=why)


def _refused_here(sync: Sync) -> bool:
    """Whether a property that this sync writes has to be mended first."""
    broken = sync.status is Status.BROKEN and sync.cause in {Cause.PROPERTY_GONE, Cause.PROPERTY_CHANGED}
    return broken and sync.about in sync.plan.returns.values()
