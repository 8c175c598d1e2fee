"""A worker that dies at each HubSpot call of a deal's delivery, and several on one message: one deal for each lead.

A worker dies by SIGKILL while HubSpot's answer is on its way. Before its message comes again, a salesperson has
moved the deal, if there is one by then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from simulators.local import Stack
from simulators.local.workers import kill_workers
from tests.stack.connecting import Customers
from tests.stack.driver import DEALS_WITH_CONTACTS, Driver, new_address
from tests.stack.hubspot_account import Hold
from tests.stack.waiting import wait_until
from tests.stack.workers import DELIVERY, lead_batches, redelivery_after, start_workers

COPIES = 5  # as many as may run at once, by the template
CALLS = [
    ("skip", "contacts.batch_read"),
    ("skip", "contacts.batch_create"),
    ("skip", "deals.batch_create"),
    ("update", "contacts.batch_upsert"),
    ("update", "deals.batch_create"),
]
"""Each call of a delivery, by the policy under which it is made; no more than workers may run at once."""
# Longer than a cold worker needs to reach HubSpot on a busy machine.
REDELIVERY_SECONDS = 8
MOVED_TO = "contractsent"


@pytest.fixture(scope="module", autouse=True)
def each_message_by_a_worker_of_its_own(stack: Stack) -> Iterator[None]:
    start_workers(stack, COPIES)
    with lead_batches(stack, size=1):
        yield


@dataclass(frozen=True)
class Interrupted:
    """A lead whose worker died at a call; `made` is the deal that HubSpot had made by then."""

    campaign: Driver
    lead: str
    email: str
    hold: Hold

    @property
    def deals(self) -> list[dict[str, Any]]:
        return self.campaign.hubspot.deals(dealname=self.email)


def join(campaign: Driver, hold: Hold, copies: int = 1) -> Interrupted:
    email = new_address()
    event = campaign.joined(email, first_name=email)
    campaign.publish(*[event] * copies)
    return Interrupted(campaign, str(event["data"]["lead_id"]), email, hold)


@pytest.fixture(scope="module")
def interrupted(stack: Stack) -> Mapping[tuple[str, str], Interrupted]:
    """A lead for each call, all at once, because waiting for the queue is what takes the time; all are sent."""
    customers = Customers.of(stack)
    found: dict[tuple[str, str], Interrupted] = {}
    with redelivery_after(stack, REDELIVERY_SECONDS):
        campaigns = {one: customers.connected(duplicates=one[0], **DEALS_WITH_CONTACTS) for one in CALLS}
        for one, campaign in campaigns.items():
            found[one] = join(campaign, campaign.hubspot.hold(one[1], after_commit=True))
        for case in found.values():
            case.hold.wait()
        assert kill_workers(stack, DELIVERY) >= len(CALLS)
        for case in found.values():
            for deal in case.deals:
                case.campaign.hubspot.move(deal["id"], MOVED_TO)
            case.hold.release()
        for case in found.values():
            case.campaign.wait(case.lead, "sent")
    wait_until("all messages done with", customers.campaign().queue_is_empty)
    return found


@pytest.mark.parametrize(("policy", "kind"), CALLS)
def test_a_worker_killed_at_a_call_leaves_one_deal_beside_one_contact_where_sales_moved_it(
    interrupted: Mapping[tuple[str, str], Interrupted], policy: str, kind: str
) -> None:
    case = interrupted[policy, kind]
    shown = case.campaign.lead(case.lead)
    [deal], [contact] = case.deals, case.campaign.hubspot.contacts(case.email)
    events = [line["event"] for line in shown["timeline"]]
    made_before = kind == "deals.batch_create"

    # Who was decided before is looked for by the deal's key first.
    came_again = len(case.campaign.hubspot.calls(kind)) > 1 or case.campaign.hubspot.calls("deals.batch_read")
    assert came_again, "the message did not come again"
    assert deal["properties"]["dealstage"] == (MOVED_TO if made_before else "appointmentscheduled")
    assert deal["contacts"] == [contact["id"]]
    assert shown["record_link"].endswith(f"/0-3/{deal['id']}")
    assert events[-1] == ("deal_found" if made_before else "deal_created")
    assert events.count("sending") == 1
    assert case.campaign.told(case.lead) == ["sending", "sent"]


@pytest.mark.parametrize(("policy", "kind"), [("skip", "contacts.batch_read"), ("update", "contacts.batch_upsert")])
def test_a_lead_delivered_five_times_at_once_is_one_deal(stack: Stack, policy: str, kind: str) -> None:
    campaign = Customers.of(stack).connected(duplicates=policy, **DEALS_WITH_CONTACTS)

    case = join(campaign, campaign.hubspot.hold(kind, times=None), COPIES)
    case.hold.wait(COPIES)
    case.hold.release()

    campaign.wait(case.lead, "sent")
    wait_until("all copies done with", campaign.queue_is_empty)
    [deal], [contact] = case.deals, campaign.hubspot.contacts(case.email)
    assert deal["contacts"] == [contact["id"]]
    assert len(campaign.hubspot.deals()) == 1
    assert campaign.told(case.lead) == ["sending", "sent"]
