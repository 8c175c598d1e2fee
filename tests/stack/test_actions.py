"""Every action under every duplicate policy, for everyone who may join: what HubSpot holds, and what the API says.

All join at once, in one campaign and one HubSpot account for each action and policy. What HubSpot does with a second
address of a contact is not known for sure, so two people have one: it is found for the second of them only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from simulators.local import Stack
from tests.stack.connecting import Customers, sweep
from tests.stack.driver import CONTACTS, DEALS, DEALS_WITH_CONTACTS, NOTHING, Driver, new_address
from tests.stack.waiting import wait_until

ACTIONS: Mapping[str, Mapping[str, Any]] = {
    "contact": CONTACTS,
    "deal": DEALS,
    "deal with contact": DEALS_WITH_CONTACTS,
    "nothing": NOTHING,
}
POLICIES = ("skip", "update")
PEOPLE = ("new", "known", "by an address not found", "by an address found", "made before")
KNOWN = PEOPLE[1:4]

MAPPED = {"referral_code": "L4F2A1", "referred_by": "Grace"}
TYPED_BY_SALES = "Adelaide"
FIRST_STAGE, MOVED_TO = "appointmentscheduled", "contractsent"
SECONDARY = ("batch_read_matches_secondary_email", "batch_upsert_matches_secondary_email")

pytestmark = pytest.mark.usefixtures("leads_taken_at_once")


@dataclass(frozen=True)
class Case:
    """One person in one campaign; `record_id` is the contact that was there before, if one was."""

    campaign: Driver
    action: str
    policy: str
    person: str
    lead: str
    name: str
    email: str
    record_id: str

    @property
    def makes_contacts(self) -> bool:
        return self.action in ("contact", "deal with contact")

    @property
    def is_stopped(self) -> bool:
        """Whether the policy leaves the person alone. Where looking up does not tell, only creating does."""
        told = self.makes_contacts or self.person != "by an address not found"
        return self.policy == "skip" and self.person in KNOWN and told

    @property
    def state(self) -> tuple[str, str]:
        if self.action == "nothing":
            return "not_sent", "do_nothing"
        return ("duplicate", "already_in_hubspot") if self.is_stopped else ("sent", "")

    @property
    def contacts(self) -> list[dict[str, Any]]:
        return self.campaign.hubspot.contacts(self.email)

    @property
    def deals(self) -> list[dict[str, Any]]:
        return self.campaign.hubspot.deals(dealname=self.name)


def join(campaigns: Mapping[tuple[str, str], Driver], *people: str) -> list[Case]:
    """Let these people join every campaign at once, each as whom it is named."""
    found = []
    for (action, policy), campaign in campaigns.items():
        events = []
        for person in people:
            email = new_address()
            name, record_id = email.partition("@")[0], seed(campaign, person, email)
            events.append(campaign.joined(email, first_name=name))
            lead = str(events[-1]["data"]["lead_id"])
            found.append(Case(campaign, action, policy, person, lead, name, email, record_id))
        campaign.publish(*events)
    return found


def seed(campaign: Driver, person: str, email: str) -> str:
    """The contact that a person is in HubSpot before joining, if any; its id."""
    match person:
        case "known":
            return campaign.hubspot.seed(email, firstname=TYPED_BY_SALES)
        case "by an address found" | "by an address not found":
            return campaign.hubspot.seed(new_address("work"), additional=(email,), firstname=TYPED_BY_SALES)
        case _:
            return ""


def made_before(campaigns: Mapping[tuple[str, str], Driver]) -> list[Case]:
    """People whose record was made by an attempt that never heard of it; sales has moved the deal since."""
    holds = []
    for (action, policy), campaign in campaigns.items():
        write = "batch_create" if policy == "skip" else "batch_upsert"
        kind = "deals.batch_create" if action.startswith("deal") else f"contacts.{write}"
        holds.append(campaign.hubspot.hold(kind, after_commit=True, drop=True))
    cases = join(campaigns, "made before")
    for hold, case in zip(holds, cases, strict=True):
        if case.action != "nothing":
            hold.wait()
        for deal in case.deals:
            case.campaign.hubspot.move(deal["id"], MOVED_TO)
        hold.release()
    return cases


@pytest.fixture(scope="module")
def cases(stack: Stack, switch: Callable[..., None]) -> Mapping[tuple[str, str, str], Case]:
    """Everyone, at the end of their way."""
    customers = Customers.of(stack)
    campaigns = {
        (action, policy): customers.connected(duplicates=policy, **settings)
        for action, settings in ACTIONS.items()
        for policy in POLICIES
    }
    found = made_before(campaigns)
    for matched, people in ((False, PEOPLE[:3]), (True, PEOPLE[3:4])):
        switch(**dict.fromkeys(SECONDARY, matched))
        found += join(campaigns, *people)
        wait_until("all messages acknowledged", found[0].campaign.queue_is_empty, seconds=60)
        sweep(stack)  # on a busy machine some are held longer than their message lives
        for campaign in campaigns.values():
            mine = [case.lead for case in found if case.campaign is campaign]
            campaign.wait_for_all(mine, "sent", "duplicate", "not_sent", "rejected")
    return {(case.action, case.policy, case.person): case for case in found}


@pytest.fixture(params=PEOPLE)
def person(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=POLICIES)
def policy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=ACTIONS)
def case(request: pytest.FixtureRequest, policy: str, person: str, cases: Mapping[tuple[str, str, str], Case]) -> Case:
    return cases[request.param, policy, person]


def test_the_lead_says_what_became_of_it(case: Case) -> None:
    lead = case.campaign.lead(case.lead)

    assert (lead["state"], lead["reason"]) == case.state
    assert case.campaign.state(case.lead) == lead["state"]
    assert lead["timeline"][-1]["event"] == last_event(case)
    if case.action == "nothing":
        assert (lead["contact_id"], lead["record_link"]) == (None, None)
    else:
        assert lead["contact_id"] == (case.contacts[0]["id"] if case.makes_contacts or case.is_stopped else None)
        assert lead["record_link"].endswith(shown(case))
    assert lead["next_step"]


def last_event(case: Case) -> str:
    if case.action == "nothing":
        return "not_sent"
    if case.is_stopped:
        return "known"
    if case.action.startswith("deal"):
        return "deal_found" if case.person == "made before" else "deal_created"
    # HubSpot does not say who made a contact that is there.
    return "created" if case.person == "new" else "updated"


def shown(case: Case) -> str:
    """How the address ends of the record that shows the lead in HubSpot: its deal, or else its contact."""
    records = case.deals or case.contacts
    kind = "0-3" if case.deals else "0-1"
    return f"/contacts/{case.campaign.hubspot.id}/record/{kind}/{records[0]['id']}"


def test_there_is_one_contact_at_the_most_and_it_is_written_where_the_settings_say_so(case: Case) -> None:
    contacts = case.contacts

    written = case.makes_contacts and not case.is_stopped
    assert len(contacts) == bool(written or case.record_id)
    for contact in contacts:
        held = {name: contact["properties"].get(name) for name in (*MAPPED, "firstname")}
        assert held == (
            {**MAPPED, "firstname": case.name} if written else dict.fromkeys(MAPPED) | {"firstname": TYPED_BY_SALES}
        )
        assert contact["id"] == (case.record_id or contact["id"])
        assert (contact["properties"]["email"] == case.email) == (case.person in ("new", "made before", "known"))


def test_there_is_one_deal_for_a_lead_that_was_sent_as_one_and_it_stays_where_sales_moved_it(case: Case) -> None:
    deals = case.deals

    assert len(deals) == (case.action.startswith("deal") and not case.is_stopped)
    for deal in deals:
        stage = MOVED_TO if case.person == "made before" else FIRST_STAGE
        assert (deal["properties"]["pipeline"], deal["properties"]["dealstage"]) == ("default", stage)
        assert deal["properties"]["referral_code"] == MAPPED["referral_code"]
        beside = case.contacts if case.makes_contacts else []
        assert deal["contacts"] == [contact["id"] for contact in beside]


@pytest.mark.parametrize("policy", POLICIES)
def test_nothing_is_asked_of_hubspot_where_nothing_is_to_be_done(
    cases: Mapping[tuple[str, str, str], Case], policy: str
) -> None:
    case = cases["nothing", policy, "new"]

    assert case.campaign.hubspot.calls("contacts", "deals") == []
