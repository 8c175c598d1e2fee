"""Batch calls, which contacts and deals have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

from referral_hubspot.domain.crm import ObjectType, Refused, RowAnswer
from referral_hubspot.domain.errors import RequestRefusedError
from referral_hubspot.hubspot import answers
from referral_hubspot.hubspot.answers import Sent
from referral_hubspot.hubspot.calls import Caller
from referral_hubspot.hubspot.transport import API_VERSION

REFUSALS = (400, 404, 409)

_MOST_ROWS = 100


def objects(object_type: ObjectType) -> str:
    """The path of a type of records."""
    return f"/crm/objects/{API_VERSION}/{object_type.plural}"


class Batches:
    """The part of `HubSpotCrm` that other parts build on; it calls by the `_caller` it finds there."""

    _caller: Caller

    def _read(
        self,
        object_type: ObjectType,
        ids: Sequence[str],
        properties: Sequence[str],
        *,
        by: str = "",
        history_of: Sequence[str] = (),
    ) -> Mapping[str, Any]:
        """What HubSpot answers of records named by id, or `by` a unique property."""
        body = {
            **({"idProperty": by} if by else {}),
            "inputs": [{"id": value} for value in ids],
            "properties": list(dict.fromkeys(properties)),
            "propertiesWithHistory": list(history_of),
        }
        return self._caller.call("POST", f"{objects(object_type)}/batch/read", body).body

    def _write(
        self, object_type: ObjectType, verb: str, rows: Sequence[Sent], *, created: bool | None
    ) -> list[RowAnswer]:
        """One batch. A whole refusal of a single row is that row's answer, where it says what to do next."""
        alone = rows[0] if len(rows) == 1 else None
        body = {"inputs": [dict(row.input) for row in rows]}
        path = f"{objects(object_type)}/batch/{verb}"
        reply = self._caller.call("POST", path, body, accept=REFUSALS if alone else ())
        if alone is None or reply.status < 400:
            return answers.judge(rows, reply.body, created=created)
        said = {"category": "CONFLICT", **reply.body} if reply.status == 409 else reply.body
        answer = answers.refusal(alone, said)
        if isinstance(answer, Refused):
            raise RequestRefusedError(reply.status, answer.category, answer.problems)
        return [answer]


def assert_batch(identities: Sequence[str], most: int = _MOST_ROWS) -> None:
    """What HubSpot refuses whole, and its callers must not let happen."""
    if len(identities) > most:
        raise ValueError(f"{len(identities)} rows in one call, HubSpot takes {most}")
    if not all(identities):
        raise ValueError("a row names no record")
    if len({identity.lower() for identity in identities}) != len(identities):
        raise ValueError("one record is named twice in one call")


def assert_rows(traces: Sequence[str], identities: Sequence[str]) -> None:
    """As `assert_batch`, for rows that are written."""
    assert_batch(identities)
    if len(set(traces)) != len(traces):
        raise ValueError("two rows of one call have the same trace")
