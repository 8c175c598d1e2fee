"""Saving what happens to referrers, beside what happens to leads."""

from datetime import timedelta
from typing import Any

import pytest

from referral_hubspot.domain.crm import Property
from referral_hubspot.domain.refusals import RowRefusal
from referral_hubspot.domain.settings import Broken, Part
from tests.functions.settings_api.world import DEALS, FORM, PORTAL, World

REFERRERS: dict[str, Any] = {name: FORM[name] for name in ("version", "action", "mapping")} | {"duplicates": "update"}
LINK = {"kind": "dynamic", "source": "referral_link", "property": "city"}
PATH = "hubspot/referrers"


def form(*rows: dict[str, str], **changes: Any) -> dict[str, Any]:
    return REFERRERS | {"mapping": [*FORM["mapping"], *rows]} | changes


def save(world: World, body: Any = REFERRERS, campaign: str = "c1", **claims: str) -> Any:
    return world.save(body, f"/v1/campaigns/{campaign}/{PATH}", **claims)


def test_at_first_nothing_is_chosen_and_known_people_would_be_updated(world: World) -> None:
    world.people.held, world.people.held_referrers = 3, 2

    assert world.get(PATH).body == {
        "version": 0,
        "saved_by": None,
        "saved_at": None,
        "action": None,
        "mapping": [],
        "duplicates": "update",
        "with_contact": False,
        "contact_mapping": [],
        "gaps": [
            {
                "code": "no_action",
                "field": "action",
                "message": "Nothing is chosen for what happens when someone joins.",
                "next_step": "Choose what happens, for example Create new Contact in HubSpot.",
            }
        ],
        "setup_required": True,
        "warnings": [],
        "waiting": 2,
        "refusals": [],
        "recommended": [],
    }


def test_a_complete_form_is_saved_and_shown_and_changes_nothing_for_leads(world: World) -> None:
    world.connect()
    leads = world.save().body

    saved = save(world, form(LINK))

    assert saved.status == 200
    assert saved.body == world.get(PATH).body
    assert (saved.body["version"], saved.body["saved_by"], saved.body["setup_required"]) == (1, "Ada Admin", False)
    assert saved.body["recommended"] == []
    assert world.get("hubspot/leads").body == leads
    assert world.releases.asked == [("a1", "c1")] * 2


def test_the_referral_link_is_recommended_and_nothing_waits_for_it(world: World) -> None:
    world.connect()

    saved = save(world).body

    assert [(one["source"], one["field"]) for one in saved["recommended"]] == [("referral_link", "mapping")]
    assert (saved["gaps"], saved["setup_required"]) == ([], False)


def test_what_is_shown_can_be_saved_again_as_it_stands(world: World) -> None:
    world.connect()
    shown = save(world, form(LINK)).body

    again = save(world, {name: shown[name] for name in REFERRERS})

    assert again.body == shown


def test_first_name_and_email_are_required_as_they_are_for_leads(world: World) -> None:
    world.connect()

    saved = save(world, form(mapping=[])).body

    assert [gap["field"] for gap in saved["gaps"]] == ["mapping.email", "mapping.firstname"]


def test_referrers_may_become_deals_with_a_contact(world: World) -> None:
    world.connect()

    saved = save(world, {name: value for name, value in DEALS.items() if name != "rule"}).body

    assert (saved["setup_required"], saved["with_contact"]) == (False, True)
    assert [one["field"] for one in saved["recommended"]] == ["contact_mapping"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (form(rule=FORM["rule"]), ("rule_is_for_leads", "rule.kind")),
        (form(LINK | {"source": "referrer.email"}), ("unknown_source", "mapping.2.source")),
        (form(LINK | {"property": "nonsense"}), ("unknown_property", "mapping.2.property")),
        (form(duplicates="merge"), ("unknown_duplicates", "duplicates")),
    ],
)
def test_what_cannot_work_is_refused_whole(world: World, body: dict[str, Any], problem: tuple[str, str]) -> None:
    world.connect()

    reply = save(world, body)

    assert (reply.status, reply.body["code"], reply.problems) == (422, "settings_refused", [problem])
    assert all(error["message"] and error["next_step"] for error in reply.body["errors"])
    assert world.get(PATH).body["version"] == 0


def test_no_rule_may_be_said_out_loud(world: World) -> None:
    world.connect()

    assert save(world, form(rule={"kind": "none"})).status == 200


def test_a_stale_form_is_refused_with_who_saved_and_when_and_the_leads_version_is_another(world: World) -> None:
    world.connect()
    world.save()
    save(world, name="Grace")

    stale = save(world, form(duplicates="skip"))
    same = save(world)

    assert (stale.status, stale.body["code"], stale.body["saved_by"]) == (409, "settings_changed", "Grace")
    assert (same.status, same.body["version"]) == (200, 1)


def test_who_saves_both_sides_at_once_is_judged_by_what_came_first(world: World) -> None:
    world.connect()
    stage = {"kind": "fixed", "value": "customer", "property": "lifecyclestage"}

    def rows_for_referrers() -> None:
        world.overtaken(None, 0)
        assert save(world, form(stage)).status == 200

    world.overtaken(rows_for_referrers)

    reply = world.save()

    assert (reply.status, reply.problems) == (422, [("qualifies_by_itself", "rule.value")])


def test_rows_for_referrers_count_for_every_campaigns_rule(world: World) -> None:
    world.connect()
    world.save()
    world.tell(campaign_id="c2")
    world.connect("c2")
    stage = {"kind": "fixed", "value": "customer", "property": "lifecyclestage"}

    own, other = save(world, form(stage)), save(world, form(stage), "c2")

    assert own.problems == other.problems == [("qualifies_by_itself", "mapping.2.property")]


def test_a_rule_is_refused_that_another_campaigns_referrers_would_satisfy(world: World) -> None:
    world.connect()
    world.tell(campaign_id="c2")
    world.connect("c2")
    stage = {"kind": "fixed", "value": "customer", "property": "lifecyclestage"}
    save(world, form(stage), "c2")

    assert world.save().problems == [("qualifies_by_itself", "rule.value")]


def test_what_hubspot_refused_of_a_referrer_is_told_with_the_referrer(world: World) -> None:
    world.connect()
    save(world, form(LINK))
    refusal = RowRefusal("INVALID_DATE", "r-7", world.clock())
    world.refusals.remember("a1", "c1", "referrer", 1, {(Part.MAPPING, "city"): refusal})

    assert world.get(PATH).body["refusals"] == [
        {
            "field": "mapping.2",
            "property": "city",
            "code": "INVALID_DATE",
            "referrer_id": "r-7",
            "at": "2026-11-22T10:00:00Z",
            "message": "The value does not fit the property's type.",
            "next_step": "Map a field whose values fit it.",
        }
    ]
    assert world.get("hubspot/leads").body["refusals"] == []


def test_a_name_that_is_gone_is_a_gap_of_the_side_that_uses_it(world: World) -> None:
    world.connect()
    world.save()
    save(world, form(LINK))
    state = world.campaigns.load([("a1", "c1")])["a1", "c1"]
    assert state.binding is not None
    broken = (Broken(Part.MAPPING, "city"),)
    assert world.campaigns.settle_broken(state.binding, "referrer", state.referrers, broken)

    assert [gap["code"] for gap in world.get(PATH).body["gaps"]] == ["unknown_property"]
    assert world.get("hubspot/leads").body["gaps"] == []


def test_a_property_that_was_made_since_is_accepted_by_saving_again(world: World) -> None:
    world.connect()
    link = LINK | {"property": "referral_link"}
    assert save(world, form(link)).problems == [("unknown_property", "mapping.2.property")]
    world.hubspot.listed.append(Property("referral_link", "Referral link", "string", "text", "g", True))
    world.clock.now += timedelta(minutes=1)

    assert save(world, form(link)).status == 200
    assert world.campaigns.routes(PORTAL)[0].beside["referral_link"] == ()
