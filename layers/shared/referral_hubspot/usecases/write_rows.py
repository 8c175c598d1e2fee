"""Write rows into one HubSpot account: what HubSpot refuses in one row never costs another one its place."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import IntEnum
from http import HTTPStatus
from typing import assert_never

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import (
    DEAL_KEY,
    ContactRow,
    DealRow,
    ObjectType,
    Problem,
    Refused,
    RowAnswer,
    Unanswered,
)
from referral_hubspot.domain.errors import RequestRefusedError, ScopeMissingError
from referral_hubspot.domain.mapping import is_required
from referral_hubspot.usecases.parcels import Parcel
from referral_hubspot.usecases.ports import Crm

ROWS_PER_CALL = 100  # HubSpot's limit for every batch endpoint
GONE = "OBJECT_NOT_FOUND"

ABOUT_THE_PROPERTY = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
"""Codes that hold for every row with the property, so one refusal settles them all."""

_TAKEN = "CONFLICTING_UNIQUE_VALUE"

_ROWS_AT_FAULT = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})


class Step(IntEnum):
    """The way a row is written; also the order within a round."""

    UPSERT = 1
    CREATE = 2
    UPDATE = 3
    DEAL = 4

    @property
    def object_type(self) -> ObjectType:
        """What is written."""
        return ObjectType.DEAL if self is Step.DEAL else ObjectType.CONTACT


@dataclass(frozen=True, slots=True)
class Task:
    """A row that is still to be written; `contact_id` is of the contact to update, or to put beside the deal."""

    parcel: Parcel
    step: Step
    properties: dict[str, str] = field(repr=False)
    contact_id: str = ""
    left_out: tuple[Problem, ...] = ()

    @property
    def identity(self) -> str:
        """What may be named once in a call."""
        if self.step is Step.DEAL:
            return self.deal_key
        return self.contact_id if self.step is Step.UPDATE else self.parcel.person.email

    @property
    def deal_key(self) -> str:
        """The value that tells the deal from all others; "" if none is made."""
        return self.parcel.deal.key if self.parcel.deal else ""

    @property
    def unique(self) -> frozenset[str]:
        """Those of its properties, beside address and key, that another record may have the value of."""
        mapped = self.parcel.deal.mapped if self.parcel.deal and self.step is Step.DEAL else self.parcel.contact
        return mapped.unique & self.properties.keys() if mapped else frozenset()

    def without(self, problems: Sequence[Problem]) -> "Task":
        """The same row without the values that HubSpot refuses."""
        refused = {problem.property for problem in problems}
        kept = {name: value for name, value in self.properties.items() if name not in refused}
        return replace(self, properties=kept, left_out=(*self.left_out, *problems))

    def without_unique(self) -> "Task":
        """The same row without any value that another record may have."""
        return self.without([self.taken(name) for name in sorted(self.unique)])

    def taken(self, property_name: str = "") -> Problem:
        """That another record has a value of this one's, of this property as far as that is known."""
        why = f"another {self.step.object_type} in HubSpot has a value of this one that no two may share"
        return Problem(property_name, _TAKEN, why)

    def updating(self, contact_id: str) -> "Task":
        """The row as an update of the contact that has its address; its unique values were not what HubSpot meant."""
        mapped = self.parcel.contact.properties if self.parcel.contact else {}
        back = {problem.property for problem in self.left_out if problem.code == _TAKEN}
        return replace(
            self,
            step=Step.UPDATE,
            contact_id=contact_id,
            properties=self.properties | {name: value for name, value in mapped.items() if name in back},
            left_out=tuple(problem for problem in self.left_out if problem.property not in back),
        )


def calls(tasks: Iterable[Task]) -> list[list[Task]]:
    """Tasks in calls of at most 100, one record or address once per call: HubSpot refuses a repeated one."""
    packed: list[list[Task]] = []
    next_call: dict[tuple[Step, str], int] = defaultdict(int)
    for task in tasks:
        mark = task.step, task.identity
        index = next_call[mark]
        while index < len(packed) and len(packed[index]) == ROWS_PER_CALL:
            index += 1
        if index == len(packed):
            packed.append([])
        packed[index].append(task)
        next_call[mark] = index + 1
    return packed


def written(crm: Crm, tasks: Sequence[Task]) -> Iterator[tuple[Task, RowAnswer]]:
    """One call of one step; refused whole, it is made again without what is at fault, in halves if need be.

    Answers come as they are known: a later call that fails must not make the earlier ones forgotten.
    """
    if not tasks:
        return
    step = tasks[0].step
    try:
        answers = _call(crm, step, tasks)
    except RequestRefusedError as error:
        if not _about_rows(step, error):
            raise
        if hopeless := _hopeless(step, error.problems):
            for task in tasks:
                yield task, Refused("0", error.category, (hopeless,))
        elif cleaned := _cleaned(tasks, error.problems):
            yield from written(crm, cleaned)
        elif len(tasks) > 1:
            yield from _in_halves(crm, tasks)
        else:
            category = GONE if error.status == HTTPStatus.NOT_FOUND else error.category
            yield tasks[0], Refused("0", category, error.problems)
        return
    doubtful: list[Task] = []
    for answer in answers:
        task = tasks[int(answer.trace)]
        if isinstance(answer, Unanswered) and answer.one_of_these_refused and len(tasks) > 1:
            doubtful.append(task)
        else:
            yield task, answer
    yield from _in_halves(crm, doubtful)


@contextmanager
def about_deals() -> Iterator[None]:
    """Name the permissions of calls about deals where HubSpot's refusal names none."""
    try:
        yield
    except ScopeMissingError as error:
        raise error if error.scopes else ScopeMissingError(error.portal_id, scopes.DEALS) from error


def _call(crm: Crm, step: Step, tasks: Sequence[Task]) -> list[RowAnswer]:
    numbered = [(str(index), task) for index, task in enumerate(tasks)]
    match step:
        case Step.UPSERT:
            return crm.upsert_contacts([_contact_row(trace, task) for trace, task in numbered])
        case Step.CREATE:
            return crm.create_contacts([_contact_row(trace, task) for trace, task in numbered])
        case Step.UPDATE:
            return crm.update_contacts([_contact_row(trace, task) for trace, task in numbered])
        case Step.DEAL:
            with about_deals():
                return crm.create_deals(
                    [DealRow(trace, task.deal_key, task.properties, task.contact_id) for trace, task in numbered]
                )
        case _:
            assert_never(step)


def _contact_row(trace: str, task: Task) -> ContactRow:
    return ContactRow(trace, task.properties, task.parcel.person.email, task.contact_id)


def _in_halves(crm: Crm, tasks: Sequence[Task]) -> Iterator[tuple[Task, RowAnswer]]:
    middle = len(tasks) // 2
    yield from written(crm, tasks[:middle])
    yield from written(crm, tasks[middle:])


def _about_rows(step: Step, error: RequestRefusedError) -> bool:
    """Whether the rows are at fault; otherwise it is the call itself, which is our fault and nobody's rejection."""
    if error.status == HTTPStatus.NOT_FOUND:
        return step is Step.UPDATE or (step is Step.DEAL and error.category == GONE)
    return error.status in _ROWS_AT_FAULT


def _hopeless(step: Step, problems: Sequence[Problem]) -> Problem | None:
    """The problem that every row of the step has and that no row can do without."""
    return next(
        (
            problem
            for problem in problems
            if problem.code in ABOUT_THE_PROPERTY
            and step is Step.DEAL
            and (problem.property == DEAL_KEY or is_required(ObjectType.DEAL, problem.property))
        ),
        None,
    )


def _cleaned(tasks: Sequence[Task], problems: Sequence[Problem]) -> list[Task] | None:
    """The tasks without properties that no row can have; None if the refusal is not about such."""
    unfit = [
        problem
        for problem in problems
        if problem.code in ABOUT_THE_PROPERTY and not is_required(tasks[0].step.object_type, problem.property)
    ]
    names = {problem.property for problem in unfit}
    if not any(names & task.properties.keys() for task in tasks):
        return None
    return [task.without([problem for problem in unfit if problem.property in task.properties]) for task in tasks]
