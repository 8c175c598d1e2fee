"""Lets days pass for one lead that waits: what becomes of it is otherwise seen after 7 days, or after 90."""

import json
from datetime import UTC, datetime, timedelta

from boto3.dynamodb.conditions import Attr

from simulators.platform.stack import Stack, aws


class NotWaitingError(Exception):
    """The lead waits for nothing, so no days can pass for it."""


def let_pass(stack: Stack, lead: tuple[str, str, str], days: int) -> None:
    """Let a lead (account, campaign, id) have waited for so many days, and the integration look after its campaign.

    Raises:
        NotWaitingError: there is no such lead that waits.
    """
    account_id, campaign_id, lead_id = lead
    tables = aws(stack).resource("dynamodb", endpoint_url=stack.aws_endpoint_url)
    table = tables.Table(_resource(stack, "CampaignTable"))
    place = Attr("waiting_sk")
    condition = place.contains(account_id) & place.contains(campaign_id) & place.contains(lead_id)
    found = table.scan(FilterExpression=condition)["Items"]
    if not found:
        raise NotWaitingError
    since = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="microseconds").replace("+00:00", "Z")
    for row in found:
        position = str(row["waiting_sk"]).replace(str(row["held_since"]), since)
        table.update_item(
            Key={"pk": row["pk"], "sk": row["sk"]},
            UpdateExpression="SET held_since = :since, waiting_sk = :position",
            ConditionExpression="attribute_exists(held_since)",
            ExpressionAttributeValues={":since": since, ":position": position},
        )
    aws(stack).client("lambda", endpoint_url=stack.aws_endpoint_url).invoke(
        FunctionName=_resource(stack, "SweepFunction"),
        Qualifier="live",
        InvocationType="Event",
        Payload=json.dumps({"account_id": account_id, "campaign_id": campaign_id}).encode(),
    )


def _resource(stack: Stack, logical_id: str) -> str:
    cloudformation = aws(stack).client("cloudformation", endpoint_url=stack.aws_endpoint_url)
    described = cloudformation.describe_stack_resource(StackName=str(stack.stack_name), LogicalResourceId=logical_id)
    return str(described["StackResourceDetail"]["PhysicalResourceId"])
