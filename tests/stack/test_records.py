"""Records that HubSpot's users merge, delete and erase, told of by webhooks or found by the sweep."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from simulators.local import Stack
from tests.stack.connecting import Customers
from tests.stack.driver import CUSTOMER, DEALS_WITH_CONTACTS, Driver, new_address, new_id
from tests.stack.evidence import rows
from tests.stack.hubspot_account import HubSpotAccount
from tests.stack.waiting import wait_until

IDS = {"the primary id stays": True, "a new id": False}
TELLING = ("webhook", "sweep")
MERGED_DEAL, MERGED_CONTACT, BESIDE, FIRST, SECOND = "deal", "contact", "contact beside a deal", "first", "second"

pytestmark = pytest.mark.usefixtures("leads_taken_at_once")


@dataclass(frozen=True)
class Merges:
    """What one way of merging leaves that is told of in one way: leads by what was merged of them, the survivors."""

    telling: str
    contacts: Driver
    deals: Driver
    leads: Mapping[str, str]
    survivors: Mapping[str, str]

    def lead(self, name: str) -> Any:
        return (self.deals if name in (MERGED_DEAL, BESIDE) else self.contacts).lead(self.leads[name])

    def rewards(self, name: str) -> int:
        campaign = self.deals if name in (MERGED_DEAL, BESIDE) else self.contacts
        return len(campaign.announcements("referral.qualified.v1", lead_id=self.leads[name]))


@pytest.fixture(scope="module")
def campaigns(stack: Stack, switch: Callable[..., None]) -> Mapping[str, tuple[Driver, Driver]]:
    """For each way of telling a campaign of contacts and one of deals, on one HubSpot account."""
    switch(search_lag_s=0)
    customers = Customers.of(stack)
    found = {}
    for telling in TELLING:
        contacts = customers.connected(duplicates="update", rule=CUSTOMER)
        deals = customers.connected(contacts.hubspot, duplicates="update", **DEALS_WITH_CONTACTS)
        found[telling] = (contacts, deals)
    return found


@pytest.fixture(scope="module", params=IDS)
def keeps_id(request: pytest.FixtureRequest, switch: Callable[..., None]) -> bool:
    switch(merge_keeps_primary_id=IDS[request.param])
    return IDS[request.param]


@pytest.fixture(scope="module", params=TELLING)
def merges(request: pytest.FixtureRequest, campaigns: Mapping[str, tuple[Driver, Driver]], keeps_id: bool) -> Merges:
    """Everything is merged into what was there before; then the survivors reach what the rules ask for."""
    contacts, deals = campaigns[request.param]
    hubspot = contacts.hubspot
    hubspot.deliver_webhooks()
    emails = {name: new_address() for name in (MERGED_CONTACT, FIRST, SECOND, MERGED_DEAL, BESIDE)}
    leads = {
        name: (deals if name in (MERGED_DEAL, BESIDE) else contacts).join(email, first_name=email)
        for name, email in emails.items()
    }
    contacts.wait_for_all((leads[name] for name in (MERGED_CONTACT, FIRST, SECOND)), "sent")
    deals.wait_for_all((leads[name] for name in (MERGED_DEAL, BESIDE)), "sent")
    if request.param == "sweep":
        hubspot.lose_webhooks()

    survivors = {name: merge_away(hubspot, emails[name]) for name in (MERGED_CONTACT, BESIDE)}
    other = {"dealname": "Other", "pipeline": "default", "dealstage": "appointmentscheduled"}
    [kept] = hubspot.control("seed", {"portal": hubspot.id, "deals": [{"properties": other}]})["ids"]
    survivors[MERGED_DEAL] = hubspot.merge(kept, hubspot.deal(emails[MERGED_DEAL])["id"], "deals")
    survivors[FIRST] = survivors[SECOND] = hubspot.merge(
        *(hubspot.contact(emails[one])["id"] for one in (SECOND, FIRST))
    )
    if request.param == "sweep":
        contacts.sweep()
        deals.sweep()

    for contact in {survivors[name] for name in (MERGED_CONTACT, FIRST)}:
        hubspot.change(contact, lifecyclestage="customer")
    hubspot.move(survivors[MERGED_DEAL], "closedwon")
    hubspot.move(hubspot.deal(emails[BESIDE])["id"], "closedwon")
    if request.param == "sweep":
        contacts.sweep()
        deals.sweep()
    for name in (MERGED_CONTACT, FIRST):
        contacts.wait(leads[name], "qualified")
    contacts.wait(leads[SECOND], "already_referred")
    for name in (MERGED_DEAL, BESIDE):
        deals.wait(leads[name], "qualified")
    return Merges(request.param, contacts, deals, leads, survivors)


def merge_away(hubspot: HubSpotAccount, email: str) -> str:
    """Merge a contact into one that was there before; the survivor's id."""
    return hubspot.merge(hubspot.seed(new_address("old")), hubspot.contact(email)["id"])


@pytest.mark.parametrize("name", [MERGED_CONTACT, FIRST, MERGED_DEAL])
def test_a_lead_whose_record_was_merged_shows_the_survivor_and_qualifies_there_once(merges: Merges, name: str) -> None:
    shown = merges.lead(name)

    assert shown["record_link"].endswith(f"/{merges.survivors[name]}")
    assert shown["state"] == "qualified"
    assert merges.rewards(name) == 1


def test_a_contact_merged_beside_a_deal_costs_its_lead_nothing_and_is_followed_when_told_of(merges: Merges) -> None:
    shown = merges.lead(BESIDE)

    assert merges.rewards(BESIDE) == 1
    if merges.telling == "webhook":
        assert shown["contact_id"] == merges.survivors[BESIDE]


def test_of_two_leads_on_one_record_the_first_keeps_the_credit(merges: Merges) -> None:
    second = merges.lead(SECOND)

    assert (second["state"], second["reason"]) == ("already_referred", "already_referred")
    assert (merges.rewards(FIRST), merges.rewards(SECOND)) == (1, 0)


# Deletions


@pytest.mark.parametrize("telling", TELLING)
def test_a_deleted_contact_leaves_its_lead_pending_with_what_to_do_until_it_is_restored(
    campaigns: Mapping[str, tuple[Driver, Driver]], telling: str
) -> None:
    campaign, _ = campaigns[telling]
    hubspot, email = campaign.hubspot, new_address()
    lead = campaign.join(email)
    campaign.wait(lead, "sent")
    contact = hubspot.contact(email)["id"]
    hubspot.lose_webhooks() if telling == "sweep" else hubspot.deliver_webhooks()

    hubspot.remove(contact)
    if telling == "sweep":
        campaign.sweep()
    wait_until("the deletion noted", lambda: "deleted" in events(campaign, lead))
    campaign.sweep()
    shown = campaign.lead(lead)

    assert shown["state"] == "sent"
    assert "restore it there" in shown["next_step"]
    assert events(campaign, lead).count("deleted") == 1

    hubspot.restore(contact)
    hubspot.change(contact, lifecyclestage="customer")
    campaign.sweep()

    campaign.wait(lead, "qualified")


def events(campaign: Driver, lead: str) -> list[str]:
    return [line["event"] for line in campaign.lead(lead)["timeline"]]


def test_who_is_erased_in_hubspot_for_good_is_erased_here_too(campaigns: Mapping[str, tuple[Driver, Driver]]) -> None:
    mark = new_id("mark").replace("-", "")
    joined = []
    for campaign in campaigns["webhook"]:
        email = f"{campaign.campaign}.{mark}@example.com"
        lead = campaign.join(email, first_name=f"First{mark}")
        campaign.wait(lead, "sent")
        joined.append((campaign, lead, email))
        campaign.hubspot.deliver_webhooks()

    for campaign, _, email in joined:
        campaign.hubspot.remove(campaign.hubspot.contact(email)["id"], privacy=True)

    for campaign, lead, _ in joined:
        campaign.wait(lead, "erased")
    stack = joined[0][0].stack
    wait_until("nobody's row tells of the person", lambda: not rows(stack, "CampaignTable", mark))
