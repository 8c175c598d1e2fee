"""Syncs as an admin has them: chosen, looked at, started, watched, paused, changed, ended, forgotten."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from referral_hubspot.domain.settings import (
    Campaign,
    CustomField,
    Duplicates,
    Rule,
    RuleKind,
)
from referral_hubspot.domain.syncs import Newcomer, Sync
from referral_hubspot.runtime import clients
from referral_hubspot.storage.syncs import SyncRepository
from tests.admin import Admin, Reply, admin
from tests.syncing import Syncing, joins, syncing
from tests.world import ACCOUNT, CAMPAIGN, MAPPING, PORTAL, event, referrer_event

REFERRALS = {
    "name": "referrals",
    "label": "Referrals",
    "type": "number",
    "fieldType": "number",
    "groupName": "contactinformation",
}
FORM: dict[str, Any] = {
    "list_id": "",
    "fields": {"email": "email", "first_name": "firstname"},
    "returns": {"referral_link": "referral_link", "referrals_count": "referrals"},
    "every": "15m",
}
REFERRERS: dict[str, Any] = {
    "version": 0,
    "action": "create_contact",
    "duplicates": "update",
    "mapping": [
        {"kind": "dynamic", "source": "email", "property": "email"},
        {"kind": "dynamic", "source": "first_name", "property": "firstname"},
        {"kind": "dynamic", "source": "referral_link", "property": "referral_link"},
    ],
}
OTHER_PORTAL = 1001002


class Desk:
    """An admin with the campaign's syncs, a HubSpot account, and a platform that answers."""

    def __init__(self, ana: Admin, work: Syncing) -> None:
        self.ana = ana
        self.work = work
        self.get, self.post, self.put, self.delete = ana.get, ana.post, ana.put, ana.delete

    def seed(self, count: int, start: int = 1, **properties: str) -> list[str]:
        """Ids of contacts that are simply there."""
        given = {"email": "c{n}@example.com", "firstname": "C{n}"} | properties
        asked = {"portal": PORTAL, "count": count, "start": start, "properties": given}
        return list(self.ana.world.sim("seed", asked)["ids"])

    def a_list(self, members: list[str], name: str = "Happy customers") -> str:
        """A list of contacts in HubSpot."""
        return str(self.ana.world.sim(f"portals/{PORTAL}/lists", {"name": name, "members": members})["id"])

    def preview(self, **form: Any) -> dict[str, Any]:
        """What the sync would take."""
        return answered(self.post("syncs/preview", FORM | form))

    def start(self, **form: Any) -> dict[str, Any]:
        """A sync that is started."""
        return answered(self.post("syncs", FORM | form))

    def started(self, count: int = 3, **form: Any) -> str:
        """The id of a sync of a list of so many, that nobody has worked on yet."""
        return str(self.start(list_id=self.a_list(self.seed(count)), **form)["sync_id"])

    def show(self, sync_id: str) -> dict[str, Any]:
        """The sync as it stands."""
        return answered(self.get(f"syncs/{sync_id}"))

    def schedule(self, sync_id: str) -> Mapping[str, Any] | None:
        """The schedule of a sync: its state, rate and message."""
        scheduler = clients.scheduler()
        for one in scheduler.list_schedules(GroupName="syncs")["Schedules"]:
            found = scheduler.get_schedule(GroupName="syncs", Name=one["Name"])
            job = json.loads(found["Target"]["Input"])
            if job["sync_id"] == sync_id:
                return {"state": found["State"], "rate": found["ScheduleExpression"], "job": job}
        return None

    def jobs(self) -> list[dict[str, Any]]:
        """What workers were asked for since the last look; it is not worked on."""
        asked = [json.loads(body) for _, body in self.work.jobs]
        self.work.jobs.clear()
        return asked


@pytest.fixture(name="here")
def _here(functions_aws_url: str) -> Iterator[Desk]:
    with admin(functions_aws_url) as ana, syncing(ana.world) as work:
        ana.world.sim(f"portals/{PORTAL}/properties", {"create": [REFERRALS]})
        with suppress(clients.scheduler().exceptions.ConflictException):
            clients.scheduler().create_schedule_group(Name="syncs")
        yield Desk(ana, work)


def answered(reply: Reply) -> dict[str, Any]:
    assert reply.status == 200, reply.body
    found: dict[str, Any] = reply.body
    return found


def refused(reply: Reply) -> tuple[int, str]:
    """Status and code of a refusal; each has words and a next step."""
    assert reply.body["detail"]
    assert reply.body["next_step"]
    return reply.status, reply.body["code"]


def problems(reply: Reply) -> list[tuple[str, str]]:
    """Code and field of each problem of a plan."""
    assert refused(reply) == (422, "plan_refused")
    assert all(one["message"] and one["next_step"] for one in reply.body["errors"])
    return [(one["code"], one["field"]) for one in reply.body["errors"]]


def nobody_answers(_newcomer: Newcomer) -> None:
    """A platform that is silent."""


def declines(newcomer: Newcomer) -> dict[str, Any]:
    """A platform that makes nobody a referrer."""
    ids = {"account_id": ACCOUNT, "campaign_id": CAMPAIGN, "enrolment_id": newcomer.enrolment_id}
    return event("referrer.enrolment_declined.v1", reason="no_consent", **ids)


# Choosing


def test_lists_are_found_by_a_part_of_their_name(here: Desk) -> None:
    people = here.seed(3)
    list_id = here.a_list(people)
    here.a_list(people[:1], "Newsletter")

    found = answered(here.get("hubspot/lists?query=happy"))["lists"]

    assert found == [{"list_id": list_id, "name": "Happy customers", "size": 3, "dynamic": False}]
    assert {one["name"] for one in answered(here.get("hubspot/lists"))["lists"]} >= {"Happy customers", "Newsletter"}


def test_a_preview_tells_what_a_list_takes(here: Desk) -> None:
    people = here.seed(12)
    blank = here.seed(2, start=500, email="")
    answered(here.put("hubspot/referrers", REFERRERS | {"mapping": REFERRERS["mapping"][:2]}))
    here.ana.world.tell(referrer_event("joined", "r1", "c3@example.com"))

    shown = here.preview(list_id=here.a_list(people + blank))

    assert shown == {
        "people": 14,
        "without_email": 2,
        "already_referrers": 1,
        "estimated": False,
        "hubspot_calls": 4,  # the properties, a page of members, the members, their links
        "minutes": 1,
        "confirm": False,
        "notice": "Nobody is e-mailed by this sync.",
        "warnings": [],
    }
    assert answered(here.get("syncs"))["syncs"] == [], "nothing is started"
    assert here.jobs() == []


def test_a_preview_tells_what_all_contacts_take(here: Desk) -> None:
    """Half of them without an address, and nearly all others referrers: neither number waters down the other one."""
    here.seed(10)
    here.seed(10, start=500, email="")
    answered(here.put("hubspot/referrers", REFERRERS | {"mapping": REFERRERS["mapping"][:2]}))
    here.ana.world.tell(*(referrer_event("joined", f"r{n}", f"c{n}@example.com") for n in range(1, 9)))

    shown = here.preview()

    assert (shown["people"], shown["without_email"], shown["already_referrers"]) == (20, 10, 8)
    assert (shown["estimated"], shown["hubspot_calls"]) == (False, 3)


def test_who_was_enrolled_by_a_sync_is_a_referrer_already(here: Desk) -> None:
    list_id = here.a_list(here.seed(4))
    here.start(list_id=list_id)
    here.work.settle()

    assert here.preview(list_id=list_id)["already_referrers"] == 4


def test_of_many_some_are_looked_at_and_the_others_estimated(here: Desk) -> None:
    people = [one for pair in zip(here.seed(300), here.seed(300, start=500, email=""), strict=True) for one in pair]

    shown = here.preview(list_id=here.a_list(people))

    assert (shown["people"], shown["estimated"]) == (600, True)
    assert 0 < shown["without_email"] < 600
    assert here.ana.world.calls("lists.") != []
    assert len([one for one in here.ana.world.calls() if "batch_read" in one]) <= 5


def test_above_a_thousand_people_their_number_is_typed(here: Desk) -> None:
    list_id = here.a_list([*here.seed(600), *here.seed(401, start=1000)])

    assert here.preview(list_id=list_id)["confirm"] is True
    assert refused(here.post("syncs", FORM | {"list_id": list_id})) == (409, "confirm_people")
    assert refused(here.post("syncs", FORM | {"list_id": list_id, "people": 100})) == (409, "confirm_people")
    assert answered(here.get("syncs"))["syncs"] == []
    assert here.start(list_id=list_id, people=1001)["people"] == 1001


def test_a_thousand_people_are_started_without_typing(here: Desk) -> None:
    list_id = here.a_list(here.seed(1000))

    assert here.preview(list_id=list_id)["confirm"] is False
    assert here.start(list_id=list_id)["state"] == "running"


def test_who_else_writes_the_properties_is_told(here: Desk) -> None:
    here.ana.world.serve(Duplicates.SKIP, campaign="summer", mapping=MAPPING)
    here.ana.world.serve(Duplicates.SKIP, campaign="autumn", mapping=MAPPING)
    form = FORM | {"returns": {"referral_link": "referral_link"}, "list_id": here.a_list(here.seed(1))}
    answered(here.ana.call("POST", "syncs", form, campaign="autumn"))
    for campaign in ("summer", CAMPAIGN):
        answered(here.ana.call("PUT", "hubspot/referrers", REFERRERS, campaign=campaign))

    assert here.preview()["warnings"] == [
        "Campaign autumn writes the HubSpot property referral_link too: each replaces what the other wrote.",
        "This campaign's settings write the HubSpot property referral_link too: each replaces what the other wrote.",
        "Campaign summer writes the HubSpot property referral_link too: each replaces what the other wrote.",
    ]


def test_whoever_saves_settings_is_told_of_the_syncs_that_write_the_same(here: Desk) -> None:
    here.ana.world.serve(Duplicates.SKIP, campaign="summer", mapping=MAPPING)
    form = FORM | {"returns": {"referral_link": "referral_link"}, "list_id": here.a_list(here.seed(1))}
    answered(here.post("syncs", form))

    own = answered(here.ana.call("PUT", "hubspot/referrers", REFERRERS, campaign=CAMPAIGN))
    other = answered(here.ana.call("PUT", "hubspot/referrers", REFERRERS, campaign="summer"))

    too = "writes the HubSpot property referral_link too: each replaces what the other wrote."
    assert own["warnings"] == [f"A sync of this campaign {too}"]
    assert other["warnings"][0] == f"A sync of campaign {CAMPAIGN} {too}"
    assert answered(here.ana.call("GET", "hubspot/leads", campaign="summer"))["warnings"] == []


@pytest.mark.parametrize(
    ("side", "source", "property_name"),
    [
        ("referrers", "referral_link", "referral_link"),
        ("referrers", "referrals_count", "referrals"),
        ("referrers", "converted_referrals_count", "referrals"),
        ("leads", "referral_link", "referral_link"),
        ("leads", "referrer.referral_link", "referral_link"),
        ("leads", "referrer.referrals_count", "referrals"),
    ],
)
def test_a_link_or_a_count_that_another_campaigns_settings_write_too_is_told_in_both(
    here: Desk, side: str, source: str, property_name: str
) -> None:
    here.ana.world.serve(Duplicates.SKIP, campaign="summer")

    first = map_too(here, side, source, property_name)
    its_own = "referrals_count" if property_name == "referrals" else "referral_link"
    second = map_too(here, "referrers", its_own, property_name, campaign="summer")

    too = f"write the HubSpot property {property_name} too: each replaces what the other wrote."
    assert first["warnings"] == []
    assert second["warnings"] == [f"The settings of campaign {CAMPAIGN} {too}"]
    assert answered(here.get(f"hubspot/{side}"))["warnings"] == [f"The settings of campaign summer {too}"]


def test_settings_that_write_names_and_addresses_alone_are_told_of_no_other_settings(here: Desk) -> None:
    here.ana.world.serve(Duplicates.SKIP, campaign="summer", mapping=MAPPING)

    assert answered(here.put("hubspot/referrers", REFERRERS | {"mapping": REFERRERS["mapping"][:2]}))["warnings"] == []


def test_a_sync_may_not_write_what_a_rule_waits_for_nor_a_rule_wait_for_what_a_sync_writes(here: Desk) -> None:
    """A referrer may be somebody's lead, who would qualify by the count that we write."""
    rule = Rule(RuleKind.CONTACT_PROPERTY, "referrals", "5", here.work.now())
    here.ana.world.serve(Duplicates.SKIP, campaign="summer", rule=rule)
    form = FORM | {"list_id": here.a_list(here.seed(1))}

    reply = here.post("syncs", form)

    assert refused(reply) == (422, "plan_refused")
    [problem] = reply.body["errors"]
    assert (problem["code"], problem["field"]) == ("qualifies_by_itself", "returns.referrals_count")
    assert "campaign summer" in problem["next_step"]

    here.ana.world.serve(Duplicates.SKIP, campaign="summer")
    answered(here.post("syncs", form))
    saved = answered(here.ana.call("GET", "hubspot/leads", campaign="summer"))
    wanted = {name: saved[name] for name in ("version", "action", "mapping", "duplicates", "with_contact")}
    wanted["rule"] = {"kind": "contact_property", "property": "referrals", "value": "5"}
    reply = here.ana.call("PUT", "hubspot/leads", wanted, campaign="summer")
    assert refused(reply) == (422, "settings_refused")
    [problem] = reply.body["errors"]
    assert (problem["code"], problem["field"]) == ("qualifies_by_itself", "rule.value")
    assert problem["next_step"].startswith(f"A sync of campaign {CAMPAIGN} writes referrals: remove that sync")


def test_a_sync_of_another_hubspot_account_writes_nothing_here(here: Desk) -> None:
    world = here.ana.world
    world.serve(Duplicates.SKIP, campaign="autumn", mapping=MAPPING)
    world.sim(f"portals/{PORTAL}/lists", {"name": "Others", "members": here.seed(1)})
    answered(here.ana.call("POST", "syncs", FORM, campaign="autumn"))
    assert len(here.preview()["warnings"]) == 2

    world.connect(campaign="autumn", portal=OTHER_PORTAL)
    world.connect(campaign=CAMPAIGN, portal=OTHER_PORTAL)
    world.sim(f"portals/{OTHER_PORTAL}/properties", {"create": [REFERRALS]})

    assert here.preview()["warnings"] == []


def map_too(here: Desk, side: str, source: str, property_name: str, campaign: str = CAMPAIGN) -> dict[str, Any]:
    """The settings of a side, saved anew with nothing but the required rows and this one."""
    saved = answered(here.ana.call("GET", f"hubspot/{side}", campaign=campaign))
    row = {"kind": "dynamic", "source": source, "property": property_name}
    wanted = REFERRERS | {"version": saved["version"], "mapping": [*REFERRERS["mapping"][:2], row]}
    if side == "leads":
        wanted["rule"] = {"kind": "none"}
    return answered(here.ana.call("PUT", f"hubspot/{side}", wanted, campaign=campaign))


# Plans that cannot be carried out

NO = {"email": "email", "first_name": "firstname"}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"fields": {"first_name": "firstname"}}, [("required_field", "fields.email")]),
        ({"fields": {"email": "email", "first_name": ""}}, [("required_field", "fields.first_name")]),
        ({"fields": NO | {"fields.size": "company"}}, [("unknown_field", "fields.fields.size")]),
        (
            {"fields": NO | {"shoe": "company", "hat": "company"}},
            [("unknown_field", "fields.hat"), ("unknown_field", "fields.shoe")],
        ),
        ({"returns": {"referral_link": ""}}, [("required_field", "returns.referral_link")]),
        (
            {"returns": {"referral_link": "referral_link", "referrals_count": "referral_link"}},
            [("same_property", "returns")],
        ),
        ({"fields": NO | {"email": "nowhere"}}, [("property_gone", "fields.email")]),
        ({"returns": {"referral_link": "nowhere"}}, [("property_gone", "returns.referral_link")]),
        ({"returns": {"referral_link": "referrals"}}, [("property_changed", "returns.referral_link")]),
        (
            {"returns": {"referral_link": "referral_link", "referrals_count": "lifecyclestage"}},
            [("property_changed", "returns.referrals_count")],
        ),
        ({"list_id": "987654"}, [("list_gone", "list_id")]),
        ({"list_id": "search"}, [("list_gone", "list_id")]),
        ({"list_id": "1/memberships"}, [("list_gone", "list_id")]),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused_by_preview_and_start(
    here: Desk, change: dict[str, Any], wrong: list[tuple[str, str]]
) -> None:
    assert problems(here.post("syncs/preview", FORM | change)) == wrong
    assert problems(here.post("syncs", FORM | change)) == wrong
    assert answered(here.get("syncs"))["syncs"] == []


def test_what_a_property_cannot_take_is_said_of_the_property_as_it_is(here: Desk) -> None:
    gone = here.post("syncs", FORM | {"returns": {"referral_link": "nowhere"}}).body["errors"][0]
    unfit = here.post("syncs", FORM | {"returns": {"referral_link": "referrals"}}).body["errors"][0]

    assert gone["message"] == "HubSpot has no contact property nowhere."
    assert unfit["message"] == "The HubSpot property referrals does not take Referral Link."


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"every": "5m"}, "every"),
        ({"returns": {"referral_link": "a", "shoe_size": "b"}}, "returns.shoe_size"),
        ({"returns": {}}, "returns.referral_link"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_request_of_another_shape_is_refused(here: Desk, change: dict[str, Any], field: str) -> None:
    reply = here.post("syncs", FORM | change)

    assert refused(reply) == (422, "malformed")
    assert [one["field"] for one in reply.body["errors"]] == [field]


def test_a_field_of_the_campaigns_own_form_is_read_from_hubspot(here: Desk) -> None:
    size = CustomField("size", "Size", "string")
    here.ana.world.wiring.campaigns.put_campaign(
        Campaign(ACCOUNT, CAMPAIGN, "Spring", "live", custom_fields=(size,), version=2)
    )

    started = here.start(fields=NO | {"fields.size": "company"})

    assert started["fields"] == NO | {"fields.size": "company"}


@pytest.mark.parametrize("method", ["lists", "preview", "start"])
def test_lists_that_we_may_not_read_are_asked_for(here: Desk, method: str) -> None:
    form = FORM | {"list_id": here.a_list(here.seed(1))}
    here.ana.world.connect(without=["crm.lists.read"])

    reply = {
        "lists": lambda: here.get("hubspot/lists"),
        "preview": lambda: here.post("syncs/preview", form),
        "start": lambda: here.post("syncs", form),
    }[method]()

    assert refused(reply) == (409, "scope_missing")
    assert reply.body["detail"] == "HubSpot does not allow us to read lists of contacts."
    assert here.preview()["people"] == 1, "all contacts are no list"


@pytest.mark.parametrize("method", ["lists", "preview", "start", "ask again"])
def test_without_a_connection_there_is_nothing_to_sync(here: Desk, method: str) -> None:
    sync_id = here.started()
    here.ana.world.wiring.campaigns.put_campaign(Campaign(ACCOUNT, "summer", "Summer", "live", version=1))
    paths: dict[str, tuple[str, str, Any]] = {
        "lists": ("GET", "hubspot/lists", None),
        "preview": ("POST", "syncs/preview", FORM),
        "start": ("POST", "syncs", FORM),
        "ask again": ("POST", f"syncs/{sync_id}/ask-again", {}),
    }
    if method == "ask again":
        assert here.delete("hubspot").status == 204
        reply = here.ana.call(*paths[method])
    else:
        reply = here.ana.call(*paths[method], campaign="summer")

    assert refused(reply) == (409, "not_connected")


# Starting


def test_an_ongoing_sync_begins_at_once_and_then_by_its_schedule(here: Desk) -> None:
    list_id = here.a_list(here.seed(3))

    sync = here.start(list_id=list_id)

    job = {"job": "sync", "account_id": ACCOUNT, "campaign_id": CAMPAIGN, "sync_id": sync["sync_id"], "due": True}
    assert here.schedule(sync["sync_id"]) == {"state": "ENABLED", "rate": "rate(15 minutes)", "job": job}
    assert here.jobs() == [job]
    assert (sync["state"], sync["list_name"], sync["every"]) == ("running", "Happy customers", "15m")
    assert (sync["started_by"], sync["people"], sync["cause"]) == ("Ana", 3, "")
    assert sync["returns"] == FORM["returns"]
    assert answered(here.get("syncs"))["syncs"] == [sync]
    assert here.show(sync["sync_id"]) == {"sync": sync, "unanswered": 0, "declined": 0, "refused": 0}


def test_a_sync_that_runs_once_has_no_schedule(here: Desk) -> None:
    sync_id = here.started(every="once")

    assert here.schedule(sync_id) is None
    here.work.settle()
    assert here.show(sync_id)["sync"]["state"] == "finished"
    assert here.schedule(sync_id) is None


def test_the_same_request_again_finds_the_sync_that_it_started(here: Desk) -> None:
    form = {"list_id": here.a_list(here.seed(3))}

    first = here.start(**form)
    again = here.start(**form)

    assert again["sync_id"] == first["sync_id"]
    assert len(answered(here.get("syncs"))["syncs"]) == 1


def test_of_two_starts_at_once_there_is_one_sync(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    form = {"list_id": here.a_list(here.seed(3))}
    read, others = SyncRepository.of_campaign, []

    def overtaken(repository: SyncRepository, *campaign: str) -> list[Sync]:
        found = read(repository, *campaign)
        monkeypatch.setattr(SyncRepository, "of_campaign", read)
        others.append(here.start(**form))
        return found

    monkeypatch.setattr(SyncRepository, "of_campaign", overtaken)
    mine = here.start(**form)

    [other] = others
    assert mine["sync_id"] == other["sync_id"]
    assert len(answered(here.get("syncs"))["syncs"]) == 1


def test_a_list_that_was_renamed_is_the_same_list(here: Desk) -> None:
    list_id = here.a_list(here.seed(1))
    first = here.start(list_id=list_id)
    stored = here.work.sync(first["sync_id"])
    here.work.wiring.syncs.put(replace(stored, plan=replace(stored.plan, list_name="Called so before")))

    assert here.start(list_id=list_id)["sync_id"] == first["sync_id"]


def test_the_same_list_with_other_fields_is_another_sync_and_waits_for_the_first_to_end(here: Desk) -> None:
    list_id = here.a_list(here.seed(3))
    first = here.start(list_id=list_id)["sync_id"]
    other = {"list_id": list_id, "returns": {"referral_link": "referral_link"}}

    assert refused(here.post("syncs", FORM | other)) == (409, "sync_exists")
    here.start(list_id=here.a_list(here.seed(2, start=50), "Others"))
    answered(here.post(f"syncs/{first}/stop"))
    assert here.start(**other)["sync_id"] != first


def test_a_campaign_may_sync_a_list_and_all_contacts(here: Desk) -> None:
    here.started()
    here.start()

    assert [one["list_name"] for one in answered(here.get("syncs"))["syncs"]] == ["Happy customers", ""]


# While it runs


def test_a_paused_sync_enrols_nobody_until_it_is_resumed(here: Desk) -> None:
    sync_id = here.started()

    paused = answered(here.post(f"syncs/{sync_id}/pause"))
    here.work.settle()

    assert paused["state"] == "paused"
    assert here.work.platform.asked == []
    assert (here.schedule(sync_id) or {})["state"] == "DISABLED"
    assert answered(here.post(f"syncs/{sync_id}/pause"))["state"] == "paused", "again, it does no harm"

    resumed = answered(here.post(f"syncs/{sync_id}/resume"))
    here.work.settle()

    assert resumed["state"] == "running"
    assert (here.schedule(sync_id) or {})["state"] == "ENABLED"
    assert len(here.work.platform.asked) == 3
    assert here.show(sync_id)["sync"]["state"] == "waiting"


def test_a_stopped_sync_says_so_and_enrols_nobody(here: Desk) -> None:
    sync_id = here.started()
    here.work.step()  # the platform is asked, and has not answered

    stopped = answered(here.post(f"syncs/{sync_id}/stop"))

    assert (stopped["state"], stopped["run"]) == ("stopped", None)
    assert here.schedule(sync_id) is None
    [run] = answered(here.get(f"syncs/{sync_id}/runs"))["runs"]
    assert (run["cause"], run["asked"], run["unanswered"], run["joined"]) == ("stopped", 3, 3, 0)
    assert run["message"] == "An admin stopped it."
    assert answered(here.post(f"syncs/{sync_id}/stop"))["state"] == "stopped", "again, it does no harm"
    assert len(answered(here.get(f"syncs/{sync_id}/runs"))["runs"]) == 1


def test_a_removed_sync_is_gone_with_its_schedule(here: Desk) -> None:
    sync_id = here.started()
    here.work.settle()

    assert here.delete(f"syncs/{sync_id}").status == 204

    assert here.schedule(sync_id) is None
    assert answered(here.get("syncs"))["syncs"] == []
    assert refused(here.delete(f"syncs/{sync_id}")) == (404, "unknown_sync")


def test_the_rate_of_an_ongoing_sync_is_changed(here: Desk) -> None:
    sync_id = here.started()

    changed = answered(here.put(f"syncs/{sync_id}", {"every": "24h"}))

    assert changed["every"] == "24h"
    assert (here.schedule(sync_id) or {})["rate"] == "rate(1440 minutes)"
    assert refused(here.put(f"syncs/{sync_id}", {"every": "once"})) == (422, "malformed")


def test_a_paused_sync_whose_rate_is_changed_stays_paused(here: Desk) -> None:
    sync_id = here.started()
    answered(here.post(f"syncs/{sync_id}/pause"))

    assert answered(here.put(f"syncs/{sync_id}", {"every": "1h"}))["state"] == "paused"
    assert here.schedule(sync_id) is not None
    assert (here.schedule(sync_id) or {})["state"] == "DISABLED"


def test_a_run_goes_on_although_the_rate_is_changed_under_its_workers_hands(here: Desk) -> None:
    """The worker sees that somebody else wrote the sync and lets go of it: whoever did has it go on."""
    here.work.platform.answer = nobody_answers
    sync_id = here.started()
    here.work.step()
    here.jobs()

    answered(here.put(f"syncs/{sync_id}", {"every": "24h"}))

    assert [(one["job"], one["sync_id"]) for one in here.jobs()] == [("sync", sync_id)]


def test_a_sync_that_runs_once_has_no_rate_to_change(here: Desk) -> None:
    assert refused(here.put(f"syncs/{here.started(every='once')}", {"every": "1h"})) == (409, "one_time_sync")


@pytest.mark.parametrize(
    ("method", "path", "body"), [("POST", "/pause", None), ("POST", "/resume", None), ("PUT", "", {"every": "1h"})]
)
def test_a_sync_that_ended_is_over(here: Desk, method: str, path: str, body: Any) -> None:
    sync_id = here.started()
    answered(here.post(f"syncs/{sync_id}/stop"))

    assert refused(here.ana.call(method, f"syncs/{sync_id}{path}", body)) == (409, "sync_over")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"every": "1h"}),
        ("DELETE", "", None),
        ("POST", "/pause", None),
        ("POST", "/resume", None),
        ("POST", "/stop", None),
        ("GET", "/runs", None),
        ("GET", "/contacts", None),
        ("POST", "/ask-again", {}),
    ],
)
def test_a_sync_that_the_campaign_does_not_have_is_unknown(here: Desk, method: str, path: str, body: Any) -> None:
    assert refused(here.ana.call(method, f"syncs/nothing{path}", body)) == (404, "unknown_sync")


def test_what_broke_a_sync_is_said_with_what_to_do(here: Desk) -> None:
    list_id = here.a_list(here.seed(2))
    sync_id = here.start(list_id=list_id)["sync_id"]
    delete_list(here, list_id)

    here.work.settle()

    sync = here.show(sync_id)["sync"]
    assert (sync["state"], sync["cause"]) == ("broken", "list_gone")
    assert sync["message"] == "The list Happy customers was deleted in HubSpot."
    assert "resume" in sync["next_step"]
    [run] = answered(here.get(f"syncs/{sync_id}/runs"))["runs"]
    assert (run["cause"], run["message"], run["next_step"]) == (sync["cause"], sync["message"], sync["next_step"])
    assert (here.schedule(sync_id) or {})["state"] == "ENABLED", "somebody may mend it"


# What became of whom


def test_the_runs_are_told_newest_first(here: Desk) -> None:
    list_id = here.a_list(here.seed(3))
    sync_id = here.start(list_id=list_id)["sync_id"]
    here.work.settle()
    here.ana.world.sim(f"portals/{PORTAL}/lists/{list_id}", {"add": here.seed(2, start=50)})
    here.work.pass_by(timedelta(minutes=15))
    here.work.tick(sync_id)
    here.work.settle()

    newest, first = answered(here.get(f"syncs/{sync_id}/runs"))["runs"]

    assert (first["kind"], first["read"], first["asked"], first["joined"]) == ("everybody", 3, 3, 3)
    assert (newest["kind"], newest["asked"], newest["joined"], newest["unanswered"]) == ("newcomers", 2, 2, 0)
    assert first["ended_at"] <= newest["started_at"]


def test_who_is_without_an_answer_is_listed_page_by_page(here: Desk) -> None:
    here.work.platform.answer = nobody_answers
    people = here.seed(230)
    sync_id = here.start(list_id=here.a_list(people))["sync_id"]
    here.work.step()

    shown = here.show(sync_id)
    pages = [answered(here.get(f"syncs/{sync_id}/contacts"))]
    while pages[-1]["cursor"]:
        pages.append(answered(here.get(f"syncs/{sync_id}/contacts?cursor={pages[-1]['cursor'].replace('#', '%23')}")))

    assert (shown["unanswered"], shown["declined"], shown["sync"]["run"]["asked"]) == (230, 0, 230)
    assert [len(page["contacts"]) for page in pages] == [100, 100, 30]
    found = [one for page in pages for one in page["contacts"]]
    assert sorted(one["contact_id"] for one in found) == sorted(people)
    assert found[0]["record_link"].endswith(f"/contacts/{PORTAL}/record/0-1/{found[0]['contact_id']}")
    assert all(one["reason"] == "" and one["since"] for one in found)


def refusing(message: str) -> dict[str, Any]:
    """What HubSpot answers to a batch of whose rows it refuses the first."""
    refusal = {"category": "VALIDATION_ERROR", "message": message, "context": {"objectWriteTraceId": ["0"]}}
    return {"status": "COMPLETE", "results": [], "errors": [refusal], "numErrors": 1}


def test_whom_hubspot_refuses_is_listed_by_id_with_its_reason_and_stops_nobody(here: Desk) -> None:
    people = here.seed(3)
    sync_id = here.start(list_id=here.a_list(people), every="once")["sync_id"]
    message = "Property values were not valid: a rule of this account forbids that"
    here.ana.world.sim(
        "faults", {"kind": "contacts.batch_update", "times": 1, "status": 207, "body": refusing(message)}
    )

    here.work.settle()

    [found] = answered(here.get(f"syncs/{sync_id}/contacts?state=refused"))["contacts"]
    assert found["contact_id"] in people
    assert found["reason"] == message
    assert here.show(sync_id)["refused"] == 1
    assert here.show(sync_id)["sync"]["state"] == "finished"
    written = [one for one in people if here.work.contact(one).get("referral_link")]
    assert sorted([*written, found["contact_id"]]) == sorted(people)


def test_who_was_declined_is_listed_with_the_platforms_reason(here: Desk) -> None:
    here.work.platform.answer = declines
    sync_id = here.started(2)
    here.work.settle()

    found = answered(here.get(f"syncs/{sync_id}/contacts?state=declined"))["contacts"]

    assert [one["reason"] for one in found] == ["no_consent", "no_consent"]
    assert here.show(sync_id)["declined"] == 2
    assert answered(here.get(f"syncs/{sync_id}/contacts?state=unanswered"))["contacts"] == []


def test_contacts_of_another_hubspot_account_have_no_link(here: Desk) -> None:
    here.work.platform.answer = declines
    sync_id = here.started(1)
    here.work.settle()
    here.ana.world.connect(portal=OTHER_PORTAL)

    [found] = answered(here.get(f"syncs/{sync_id}/contacts?state=declined"))["contacts"]

    assert found["record_link"] == ""


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("state=joined", "malformed"),
        ("cursor=x", "unknown_cursor"),
        ("cursor=3%7C", "unknown_cursor"),
        (f"cursor={'9' * 5000}%7Cx", "unknown_cursor"),
        (f"cursor=3%7C{'x' * 3000}", "unknown_cursor"),
    ],
)
def test_contacts_that_cannot_be_listed(here: Desk, query: str, code: str) -> None:
    assert refused(here.get(f"syncs/{here.started()}/contacts?{query}")) == (422, code)


def test_who_did_not_get_an_answer_is_asked_for_again_under_the_same_id(here: Desk) -> None:
    here.work.platform.answer = nobody_answers
    sync_id = here.started(3)
    here.work.step()
    first = list(here.work.platform.asked)
    here.work.platform.answer = joins

    again = answered(here.post(f"syncs/{sync_id}/ask-again", {}))
    here.work.settle()

    assert again == {"asked": 3, "cursor": ""}
    assert sorted(here.work.platform.asked) == sorted(first * 2)
    assert here.show(sync_id)["unanswered"] == 0


def test_who_was_declined_is_asked_for_again_and_who_has_no_address_any_more_is_not(here: Desk) -> None:
    here.work.platform.answer = declines
    people = here.seed(3)
    sync_id = here.start(list_id=here.a_list(people), every="once")["sync_id"]
    here.work.settle()
    here.ana.world.sim(f"portals/{PORTAL}/contacts/{people[0]}", {"properties": {"email": ""}})
    here.work.platform.answer = joins

    again = answered(here.post(f"syncs/{sync_id}/ask-again", {"state": "declined"}))
    here.work.settle()

    assert again["asked"] == 2
    assert here.show(sync_id)["declined"] == 1
    assert here.work.contact(people[1])["referral_link"]


def test_who_asked_to_be_forgotten_is_not_asked_for_again(here: Desk) -> None:
    here.work.platform.answer = nobody_answers
    sync_id = here.started(2)
    here.work.step()
    here.ana.world.deliver(event("person.erased.v1", account_id=ACCOUNT, email="c1@example.com"))

    assert answered(here.post(f"syncs/{sync_id}/ask-again", {}))["asked"] == 1


def test_nobody_is_asked_for_again_in_another_hubspot_account(here: Desk) -> None:
    """Its contacts may well have the same ids, and are other people."""
    here.work.platform.answer = declines
    sync_id = here.started(2)
    here.work.settle()
    here.work.platform.requests.clear()
    here.ana.world.connect(portal=OTHER_PORTAL)

    reply = here.post(f"syncs/{sync_id}/ask-again", {"state": "declined"})

    assert refused(reply) == (409, "other_account")
    assert here.work.platform.asked == []


# Who may


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "syncs/preview", FORM),
        ("POST", "syncs", FORM),
        ("PUT", "syncs/{id}", {"every": "1h"}),
        ("DELETE", "syncs/{id}", None),
        ("POST", "syncs/{id}/pause", None),
        ("POST", "syncs/{id}/resume", None),
        ("POST", "syncs/{id}/stop", None),
        ("POST", "syncs/{id}/ask-again", {}),
    ],
)
def test_a_viewer_changes_nothing(here: Desk, method: str, path: str, body: Any) -> None:
    sync_id = here.started()
    before = here.show(sync_id)

    assert refused(here.ana.call(method, path.format(id=sync_id), body, role="viewer")) == (403, "read_only")
    assert here.show(sync_id) == before


@pytest.mark.parametrize("path", ["syncs", "syncs/{id}", "syncs/{id}/runs", "syncs/{id}/contacts", "hubspot/lists"])
def test_a_viewer_looks_at_everything(here: Desk, path: str) -> None:
    assert here.get(path.format(id=here.started()), role="viewer").status == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "syncs", None),
        ("POST", "syncs", FORM),
        ("POST", "syncs/preview", FORM),
        ("GET", "syncs/{id}", None),
        ("DELETE", "syncs/{id}", None),
        ("GET", "hubspot/lists", None),
    ],
)
def test_another_accounts_campaign_is_unknown(here: Desk, method: str, path: str, body: Any) -> None:
    reply = here.ana.call(method, path.format(id=here.started()), body, account_id="stranger")

    assert refused(reply) == (404, "unknown_campaign")


def delete_list(here: Desk, list_id: str) -> None:
    url = f"{here.ana.world.hubspot.url}/_sim/portals/{PORTAL}/lists/{list_id}"
    requests.delete(url, timeout=10).raise_for_status()
