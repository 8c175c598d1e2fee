"""What cannot be sent yet waits and goes out by itself; what nobody asked to send is not even stored.

The stack's schedule comes every five minutes, longer than any wait here: what goes out was released by the save or
the connecting itself.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from simulators.local import Stack
from tests.stack.connecting import Customers
from tests.stack.driver import MAPPING, Driver, new_address
from tests.stack.evidence import dead_letters, rows
from tests.stack.waiting import wait_for_value, wait_until

WITHOUT_FIRST_NAME = [row for row in MAPPING if row["property"] != "firstname"]


pytestmark = pytest.mark.usefixtures("leads_taken_at_once")


@pytest.fixture(scope="module")
def served(stack: Stack) -> Driver:
    """A campaign that works, for tests that leave it so."""
    return Customers.of(stack).connected(duplicates="update")


def worked_once(stack: Stack) -> Driver:
    """A campaign whose setup was complete once: who waited for the first time that it is asks first."""
    campaign = Customers.of(stack).connected()
    campaign.sweep()
    return campaign


def test_what_waits_for_the_setup_goes_out_by_the_save_that_completes_it(stack: Stack) -> None:
    campaign = worked_once(stack)
    incomplete = campaign.save(mapping=WITHOUT_FIRST_NAME)

    first = campaign.join(new_address())
    campaign.wait(first, "held")
    second = campaign.join(new_address())
    campaign.wait(second, "held")
    waiting = campaign.api("GET", "hubspot/leads")

    assert [gap["field"] for gap in incomplete["gaps"]] == ["mapping.firstname"]
    assert waiting["setup_required"]
    assert waiting["waiting"] == 2
    assert [campaign.lead(lead)["reason"] for lead in (first, second)] == ["setup", "setup"]
    assert campaign.hubspot.size() == 0

    assert not campaign.save()["setup_required"]

    for lead in (first, second):
        campaign.wait(lead, "sent")
        assert campaign.told(lead) == ["held", "sending", "sent"]
    assert campaign.hubspot.size() == 2
    wait_for_value("waiting leads", lambda: campaign.api("GET", "hubspot/leads")["waiting"], 0)


def test_leads_that_race_the_save_are_all_sent(stack: Stack) -> None:
    """Leads arrive all the while: some are judged before the save, some while it releases, some after."""
    campaign = worked_once(stack)
    campaign.save(mapping=WITHOUT_FIRST_NAME)
    leads: list[str] = []
    saved = threading.Event()

    def publish() -> None:
        after = 0
        while after < 3:
            few = [campaign.joined(new_address("racer")) for _ in range(3)]
            leads.extend(event["data"]["lead_id"] for event in few)
            campaign.publish(*few)
            time.sleep(0.05)
            after += saved.is_set()

    with ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(publish)
        wait_until("a lead that waits", lambda: "held" in campaign.states(*leads).values())
        campaign.save()
        saved.set()
        publishing.result()

    wait_until("every lead sent", lambda: set(campaign.states(*leads).values()) == {"sent"})
    told = campaign.announcements()
    waited = {event["data"]["lead_id"] for event in told if event["data"]["state"] == "held"}
    assert 0 < len(waited) < len(leads), "the leads did not race the save"
    assert campaign.hubspot.size() == len(leads)


def test_what_waits_for_a_connection_goes_out_by_connecting(stack: Stack) -> None:
    campaign = worked_once(stack)
    assert campaign.ask("DELETE", "hubspot").status_code == 204

    lead = campaign.join(new_address())
    campaign.wait(lead, "held")
    assert campaign.lead(lead)["reason"] == "not_connected"
    assert campaign.hubspot.size() == 0

    campaign.connect()

    campaign.wait(lead, "sent")
    assert campaign.hubspot.size() == 1


def test_do_nothing_is_a_choice_that_records_the_lead_as_not_sent(stack: Stack) -> None:
    campaign = Customers.of(stack).campaign()
    campaign.connect()
    saved = campaign.save(action="none", mapping=[], rule={"kind": "none"})

    lead = campaign.join(new_address())

    campaign.wait(lead, "not_sent")
    assert not saved["setup_required"]
    assert campaign.lead(lead)["reason"] == "do_nothing"
    assert campaign.hubspot.size() == 0


def test_a_campaign_that_nobody_asked_to_serve_leaves_no_trace(served: Driver) -> None:
    """The lead of a served campaign beside it shows when both messages have been handled."""
    unserved = Driver.new(served.stack, account=served.account)
    unserved.register()
    email = new_address("stranger")
    events = [unserved.joined(email), served.joined(new_address())]

    served.publish(*events)

    served.wait(events[1]["data"]["lead_id"], "sent")
    lead = events[0]["data"]["lead_id"]
    wait_until("both messages acknowledged", lambda: unserved.queue_is_empty())
    assert rows(served.stack, "CampaignTable", lead) == []
    assert rows(served.stack, "CampaignTable", email) == []
    assert unserved.announcements() == []
    assert unserved.ask("GET", f"leads/{lead}").status_code == 404
    assert dead_letters(served.stack, lead) == []
