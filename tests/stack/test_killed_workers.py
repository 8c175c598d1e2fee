"""Several workers at once on one person, and a worker that dies at the worst moment: one contact, one decision.

A worker dies by SIGKILL right after HubSpot has written and before it could say so to anybody.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from simulators.local import Stack
from tests.stack.driver import Driver, new_id
from tests.stack.waiting import wait_until
from tests.stack.workers import kill_workers, one_message_each, redelivery_after

FUNCTION = "LeadJoinedFunction"
COPIES = 5  # as many as may run at once, by the template
# Where a worker under this policy first stands before HubSpot, and the call that writes.
FIRST_CALL = {"skip": "contacts.batch_read", "update": "contacts.batch_upsert"}
WRITE = {"skip": "contacts.batch_create", "update": "contacts.batch_upsert"}
# Longer than a cold worker needs to reach HubSpot on a busy machine.
REDELIVERY_SECONDS = 5

pytestmark = pytest.mark.parametrize("policy", ["skip", "update"])


@pytest.fixture(scope="module", autouse=True)
def workers_at_once(stack: Stack) -> Iterator[None]:
    with one_message_each(stack, FUNCTION, stack.lead_queue_url):
        yield


@pytest.fixture
def campaign(stack: Stack, policy: str) -> Driver:
    return Driver.ready(stack, policy)


def address() -> str:
    return f"{new_id('ada')}@example.com"


def decisions(campaign: Driver, lead: str) -> int:
    """How often the lead's timeline says that it was decided to send it."""
    return Counter(entry["event"] for entry in campaign.lead(lead)["timeline"])["sending"]


def announced(campaign: Driver, lead: str) -> Counter[str]:
    """How many announcement ids there are of each state of a lead."""
    return Counter(event["data"]["state"] for event in campaign.announcements(lead_id=lead))


def test_a_lead_event_delivered_five_times_at_once_makes_one_contact(campaign: Driver, policy: str) -> None:
    email = address()
    event = campaign.joined(email)
    hold = campaign.hubspot.hold(FIRST_CALL[policy], times=None)

    campaign.publish(*[event] * COPIES)
    hold.wait(COPIES)
    hold.release()

    lead = event["data"]["lead_id"]
    campaign.wait(lead, "sent")
    wait_until("all copies done with", campaign.queue_is_empty)
    assert campaign.hubspot.size() == 1
    assert campaign.hubspot.contact(email)["id"] == campaign.lead(lead)["contact_id"]
    assert decisions(campaign, lead) == 1
    assert announced(campaign, lead) == {"sending": 1, "sent": 1}


def test_of_two_leads_with_one_address_at_once_one_is_sent_and_the_other_told(campaign: Driver, policy: str) -> None:
    email = address()
    events = [campaign.joined(email), campaign.joined(f" {email.upper()}")]
    hold = campaign.hubspot.hold(FIRST_CALL[policy], times=None)

    campaign.publish(*events)
    # Under Do nothing both ask before either decides; under Update deciding comes first, so that only one gets here.
    hold.wait(2 if policy == "skip" else 1)
    hold.release()

    leads = [event["data"]["lead_id"] for event in events]
    wait_until(
        "one lead sent and one already referred",
        lambda: sorted(map(str, campaign.states(*leads).values())) == ["already_referred", "sent"],
    )
    wait_until("both messages done with", campaign.queue_is_empty)
    states = campaign.states(*leads)
    sent, other = sorted(leads, key=lambda lead: states[lead] != "sent")
    assert campaign.hubspot.size() == 1
    assert (decisions(campaign, sent), decisions(campaign, other)) == (1, 0)
    assert announced(campaign, sent) == {"sending": 1, "sent": 1}
    assert announced(campaign, other) == {"already_referred": 1}
    assert campaign.lead(other)["record_link"] in (None, "")


def test_a_worker_killed_right_after_hubspot_wrote_leaves_one_contact_one_decision(
    campaign: Driver, policy: str
) -> None:
    email = address()
    stack, hold = campaign.stack, campaign.hubspot.hold(WRITE[policy], after_commit=True)

    with redelivery_after(stack, stack.lead_queue_url, REDELIVERY_SECONDS):
        lead = campaign.join(email)
        hold.wait()
        assert campaign.hubspot.size() == 1
        assert campaign.lead(lead)["state"] == "sending"
        assert kill_workers(stack, FUNCTION) > 0
        writes = len(campaign.hubspot.calls(WRITE[policy]))
        hold.release()
        campaign.wait(lead, "sent")
    wait_until("the message done with", campaign.queue_is_empty)

    assert len(campaign.hubspot.calls(WRITE[policy])) > writes, "the message did not come again"
    assert campaign.hubspot.size() == 1
    assert campaign.hubspot.contact(email)["id"] == campaign.lead(lead)["contact_id"]
    assert decisions(campaign, lead) == 1
    assert announced(campaign, lead) == {"sending": 1, "sent": 1}
