"""What whoever is on call has paused: one row for all, which every batch reads with its campaigns.

`targets` is the set that decides; since when and why stands beside it, under the target's own name.
"""

from typing import TYPE_CHECKING

from referral_hubspot.storage import dynamo, keys
from referral_hubspot.usecases.pause import Pause

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class PauseTable:
    """Implements the port `PauseStore`; each change is one write, so that two at once lose nothing."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def pauses(self) -> list[Pause]:
        """All that hold now."""
        row = dynamo.batch_get(self._client, self._table, [keys.pauses()]).get(keys.pauses(), {})
        return [
            Pause(target, dynamo.moment(row[target]["since"]), row[target]["why"]) for target in row.get("targets", ())
        ]

    def begin(self, pause: Pause) -> None:
        """Add one; one that holds already stays as it is."""
        write = dynamo.update(
            self._table,
            keys.pauses(),
            "ADD targets :target SET #name = if_not_exists(#name, :told)",
            names={"#name": pause.target},
            values={":target": {pause.target}, ":told": {"since": pause.since, "why": pause.why}},
        )
        dynamo.transact(self._client, [write])

    def end(self, name: str) -> bool:
        """Remove one by its target; False when there was none."""
        write = dynamo.update(
            self._table,
            keys.pauses(),
            "DELETE targets :target REMOVE #name",
            condition="contains(targets, :name)",
            names={"#name": name},
            values={":target": {name}, ":name": name},
        )
        return not dynamo.transact(self._client, [write])
