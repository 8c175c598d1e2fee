"""Write people into one HubSpot account in the fewest calls, and say of each what came of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from http import HTTPStatus

from referral_hubspot.domain.crm import Conflict, Contact, ContactRow, Problem, Refused, RowAnswer, Unanswered, Written
from referral_hubspot.domain.errors import PermanentError, RequestRefusedError, RetryableError
from referral_hubspot.domain.mapping import Mapped, is_required
from referral_hubspot.domain.people import Person, PersonKey, Verdict
from referral_hubspot.domain.settings import Duplicates
from referral_hubspot.domain.verdict import verdict
from referral_hubspot.usecases.ports import Crm

ROWS_PER_CALL = 100  # HubSpot's limit for every batch endpoint

_ABOUT_THE_PROPERTY = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
"""Codes that hold for every row with the property, so one refusal settles them all."""

_ROWS_AT_FAULT = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
_GONE = "OBJECT_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A decided person with what to write, and HubSpot's `contact` if the address was looked up and found."""

    person: Person
    duplicates: Duplicates
    mapped: Mapped
    contact: Contact | None = None

    @property
    def properties(self) -> Mapping[str, str]:
        """Property → value as HubSpot takes it."""
        return self.mapped.properties

    @property
    def left_out(self) -> Mapping[str, str]:
        """Property → why its value could not be sent."""
        return self.mapped.left_out


@dataclass(frozen=True, slots=True)
class Arrived:
    """HubSpot has the person. `left_out` are the values it refused; `answered` what it says it holds."""

    record_id: str
    created: bool
    answered: Mapping[str, str] = field(repr=False)
    left_out: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class WasKnown:
    """The address belongs to someone who was in HubSpot before; nothing was written."""

    record_id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """HubSpot refuses the person; a repetition would not help."""

    problem: Problem


Result = Arrived | WasKnown | Refusal


@dataclass(slots=True)
class Delivery:
    """What came of a delivery. Who has no result must be tried again; `fault` says why, if one stopped it."""

    results: dict[PersonKey, Result] = field(default_factory=dict)
    fault: RetryableError | PermanentError | None = None


class _Step(IntEnum):
    """The way a row is written; also the order within a round."""

    UPSERT = 1
    CREATE = 2
    UPDATE = 3


@dataclass(frozen=True, slots=True)
class _Task:
    parcel: Parcel
    step: _Step
    record_id: str = ""
    left_out: tuple[Problem, ...] = ()

    def row(self, trace: str) -> ContactRow:
        return ContactRow(trace, self.parcel.properties, self.parcel.person.email, self.record_id)

    @property
    def identity(self) -> tuple[_Step, str]:
        return self.step, self.record_id if self.step is _Step.UPDATE else self.parcel.person.email


def deliver(crm: Crm, parcels: Sequence[Parcel]) -> Delivery:
    """Write all parcels; what HubSpot refuses in one row never costs another one its place.

    Under *Update* a row is an upsert by e-mail; under *Do nothing* a create. A conflict names the
    record that has the address: it is judged by its age under *Do nothing*, then updated by id.
    """
    return _Run(crm).run(parcels)


class _Run:
    def __init__(self, crm: Crm) -> None:
        self._crm = crm
        self._delivery = Delivery()
        self._calls: Mapping[_Step, Callable[[Sequence[ContactRow]], list[RowAnswer]]] = {
            _Step.UPSERT: crm.upsert_contacts,
            _Step.CREATE: crm.create_contacts,
            _Step.UPDATE: crm.update_contacts,
        }

    def run(self, parcels: Sequence[Parcel]) -> Delivery:
        tasks = [_first_task(parcel) for parcel in parcels]
        try:
            # Each round settles a row, shrinks it by a refused value, or turns a conflict into an update.
            while tasks:
                tasks = self._round(tasks)
        except (RetryableError, PermanentError) as fault:
            self._delivery.fault = fault
        return self._delivery

    def _round(self, tasks: Sequence[_Task]) -> list[_Task]:
        following: list[_Task] = []
        conflicts: list[tuple[_Task, str]] = []
        for step in _Step:
            for call in _calls(task for task in tasks if task.step is step):
                for task, answer in self._write(step, call):
                    if isinstance(answer, Conflict):
                        conflicts.append((task, answer.existing_id))
                    elif (again := self._settle(task, answer)) is not None:
                        following.append(again)
        return following + self._resolved(conflicts)

    def _write(self, step: _Step, tasks: Sequence[_Task]) -> Iterator[tuple[_Task, RowAnswer]]:
        """One call; refused whole, it is made again without what is at fault, in halves if need be.

        Answers come as they are known: a later call that fails must not make the earlier ones forgotten.
        """
        if not tasks:
            return
        try:
            answers = self._calls[step]([task.row(str(index)) for index, task in enumerate(tasks)])
        except RequestRefusedError as error:
            if not _about_rows(step, error):
                raise
            if cleaned := _without(tasks, error.problems):
                yield from self._write(step, cleaned)
            elif len(tasks) > 1:
                yield from self._in_halves(step, tasks)
            else:
                category = _GONE if error.status == HTTPStatus.NOT_FOUND else error.category
                yield tasks[0], Refused("0", category, error.problems)
            return
        doubtful: list[_Task] = []
        for answer in answers:
            task = tasks[int(answer.trace)]
            if isinstance(answer, Unanswered) and answer.one_of_these_refused and len(tasks) > 1:
                doubtful.append(task)
            else:
                yield task, answer
        yield from self._in_halves(step, doubtful)

    def _in_halves(self, step: _Step, tasks: Sequence[_Task]) -> Iterator[tuple[_Task, RowAnswer]]:
        middle = len(tasks) // 2
        yield from self._write(step, tasks[:middle])
        yield from self._write(step, tasks[middle:])

    def _settle(self, task: _Task, answer: Written | Refused | Unanswered) -> _Task | None:
        key = task.parcel.person.key
        match answer:
            case Written():
                self._delivery.results[key] = Arrived(
                    answer.record_id, answer.created, answer.properties, task.left_out
                )
            case Refused(category=category) if category == _GONE:
                pass  # the record went between two calls: a later attempt starts afresh
            case Refused():
                refused = {problem.property for problem in answer.problems}
                if refused and all(name in task.parcel.properties and not is_required(name) for name in refused):
                    return _lighter(task, answer.problems)
                self._delivery.results[key] = Refusal(_telling(answer))
            case Unanswered():
                pass
        return None

    def _resolved(self, conflicts: Sequence[tuple[_Task, str]]) -> list[_Task]:
        judged = [existing for task, existing in conflicts if task.parcel.duplicates is Duplicates.SKIP]
        contacts: dict[str, Contact] = {}
        for start in range(0, len(judged), ROWS_PER_CALL):
            contacts |= self._crm.read_contacts(list(dict.fromkeys(judged[start : start + ROWS_PER_CALL])), ())
        updates = []
        for task, existing in conflicts:
            if task.parcel.duplicates is Duplicates.SKIP:
                contact = contacts.get(existing)
                if contact is None:
                    continue  # deleted meanwhile: a later attempt creates it
                if verdict(contact.created_at, task.parcel.person.joined_at) is Verdict.KNOWN:
                    self._delivery.results[task.parcel.person.key] = WasKnown(contact.record_id)
                    continue
                existing = contact.record_id
            updates.append(replace(task, step=_Step.UPDATE, record_id=existing))
        return updates


def _first_task(parcel: Parcel) -> _Task:
    if parcel.contact is not None:
        return _Task(parcel, _Step.UPDATE, parcel.contact.record_id)
    return _Task(parcel, _Step.UPSERT if parcel.duplicates is Duplicates.UPDATE else _Step.CREATE)


def _calls(tasks: Iterable[_Task]) -> list[list[_Task]]:
    """Tasks in calls of at most 100, one record or address once per call: HubSpot refuses a repeated one."""
    calls: list[list[_Task]] = []
    next_call: dict[tuple[_Step, str], int] = defaultdict(int)
    for task in tasks:
        index = next_call[task.identity]
        while index < len(calls) and len(calls[index]) == ROWS_PER_CALL:
            index += 1
        if index == len(calls):
            calls.append([])
        calls[index].append(task)
        next_call[task.identity] = index + 1
    return calls


def _about_rows(step: _Step, error: RequestRefusedError) -> bool:
    """Whether the rows are at fault; otherwise it is the call itself, which is our fault and nobody's rejection."""
    return error.status in _ROWS_AT_FAULT or (error.status == HTTPStatus.NOT_FOUND and step is _Step.UPDATE)


def _without(tasks: Sequence[_Task], problems: Sequence[Problem]) -> list[_Task] | None:
    """The tasks without properties that no row can have; None if the refusal is not about such."""
    unfit = [
        problem for problem in problems if problem.code in _ABOUT_THE_PROPERTY and not is_required(problem.property)
    ]
    names = {problem.property for problem in unfit}
    if not any(names & task.parcel.properties.keys() for task in tasks):
        return None
    return [
        _lighter(task, [problem for problem in unfit if problem.property in task.parcel.properties]) for task in tasks
    ]


def _lighter(task: _Task, problems: Sequence[Problem]) -> _Task:
    refused = {problem.property for problem in problems}
    kept = {name: value for name, value in task.parcel.properties.items() if name not in refused}
    mapped = replace(task.parcel.mapped, properties=kept)
    return replace(task, parcel=replace(task.parcel, mapped=mapped), left_out=(*task.left_out, *problems))


def _telling(refused: Refused) -> Problem:
    return refused.problems[0] if refused.problems else Problem("", refused.category, "")
