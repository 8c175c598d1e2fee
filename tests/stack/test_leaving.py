"""Leads that were closed, people who want to be forgotten, campaigns that are deleted."""

import pytest

from simulators.local import Stack
from tests.stack.connecting import Customers
from tests.stack.driver import Driver, new_address, new_id
from tests.stack.evidence import rows
from tests.stack.waiting import wait_until

pytestmark = pytest.mark.usefixtures("leads_taken_at_once")


@pytest.fixture(scope="module")
def served(stack: Stack) -> Driver:
    """A campaign that works, for tests that leave it so."""
    return Customers.of(stack).connected(duplicates="update")


def test_a_lead_closed_before_it_came_is_never_sent(served: Driver) -> None:
    event, size = served.joined(new_address()), served.hubspot.size()
    lead = event["data"]["lead_id"]

    served.close(lead)
    served.wait(lead, "closed")
    served.publish(event)
    after = served.join(new_address())
    served.wait(after, "sent")
    wait_until("all messages acknowledged", served.queue_is_empty)

    assert served.told(lead) == ["closed"]
    assert served.lead(lead)["state"] == "closed"
    assert served.hubspot.size() == size + 1


def test_a_lead_closed_while_it_is_being_sent_stays_closed(served: Driver) -> None:
    email = new_address()
    hold = served.hubspot.hold("contacts.batch_upsert", after_commit=True)

    lead = served.join(email)
    hold.wait()
    served.close(lead)
    served.wait(lead, "closed")
    hold.release()
    wait_until("both messages acknowledged", served.queue_is_empty)
    served.hubspot.change(email, lifecyclestage="customer")
    judged_after(served)

    assert served.told(lead) == ["sending", "closed"]
    assert served.lead(lead)["state"] == "closed"
    assert served.announcements("referral.qualified.v1", lead_id=lead) == []


def test_a_lead_closed_after_it_was_sent_never_qualifies(served: Driver) -> None:
    email = new_address()
    lead = served.join(email)
    served.wait(lead, "sent")

    served.close(lead)
    served.wait(lead, "closed")
    served.hubspot.change(email, lifecyclestage="customer")
    judged_after(served)

    assert served.told(lead) == ["sending", "sent", "closed"]
    assert served.announcements("referral.qualified.v1", lead_id=lead) == []


def judged_after(campaign: Driver) -> None:
    """Wait until HubSpot's changes so far have been judged: a later one of somebody else qualified."""
    email = new_address("later")
    lead = campaign.join(email)
    campaign.wait(lead, "sent")
    campaign.hubspot.change(email, lifecyclestage="customer")
    campaign.wait(lead, "qualified")


def test_a_lead_that_qualified_is_not_closed_any_more(served: Driver) -> None:
    email = new_address()
    lead = served.join(email)
    served.wait(lead, "sent")
    served.hubspot.change(email, lifecyclestage="customer")
    served.wait(lead, "qualified")

    served.close(lead)
    after = served.join(new_address())
    served.wait(after, "sent")
    wait_until("all messages acknowledged", served.queue_is_empty)

    assert served.told(lead) == ["sending", "sent", "qualified"]


def test_a_person_who_is_erased_is_gone_from_every_row_and_not_taken_in_again(served: Driver) -> None:
    mark = new_id("mark").replace("-", "")
    email = f"{mark}@example.com"
    own = served.join(email, first_name=f"First{mark}", fields={"note": f"Note{mark}"})
    referred = served.join(new_address(), referrer={"id": f"referrer-{mark}", "first_name": f"R{mark}", "email": email})
    for lead in (own, referred):
        served.wait(lead, "sent")
    assert rows(served.stack, "CampaignTable", mark)

    served.forget(email=email.upper())

    served.wait(own, "erased")
    wait_until("nobody's row tells of the person", lambda: not rows(served.stack, "CampaignTable", mark))
    assert served.lead(referred)["state"] == "sent"
    size = served.hubspot.size()

    again = served.join(email, first_name=f"First{mark}")

    served.wait(again, "rejected")
    assert served.lead(again)["reason"] == "erased"
    assert rows(served.stack, "CampaignTable", mark) == []
    assert served.hubspot.size() == size


def test_a_deleted_campaign_is_disconnected_and_its_leads_are_erased(stack: Stack) -> None:
    campaign = Customers.of(stack).connected()
    mark = new_id("mark").replace("-", "")
    lead = campaign.join(f"{mark}@example.com", first_name=f"First{mark}")
    campaign.wait(lead, "sent")

    campaign.register("deleted")
    wait_until("the connection announced as removed", lambda: campaign.announcements("connection.removed.v1"))
    stack.invoke("SweepFunction", {})  # as the schedule does, every five minutes

    campaign.wait(lead, "erased")
    (removed,) = campaign.announcements("connection.removed.v1")
    assert removed["data"]["reason"] == "campaign_deleted"
    assert rows(stack, "CampaignTable", mark) == []
    assert campaign.ask("GET", "hubspot").status_code == 404

    late = campaign.join(f"late.{mark}@example.com")
    stale = {"account_id": campaign.account, "campaign_id": campaign.campaign, "name": "Back again", "state": "live"}
    campaign.platform("campaigns", stale)
    wait_until("all messages acknowledged", campaign.queue_is_empty)

    assert rows(stack, "CampaignTable", late) == []
    assert campaign.ask("GET", "hubspot").status_code == 404
    assert campaign.hubspot.size() == 1
