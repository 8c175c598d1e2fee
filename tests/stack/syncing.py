"""Contacts and lists in HubSpot for syncs, and how far a sync of a campaign came."""

from collections.abc import Mapping
from typing import Any

from tests.stack.driver import Driver, new_id
from tests.stack.waiting import wait_until

RUN_SECONDS = 60
FIELDS = {"first_name": "firstname", "email": "email"}
RETURNS = {"referral_link": "referral_link", "referrals_count": "referrals_count"}


def seed(campaign: Driver, count: int, **more: Any) -> list[str]:
    """Ids of contacts that are simply there."""
    name = new_id("c")
    properties = {"email": f"{name}-{{n}}@example.com", "firstname": "C{n}"}
    asked = {"portal": campaign.hubspot.id, "count": count, "properties": properties, **more}
    return list(campaign.hubspot.control("seed", asked)["ids"])


def a_list(campaign: Driver, members: list[str]) -> str:
    """A static list in HubSpot."""
    path = f"portals/{campaign.hubspot.id}/lists"
    return str(campaign.hubspot.control(path, {"name": "Happy customers", "members": members})["id"])


def change_list(campaign: Driver, list_id: str, **change: list[str]) -> None:
    """Let contacts join or leave a list."""
    campaign.hubspot.control(f"portals/{campaign.hubspot.id}/lists/{list_id}", change)


def properties(campaign: Driver, contact: str) -> Mapping[str, str]:
    """What a contact has in HubSpot."""
    found = campaign.hubspot.control(f"portals/{campaign.hubspot.id}/contacts/{contact}")
    return dict(found["properties"])


def has_link(campaign: Driver, contact: str) -> bool:
    return properties(campaign, contact).get("referral_link", "").startswith("https://refer.example.com/")


def start(campaign: Driver, **plan: Any) -> dict[str, Any]:
    """Start a sync as its preview asks to be confirmed."""
    form = {"fields": FIELDS, "returns": RETURNS, **plan}
    preview = campaign.api("POST", "syncs/preview", form)
    return dict(campaign.api("POST", "syncs", {**form, "people": preview["people"]}))


def wait_for(campaign: Driver, sync_id: str, *states: str) -> dict[str, Any]:
    """Wait until a sync is in one of these states."""

    def look() -> dict[str, Any]:
        sync = dict(campaign.api("GET", f"syncs/{sync_id}")["sync"])
        return sync if sync["state"] in states else {}

    return wait_until(f"the sync {' or '.join(states)}", look, seconds=RUN_SECONDS)


def runs(campaign: Driver, sync_id: str) -> list[dict[str, Any]]:
    return list(campaign.api("GET", f"syncs/{sync_id}/runs")["runs"])


def tick(campaign: Driver) -> None:
    """Send what the campaign's only schedule sends when its time comes."""
    group = campaign.stack.resource("SyncScheduleGroup")
    names = [one["Name"] for one in campaign.stack.scheduler.list_schedules(GroupName=group)["Schedules"]]
    schedules = [campaign.stack.scheduler.get_schedule(GroupName=group, Name=name) for name in names]
    (own,) = [one for one in schedules if campaign.campaign in one["Target"]["Input"]]
    campaign.stack.sqs.send_message(QueueUrl=campaign.stack.resource("SyncQueue"), MessageBody=own["Target"]["Input"])
