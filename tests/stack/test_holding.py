"""What cannot be sent yet waits and goes out by itself; what must not be sent, or is to be forgotten, does not.

The stack's schedule comes every five minutes, longer than any wait here: what goes out was released by the save or
the connecting itself. Where a test needs the sweep, it invokes it as the schedule does.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from simulators.local import Stack
from tests.stack.driver import CUSTOMER, MAPPING, Driver, new_id
from tests.stack.evidence import dead_letters, rows
from tests.stack.waiting import wait_for_value, wait_until
from tests.stack.workers import lead_batches, start_workers

WITHOUT_FIRST_NAME = [row for row in MAPPING if row["property"] != "firstname"]


@pytest.fixture(scope="module", autouse=True)
def leads_taken_at_once(stack: Stack) -> Iterator[None]:
    start_workers(stack, 2)
    with lead_batches(stack):
        yield


@pytest.fixture(scope="module")
def served(stack: Stack) -> Driver:
    """A campaign that works, for tests that leave it so."""
    return Driver.ready(stack, "update")


def address(name: str = "ada") -> str:
    return f"{new_id(name)}@example.com"


def test_what_waits_for_the_setup_goes_out_by_the_save_that_completes_it(stack: Stack) -> None:
    campaign = Driver.new(stack)
    campaign.register()
    campaign.connect()
    first = campaign.join(address())
    campaign.wait(first, "held")

    incomplete = campaign.save(mapping=WITHOUT_FIRST_NAME)
    second = campaign.join(address())
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
    campaign = Driver.new(stack)
    campaign.register()
    campaign.connect()
    leads: list[str] = []
    saved = threading.Event()

    def publish() -> None:
        after = 0
        while after < 3:
            few = [campaign.joined(address("racer")) for _ in range(3)]
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
    waited = [lead for lead in leads if "held" in campaign.told(lead)]
    assert 0 < len(waited) < len(leads), "the leads did not race the save"
    assert campaign.hubspot.size() == len(leads)


def test_what_waits_for_a_connection_goes_out_by_connecting(stack: Stack) -> None:
    campaign = Driver.ready(stack)
    assert campaign.ask("DELETE", "hubspot").status_code == 204

    lead = campaign.join(address())
    campaign.wait(lead, "held")
    assert campaign.lead(lead)["reason"] == "not_connected"
    assert campaign.hubspot.size() == 0

    campaign.connect()

    campaign.wait(lead, "sent")
    assert campaign.hubspot.size() == 1


def test_do_nothing_is_a_choice_that_records_the_lead_as_not_sent(stack: Stack) -> None:
    campaign = Driver.new(stack)
    campaign.register()
    campaign.connect()
    saved = campaign.save(action="none", mapping=[], rule={"kind": "none"})

    lead = campaign.join(address())

    campaign.wait(lead, "not_sent")
    assert not saved["setup_required"]
    assert campaign.lead(lead)["reason"] == "do_nothing"
    assert campaign.hubspot.size() == 0


def test_a_campaign_that_nobody_asked_to_serve_leaves_no_trace(served: Driver) -> None:
    """The lead of a served campaign beside it shows when both messages have been handled."""
    unserved = Driver.new(served.stack, account=served.account)
    unserved.register()
    email = address("stranger")
    events = [unserved.joined(email), served.joined(address())]

    served.publish(*events)

    served.wait(events[1]["data"]["lead_id"], "sent")
    lead = events[0]["data"]["lead_id"]
    wait_until("both messages acknowledged", lambda: unserved.queue_is_empty())
    assert rows(served.stack, "CampaignTable", lead) == []
    assert rows(served.stack, "CampaignTable", email) == []
    assert unserved.announcements() == []
    assert unserved.ask("GET", f"leads/{lead}").status_code == 404
    assert dead_letters(served.stack, lead) == []


def test_a_lead_closed_before_it_came_is_never_sent(served: Driver) -> None:
    event, size = served.joined(address()), served.hubspot.size()
    lead = event["data"]["lead_id"]

    served.close(lead)
    served.wait(lead, "closed")
    served.publish(event)
    after = served.join(address())
    served.wait(after, "sent")
    wait_until("all messages acknowledged", served.queue_is_empty)

    assert served.told(lead) == ["closed"]
    assert served.lead(lead)["state"] == "closed"
    assert served.hubspot.size() == size + 1


def test_a_lead_closed_while_it_is_being_sent_stays_closed(served: Driver) -> None:
    email = address()
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
    email = address()
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
    email = address("later")
    lead = campaign.join(email)
    campaign.wait(lead, "sent")
    campaign.hubspot.change(email, lifecyclestage="customer")
    campaign.wait(lead, "qualified")


def test_a_lead_that_qualified_is_not_closed_any_more(served: Driver) -> None:
    email = address()
    lead = served.join(email)
    served.wait(lead, "sent")
    served.hubspot.change(email, lifecyclestage="customer")
    served.wait(lead, "qualified")

    served.close(lead)
    after = served.join(address())
    served.wait(after, "sent")
    wait_until("all messages acknowledged", served.queue_is_empty)

    assert served.told(lead) == ["sending", "sent", "qualified"]


def test_a_person_who_is_erased_is_gone_from_every_row_and_not_taken_in_again(served: Driver) -> None:
    mark = new_id("mark").replace("-", "")
    email = f"{mark}@example.com"
    own = served.join(email, first_name=f"First{mark}", fields={"note": f"Note{mark}"})
    referred = served.join(address(), referrer={"id": f"referrer-{mark}", "first_name": f"R{mark}", "email": email})
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
    campaign = Driver.ready(stack, rule=CUSTOMER)
    mark = new_id("mark").replace("-", "")
    lead = campaign.join(f"{mark}@example.com", first_name=f"First{mark}")
    campaign.wait(lead, "sent")

    campaign.register("deleted")
    wait_until("the connection announced as removed", lambda: campaign.announcements("connection.removed.v1"))
    stack.invoke("SweepFunction", {})

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
