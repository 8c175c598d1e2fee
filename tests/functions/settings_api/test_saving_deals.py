"""Saving that leads become deals."""

from datetime import timedelta
from typing import Any

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import DEAL_KEY, Pipeline, Stage
from referral_hubspot.domain.errors import CrmUnavailableError, RequestRefusedError, ScopeMissingError
from referral_hubspot.domain.refusals import RowRefusal
from referral_hubspot.domain.settings import Part
from tests.functions.settings_api.world import DEALS, FORM, PORTAL, World


def form(**changes: Any) -> dict[str, Any]:
    return DEALS | changes


def asked(world: World) -> list[str]:
    return [what for *_, what in world.hubspot.asked]


def gap_codes(body: Any) -> list[str]:
    return [gap["code"] for gap in body["gaps"]]


def test_a_complete_form_for_deals_is_saved_and_shown(world: World) -> None:
    world.connect()

    saved = world.save(DEALS)

    assert (saved.status, saved.body["setup_required"]) == (200, False)
    assert saved.body == world.get("hubspot/leads").body
    assert saved.body["with_contact"]
    assert [row["property"] for row in saved.body["contact_mapping"]] == ["email", "firstname"]
    assert saved.body["rule"] == DEALS["rule"]
    assert world.save({name: saved.body[name] for name in DEALS}).body == saved.body


def test_the_key_that_keeps_deals_single_is_made_once(world: World) -> None:
    world.connect()

    world.save(DEALS)
    world.save(form(version=1, duplicates="update"))

    assert asked(world).count("create_deal_key") == 1
    assert DEAL_KEY in [known.name for known in world.hubspot.of_deals]


def test_a_form_that_is_refused_makes_nothing_in_hubspot(world: World) -> None:
    world.connect()

    assert world.save(form(rule={"kind": "deal_stage", "value": "gone"})).problems == [("unknown_option", "rule.value")]

    assert "create_deal_key" not in asked(world)


@pytest.mark.parametrize(
    "refusal",
    [
        ScopeMissingError(PORTAL, ["crm.schemas.deals.write"]),
        RequestRefusedError(400, "VALIDATION_ERROR", []),  # ten unique properties are there already
    ],
)
def test_a_key_that_hubspot_does_not_make_is_a_gap_that_ends_with_it(world: World, refusal: Exception) -> None:
    world.connect()
    world.hubspot.refuses_deal_key = refusal

    saved = world.save(DEALS).body
    assert gap_codes(saved) == ["no_deal_key"]

    world.hubspot.refuses_deal_key = None
    assert gap_codes(world.save(form(version=1)).body) == []


def test_a_key_that_hubspot_keeps_in_its_recycle_bin_is_a_gap(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.connect()
    monkeypatch.setattr(world.hubspot, "create_deal_key", lambda: None)  # answered, and still not listed

    assert gap_codes(world.save(DEALS).body) == ["no_deal_key"]


def test_hubspot_going_away_before_the_key_is_made_saves_nothing(world: World) -> None:
    world.connect()
    world.hubspot.refuses_deal_key = CrmUnavailableError(status=503)

    assert world.save(DEALS).body["code"] == "hubspot_away"
    assert world.get("hubspot/leads").body["version"] == 0


def test_deals_that_hubspot_does_not_allow_can_be_chosen_and_say_what_to_allow(world: World) -> None:
    world.connect(allowed=scopes.REQUIRED)
    world.hubspot.fault_of_deals = ScopeMissingError(PORTAL, ["crm.schemas.deals.read"])
    chosen = form(mapping=[], rule={"kind": "none"}, with_contact=False, contact_mapping=[])

    saved = world.save(chosen).body
    assert gap_codes(saved)[0] == "missing_scope"
    assert "permissions for deals" in saved["gaps"][0]["next_step"]

    refused = world.save(form(version=1))
    assert refused.problems == [("missing_scope", "connection.scopes")]
    assert "create_deal_key" not in asked(world)


def test_without_the_permission_for_the_key_hubspot_is_not_even_asked(world: World) -> None:
    world.connect(allowed=[*scopes.REQUIRED, *scopes.DEALS[:-1]])

    saved = world.save(DEALS).body

    assert gap_codes(saved) == ["missing_scope", "no_deal_key"]
    assert "create_deal_key" not in asked(world)


def test_a_save_reaches_the_webhooks_with_both_rules(world: World) -> None:
    world.connect()
    world.save()

    world.save(form(version=1))

    [route] = world.campaigns.routes(PORTAL)
    assert [rule.value for rule in route.rules] == ["closedwon", "customer"]
    assert route.writes["deals/dealstage"] == ("qualifiedtobuy",)


def test_the_rule_that_goes_on_is_shown_in_words(world: World) -> None:
    world.connect()
    world.save()
    world.clock.pass_seconds(60)

    saved = world.save(form(version=1)).body

    assert saved["kept_rule"] == {
        "kind": "contact_property",
        "property": "lifecyclestage",
        "value": "customer",
        "since": "2026-11-22T10:00:00Z",
        "text": "Leads sent as contacts still qualify when Lifecycle Stage changes to Customer.",
    }
    assert saved["rule_since"] == "2026-11-22T10:01:00Z"
    back = world.save(FORM | {"version": 2}).body
    assert back["rule_since"] == "2026-11-22T10:00:00Z"
    assert back["kept_rule"]["text"] == "Leads sent as deals still qualify when Deal Stage changes to Closed Won."


def test_what_hubspot_refused_of_a_row_is_shown_until_the_row_is_saved_anew(world: World) -> None:
    world.connect()
    world.save(DEALS)
    at = world.clock()
    refusals = {
        (Part.MAPPING, "dealname"): RowRefusal("INVALID_OPTION", "lead-7", at),
        (Part.CONTACT_MAPPING, "firstname"): RowRefusal("SOMETHING_NEW", "lead-8", at + timedelta(seconds=1)),
        (Part.MAPPING, "removed_row"): RowRefusal("INVALID_DATE", "lead-9", at),
    }
    world.refusals.remember("a1", "c1", "lead", 1, refusals)

    shown = world.get("hubspot/leads").body["refusals"]

    assert [(one["field"], one["code"], one["lead_id"], one["at"]) for one in shown] == [
        ("mapping.2", "INVALID_OPTION", "lead-7", "2026-11-22T10:00:00Z"),
        ("contact_mapping.1", "SOMETHING_NEW", "lead-8", "2026-11-22T10:00:01Z"),
    ]
    assert all(one["message"] and one["next_step"] for one in shown)
    assert world.save(form(version=1, duplicates="update")).body["refusals"] == []


def test_pipelines_are_listed_with_their_stages(world: World) -> None:
    world.connect()

    assert world.get("hubspot/pipelines").body == {
        "pipelines": [
            {
                "id": "default",
                "label": "Sales Pipeline",
                "stages": [
                    {"id": "qualifiedtobuy", "label": "Qualified To Buy", "closed": False, "won": False},
                    {"id": "closedwon", "label": "Closed Won", "closed": True, "won": True},
                ],
            }
        ],
        "rule_speed": {"code": "seconds", "label": "usually within seconds"},
        "read_at": "2026-11-22T10:00:00Z",
    }


def test_pipelines_are_read_once_and_then_on_request(world: World) -> None:
    world.connect()
    world.get("hubspot/pipelines")
    world.hubspot.lines = [Pipeline("new", "New", (Stage("s", "S"),))]

    assert world.get("hubspot/pipelines").body["pipelines"][0]["id"] == "default"
    assert world.get("hubspot/pipelines", "refresh=true").body["pipelines"][0]["id"] == "new"
    world.hubspot.fault = CrmUnavailableError(status=503)
    assert world.get("hubspot/pipelines", "refresh=true").body["pipelines"][0]["id"] == "new"


@pytest.mark.parametrize(
    ("query", "status", "code"), [("", 409, "not_connected"), ("refresh=please", 422, "malformed")]
)
def test_pipelines_that_cannot_be_listed_say_why(world: World, query: str, status: int, code: str) -> None:
    reply = world.get("hubspot/pipelines", query)

    assert (reply.status, reply.body["code"]) == (status, code)


def test_pipelines_that_may_not_be_read_name_the_permission(world: World) -> None:
    world.connect()
    world.hubspot.fault_of_deals = ScopeMissingError(PORTAL, ["crm.schemas.deals.read"])

    step = "Connect HubSpot again, and leave every permission ticked there."
    assert world.get("hubspot/pipelines").body["next_step"] == step


def test_another_campaign_saved_in_between_is_judged_with_this_one(world: World) -> None:
    """Each alone could be saved: together one's deals are made in the stage that the other waits for."""
    world.connect()
    world.tell(campaign_id="c2")
    world.connect("c2")
    second = "/v1/campaigns/c2/hubspot/leads"

    def another_is_faster() -> None:
        world.overtaken(None, times=0)
        rule = {"kind": "deal_stage", "value": "qualifiedtobuy"}
        mapping = [DEALS["mapping"][0], DEALS["mapping"][1] | {"value": "closedwon"}]
        assert world.save(form(rule=rule, mapping=mapping), second).status == 200

    world.overtaken(another_is_faster)

    reply = world.save(DEALS)

    assert reply.problems == [("qualifies_by_itself", "rule.value"), ("qualifies_by_itself", "mapping.1.property")]
    assert world.get("hubspot/leads").body["version"] == 0
