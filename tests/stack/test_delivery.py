"""How contacts are delivered, under both duplicate policies: what HubSpot, the lead and the platform show."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulators.local import Stack
from tests.stack.connecting import Customers
from tests.stack.driver import Driver, new_address

MAPPED = {"firstname": "Ada", "referral_code": "L4F2A1", "referred_by": "Grace"}
TYPED_BY_SALES = "Adelaide"
POLICIES = ("skip", "update")

pytestmark = pytest.mark.usefixtures("leads_taken_at_once")


@pytest.fixture(scope="module", params=POLICIES)
def campaign(request: pytest.FixtureRequest, stack: Stack) -> Driver:
    """A campaign of each policy, shared by the tests that leave nothing behind but people."""
    return Customers.of(stack).connected(duplicates=request.param)


@pytest.fixture(scope="module")
def policy_of(campaign: Driver) -> str:
    return str(campaign.api("GET", "hubspot/leads")["duplicates"])


def minutes_ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def written(contact: dict[str, Any]) -> dict[str, str]:
    """Of a contact, the properties that our mapping names."""
    return {name: contact["properties"][name] for name in MAPPED if name in contact["properties"]}


def last_announcement(campaign: Driver, lead: str) -> dict[str, Any]:
    """The data of the announcement with the highest version; the versions rise without a repetition."""
    events = campaign.announcements(lead_id=lead)
    versions = [event["data"]["version"] for event in events]
    assert len(set(versions)) == len(versions)
    return dict(max((event["data"] for event in events), key=lambda data: data["version"]))


def test_someone_new_becomes_a_contact_with_the_mapped_properties(campaign: Driver) -> None:
    email = new_address()

    lead = campaign.join(f"  {email.upper()} ")

    campaign.wait(lead, "sent")
    contact = campaign.hubspot.contact(email)
    shown = campaign.lead(lead)
    assert written(contact) == MAPPED
    assert (shown["state"], shown["reason"], shown["contact_id"]) == ("sent", "", contact["id"])
    assert campaign.told(lead) == ["sending", "sent"]
    assert last_announcement(campaign, lead)["record_link"] == shown["record_link"]
    assert shown["record_link"].endswith(f"/contacts/{campaign.hubspot.id}/record/0-1/{contact['id']}")


def test_a_contact_that_someone_else_made_after_the_joining_is_this_referrals_own(campaign: Driver) -> None:
    email = new_address()
    contact_id = campaign.hubspot.seed(email, created=minutes_ago(1), firstname=TYPED_BY_SALES)

    lead = campaign.join(email, joined_at=minutes_ago(2))

    campaign.wait(lead, "sent", "duplicate")
    contact = campaign.hubspot.contact(email)
    assert campaign.lead(lead)["state"] == "sent"
    assert (contact["id"], written(contact)) == (contact_id, MAPPED)


def test_a_contact_that_someone_else_makes_while_the_lead_is_being_sent_is_this_referrals_own(
    campaign: Driver, policy_of: str
) -> None:
    email, private = new_address(), new_address("private")
    hold = campaign.hubspot.hold("contacts.batch_create" if policy_of == "skip" else "contacts.batch_upsert")

    lead = campaign.join(private)
    hold.wait()
    contact_id = campaign.hubspot.seed(email, created=minutes_ago(0), additional=(private,), firstname=TYPED_BY_SALES)
    hold.release()

    campaign.wait(lead, "sent", "duplicate")
    contact = campaign.hubspot.contact(private)
    assert campaign.lead(lead)["state"] == "sent"
    assert (contact["id"], contact["properties"]["email"]) == (contact_id, email)
    assert written(contact) == MAPPED


def test_a_lead_without_a_usable_address_is_rejected_and_the_others_are_not(campaign: Driver) -> None:
    size, good = campaign.hubspot.size(), campaign.joined(new_address())
    bad = [campaign.joined(email) for email in (None, "", "not an address")]

    campaign.publish(*bad, good)

    campaign.wait(good["data"]["lead_id"], "sent")
    for event in bad:
        lead = event["data"]["lead_id"]
        campaign.wait(lead, "rejected")
        assert last_announcement(campaign, lead)["reason"] == "no_usable_email"
    assert campaign.hubspot.size() == size + 1
