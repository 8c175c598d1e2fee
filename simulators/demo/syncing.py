"""HubSpot's contacts become referrers: a list is synced, its worker is killed in the middle, and some join it later."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulators.demo.cast import Cast
from simulators.demo.hubspot_side import Contact
from simulators.demo.narrator import Meter
from simulators.demo.plans import MEMBERS, NEWCOMERS
from simulators.demo.waiting import wait_until
from simulators.local.workers import kill_workers

KILLED_AFTER = 500  # members read: some are asked for by then, and nobody remembers all of it
LOOK_AT = "the log of list_sync, and the sync's runs in the API"


@dataclass(frozen=True, slots=True)
class Synced:
    """What came of the sync.

    `members` are those of the first run, `newcomers` those of the ongoing one, `lost` members without a link in
    HubSpot, `doubled` those whom the platform was asked for under more than one enrolment id or made two referrers of.
    """

    members: int
    newcomers: int
    killed: int
    lost: int
    doubled: int


def play_sync(cast: Cast) -> Synced:
    """A list of the first campaign's HubSpot account, synced ongoing.

    Raises:
        StillMissingError: something did not come in time.
    """
    plan = cast.scenario.campaigns[0]
    cast.narrator.act(f"{MEMBERS:,} contacts of a HubSpot list become referrers of {plan.name}")
    address = f"member.{{n}}.{cast.scenario.account_id}@example.com"
    cast.hubspot.seed_many(plan.portal_id, address, MEMBERS)
    list_id = cast.hubspot.make_list(plan.portal_id, "Happy customers", _addresses(address, 1, MEMBERS))
    returns = cast.admin.return_properties(plan.campaign_id)
    form = {
        "list_id": list_id,
        "fields": {"first_name": "firstname", "email": "email"},
        "returns": returns,
        "every": "15m",
    }
    preview = cast.admin.preview_sync(plan.campaign_id, form)
    cast.narrator.say(
        f"  Preview: {preview['people']:,} people, about {preview['hubspot_calls']} HubSpot calls, "
        f"{preview['minutes']} min. {preview['notice']} The number is typed to confirm."
    )
    first_call = cast.hubspot.last_call()
    sync_id = cast.admin.start_sync(plan.campaign_id, {**form, "people": preview["people"]})
    scene = _Scene(cast, plan.campaign_id, plan.portal_id, sync_id, returns["referral_link"], address)
    with cast.narrator.meter("links in HubSpot", MEMBERS) as meter:
        killed = scene.kill_in_the_middle(meter)
        scene.wait_for_links(MEMBERS, meter)
    scene.wait_for_state("waiting")
    members = scene.with_link()
    cast.narrator.say(f"  {_calls(cast.hubspot.calls_since(first_call), MEMBERS)}")

    cast.narrator.act(f"{NEWCOMERS} more contacts join the list, and the next run finds them")
    cast.hubspot.seed_many(plan.portal_id, address, NEWCOMERS, start=MEMBERS + 1)
    cast.hubspot.join_list(plan.portal_id, list_id, _addresses(address, MEMBERS + 1, NEWCOMERS))
    first_call = cast.hubspot.last_call()
    cast.narrator.say("  Fifteen minutes later the schedule sends its message to the sync queue")
    _tick(cast, sync_id)
    with cast.narrator.meter("links in HubSpot", MEMBERS + NEWCOMERS) as meter:
        scene.wait_for_links(MEMBERS + NEWCOMERS, meter)
    scene.wait_for_state("waiting")
    everybody = scene.with_link()
    cast.narrator.say(f"  {_calls(cast.hubspot.calls_since(first_call), NEWCOMERS)}")
    cast.admin.stop_sync(plan.campaign_id, sync_id)
    return Synced(
        members=len(members),
        newcomers=len(everybody.keys() - members.keys()),
        killed=killed,
        lost=MEMBERS + NEWCOMERS - len(everybody),
        doubled=_doubled(cast, plan.campaign_id, everybody.values()),
    )


@dataclass(frozen=True, slots=True)
class _Scene:
    """The sync, and where its work shows."""

    cast: Cast
    campaign_id: str
    portal_id: int
    sync_id: str
    link_property: str
    address: str

    def with_link(self) -> dict[str, Contact]:
        """The synced contacts that have their link, by id."""
        ending = self.address.partition("}")[2]
        return {
            contact.id: contact
            for contact in self.cast.hubspot.contacts(self.portal_id)
            if contact.properties.get(self.link_property) and contact.properties.get("email", "").endswith(ending)
        }

    def kill_in_the_middle(self, meter: Meter) -> int:
        """Kill the workers once they have read some of the list; how many they were."""

        def far_enough() -> tuple[bool, str]:
            run = self.sync()["run"]
            read = run["read"] if run else 0
            return read >= KILLED_AFTER, f"{read} members read"

        wait_until(f"{KILLED_AFTER} members read", far_enough, seconds=60, look_at=LOOK_AT)
        killed = kill_workers(self.cast.stack, "ListSyncFunction")
        meter.at(len(self.with_link()))
        self.cast.narrator.say("  A worker is killed. Its lease runs out, and another one goes on where it had stopped")
        return killed

    def wait_for_links(self, number: int, meter: Meter) -> None:
        def look() -> tuple[bool, str]:
            found = len(self.with_link())
            meter.at(found)
            return found >= number, f"{found} links"

        wait_until(f"{number} links in HubSpot", look, seconds=180, look_at=LOOK_AT)

    def wait_for_state(self, state: str) -> None:
        """Wait until the run is over and its sync is as said."""

        def look() -> tuple[bool, str]:
            seen = self.sync()["state"]
            return seen == state, seen

        wait_until(f"the sync {state}", look, seconds=60, look_at=LOOK_AT)

    def sync(self) -> Mapping[str, Any]:
        return self.cast.admin.sync(self.campaign_id, self.sync_id)


def _addresses(address: str, start: int, count: int) -> list[str]:
    return [address.format(n=number) for number in range(start, start + count)]


def _tick(cast: Cast, sync_id: str) -> None:
    """Send what the sync's schedule sends when its time comes."""
    scheduler, group = cast.stack.scheduler, cast.stack.resource("SyncScheduleGroup")
    for page in scheduler.get_paginator("list_schedules").paginate(GroupName=group):
        for listed in page["Schedules"]:
            message = scheduler.get_schedule(GroupName=group, Name=listed["Name"])["Target"]["Input"]
            if sync_id in message:
                cast.stack.sqs.send_message(QueueUrl=cast.stack.resource("SyncQueue"), MessageBody=message)


def _doubled(cast: Cast, campaign_id: str, contacts: Any) -> int:
    """Contacts that the platform was asked for under several ids, and referrers that share an address."""
    ids: dict[str, set[str]] = {}
    for event in cast.announced("referrers.enrolment_requested.v1"):
        if event["data"]["campaign_id"] == campaign_id:
            for one in event["data"]["contacts"]:
                ids.setdefault(one["email"], set()).add(one["enrolment_id"])
    links = Counter(contact.properties.get("email") for contact in contacts)
    referrers = Counter(one["email"] for one in cast.platform.referrers(cast.scenario.account_id, campaign_id))
    several = {email for email, some in ids.items() if len(some) > 1}
    return len(several | {email for email, number in (*links.items(), *referrers.items()) if number > 1})


def _calls(journal: Sequence[Mapping[str, Any]], people: int) -> str:
    """The sync's line from HubSpot's journal."""
    kinds = Counter(str(call["kind"]) for call in journal)
    pages = kinds["lists.join_order"]
    reads, writes = kinds["contacts.batch_read"], kinds["contacts.batch_update"]
    return (
        f"HubSpot's journal: {people:,} people; {pages} calls for the list, {reads} to read, {writes} to write;"
        f" one at a time it takes {2 * people:,}"
    )
