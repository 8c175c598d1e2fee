"""What HubSpot refused last of each mapping row: one row per campaign and side."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from referral_hubspot.domain.refusals import RowRefusal
from referral_hubspot.domain.settings import Part, Side
from referral_hubspot.storage import dynamo, keys
from referral_hubspot.storage.dynamo import moment, timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class RefusalRepository:
    """Each mapping row is an attribute `part/property`, with the settings version that was refused."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def remember(
        self,
        account_id: str,
        campaign_id: str,
        side: Side,
        version: int,
        refusals: Mapping[tuple[Part, str], RowRefusal],
    ) -> None:
        """Keep the last refusal of each mapping row of a settings version."""
        rows = list(refusals.items())
        names = {f"#row{index}": f"{part}/{name}" for index, ((part, name), _) in enumerate(rows)}
        values = {
            f":row{index}": {
                "code": refusal.code,
                "lead_id": refusal.person_id,
                "at": timestamp(refusal.at),
                "version": version,
            }
            for index, (_, refusal) in enumerate(rows)
        }
        self._client.update_item(
            TableName=self._table,
            Key=dynamo.marshal(keys.refusals(account_id, campaign_id, side).item()),
            UpdateExpression="SET " + ", ".join(f"#row{index} = :row{index}" for index in range(len(rows))),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=dynamo.marshal(values),
        )

    def refusals(
        self, account_id: str, campaign_id: str, side: Side, version: int
    ) -> dict[tuple[Part, str], RowRefusal]:
        """What was refused of the rows as they were saved under `version`; what was refused before is mended."""
        key = keys.refusals(account_id, campaign_id, side)
        row = dynamo.batch_get(self._client, self._table, [key]).get(key, {})
        found: dict[tuple[Part, str], RowRefusal] = {}
        for name, refusal in row.items():
            part, separator, property_name = name.partition("/")
            if separator and refusal["version"] == version:
                at = moment(refusal["at"])
                found[Part(part), property_name] = RowRefusal(refusal["code"], refusal["lead_id"], at)
        return found
