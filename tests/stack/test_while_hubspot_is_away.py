"""HubSpot is away for long while leads come in: afterwards all are there, once each, and nobody did anything for it.

At this stack's paces a message is kept for 12 seconds, which is 15 minutes in production, before its lead is left to
the sweep. Twenty minutes are a third more: HubSpot is away for 16 seconds. The sweep, which comes every five minutes,
is called as its schedule would: four times in all.
"""

import time
from itertools import batched

from simulators.local import Stack
from tests.stack.connecting import Customers
from tests.stack.driver import DEALS_WITH_CONTACTS, new_id
from tests.stack.evidence import dead_letters
from tests.stack.waiting import wait_until

LEADS, AT_ONCE = 2000, 100
OUTAGE_SECONDS, SWEEP_SECONDS = 16, 4


def test_after_an_outage_all_leads_are_in_hubspot_once_each(stack: Stack) -> None:
    campaign = Customers.of(stack).connected(duplicates="update", **DEALS_WITH_CONTACTS)
    mark = new_id("outage")
    events = [campaign.joined(f"{mark}-{n}@example.com", first_name=f"{mark} {n}") for n in range(LEADS)]
    leads = [str(event["data"]["lead_id"]) for event in events]

    campaign.hubspot.be_away()
    until = time.monotonic() + OUTAGE_SECONDS
    for some in batched(events, AT_ONCE, strict=True):
        campaign.publish(*some)
    while time.monotonic() < until:
        time.sleep(SWEEP_SECONDS)
        campaign.sweep()
    meanwhile = set(campaign.states(*leads).values())
    campaign.hubspot.come_back()

    def all_sent() -> bool:
        campaign.sweep()
        return set(campaign.states(*leads).values()) == {"sent"}

    wait_until("all in HubSpot", all_sent, seconds=120)
    wait_until("all messages acknowledged", campaign.queue_is_empty)
    assert "held" in meanwhile
    assert "sent" not in meanwhile
    assert campaign.hubspot.size() == LEADS
    assert campaign.hubspot.control(f"portals/{campaign.hubspot.id}/deals?limit=1")["count"] == LEADS
    for queue in stack.dead_letter_queue_urls:
        assert dead_letters(stack, campaign.account, queue=queue) == []
