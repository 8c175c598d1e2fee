"""The guide's wizard: contacts of HubSpot become referrers, for all contacts and for a list, once and ongoing."""

import pytest

from simulators.local import Stack
from tests.stack.connecting import Customers
from tests.stack.driver import Driver, new_id
from tests.stack.syncing import (
    FIELDS,
    RETURNS,
    RUN_SECONDS,
    a_list,
    change_list,
    has_link,
    runs,
    seed,
    start,
    tick,
    wait_for,
)
from tests.stack.waiting import wait_until


@pytest.fixture
def campaign(stack: Stack) -> Driver:
    """A connected campaign whose admin chose nothing for leads or referrers: a sync needs neither."""
    made = Customers.of(stack).campaign()
    made.connect()
    return made


def test_all_contacts_become_referrers_once(campaign: Driver) -> None:
    contacts = seed(campaign, 140)
    [blank] = seed(campaign, 1, no_email_every=1)
    form = {"fields": FIELDS, "returns": RETURNS, "every": "once"}

    preview = campaign.api("POST", "syncs/preview", form)
    shown = {name: preview[name] for name in ("people", "without_email", "already_referrers", "confirm", "notice")}
    sync = campaign.api("POST", "syncs", form)
    wait_for(campaign, sync["sync_id"], "finished")

    assert shown == {
        "people": 141,
        "without_email": 1,
        "already_referrers": 0,
        "confirm": False,
        "notice": "Nobody is e-mailed by this sync.",
    }
    [run] = runs(campaign, sync["sync_id"])
    assert (run["read"], run["without_email"], run["asked"], run["joined"]) == (141, 1, 140, 140)
    assert all(has_link(campaign, one) for one in (contacts[0], contacts[99], contacts[-1]))
    assert not has_link(campaign, blank)
    [told] = wait_until("the end told", lambda: campaign.announcements("sync.finished.v1"))
    assert (told["data"]["joined"], told["data"]["cause"]) == (140, "")

    listed = campaign.api("GET", "referrers?limit=2")["referrers"]
    assert [one["origin"] for one in listed] == ["synced", "synced"]
    assert {one["contact_id"] for one in listed} <= set(contacts)


def test_a_list_is_synced_once_and_whoever_joins_it_later_is_left_alone(campaign: Driver) -> None:
    contacts = seed(campaign, 5)
    list_id = a_list(campaign, contacts[:4])

    sync_id = start(campaign, list_id=list_id, every="once")["sync_id"]
    wait_for(campaign, sync_id, "finished")
    change_list(campaign, list_id, add=contacts[4:])

    assert [has_link(campaign, one) for one in contacts] == [True, True, True, True, False]
    assert campaign.ask("POST", f"syncs/{sync_id}/resume").json()["code"] == "sync_over"


def test_all_contacts_are_synced_ongoing_and_a_late_address_is_enough_to_be_found(campaign: Driver) -> None:
    seed(campaign, 3)
    [late] = seed(campaign, 1, no_email_every=1)
    sync_id = start(campaign, every="24h")["sync_id"]
    wait_for(campaign, sync_id, "waiting")
    [newcomer] = seed(campaign, 1)
    campaign.hubspot.change(late, email=f"{new_id('late')}@example.com")

    def found() -> bool:
        tick(campaign)  # HubSpot's search shows a change some moments later
        wait_for(campaign, sync_id, "waiting")
        return has_link(campaign, late) and has_link(campaign, newcomer)

    wait_until("the links of who came later", found, seconds=RUN_SECONDS)


def test_a_deleted_list_stops_the_run_with_the_reason_and_a_schedule_lives_as_long_as_its_sync(
    campaign: Driver,
) -> None:
    contacts = seed(campaign, 3)
    list_id = a_list(campaign, contacts)
    sync_id = start(campaign, list_id=list_id, every="1h")["sync_id"]
    wait_for(campaign, sync_id, "waiting")
    group = campaign.stack.resource("SyncScheduleGroup")

    def rates() -> list[tuple[str, str]]:
        names = [one["Name"] for one in campaign.stack.scheduler.list_schedules(GroupName=group)["Schedules"]]
        found = [campaign.stack.scheduler.get_schedule(GroupName=group, Name=name) for name in names]
        return [
            (one["ScheduleExpression"], one["State"]) for one in found if campaign.campaign in one["Target"]["Input"]
        ]

    assert rates() == [("rate(60 minutes)", "ENABLED")]
    campaign.api("PUT", f"syncs/{sync_id}", {"every": "6h"})
    campaign.api("POST", f"syncs/{sync_id}/pause")
    assert rates() == [("rate(360 minutes)", "DISABLED")]
    assert campaign.api("POST", f"syncs/{sync_id}/resume")["state"] == "waiting"

    campaign.hubspot.delete_list(list_id)
    tick(campaign)
    broken = wait_for(campaign, sync_id, "broken")
    assert broken["message"] == "The list Happy customers was deleted in HubSpot."
    assert "start one with another list" in broken["next_step"]
    assert all(has_link(campaign, one) for one in contacts)

    assert campaign.api("POST", f"syncs/{sync_id}/stop")["state"] == "stopped"
    assert rates() == []
    campaign.api("DELETE", f"syncs/{sync_id}")
    assert campaign.api("GET", "syncs")["syncs"] == []
