"""HubSpot's rate budget: one clock per portal and kind of call, shared by every worker.

The row's `tat` (theoretical arrival time, in microseconds) is the time of the next slot. Slots are
`interval` apart, always, because only this one atomic counter gives them out, and a slot may be used
from `span` before its time up to its time. So any `w` seconds hold at most `(w + span) / interval + 1`
uses: with 10/s and a burst of 8, 108 in ten seconds, however many workers there are and however late
within its `until` each one uses its slots.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.errors import NoSlotError
from referral_hubspot.domain.lanes import Lane, Usage
from referral_hubspot.storage import keys

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SECOND = 1_000_000  # times are whole microseconds: DynamoDB adds them exactly
_HEAD = 200_000  # a slot taken by an idle portal stays good this long: the way back from DynamoDB
_GOOD_FOR = 500_000  # a slot later than this is not used
_ATTEMPTS = 8  # each lost race shows a newer `tat`; the form of the update then fits, but for idleness ending


@dataclass(frozen=True, slots=True)
class Slot:
    """One call, from `date` until `until` (epoch seconds)."""

    date: float
    until: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls per second and the burst on top; `burst` calls follow an idle moment without waiting.

    A burst shorter than 0.2 s counts as 0.2 s, because no worker can use a slot in no time.
    """

    per_second: float
    burst: int

    @property
    def interval(self) -> int:
        """Microseconds between two slots."""
        return math.ceil(_SECOND / self.per_second)

    @property
    def span(self) -> int:
        """How long before its time a slot may be used, in microseconds."""
        return max((self.burst - 1) * self.interval, _HEAD)

    def reach(self, lane: Lane) -> int | None:
        """How far ahead of now a lane may push the clock, in microseconds; None: as far as it may wait.

        The lower lanes stop well inside the span, so that a live call finds a slot at once.
        """
        match lane:
            case Lane.LIVE:
                return None
            case Lane.WRITE_BACK:
                return _HEAD + (self.span - _HEAD) // 2
            case Lane.BULK:
                return _HEAD + (self.span - _HEAD) // 4


class BudgetTable:
    """Gives out dated slots. Each reservation is one UpdateItem, unless another worker came first."""

    def __init__(
        self,
        table_name: str,
        dynamodb: "DynamoDBClient",
        *,
        per_second: float = 10.0,
        burst: int = 8,
        search_per_second: float = 4.0,
    ) -> None:
        self._table = table_name
        self._client = dynamodb
        self._rates = {"general": Rate(per_second, burst), "search": Rate(search_per_second, 1)}
        self._seen: dict[tuple[int, str], int] = {}  # tat only rises, so what was seen is a lower bound

    def reserve(
        self, portal_id: int, kind: str, lane: Lane, count: int, *, now: float, max_wait_s: float
    ) -> list[Slot]:
        """Between one and `count` slots, the first of them at most `max_wait_s` away.

        Raises:
            NoSlotError: it is further away; nothing is reserved.
        """
        rate = self._rates[kind]
        moment = round(now * _SECOND)
        floor = moment + _HEAD
        reach = rate.reach(lane)
        for _ in range(_ATTEMPTS):
            seen = self._seen.get((portal_id, kind), 0)
            first = max(seen, floor)
            if reach is None:
                number, latest = count, moment + rate.span + round(max_wait_s * _SECOND)
            else:
                number = max(1, min(count, (moment + reach - first) // rate.interval + 1))
                latest = moment + reach - (number - 1) * rate.interval
            if first > latest:
                start = rate.span if reach is None else reach
                raise NoSlotError(portal_id, (first - start - moment) / _SECOND)
            added = number * rate.interval
            if seen < floor:
                end = self._advance(portal_id, kind, "SET tat = :end", _IDLE, {":floor": floor, ":end": floor + added})
            else:
                limits = {":floor": floor, ":latest": latest, ":added": added}
                end = self._advance(portal_id, kind, "SET tat = tat + :added", _BUSY, limits)
            if end is not None:
                times = range(end - added, end, rate.interval)
                return [_slot(time, moment, rate) for time in times]
        raise NoSlotError(portal_id, rate.interval / _SECOND)

    def usage(self, portal_id: int, kind: str, *, now: float) -> Usage:
        """How much is in use at this moment; nothing is reserved."""
        row = self._client.get_item(TableName=self._table, Key=_key(portal_id, kind), ConsistentRead=True).get(
            "Item", {}
        )
        rate = self._rates[kind]
        moment = round(now * _SECOND)
        ahead = int(row["tat"]["N"]) - moment if "tat" in row else 0
        room = rate.span - _HEAD + rate.interval
        return Usage(min(1.0, max(0.0, (ahead - _HEAD) / room)), max(0.0, (ahead - rate.span) / _SECOND))

    def penalise(self, portal_id: int, kind: str, seconds: float, *, now: float) -> None:
        """Give out no slot for `seconds`, because HubSpot asked us to stop; a longer stop stays."""
        end = round((now + seconds) * _SECOND) + self._rates[kind].span
        self._advance(portal_id, kind, "SET tat = :end", "attribute_not_exists(tat) OR tat < :end", {":end": end})

    def pause(self, portal_id: int, seconds: float, *, now: float) -> None:
        """Stop every kind of call to the portal."""
        for kind in self._rates:
            self.penalise(portal_id, kind, seconds, now=now)

    def _advance(self, portal_id: int, kind: str, update: str, condition: str, values: dict[str, int]) -> int | None:
        """Where the clock stands after the update; None when the condition fails. Either way it is remembered."""
        request: dict[str, Any] = {"TableName": self._table, "Key": _key(portal_id, kind)}
        try:
            answer: Any = self._client.update_item(
                **request,
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues={name: {"N": str(value)} for name, value in values.items()},
                ReturnValues="UPDATED_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            refused: Any = error.response
            row = refused.get("Item") or self._client.get_item(**request, ConsistentRead=True).get("Item", {})
            self._seen[portal_id, kind] = int(row["tat"]["N"]) if "tat" in row else 0
            return None
        end = int(answer["Attributes"]["tat"]["N"])
        self._seen[portal_id, kind] = end
        return end


_IDLE = "attribute_not_exists(tat) OR tat < :floor"
_BUSY = "tat BETWEEN :floor AND :latest"


def _slot(time: int, now: int, rate: Rate) -> Slot:
    date = max(now, time - rate.span)
    return Slot(date / _SECOND, min(time, date + _GOOD_FOR) / _SECOND)


def _key(portal_id: int, kind: str) -> dict[str, Any]:
    key = keys.budget(portal_id, kind)
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}
