"""Saving what happens to leads."""

from typing import Any

import pytest

from referral_hubspot.domain.connection import ConnectionChangedError
from referral_hubspot.domain.crm import Property
from referral_hubspot.domain.errors import CrmUnavailableError
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import Broken, Part
from tests.functions.settings_api.world import FORM, PORTAL, World


def form(**changes: Any) -> dict[str, Any]:
    return FORM | changes


def row(**values: str) -> dict[str, Any]:
    return form(mapping=[*FORM["mapping"], values])


def route(world: World, campaign_id: str = "c1") -> Route:
    return next(route for route in world.campaigns.routes(PORTAL) if route.campaign_id == campaign_id)


def test_at_first_nothing_is_chosen(world: World) -> None:
    world.people.held = 3

    assert world.get("hubspot/leads").body == {
        "version": 0,
        "saved_by": None,
        "saved_at": None,
        "action": None,
        "mapping": [],
        "duplicates": "skip",
        "rule": {"kind": "none", "property": "", "value": ""},
        "rule_since": None,
        "with_contact": False,
        "contact_mapping": [],
        "kept_rule": None,
        "refusals": [],
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
        "waiting": 3,
    }


def test_a_complete_form_is_saved_and_shown(world: World) -> None:
    world.connect()

    saved = world.save()

    assert saved.status == 200
    assert saved.body == world.get("hubspot/leads").body
    assert saved.body | {"mapping": FORM["mapping"]} == {
        **FORM,
        "version": 1,
        "saved_by": "Ada Admin",
        "saved_at": "2026-11-22T10:00:00Z",
        "rule_since": "2026-11-22T10:00:00Z",
        "with_contact": False,
        "contact_mapping": [],
        "kept_rule": None,
        "refusals": [],
        "gaps": [],
        "setup_required": False,
        "warnings": [],
        "waiting": 0,
    }
    assert saved.body["mapping"][0] == {"kind": "dynamic", "source": "email", "value": "", "property": "email"}


def test_what_is_shown_can_be_saved_again_as_it_stands(world: World) -> None:
    world.connect()
    shown = world.save(row(kind="fixed", value="Berlin", property="city")).body

    again = world.save({name: shown[name] for name in FORM})

    assert again.body == shown


def test_a_save_reaches_the_webhooks_and_the_waiting_leads(world: World) -> None:
    world.connect()

    world.save(row(kind="fixed", value="Berlin", property="city"))

    saved = route(world)
    assert [(rule.property, rule.value) for rule in saved.rules] == [("lifecyclestage", "customer")]
    assert saved.writes == {"email": (), "firstname": (), "city": ("Berlin",)}
    assert world.releases.asked == [("a1", "c1")]


def test_an_incomplete_form_is_saved_and_its_gaps_are_told(world: World) -> None:
    world.connect()

    saved = world.save(form(mapping=[{"kind": "dynamic", "property": "email"}])).body

    assert [(gap["code"], gap["field"]) for gap in saved["gaps"]] == [
        ("required_mapping", "mapping.email"),
        ("required_mapping", "mapping.firstname"),
    ]
    assert saved["setup_required"]


def test_do_nothing_is_a_complete_choice_without_hubspot(world: World) -> None:
    saved = world.save({"version": 0, "action": "none", "mapping": [], "duplicates": "skip", "rule": {"kind": "none"}})

    assert (saved.body["version"], saved.body["setup_required"]) == (1, False)
    assert world.hubspot.asked == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (row(kind="dynamic", source="source", property="nonsense"), ("unknown_property", "mapping.2.property")),
        (row(kind="dynamic", source="fields.nonsense", property="city"), ("unknown_source", "mapping.2.source")),
        (row(kind="fixed", value="x", property="lifecyclestage"), ("unknown_option", "mapping.2.value")),
        (form(rule={"kind": "deal_stage", "value": "won"}), ("rule_does_not_fit_action", "rule.kind")),
        (row(kind="dynamic", source="source", property="lifecyclestage"), ("qualifies_by_itself", "rule.value")),
        (form(duplicates="merge"), ("unknown_duplicates", "duplicates")),
        (form(action="create_car"), ("unknown_action", "action")),
    ],
)
def test_what_cannot_work_is_refused_whole(world: World, body: dict[str, Any], problem: tuple[str, str]) -> None:
    world.connect()

    reply = world.save(body)

    assert (reply.status, reply.body["code"], reply.problems) == (422, "settings_refused", [problem])
    assert all(error["message"] and error["next_step"] for error in reply.body["errors"])
    assert world.get("hubspot/leads").body["version"] == 0
    assert world.releases.asked == []


def test_a_mapping_that_would_qualify_leads_says_so(world: World) -> None:
    world.connect()

    reply = world.save(row(kind="fixed", value="Customer", property="lifecyclestage"))

    assert reply.body["errors"][0]["message"] == "Leads would qualify the moment they are sent."


def test_rows_without_a_connection_are_refused_with_the_next_step(world: World) -> None:
    reply = world.save()

    assert (reply.status, reply.problems) == (422, [("not_connected", "connection")])
    assert reply.body["next_step"] == "Connect HubSpot, then save again."


def test_another_campaigns_rule_refuses_a_row_that_would_satisfy_it(world: World) -> None:
    world.connect()
    world.save()
    world.tell(campaign_id="c2")
    world.connect("c2")
    second = "/v1/campaigns/c2/hubspot/leads"
    mapping = [*FORM["mapping"], {"kind": "fixed", "value": "customer", "property": "lifecyclestage"}]

    reply = world.save(form(mapping=mapping, rule={"kind": "none"}), second)
    assert reply.problems == [("qualifies_by_itself", "mapping.2.property")]

    mapping[2]["value"] = "lead"
    assert world.save(form(mapping=mapping, rule={"kind": "none"}), second).status == 200
    rule = {"kind": "contact_property", "property": "lifecyclestage", "value": "lead"}
    assert world.save(form(version=1, rule=rule)).problems == [("qualifies_by_itself", "rule.value")]


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ("no json", 400, None),
        ("", 422, ("missing", "version")),
        ("[]", 422, ("not_an_object", "")),
        ({**FORM, "extra": 1}, 422, ("unknown_field", "extra")),
        ({**FORM, "ada@example.com": 1}, 422, ("unknown_field", "?")),
        ({**FORM, "version": "1"}, 422, ("not_a_whole_number", "version")),
        ({**FORM, "version": -1}, 422, ("below_zero", "version")),
        ({**FORM, "mapping": {}}, 422, ("not_a_list", "mapping")),
        ({**FORM, "mapping": [{"kind": "fixed", "property": "city"}] * 201}, 422, ("too_many", "mapping")),
        ({**FORM, "mapping": [{"kind": "fixed", "property": 5}]}, 422, ("not_text", "mapping.0.property")),
        ({**FORM, "duplicates": "x" * 300}, 422, ("too_long", "duplicates")),
        ({**FORM, "rule": {}}, 422, ("missing", "rule.kind")),
        ({**FORM, "with_contact": "yes"}, 422, ("not_yes_or_no", "with_contact")),
        ({**FORM, "version": 1.5}, 422, ("not_a_whole_number", "version")),
    ],
)
def test_a_body_of_another_shape_is_refused_by_field(
    world: World, body: Any, status: int, problem: tuple[str, str] | None
) -> None:
    reply = world.save(body)

    assert reply.status == status
    assert problem is None or problem in reply.problems
    assert "ada@" not in str(reply.body)
    assert reply.body["next_step"]


def test_a_stale_version_is_refused_and_told_who_saved(world: World) -> None:
    world.connect()
    world.save(name="Grace")

    reply = world.save(form(duplicates="update"))

    assert (reply.status, reply.body["code"]) == (409, "settings_changed")
    assert (reply.body["saved_by"], reply.body["saved_at"]) == ("Grace", "2026-11-22T10:00:00Z")
    assert world.get("hubspot/leads").body["duplicates"] == "skip"


def test_a_version_of_the_future_is_refused(world: World) -> None:
    reply = world.save(form(version=7))

    assert (reply.status, reply.body["code"]) == (409, "settings_changed")
    assert "saved_by" not in reply.body


def test_the_same_request_again_does_no_harm(world: World) -> None:
    world.connect()
    first = world.save().body
    world.clock.pass_seconds(60)

    assert world.save().body == first
    assert world.save(form(version=1)).body == first
    assert len(world.releases.asked) == 3


def test_the_rules_date_moves_only_with_the_rule(world: World) -> None:
    world.connect()
    since = world.save().body["rule_since"]
    world.clock.pass_seconds(60)

    assert world.save(form(version=1, duplicates="update")).body["rule_since"] == since
    other = form(version=2, rule={"kind": "contact_property", "property": "lifecyclestage", "value": "lead"})
    assert world.save(other).body["rule_since"] == "2026-11-22T10:01:00Z"


def test_each_version_stays_as_it_was(world: World) -> None:
    world.connect()
    world.save()
    world.save(form(version=1, duplicates="update"))

    versions = [world.campaigns.settings_version("a1", "c1", "lead", version) for version in (1, 2)]

    assert [version.duplicates for version in versions] == ["skip", "update"]


def test_a_property_made_a_minute_ago_can_be_saved(world: World) -> None:
    world.connect()
    world.save()
    world.hubspot.listed.append(Property("plan", "Plan", "string", "text", "g", True))

    changed = row(kind="dynamic", source="source", property="plan") | {"version": 1}

    assert world.save(changed).status == 200


def test_saving_again_compiles_what_hubspot_changed(world: World) -> None:
    world.connect()
    world.save()
    world.connect(broken=[Broken(Part.MAPPING, "firstname")])

    assert world.get("hubspot/leads").body["setup_required"]
    assert not world.save(form(version=1)).body["setup_required"]


def test_a_form_can_be_saved_by_the_last_known_properties_while_hubspot_is_away(world: World) -> None:
    world.connect()
    world.get("hubspot/properties/contacts")
    world.hubspot.fault = CrmUnavailableError(status=503)

    assert world.save().status == 200


def test_nothing_is_saved_unjudged(world: World) -> None:
    world.connect()
    world.hubspot.fault = CrmUnavailableError(status=503)

    reply = world.save()

    assert (reply.status, reply.body["code"]) == (503, "hubspot_away")
    assert world.get("hubspot/leads").body["version"] == 0


def save_as(world: World, **changes: Any) -> Any:
    def other() -> None:
        world.overtaken(None, times=0)
        world.save(form(**changes), name="Grace")

    return other


def test_of_two_saves_at_once_one_is_kept_and_the_other_is_told(world: World) -> None:
    world.connect()
    world.overtaken(save_as(world, duplicates="update"))

    reply = world.save()

    assert (reply.status, reply.body["saved_by"]) == (409, "Grace")
    assert world.get("hubspot/leads").body["duplicates"] == "update"


def test_two_saves_of_the_same_at_once_are_both_fine(world: World) -> None:
    world.connect()
    world.overtaken(save_as(world))

    reply = world.save()

    assert (reply.status, reply.body["version"], reply.body["saved_by"]) == (200, 1, "Grace")


def test_a_connection_that_comes_in_between_is_judged_anew(world: World) -> None:
    nothing = {"version": 0, "action": "none", "mapping": [], "duplicates": "skip", "rule": {"kind": "none"}}
    world.overtaken(world.connect)

    assert world.save(nothing).status == 200
    assert route(world).writes == {}


def test_a_connection_that_keeps_changing_is_told(world: World) -> None:
    def changes() -> None:
        raise ConnectionChangedError("a1", "c1")

    world.connect()
    world.overtaken(changes, times=9)

    reply = world.save()

    assert (reply.status, reply.body["code"]) == (409, "connection_changed")
