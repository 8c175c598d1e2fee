"""Several workers at once on one person, and a worker that dies at the worst moment: one contact, one decision.

A worker dies by SIGKILL right after HubSpot has written and before it could say so to anybody.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from simulators.local import Stack
from simulators.local.workers import kill_workers
from tests.stack.connecting import Customers
from tests.stack.driver import Driver, new_id
from tests.stack.waiting import wait_until
from tests.stack.workers import DELIVERY, lead_batches, redelivery_after, start_workers

COPIES = 5  # as many as may run at once, by the template
# Where a worker under this policy first stands before HubSpot, and the call that writes.
FIRST_CALL = {"skip": "contacts.batch_read", "update": "contacts.batch_upsert"}
WRITE = {"skip": "contacts.batch_create", "update": "contacts.batch_upsert"}
# Longer than a cold worker needs to reach HubSpot on a busy machine.
REDELIVERY_SECONDS = 5

POLICIES = ("skip", "update")


@pytest.fixture(scope="module", autouse=True)
def each_message_by_a_worker_of_its_own(stack: Stack) -> Iterator[None]:
    start_workers(stack, COPIES)
    with lead_batches(stack, size=1):
        yield


@pytest.fixture(scope="module")
def campaigns(stack: Stack) -> Mapping[str, Driver]:
    return {policy: Customers.of(stack).connected(duplicates=policy) for policy in POLICIES}


@pytest.fixture(params=POLICIES)
def policy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def campaign(campaigns: Mapping[str, Driver], policy: str) -> Driver:
    return campaigns[policy]


@dataclass(frozen=True)
class Survivor:
    """A lead whose worker was killed: what HubSpot and the lead were then, and that it went on."""

    lead: str
    email: str
    contact_id: str
    state: str
    writes: int
    size: int


@pytest.fixture(scope="module")
def survivors(campaigns: Mapping[str, Driver]) -> Mapping[str, Survivor]:
    """A lead of each policy, after its worker was killed with HubSpot's answer on the way, and its message came again.

    Both at once, because waiting for the queue is what takes the time.
    """
    stack = campaigns["skip"].stack
    emails = {policy: address() for policy in POLICIES}
    holds = {policy: campaigns[policy].hubspot.hold(WRITE[policy], after_commit=True) for policy in POLICIES}
    with redelivery_after(stack, REDELIVERY_SECONDS):
        leads = {policy: campaigns[policy].join(emails[policy]) for policy in POLICIES}
        for hold in holds.values():
            hold.wait()
        then = {
            policy: seen_when_killed(campaigns[policy], policy, leads[policy], emails[policy]) for policy in POLICIES
        }
        assert kill_workers(stack, DELIVERY) >= len(POLICIES)
        for hold in holds.values():
            hold.release()
        for policy in POLICIES:
            campaigns[policy].wait(leads[policy], "sent")
    wait_until("both messages done with", campaigns["skip"].queue_is_empty)
    return then


def seen_when_killed(campaign: Driver, policy: str, lead: str, email: str) -> Survivor:
    contact = campaign.hubspot.contact(email)
    writes = len(campaign.hubspot.calls(WRITE[policy]))
    return Survivor(lead, email, contact["id"], campaign.lead(lead)["state"], writes, campaign.hubspot.size())


def address() -> str:
    return f"{new_id('ada')}@example.com"


def decisions(campaign: Driver, lead: str) -> int:
    """How often the lead's timeline says that it was decided to send it."""
    return Counter(entry["event"] for entry in campaign.lead(lead)["timeline"])["sending"]


def announced(campaign: Driver, lead: str) -> Counter[str]:
    """How many announcement ids there are of each state of a lead, and that no further one is on its way."""
    events = campaign.announcements(lead_id=lead)
    assert campaign.lead(lead)["version"] == len(events)
    return Counter(event["data"]["state"] for event in events)


def test_a_lead_event_delivered_five_times_at_once_makes_one_contact(campaign: Driver, policy: str) -> None:
    email, size = address(), campaign.hubspot.size()
    event = campaign.joined(email)
    hold = campaign.hubspot.hold(FIRST_CALL[policy], times=None)

    campaign.publish(*[event] * COPIES)
    hold.wait(COPIES)
    hold.release()

    lead = event["data"]["lead_id"]
    campaign.wait(lead, "sent")
    wait_until("all copies done with", campaign.queue_is_empty)
    assert campaign.hubspot.size() == size + 1
    assert campaign.hubspot.contact(email)["id"] == campaign.lead(lead)["contact_id"]
    assert decisions(campaign, lead) == 1
    assert announced(campaign, lead) == {"sending": 1, "sent": 1}


def test_of_two_leads_with_one_address_at_once_one_is_sent_and_the_other_told(campaign: Driver, policy: str) -> None:
    email, size = address(), campaign.hubspot.size()
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
    assert campaign.hubspot.size() == size + 1
    assert (decisions(campaign, sent), decisions(campaign, other)) == (1, 0)
    assert announced(campaign, sent) == {"sending": 1, "sent": 1}
    assert announced(campaign, other) == {"already_referred": 1}
    assert not campaign.lead(other)["record_link"]


def test_a_worker_killed_right_after_hubspot_wrote_leaves_one_contact_and_one_decision(
    campaign: Driver, policy: str, survivors: Mapping[str, Survivor]
) -> None:
    survivor = survivors[policy]

    assert survivor.state == "sending"
    assert len(campaign.hubspot.calls(WRITE[policy])) > survivor.writes, "the message did not come again"
    assert campaign.hubspot.size() == survivor.size
    assert campaign.hubspot.contact(survivor.email)["id"] == survivor.contact_id
    assert campaign.lead(survivor.lead)["contact_id"] == survivor.contact_id
    assert decisions(campaign, survivor.lead) == 1
    assert announced(campaign, survivor.lead) == {"sending": 1, "sent": 1}
