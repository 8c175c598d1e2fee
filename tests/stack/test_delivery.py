"""What HubSpot, the lead and the platform show after a delivery, under both duplicate policies."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulators.local import Stack
from tests.stack.driver import Driver, new_id
from tests.stack.workers import lead_batches, start_workers

MAPPED = {"firstname": "Ada", "referral_code": "L4F2A1", "referred_by": "Grace"}
TYPED_BY_SALES = "Adelaide"
POLICIES = ("skip", "update")
# What HubSpot does is not known for sure, so both answers must be survived.
MATCHES_SECONDARY = {
    "skip": "batch_read_matches_secondary_email",
    "update": "batch_upsert_matches_secondary_email",
}


@pytest.fixture(scope="module", autouse=True)
def leads_taken_at_once(stack: Stack) -> Iterator[None]:
    start_workers(stack, 2)
    with lead_batches(stack):
        yield


@pytest.fixture(scope="module", params=POLICIES)
def campaign(request: pytest.FixtureRequest, stack: Stack) -> Driver:
    """A campaign of each policy, shared by the tests that leave nothing behind but people."""
    return Driver.ready(stack, request.param)


@pytest.fixture(scope="module")
def policy_of(campaign: Driver) -> str:
    return str(campaign.api("GET", "hubspot/leads")["duplicates"])


@pytest.fixture
def switch(stack: Stack, campaign: Driver) -> Iterator[Callable[..., None]]:
    """Sets switches of the simulator; after the test they are as they were."""
    before = campaign.hubspot.control("state")["switches"]
    yield lambda **values: campaign.hubspot.control("switches", values)
    campaign.hubspot.control("switches", before)


def address(name: str = "ada") -> str:
    return f"{new_id(name)}@example.com"


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
    email = address()

    lead = campaign.join(f"  {email.upper()} ")

    campaign.wait(lead, "sent")
    contact = campaign.hubspot.contact(email)
    shown = campaign.lead(lead)
    assert written(contact) == MAPPED
    assert (shown["state"], shown["reason"], shown["contact_id"]) == ("sent", "", contact["id"])
    assert campaign.told(lead) == ["sending", "sent"]
    assert last_announcement(campaign, lead)["record_link"] == shown["record_link"]
    assert shown["record_link"].endswith(f"/contacts/{campaign.hubspot.id}/record/0-1/{contact['id']}")


def test_someone_known_is_left_alone_or_updated_as_the_policy_says(campaign: Driver, policy_of: str) -> None:
    email = address()
    contact_id = campaign.hubspot.seed(email, firstname=TYPED_BY_SALES)

    lead = campaign.join(email)

    judge_known_person(campaign, policy_of, lead, contact_id, primary=email)


@pytest.mark.parametrize("matches", [False, True], ids=["HubSpot finds primary ones only", "HubSpot finds both"])
def test_someone_known_by_a_secondary_address_is_the_same_person(
    campaign: Driver, policy_of: str, switch: Callable[..., None], matches: bool
) -> None:
    switch(**{MATCHES_SECONDARY[policy_of]: matches})
    primary, secondary = address("work"), address("private")
    contact_id = campaign.hubspot.seed(primary, additional=(secondary,), firstname=TYPED_BY_SALES)

    lead = campaign.join(secondary)

    judge_known_person(campaign, policy_of, lead, contact_id, primary=primary)
    assert campaign.hubspot.contact(secondary)["id"] == contact_id


def judge_known_person(campaign: Driver, policy: str, lead: str, contact_id: str, *, primary: str) -> None:
    campaign.wait(lead, "sent", "duplicate", "rejected")
    contact, shown = campaign.hubspot.contact(primary), campaign.lead(lead)
    left_alone = policy == "skip"
    assert contact["id"] == contact_id
    assert contact["properties"]["email"] == primary
    assert written(contact) == ({"firstname": TYPED_BY_SALES} if left_alone else MAPPED)
    assert (shown["state"], shown["reason"]) == (("duplicate", "already_in_hubspot") if left_alone else ("sent", ""))
    assert shown["contact_id"] == contact_id
    announced = last_announcement(campaign, lead)
    assert (announced["state"], announced["reason"]) == (shown["state"], shown["reason"])


def test_a_contact_that_someone_else_made_after_the_joining_is_this_referrals_own(campaign: Driver) -> None:
    email = address()
    contact_id = campaign.hubspot.seed(email, created=minutes_ago(1), firstname=TYPED_BY_SALES)

    lead = campaign.join(email, joined_at=minutes_ago(2))

    campaign.wait(lead, "sent", "duplicate")
    contact = campaign.hubspot.contact(email)
    assert campaign.lead(lead)["state"] == "sent"
    assert (contact["id"], written(contact)) == (contact_id, MAPPED)


def test_a_contact_that_someone_else_makes_while_the_lead_is_being_sent_is_this_referrals_own(
    campaign: Driver, policy_of: str
) -> None:
    email, private = address(), address("private")
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
    size, good = campaign.hubspot.size(), campaign.joined(address())
    bad = [campaign.joined(email) for email in (None, "", "not an address")]

    campaign.publish(*bad, good)

    campaign.wait(good["data"]["lead_id"], "sent")
    for event in bad:
        lead = event["data"]["lead_id"]
        campaign.wait(lead, "rejected")
        assert last_announcement(campaign, lead)["reason"] == "no_usable_email"
    assert campaign.hubspot.size() == size + 1
