"""HubSpot's answers to batches of writes, judged row by row. Results come in any order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from referral_hubspot.domain.crm import DEAL_KEY, Conflict, Refused, RowAnswer, Unanswered, Written
from referral_hubspot.hubspot.reads import names, values
from referral_hubspot.hubspot.refusals import (
    about_another_property,
    category,
    existing_id,
    mapping,
    mappings,
    problems,
    says_taken,
    texts,
)

Json = Mapping[str, Any]

# Of a row that was not written for such a reason nothing is known; it may be tried again.
_PASSING = frozenset({"RATE_LIMITS", "RATE_LIMIT", "INTERNAL_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"})


@dataclass(frozen=True, slots=True)
class Sent:
    """A row as HubSpot gets it.

    `names` are what an answer may call the record by beside its trace, in lower case: a record id, an
    address, a deal's key. `unique` is the property whose value HubSpot may know already.
    """

    trace: str
    names: frozenset[str] = field(repr=False)
    unique: str
    input: Json = field(repr=False)


def judge(rows: Sequence[Sent], body: Json, *, created: bool | None) -> list[RowAnswer]:
    """What became of each row of a write.

    Args:
        created: Whether a row that was written is a new record; None: the result's `new` says.
    """
    answers: dict[str, RowAnswer] = {}
    open_rows = {row.trace: row for row in rows}
    for result in mappings(body.get("results")):
        row = _row_of_result(result, open_rows)
        if row is not None:
            answers[row.trace] = written(row.trace, result, created=created)
            del open_rows[row.trace]
    unnamed: list[Json] = []
    for error in mappings(body.get("errors")):
        named = _rows_of_error(error, open_rows)
        for row in named:
            answers[row.trace] = refusal(row, error)
            del open_rows[row.trace]
        if not named:
            unnamed.append(error)
    if len(open_rows) == len(unnamed) == 1:  # only one row is left for it to be about
        row = next(iter(open_rows.values()))
        answers[row.trace] = refusal(row, unnamed[0])
    refused = any(category(error) not in _PASSING for error in unnamed)
    return [answers.get(row.trace, Unanswered(row.trace, one_of_these_refused=refused)) for row in rows]


def written(trace: str, result: Json, *, created: bool | None) -> Written:
    """A result as the answer to its row."""
    is_new = result.get("new") is True if created is None else created
    return Written(trace, str(result["id"]), is_new, values(result))


def refusal(row: Sent, error: Json) -> RowAnswer:
    """An error as the answer to its row.

    A deal's key that is said to be taken without a word of by which deal is a Conflict with "": the
    deal can be read by its key.
    """
    another = about_another_property(error, row.unique)
    if (existing := existing_id(error)) is not None and not another:
        return Conflict(row.trace, existing)
    if category(error) in _PASSING:
        return Unanswered(row.trace)
    if row.unique == DEAL_KEY and not another and says_taken(error, DEAL_KEY):
        return Conflict(row.trace, "")
    return Refused(row.trace, category(error), problems(error))


def _row_of_result(result: Json, rows: Mapping[str, Sent]) -> Sent | None:
    if not result.get("id"):
        return None
    for trace in texts(result.get("objectWriteTraceId")):
        return rows.get(trace)
    called = names(result)
    return next((row for row in rows.values() if row.names & called), None)


def _rows_of_error(error: Json, rows: Mapping[str, Sent]) -> list[Sent]:
    context = mapping(error.get("context"))
    if traces := texts(context.get("objectWriteTraceId")):
        return [rows[trace] for trace in traces if trace in rows]
    named = {name.lower() for key in ("ids", "id") for name in texts(context.get(key))}
    return [row for row in rows.values() if row.names & named]
