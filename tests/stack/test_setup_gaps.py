"""What disappears from HubSpot after it was saved, what HubSpot does not allow, and single values that it refuses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from referral_hubspot.storage import keys
from simulators.local import Stack
from tests.stack.connecting import Customers, sweep
from tests.stack.driver import DEAL_MAPPING, DEALS, DEALS_WITH_CONTACTS, MAPPING, WON, Driver, new_address
from tests.stack.waiting import wait_until

WRITE_DEALS = "crm.objects.deals.write"
PLAN = [*MAPPING, {"kind": "fixed", "value": "pro", "property": "plan"}]
PLAN_OF_THE_LEAD = [*MAPPING, {"kind": "dynamic", "source": "fields.city", "property": "plan"}]
BOTH_TIMES = [("campaign.attention.v1", "setup"), ("campaign.attention_over.v1", "setup")]

pytestmark = pytest.mark.usefixtures("leads_taken_at_once")


@pytest.fixture(scope="module")
def customers(stack: Stack) -> Customers:
    return Customers.of(stack)


def attention(campaign: Driver) -> list[tuple[str, str]]:
    """What the platform was told of the admin's part: that it began and that it was over, each with the reason."""
    return [
        (kind, event["data"]["reason"])
        for kind in ("campaign.attention.v1", "campaign.attention_over.v1")
        for event in campaign.announcements(kind)
    ]


def gaps(campaign: Driver) -> list[dict[str, str]]:
    return list(campaign.api("GET", "hubspot/leads")["gaps"])


# Names that are gone


@dataclass(frozen=True)
class Gone:
    """Something that is saved and that HubSpot then loses: the row of the settings that names it, and how it is mended.

    `found_by` is who notices: the delivery that HubSpot refuses, or the look that the sweep takes every hour.
    """

    row: str
    settings: Mapping[str, Any]
    mended: Mapping[str, Any]
    pipelines: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    found_by: str = "delivery"


def in_stage(stage: str) -> list[dict[str, str]]:
    return [row | ({"value": stage} if row["property"] == "dealstage" else {}) for row in DEAL_MAPPING]


GONE = {
    "stage": Gone(
        "mapping.dealstage",
        DEALS,
        DEALS | {"mapping": in_stage("qualifiedtobuy")},
        pipelines={"archive_stages": ["appointmentscheduled"]},
    ),
    "property": Gone(
        "contact_mapping.referral_code",
        DEALS_WITH_CONTACTS,
        DEALS_WITH_CONTACTS | {"contact_mapping": MAPPING[:2]},
        properties={"archive": ["referral_code"]},
    ),
    "option": Gone("mapping.plan", {"mapping": PLAN}, {}, properties={"remove_options": {"plan": ["pro"]}}),
    "stage of the rule": Gone(
        "rule.dealstage",
        DEALS,
        DEALS | {"rule": WON | {"value": "contractsent"}},
        pipelines={"archive_stages": ["closedwon"]},
        found_by="sweep",
    ),
}


@dataclass(frozen=True)
class Broken:
    """A campaign in which something is gone: the lead that found out, those who came after it, the API's words."""

    campaign: Driver
    first: str
    waiting: Sequence[str]
    gaps: Sequence[Mapping[str, str]]


@pytest.fixture(scope="module")
def broken(stack: Stack, customers: Customers) -> Mapping[str, Broken]:
    """All kinds of things that are gone, each in a campaign of its own, before anything is mended."""
    campaigns = {what: customers.connected(duplicates="update", **gone.settings) for what, gone in GONE.items()}
    for what, campaign in campaigns.items():
        campaign.sweep()  # who waits for the first complete setup asks first, and this was it
        campaign.hubspot.pipelines(**GONE[what].pipelines)
        campaign.hubspot.properties(**GONE[what].properties)
        if GONE[what].found_by == "sweep":
            make_look_due(campaign)
    sweep(stack)
    first = {what: campaign.join(new_address()) for what, campaign in campaigns.items()}
    for campaign in campaigns.values():
        wait_until("the gap", partial(gaps, campaign))
    after = {what: [campaign.join(new_address()) for _ in range(2)] for what, campaign in campaigns.items()}
    for what, campaign in campaigns.items():
        campaign.wait_for_all(after[what], "held")
        campaign.sweep()
    return {what: Broken(one, first[what], after[what], gaps(one)) for what, one in campaigns.items()}


def make_look_due(campaign: Driver) -> None:
    """Let the sweep hold the settings against HubSpot the next time that it comes by."""
    table = campaign.stack.tables.Table(campaign.stack.resource("CampaignTable"))
    table.delete_item(Key=keys.fitted(campaign.account, campaign.hubspot.id).item())


@pytest.mark.parametrize("what", GONE)
def test_what_is_gone_from_hubspot_is_named_and_leads_wait_until_it_is_mended(
    broken: Mapping[str, Broken], what: str
) -> None:
    one = broken[what]
    campaign = one.campaign
    waited = {(lead["state"], lead["reason"]) for lead in map(campaign.lead, one.waiting)}
    told = wait_until("the admin's part announced", lambda: attention(campaign))

    campaign.sweep()
    saved = campaign.save(duplicates="update", **GONE[what].mended)

    campaign.wait_for_all([one.first, *one.waiting], "sent")
    wait_until("that it is over announced", lambda: len(attention(campaign)) > 1)
    assert [gap["field"] for gap in one.gaps] == [GONE[what].row]
    assert one.gaps[0]["next_step"]
    assert waited == {("held", "setup")}
    assert told == BOTH_TIMES[:1]
    assert not saved["setup_required"]
    assert attention(campaign) == BOTH_TIMES
    assert (len(campaign.hubspot.deals()) or campaign.hubspot.size()) == 3


# Permissions


def test_what_hubspot_was_not_asked_to_allow_is_named_with_what_to_do(customers: Customers) -> None:
    campaign = customers.connected(duplicates="update", **DEALS)
    campaign.sweep()

    campaign.connect(without=[WRITE_DEALS])
    lead = campaign.join(new_address())
    campaign.wait(lead, "held")
    shown, [gap] = campaign.api("GET", "hubspot"), gaps(campaign)
    campaign.connect()

    campaign.wait(lead, "sent")
    [absent] = shown["not_allowed"]
    assert (absent["scope"], gap["code"]) == (WRITE_DEALS, "missing_scope")
    assert absent["feature"]
    assert absent["next_step"]
    assert "leave the permissions for deals ticked" in gap["next_step"]
    assert gaps(campaign) == []


def test_a_permission_that_is_taken_away_in_hubspot_holds_the_leads_until_it_is_back(customers: Customers) -> None:
    campaign = customers.connected(duplicates="update", **DEALS_WITH_CONTACTS)
    campaign.hubspot.control("scopes", {"portal": campaign.hubspot.id, "remove": [WRITE_DEALS]})

    lead = campaign.join(new_address())
    campaign.wait(lead, "held")
    [gap] = gaps(campaign)
    reason = campaign.lead(lead)["reason"]
    campaign.connect()

    campaign.wait(lead, "sent")
    assert (gap["code"], reason) == ("missing_scope", "setup")
    assert len(campaign.hubspot.deals()) == 1


# Single values


def test_an_optional_value_that_hubspot_refuses_is_left_out_and_shown_on_the_lead_and_the_row(
    customers: Customers,
) -> None:
    campaign = customers.connected(duplicates="update", **DEALS_WITH_CONTACTS | {"contact_mapping": PLAN_OF_THE_LEAD})
    campaign.hubspot.properties(remove_options={"plan": ["starter"]})
    email = new_address()

    lead = campaign.join(email, fields={"city": "starter"})
    campaign.wait(lead, "sent", "rejected", "held")

    story = campaign.lead(lead)
    [refusal] = campaign.api("GET", "hubspot/leads")["refusals"]
    contact = campaign.hubspot.contact(email)
    [left_out] = [line["text"] for line in story["timeline"] if line["event"] == "value_left_out"]
    assert story["state"] == "sent"
    assert (contact["properties"]["firstname"], contact["properties"].get("plan")) == ("Ada", None)
    assert left_out.startswith("Plan was left out")
    assert (refusal["field"], refusal["property"], refusal["lead_id"]) == (
        f"contact_mapping.{len(MAPPING)}",
        "plan",
        lead,
    )
    assert refusal["next_step"]
    assert gaps(campaign) == []
