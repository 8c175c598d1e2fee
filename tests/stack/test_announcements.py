"""What the platform is told, on the deployed stack: every state of every lead, once, and nothing about the person."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import requests

from referral_hubspot.storage import keys
from simulators.local import Stack
from tests.stack.connecting import Customers
from tests.stack.driver import MAPPING, Driver
from tests.stack.waiting import wait_for_value, wait_until

ENVELOPE = {"specversion", "id", "source", "type", "time", "subject", "datacontenttype", "data"}
OF_THE_SIMULATOR = {"received_at", "repeats"}
LEAD = {"account_id", "campaign_id", "lead_id", "state", "reason", "record_link", "version"}
QUALIFIED = {"account_id", "campaign_id", "lead_id", "referrer_id", "rule", "changed_at", "seen_by"}
CONNECTION = {"account_id", "campaign_id", "hubspot_account_id", "hubspot_account_name", "reason"}
ATTENTION = {"account_id", "campaign_id", "reason", "since", "waiting"}
CONTRACT = {
    "lead.changed.v1": LEAD,
    "referral.qualified.v1": QUALIFIED,
    "connection.established.v1": CONNECTION,
    "connection.removed.v1": CONNECTION,
    "campaign.attention.v1": ATTENTION,
    "campaign.attention_over.v1": ATTENTION,
}
# Of the lead, of who referred them, of the admin.
PERSONAL = ["example.com/spring", "@", "Ada", "Grace", "L4F2A1", "R00007", "Vera"]

STORIES = {
    "qualified": [("sending", ""), ("sent", ""), ("qualified", "")],
    "known": [("duplicate", "already_in_hubspot")],
    "twin": [("already_referred", "already_referred")],
    "without-email": [("rejected", "no_usable_email")],
    "waiting": [("held", "setup"), ("sending", ""), ("sent", "")],
    "closed": [("sending", ""), ("sent", ""), ("closed", "closed")],
    "erased": [("sending", ""), ("sent", ""), ("erased", "")],
    "not-sent": [("not_sent", "do_nothing")],
}


@dataclass(frozen=True)
class Told:
    """Leads to whom everything has happened, by what happened last, each with its campaign."""

    leads: Mapping[str, tuple[Driver, str]]

    @property
    def account(self) -> str:
        return self.leads["qualified"][0].account

    def all(self, **filters: str) -> list[dict[str, Any]]:
        """Every announcement about the account."""
        campaign, _ = self.leads["qualified"]
        query = {"account_id": self.account, **filters}
        answer = requests.get(f"{campaign.stack.platform_url}/_sim/announcements", params=query, timeout=30)
        return list(answer.json()["announcements"])

    def about(self, name: str) -> list[dict[str, Any]]:
        """The data of every lead.changed of a lead, by rising version."""
        announced = [event["data"] for event in self.all(type="lead.changed.v1", lead_id=self.leads[name][1])]
        return sorted(announced, key=lambda data: int(data["version"]))


@pytest.fixture(scope="module")
def told(stack: Stack) -> Told:
    """Lets every lead go through its story."""
    sending, idle = Customers.of(stack).two_campaigns()
    sending.connect()
    sending.save()
    sending.sweep()  # who waits for the first complete setup asks first, and this was it
    sending.save(mapping=MAPPING[:1])
    waiting = sending.join("waiting@example.com")
    sending.wait(waiting, "held")
    sending.sweep()
    sending.hubspot.seed("known@example.com")
    assert not sending.save()["setup_required"]
    idle.save(action="none", mapping=[], rule={"kind": "none"})

    emails = {name: f"{name}@example.com" for name in ("qualified", "known", "closed", "erased")}
    events = {name: sending.joined(email) for name, email in emails.items()}
    events["without-email"] = sending.joined(None)
    events["not-sent"] = idle.joined("not.sent@example.com")
    sending.publish(*events.values())
    ids = {name: str(event["data"]["lead_id"]) for name, event in events.items()} | {"waiting": waiting}
    arrived = [ids[name] for name in ("qualified", "closed", "erased", "waiting")]
    wait_until("all in HubSpot", lambda: set(sending.states(*arrived).values()) == {"sent"})

    ids["twin"] = sending.join("Qualified@Example.com ")
    sending.hubspot.change("qualified@example.com", lifecyclestage="customer")
    sending.close(ids["closed"])
    sending.forget(email="erased@example.com")
    ends: dict[str, str | None] = {ids[name]: story[-1][0] for name, story in STORIES.items()}

    def states() -> dict[str, str | None]:
        return sending.states(*ends) | idle.states(ids["not-sent"])

    wait_for_value("the end of each story", states, ends)
    wait_until("its admin's part done", lambda: sending.announcements("campaign.attention_over.v1"))
    sending.api("DELETE", "hubspot")
    wait_until("the removal", lambda: sending.announcements("connection.removed.v1"))
    return Told({name: (idle if name == "not-sent" else sending, ids[name]) for name in STORIES})


@pytest.mark.parametrize("name", STORIES)
def test_every_state_of_a_lead_is_announced_with_a_rising_version(told: Told, name: str) -> None:
    announced = told.about(name)

    assert [(data["state"], data["reason"]) for data in announced] == STORIES[name]
    versions = [data["version"] for data in announced]
    assert len({0, *versions}) == len(versions) + 1
    campaign, lead = told.leads[name]
    shown = campaign.lead(lead)
    assert (shown["state"], shown["version"]) == (announced[-1]["state"], versions[-1])
    assert shown["record_link"] == (announced[-1]["record_link"] or None)


def test_announcements_say_what_the_contract_says_and_nothing_about_people(told: Told) -> None:
    announced = told.all()

    assert {event["type"] for event in announced} == CONTRACT.keys()
    for event in announced:
        assert event.keys() - OF_THE_SIMULATOR == ENVELOPE
        assert event["data"].keys() == CONTRACT[event["type"]]
        assert (event["specversion"], event["source"]) == ("1.0", "referral-hubspot")
        assert event["datacontenttype"] == "application/json"
        assert datetime.fromisoformat(event["time"]).tzinfo is not None
        text = json.dumps(event)
        assert not [word for word in PERSONAL if word in text]


def test_an_announcement_is_one_id_and_an_id_one_announcement(told: Told) -> None:
    announced = told.all()

    about = [json.dumps([event["type"], event["subject"], event["data"].get("version")]) for event in announced]
    assert len({event["id"] for event in announced}) == len(announced)
    assert len(set(about)) == len(announced)


def test_announcements_derived_again_have_the_ids_that_they_had(stack: Stack, told: Told) -> None:
    campaign, lead = told.leads["qualified"]
    before = {event["id"]: event["repeats"] for event in told.all(lead_id=lead)}
    again = {
        event["id"]: 1 for event in told.all(lead_id=lead) if event["data"].get("state", "qualified") == "qualified"
    }
    key = keys.person(campaign.account, campaign.campaign, "lead", lead).item()
    row = stack.dynamodb.get_item(
        TableName=stack.resource("CampaignTable"), Key={name: {"S": part} for name, part in key.items()}
    )["Item"]

    record = {"SequenceNumber": "1", "ApproximateCreationDateTime": 1_800_000_000, "NewImage": row}
    stack.invoke("AnnouncementsFunction", {"Records": [{"eventName": "INSERT", "dynamodb": record}]})

    assert len(again) == 2
    wanted = {one: repeats + again.get(one, 0) for one, repeats in before.items()}
    wait_for_value(
        "what the platform has seen",
        lambda: {event["id"]: event["repeats"] for event in told.all(lead_id=lead)},
        wanted,
    )
