"""One row a campaign: who writes return fields now, and whether a message to do so is on its way."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from referral_hubspot.storage import keys
from referral_hubspot.storage.dynamo import timestamp, transact, update

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_LATEST = timedelta(minutes=1)
"""A message that did not come so long after its time is taken for lost: whoever sent it may have died before."""

_EARLY = timedelta(seconds=2)
"""By so much it may come before its time."""

_ROUGHLY = timedelta(seconds=5)
"""One that comes so little later comes soon enough."""


class TurnTable:
    """Turns at writing return fields; see the port `Turns`."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def ask(self, account_id: str, campaign_id: str, comes_at: datetime, now: datetime) -> bool:
        """Whether a message that comes then has to be sent: False while one is on its way that comes no later.

        It is on its way until a worker took its turn after the message's time, and a minute longer at the most.
        """
        write = update(
            self._table,
            keys.returns(account_id, campaign_id),
            "SET comes_at = :comes_at",
            condition="attribute_not_exists(comes_at) OR comes_at <= came_by OR comes_at < :lost"
            " OR comes_at > :soon_enough",
            values={
                ":comes_at": timestamp(comes_at),
                ":lost": timestamp(now - _LATEST),
                ":soon_enough": timestamp(comes_at + _ROUGHLY),
            },
        )
        return not transact(self._client, [write])

    def expect(self, account_id: str, campaign_id: str, comes_at: datetime) -> None:
        """A message is sent that comes then, whatever else is on its way."""
        values = {":comes_at": timestamp(comes_at)}
        key = keys.returns(account_id, campaign_id)
        transact(self._client, [update(self._table, key, "SET comes_at = :comes_at", values=values)])

    def take(self, account_id: str, campaign_id: str, now: datetime, until: datetime) -> bool:
        """Take the turn; False while another worker has it."""
        write = update(
            self._table,
            keys.returns(account_id, campaign_id),
            "SET taken_until = :until, came_by = :came_by",
            condition="attribute_not_exists(taken_until) OR taken_until < :now",
            values={
                ":now": timestamp(now),
                ":until": timestamp(until),
                ":came_by": timestamp(now + _EARLY),
            },
        )
        return not transact(self._client, [write])

    def give_back(self, account_id: str, campaign_id: str) -> None:
        """End the turn."""
        transact(self._client, [update(self._table, keys.returns(account_id, campaign_id), "REMOVE taken_until")])
