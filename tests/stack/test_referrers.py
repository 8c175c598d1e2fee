"""Referrers of the platform reach HubSpot by a queue and settings of their own, on the deployed stack."""

from typing import Any

import pytest

from simulators.local import Stack
from tests.stack.driver import Driver, new_address
from tests.stack.waiting import wait_until

MAPPING: list[dict[str, str]] = [
    {"kind": "dynamic", "source": "email", "property": "email"},
    {"kind": "dynamic", "source": "first_name", "property": "firstname"},
    {"kind": "dynamic", "source": "referral_code", "property": "referral_code"},
    {"kind": "dynamic", "source": "referral_link", "property": "referral_link"},
    {"kind": "dynamic", "source": "referrals_count", "property": "referrals_count"},
]


@pytest.fixture(scope="module")
def campaign(stack: Stack) -> Driver:
    """A campaign that is set up for both sides, its leads to be left alone where HubSpot knows them."""
    made = Driver.ready(stack, duplicates="skip")
    assert not made.save_referrers(mapping=MAPPING)["setup_required"]
    return made


def contact(campaign: Driver, email: str) -> dict[str, Any]:
    """The only contact with an address, as soon as there is one."""

    def look() -> dict[str, Any] | None:
        return next(iter(campaign.hubspot.contacts(email)), None)

    found = wait_until(f"a contact for {email}", look)
    assert found is not None
    assert len(campaign.hubspot.contacts(email)) == 1
    return found


def test_a_referrer_reaches_hubspot_by_the_referrers_settings(campaign: Driver) -> None:
    email = new_address("grace")

    referrer = campaign.publish_referrer(email, first_name="Grace", referrals_count=3)

    properties = contact(campaign, email)["properties"]
    wanted = {"firstname": "Grace", "referrals_count": "3"} | {
        name: referrer[name] for name in ("referral_code", "referral_link")
    }
    assert {name: properties.get(name) for name in wanted} == wanted


def test_an_update_makes_no_contact_and_one_that_overtakes_its_referrer_is_what_it_starts_from(
    campaign: Driver,
) -> None:
    email = new_address("early")
    data = {
        "account_id": campaign.account,
        "campaign_id": campaign.campaign,
        "referrer_id": email.partition("@")[0],
        "email": email,
        "first_name": "Early",
    }
    campaign.publish({"type": "referrer.updated.v1", "data": {**data, "referrals_count": 2, "version": 2}})
    wait_until("the update to be taken in", lambda: _taken_in(campaign))
    assert campaign.hubspot.contacts(email) == []

    campaign.publish({"type": "referrer.joined.v1", "data": {**data, "referrals_count": 0, "version": 1}})

    assert contact(campaign, email)["properties"]["referrals_count"] == "2"


def test_one_person_as_lead_and_as_referrer_at_once_is_one_contact_and_nobodys_duplicate(campaign: Driver) -> None:
    email = new_address("both")

    referrer = campaign.publish_referrer(email)
    lead = campaign.join(email)

    campaign.wait(lead, "sent")
    # The lead's mapping has no link, so it can only be there by the referrer's.
    wait_until("the referrer's link", lambda: _links(campaign, email) == [referrer["referral_link"]])


def _taken_in(campaign: Driver) -> bool:
    """Whether every message on the referrer queue is done with."""
    counts = campaign.stack.sqs.get_queue_attributes(
        QueueUrl=campaign.stack.referrer_queue_url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return not any(map(int, counts.values()))


def _links(campaign: Driver, email: str) -> list[str | None]:
    """The referral link of every contact with an address."""
    return [found["properties"].get("referral_link") for found in campaign.hubspot.contacts(email)]
