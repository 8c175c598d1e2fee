"""HubSpot is away for long while leads come in: afterwards all are there, once each, and nobody did anything for it.

At this stack's paces a message is kept for 12 seconds, which is 15 minutes in production, before its lead is left to
the sweep. Twenty minutes are a third more, so HubSpot is away for 16 seconds after the last lead came; the sweep, which
comes every five minutes, is called as its schedule would.
"""

import time

from simulators.local import Stack
from tests.stack.connecting import Customers, sweep
from tests.stack.driver import DEALS_WITH_CONTACTS, Driver, new_id
from tests.stack.evidence import dead_letters
from tests.stack.waiting import wait_until

LEADS, AT_ONCE = 2000, 100
OUTAGE_SECONDS = 16


def test_after_an_outage_all_leads_are_in_hubspot_once_each(stack: Stack) -> None:
    campaign = Customers.of(stack).connected(duplicates="update", **DEALS_WITH_CONTACTS)
    campaign.hubspot.be_away()
    mark = new_id("outage")
    events = [campaign.joined(f"{mark}-{n}@example.com", first_name=f"{mark} {n}") for n in range(LEADS)]
    leads = [str(event["data"]["lead_id"]) for event in events]
    for first in range(0, LEADS, AT_ONCE):
        campaign.publish(*events[first : first + AT_ONCE])
    until = time.monotonic() + OUTAGE_SECONDS

    wait_until("every message left to the sweep", campaign.queue_is_empty, seconds=90)
    while time.monotonic() < until:
        time.sleep(0.5)
    campaign.sweep()
    waiting = states(campaign, leads)
    campaign.hubspot.come_back()
    sweep(stack)

    campaign.wait_for_all(leads, "sent", seconds=60)
    assert waiting == {"held"}
    assert campaign.hubspot.size() == LEADS
    assert campaign.hubspot.control(f"portals/{campaign.hubspot.id}/deals?limit=1")["count"] == LEADS
    assert [
        letter
        for queue in stack.dead_letter_queue_urls
        for letter in dead_letters(stack, campaign.account, queue=queue)
    ] == []


def states(campaign: Driver, leads: list[str]) -> set[str | None]:
    return set(campaign.states(*leads).values())
