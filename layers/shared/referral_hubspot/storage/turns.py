"""One row a campaign: who writes return fields now, and whether a message to do so is on its way."""

from datetime import datetime
from typing import TYPE_CHECKING

from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import timestamp, transact, update

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class TurnTable:
    """Turns at writing return fields; see the port `Turns`."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def ask(self, account_id: str, campaign_id: str, now: datetime, until: datetime) -> bool:
        """Whether a message has to be sent: False while one is on its way."""
        return self._set(account_id, campaign_id, "SET asked_until = :until", "asked_until", now, until)

    def take(self, account_id: str, campaign_id: str, now: datetime, until: datetime) -> bool:
        """Take the turn, and let the next one be asked for; False while another worker has it."""
        change = "SET taken_until = :until REMOVE asked_until"
        return self._set(account_id, campaign_id, change, "taken_until", now, until)

    def give_back(self, account_id: str, campaign_id: str) -> None:
        """End the turn."""
        transact(self._client, [update(self._table, keys.returns(account_id, campaign_id), "REMOVE taken_until")])

    def _set(self, account_id: str, campaign_id: str, change: str, name: str, now: datetime, until: datetime) -> bool:
        write = update(
            self._table,
            keys.returns(account_id, campaign_id),
            change,
            condition=f"attribute_not_exists({name}) OR {name} < :now",
            values={":now": timestamp(now), ":until": timestamp(until)},
        )
        return not transact(self._client, [write])
