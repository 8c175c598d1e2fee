"""What an admin is told of a sync that cannot be had."""

from collections.abc import Sequence
from dataclasses import dataclass

from referral_hubspot.domain.errors import PermanentError


class UnknownSyncError(PermanentError):
    """The campaign has no such sync."""

    def __init__(self, sync_id: str) -> None:
        super().__init__(f"no sync {sync_id}")
        self.sync_id = sync_id


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """What is wrong with a plan, and what to do about it."""

    code: str
    field: str
    message: str
    next_step: str


class PlanRefusedError(PermanentError):
    """A plan that cannot be carried out; nothing was started."""

    def __init__(self, problems: Sequence[PlanProblem]) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems = tuple(problems)


class SyncRefusedError(PermanentError):
    """What the sync cannot do now, and what to do instead."""

    def __init__(self, code: str, message: str, next_step: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.next_step = next_step
