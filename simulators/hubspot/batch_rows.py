"""How HubSpot treats a batch whose rows are not all good: in part, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulators.hubspot.answers import Answer, Call, batch_answer
from simulators.hubspot.moments import iso, now_ms
from simulators.hubspot.problems import ProblemError, bad_request, record_exists
from simulators.hubspot.record_writes import Commit

Json = dict[str, Any]
Plan = Callable[[Json], Commit | None]
Key = tuple[str, str]

LARGEST_BATCH = 100


def carry_out(
    call: Call,
    rows: list[Json],
    plan: Plan,
    *,
    ok: int,
    together: bool = False,
    keys_in: Callable[[Json], list[Key]] | None = None,
) -> Answer:
    """With a trace id of its own on every row, bad rows are reported and the others written; else all or nothing."""
    traces = [row.get("objectWriteTraceId") for row in rows]
    traced = None not in traces and len(set(traces)) == len(traces)
    started = now_ms()
    results: list[Json] = []
    problems: list[Json] = []
    if together or not traced:
        _refuse_twins(call, rows, keys_in)
        commits, missing = _plan_all(rows, plan)
        problems = [problem.row(trace) for trace, problem in missing]
        results = [_traced(commit(), row) for row, commit in commits]
    else:
        for row in rows:
            try:
                commit = plan(row)
            except ProblemError as problem:
                problems.append(problem.row(row["objectWriteTraceId"]))
                continue
            if commit is not None:
                results.append(_traced(commit(), row))
    return batch_answer(disordered(call, results), problems, iso(started), iso(now_ms()), ok)


def _plan_all(rows: list[Json], plan: Plan) -> tuple[list[tuple[Json, Commit]], list[tuple[str | None, ProblemError]]]:
    """A record that does not exist is always a row of its own; any other problem refuses the whole batch."""
    commits: list[tuple[Json, Commit]] = []
    missing: list[tuple[str | None, ProblemError]] = []
    refusals: list[ProblemError] = []
    for row in rows:
        try:
            commit = plan(row)
        except ProblemError as problem:
            if problem.category == "OBJECT_NOT_FOUND":
                missing.append((row.get("objectWriteTraceId"), problem))
            else:
                refusals.append(problem)
            continue
        if commit is not None:
            commits.append((row, commit))
    if refusals:
        first = refusals[0]
        first.errors = [error for problem in refusals for error in problem.errors]
        raise first
    return commits, missing


def inputs(call: Call) -> list[Json]:
    rows = call.json().get("inputs")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bad_request("inputs must be a list of objects")
    call.rows = len(rows)
    if not rows:
        raise bad_request("inputs must not be empty")
    if len(rows) > LARGEST_BATCH:
        raise bad_request(f"The maximum number of inputs supported in a batch request is {LARGEST_BATCH}")
    return rows


def identity(row: Json) -> str:
    value = str(row.get("id", ""))
    return value.strip().lower() if row.get("idProperty") == "email" else value


def refuse_duplicates(ids: list[str]) -> None:
    twice = sorted({value for value in ids if ids.count(value) > 1}) if len(set(ids)) < len(ids) else []
    if twice:
        message = f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique"
        raise bad_request(message, ids=twice)


def _refuse_twins(call: Call, rows: list[Json], keys_in: Callable[[Json], list[Key]] | None) -> None:
    """Two new records with one e-mail or other unique value in an untraced batch: neither is created."""
    keys = [key for row in rows for key in keys_in(row)] if keys_in else []
    if len(set(keys)) < len(keys):
        raise record_exists(call.store.type.name, None)


def _traced(result: Json, row: Json) -> Json:
    trace = row.get("objectWriteTraceId")
    return result if trace is None else result | {"objectWriteTraceId": trace}


def disordered(call: Call, results: list[Json]) -> list[Json]:
    """Never the order of the inputs, unless the switch says so."""
    if call.simulation.switches.results_in_input_order or len(results) < 2:
        return results
    shuffled = list(results)
    call.simulation.random.shuffle(shuffled)
    return shuffled if shuffled != results else shuffled[::-1]
