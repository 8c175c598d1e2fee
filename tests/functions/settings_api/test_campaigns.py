"""A campaign and its fields, as the settings page shows them."""

from dataclasses import replace
from typing import Any

import pytest

from referral_hubspot.domain.settings import CustomField
from tests.functions.settings_api.world import CAMPAIGN, FORM, PORTAL, World


def groups(world: World, side: str) -> dict[str, list[str]]:
    sources = world.get("/v1/campaigns/c1").body["sources"]
    return {group["label"]: [field["label"] for field in group["fields"]] for group in sources[side]}


def fields(world: World, side: str = "leads") -> dict[str, dict[str, Any]]:
    found = world.get("/v1/campaigns/c1").body["sources"][side]
    return {field["source"]: field for group in found for field in group["fields"]}


def test_a_campaign_says_what_the_platform_told_of_it(world: World) -> None:
    world.tell(name="Spring", state="ended", time_zone="Europe/Berlin", version=2)

    body = world.get("/v1/campaigns/c1", role="viewer").body

    assert {name: body[name] for name in body if name != "sources"} == {
        "campaign_id": "c1",
        "name": "Spring",
        "state": "ended",
        "time_zone": "Europe/Berlin",
    }


def test_fields_of_leads_stand_in_the_guides_groups(world: World) -> None:
    assert groups(world, "leads") == {
        "Basic Fields": ["First Name", "Email", "Referral Code", "Source", "Referral Link"],
        "Campaign Fields": ["Campaign Name"],
        "Referrer Fields": [
            "Referrer First Name",
            "Referrer Email",
            "Referrer Referral Code",
            "Referrer Referral Link",
            "Referrals Count",
        ],
        "Custom Fields": ["City"],
    }


def test_referrers_have_counts_instead_of_a_referrer(world: World) -> None:
    assert groups(world, "referrers")["Referrer Fields"] == ["Referrals Count", "Converted Referrals Count"]
    assert groups(world, "referrers").keys() == groups(world, "leads").keys()


def test_a_campaign_without_fields_of_its_own_has_no_group_for_them(world: World) -> None:
    world.tell(custom_fields=(), version=2)

    assert "Custom Fields" not in groups(world, "leads")


@pytest.mark.parametrize(("side", "path"), [("leads", "hubspot/leads"), ("referrers", "hubspot/referrers")])
def test_every_field_that_is_offered_can_be_saved_and_no_other(world: World, side: str, path: str) -> None:
    world.connect()
    form = FORM | {"rule": {"kind": "none"}}
    offered = [*fields(world, side), "fields.unheard_of"]
    rows = [{"kind": "dynamic", "source": source, "property": f"p{index}"} for index, source in enumerate(offered)]

    reply = world.save(form | {"mapping": rows}, path)

    assert [problem for problem in reply.problems if problem[0] == "unknown_source"] == [
        ("unknown_source", f"mapping.{len(offered) - 1}.source")
    ]


def test_a_field_says_what_of_contacts_it_must_be_mapped_to(world: World) -> None:
    found = fields(world)

    assert {source: field["required_contact_property"] for source, field in found.items()} == {
        **dict.fromkeys(found),
        "email": "email",
        "first_name": "firstname",
    }


@pytest.mark.parametrize(
    ("type_", "types"),
    [
        ("number", ["number", "string"]),
        ("date", ["date", "datetime", "string"]),
        ("bool", ["bool", "enumeration", "string"]),
        ("text", ["string", "enumeration", "number", "bool", "date", "datetime", "phone_number"]),
        ("colour", ["string", "enumeration", "number", "bool", "date", "datetime", "phone_number"]),
    ],
)
def test_a_field_of_the_campaigns_own_goes_by_its_type(world: World, type_: str, types: list[str]) -> None:
    world.tell(custom_fields=(CustomField("size", "", type_),), version=2)

    field = fields(world)["fields.size"]

    assert (field["label"], field["type"], field["property_types"]) == ("size", type_, types)


def test_the_platforms_own_fields_fit_what_they_are(world: World) -> None:
    found = fields(world)

    assert found["referrer.referrals_count"]["property_types"] == ["number", "string"]
    assert found["email"]["property_types"] == ["string"]
    assert found["source"]["property_types"] == ["string", "enumeration"]


def more(world: World, *campaign_ids: str, account_id: str = "a1", name: str = "Autumn") -> None:
    for campaign_id in campaign_ids:
        told = replace(CAMPAIGN, account_id=account_id, campaign_id=campaign_id, name=name)
        assert world.campaigns.put_campaign(told)


def listed(world: World, **claims: str) -> list[str]:
    return [one["campaign_id"] for one in world.get("/v1/campaigns", **claims).body["campaigns"]]


def test_an_accounts_campaigns_say_which_hubspot_account_they_use_and_what_was_saved(world: World) -> None:
    more(world, "c2", "c3")
    world.connect()
    world.save()
    world.lose(world.connect("c2", portal=PORTAL + 1))

    assert world.get("/v1/campaigns", role="viewer").body == {
        "campaigns": [
            {
                "campaign_id": "c2",
                "name": "Autumn",
                "state": "live",
                "account": {"id": PORTAL + 1, "name": "Acme EU", "status": "reconnect_needed"},
                "leads_saved": False,
                "referrers_saved": False,
            },
            {
                "campaign_id": "c3",
                "name": "Autumn",
                "state": "live",
                "account": None,
                "leads_saved": False,
                "referrers_saved": False,
            },
            {
                "campaign_id": "c1",
                "name": "Spring",
                "state": "live",
                "account": {"id": PORTAL, "name": "Acme EU", "status": "connected"},
                "leads_saved": True,
                "referrers_saved": False,
            },
        ]
    }


def test_campaigns_that_the_token_does_not_open_are_not_listed(world: World) -> None:
    more(world, "c2", "c3")
    more(world, "c1", "c9", account_id="a2")

    assert listed(world, campaign_ids="c1 c3 c9") == ["c3", "c1"]
    assert listed(world, account_id="a2") == ["c1", "c9"]
    assert listed(world, account_id="a3") == []


def test_a_deleted_campaign_is_not_listed(world: World) -> None:
    more(world, "c2")
    world.tell(state="deleted", version=2)

    assert listed(world) == ["c2"]


def test_more_campaigns_than_one_call_reads_are_all_listed(world: World) -> None:
    more(world, *(f"x{number:02}" for number in range(40)))

    assert listed(world) == [*(f"x{number:02}" for number in range(40)), "c1"]
