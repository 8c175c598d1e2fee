"""Whether a campaign's connection works, line by line."""

from collections.abc import Mapping

from referral_hubspot.domain.connection_check import Line, Topic

from .endpoint import Call
from .models import CheckLineAnswer, ConnectionCheckAnswer

_LABELS: Mapping[Topic, str] = {
    Topic.CONNECTED: "Connected",
    Topic.GRANT: "HubSpot answers",
    Topic.PERMISSIONS: "Permissions",
    Topic.SETTINGS: "Leads settings",
    Topic.WEBHOOKS: "HubSpot tells of changes",
    Topic.BUDGET: "Calls to HubSpot",
    Topic.SWEEP: "Changes that were missed",
}


def run(call: Call) -> ConnectionCheckAnswer:
    """Check the connection now; for this a contact is made in HubSpot and deleted again."""
    campaign = call.known.campaign
    lines = call.services.check_connection(campaign.account_id, campaign.campaign_id)
    return ConnectionCheckAnswer(ok=all(line.ok for line in lines), lines=[_line(line) for line in lines])


def _line(line: Line) -> CheckLineAnswer:
    return CheckLineAnswer(
        code=line.code, label=_LABELS[line.code], ok=line.ok, message=line.message, next_step=line.next_step
    )
