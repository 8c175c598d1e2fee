"""A list that is synced ongoing, and all that happens to its members."""

import pytest

from simulators.local import Stack
from tests.stack.connecting import Customers
from tests.stack.driver import Driver
from tests.stack.syncing import (
    RUN_SECONDS,
    a_list,
    change_list,
    has_link,
    properties,
    runs,
    seed,
    start,
    tick,
    wait_for,
)
from tests.stack.waiting import wait_until

ROWS = (("email", "email"), ("first_name", "firstname"))
COUNTS_SECONDS = 90  # a referrer is written at most once a minute


@pytest.fixture
def campaign(stack: Stack) -> Driver:
    """A connected campaign whose admin chose nothing for leads or referrers: a sync needs neither."""
    made = Customers.of(stack).campaign()
    made.connect()
    return made


def test_a_list_is_synced_ongoing_through_all_that_happens_to_its_members(campaign: Driver) -> None:
    contacts = seed(campaign, 12)
    blank = seed(campaign, 2, no_email_every=1)
    known = properties(campaign, contacts[3])["email"]
    campaign.save_referrers(mapping=[{"kind": "dynamic", "source": name, "property": to} for name, to in ROWS])
    campaign.publish_referrer(known)
    wait_until("the referrer who joined by itself", lambda: campaign.api("GET", "referrers")["referrers"])
    list_id = a_list(campaign, contacts[:10] + blank)

    [found] = [one for one in campaign.api("GET", "hubspot/lists?query=happy")["lists"] if one["list_id"] == list_id]
    assert (found["name"], found["size"]) == ("Happy customers", 12)
    sync_id = start(campaign, list_id=list_id, every="15m")["sync_id"]
    wait_for(campaign, sync_id, "waiting")
    [run] = runs(campaign, sync_id)
    assert (run["without_email"], run["already_referrers"], run["joined"]) == (2, 1, 9)
    assert all(has_link(campaign, one) for one in contacts[:10])
    assert not any(has_link(campaign, one) for one in contacts[10:])

    rejoins, leaves, merged, deleted = contacts[0], contacts[1], contacts[4], contacts[5]
    email = {one: properties(campaign, one)["email"] for one in (rejoins, leaves, merged, deleted)}
    change_list(campaign, list_id, remove=[rejoins, leaves])  # leaving changes nothing
    change_list(campaign, list_id, add=[contacts[10], rejoins])
    survivor = campaign.hubspot.merge(contacts[11], merged)
    campaign.hubspot.remove(deleted)
    tick(campaign)
    wait_until("the newcomer's link", lambda: has_link(campaign, contacts[10]), seconds=RUN_SECONDS)
    wait_for(campaign, sync_id, "waiting")

    asked = [
        contact["enrolment_id"]
        for event in campaign.announcements("referrers.enrolment_requested.v1")
        for contact in event["data"]["contacts"]
    ]
    assert len(asked) == len(set(asked)), "somebody was asked for twice"
    assert all(event["data"]["notify"] is False for event in campaign.announcements("referrers.enrolment_requested.v1"))
    assert has_link(campaign, rejoins)

    for one, address in email.items():
        campaign.publish_referrer(address, referrals_count=7 if one != merged else 9)
    wanted = {leaves: "7", rejoins: "7", survivor: "9"}
    wait_until(
        "the counts of who left, came back and was merged",
        lambda: {one: properties(campaign, one)["referrals_count"] for one in wanted} == wanted,
        seconds=COUNTS_SECONDS,
    )
    [refused] = wait_until(
        "the deleted one listed", lambda: campaign.api("GET", f"syncs/{sync_id}/contacts?state=refused")["contacts"]
    )
    assert refused["contact_id"] == deleted
    assert refused["reason"]
    assert campaign.api("GET", f"syncs/{sync_id}")["sync"]["state"] == "waiting"
