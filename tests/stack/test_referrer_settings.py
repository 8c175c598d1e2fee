"""The Referrers tab: its settings, the properties made for it, its questions and its table, on the deployed stack."""

from typing import Any

import pytest

from simulators.local import Stack
from tests.stack.connecting import Customers
from tests.stack.driver import CUSTOMER, Driver, new_address
from tests.stack.waiting import wait_until

PERMISSION = "crm.schemas.contacts.write"
LINK = "referral_platform_link"
BASIC: list[dict[str, str]] = [
    {"kind": "dynamic", "source": "email", "property": "email"},
    {"kind": "dynamic", "source": "first_name", "property": "firstname"},
]
STAGE = {"kind": "fixed", "value": "customer", "property": "lifecyclestage"}
READS = ["hubspot/referrers", "hubspot/return-properties", "referrers"]


@pytest.fixture(scope="module")
def campaign(stack: Stack) -> Driver:
    """A campaign that is connected without the permission to make properties; its leads are set up."""
    made = Customers.of(stack).campaign()
    made.connect(without=[PERMISSION])
    assert not made.save()["setup_required"]
    return made


def form(*rows: dict[str, str], version: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "version": version,
        "action": "create_contact",
        "mapping": [*BASIC, *rows],
        "duplicates": "update",
        **changes,
    }


def listed(campaign: Driver, query: str = "") -> dict[str, Any]:
    """The referrers of the campaign by their ids."""
    return {one["referrer_id"]: one for one in campaign.api("GET", f"referrers{query}")["referrers"]}


def wait_for_state(campaign: Driver, referrer: dict[str, Any], state: str) -> dict[str, Any]:
    """A referrer as it is listed, as soon as it stands there."""

    def look() -> dict[str, Any] | None:
        found = listed(campaign).get(referrer["referrer_id"])
        return found if found and found["state"] == state else None

    found = wait_until(f"a referrer that is {state}", look)
    assert found is not None
    return found


def test_a_referrer_who_came_before_the_settings_is_asked_about_and_then_sent(campaign: Driver) -> None:
    email = new_address("early")
    early = campaign.publish_referrer(email, first_name="Early")
    held = wait_for_state(campaign, early, "held")
    first = campaign.api("GET", "hubspot/referrers")

    saved = campaign.api("PUT", "hubspot/referrers", form())
    question = wait_until("the question about referrers", lambda: campaign.asked("referrer").get("held"))
    about_leads = campaign.asked()
    campaign.answer("held", "send", side="referrer")

    assert held["next_step"] == "Complete the Referrers settings: they list what is missing."
    assert (first["version"], first["duplicates"], first["waiting"]) == (0, "update", 1)
    assert (saved["setup_required"], [one["source"] for one in saved["recommended"]]) == (False, ["referral_link"])
    assert question is not None
    assert question["text"] == "1 referrer is waiting. Send it?"
    assert about_leads == {}
    sent = wait_for_state(campaign, early, "sent")
    assert (sent["state_label"], sent["origin"], sent["email"]) == ("In HubSpot", "sent", email)
    assert sent["contact_id"] == campaign.hubspot.contacts(email)[0]["id"]


@pytest.mark.parametrize(
    ("changes", "rows", "problem"),
    [
        ({"rule": CUSTOMER}, [], ("rule_is_for_leads", "rule.kind")),
        ({}, [BASIC[0] | {"source": "referrer.email", "property": "city"}], ("unknown_source", "mapping.2.source")),
        ({}, [STAGE], ("qualifies_by_itself", "mapping.2.property")),
    ],
)
def test_what_is_for_leads_only_or_would_qualify_them_is_refused(
    campaign: Driver, changes: dict[str, Any], rows: list[dict[str, str]], problem: tuple[str, str]
) -> None:
    version = campaign.api("GET", "hubspot/referrers")["version"]

    refused = campaign.ask("PUT", "hubspot/referrers", form(*rows, version=version, **changes))

    assert refused.status_code == 422
    assert [(one["code"], one["field"]) for one in refused.json()["errors"]] == [problem]
    assert all(one["next_step"] for one in refused.json()["errors"])


def test_a_stale_form_is_told_who_saved_and_leaves_the_leads_alone(campaign: Driver) -> None:
    leads = campaign.api("GET", "hubspot/leads")

    stale = campaign.ask("PUT", "hubspot/referrers", form(duplicates="skip"))

    told = stale.json()
    assert (stale.status_code, told["code"], told["saved_by"]) == (409, "settings_changed", "Vera Admin")
    assert campaign.api("GET", "hubspot/leads") == leads


def test_the_usual_properties_are_made_once_that_is_allowed_and_take_the_link(campaign: Driver) -> None:
    refused = campaign.ask("POST", "hubspot/return-properties")
    offered = campaign.api("GET", "hubspot/return-properties")
    campaign.connect()

    made = campaign.api("POST", "hubspot/return-properties")
    again = campaign.api("POST", "hubspot/return-properties")

    assert (refused.status_code, refused.json()["code"]) == (409, "scope_missing")
    assert "to add contact properties for referral links and counts" in refused.json()["detail"]
    assert not offered["can_make"]
    assert offered["fields"][0]["suggested"] == "referral_link"  # one that was called so before
    assert [(one["suggested"], one["made"]) for one in made["fields"]] == [
        (LINK, True),
        ("referral_platform_referrals", True),
        ("referral_platform_converted_referrals", True),
    ]
    assert made["fields"] == again["fields"]

    row = {"kind": "dynamic", "source": "referral_link", "property": LINK}
    version = campaign.api("GET", "hubspot/referrers")["version"]
    saved = campaign.api("PUT", "hubspot/referrers", form(row, version=version))
    email = new_address("grace")
    grace = campaign.publish_referrer(email, first_name="Grace", referrals_count=3)

    assert saved["recommended"] == []
    told = wait_for_state(campaign, grace, "sent")
    contact = campaign.hubspot.contacts(email)[0]
    assert contact["properties"][LINK] == told["referral_link"] == grace["referral_link"]
    assert (told["referrals_count"], told["record_link"].endswith(f"/{contact['id']}")) == (3, True)


def test_a_referrer_is_found_by_address_and_tells_its_story(campaign: Driver) -> None:
    email = new_address("found")
    referrer = campaign.publish_referrer(email)
    wait_for_state(campaign, referrer, "sent")

    found = listed(campaign, f"?email={email.upper()}")
    story = campaign.api("GET", f"referrers/{referrer['referrer_id']}")

    assert list(found) == [referrer["referrer_id"]]
    assert [line["event"] for line in story["timeline"]][-2:] == ["sending", "created"]
    page = campaign.api("GET", "referrers?limit=1")
    rest = campaign.api("GET", f"referrers?limit=100&cursor={page['cursor']}")
    assert next(iter(page["referrers"]))["referrer_id"] == referrer["referrer_id"]  # the newest
    assert {one["referrer_id"] for one in rest["referrers"]} == set(listed(campaign)) - {referrer["referrer_id"]}


def test_a_contact_that_a_sync_enrolled_shows_where_it_came_from(campaign: Driver) -> None:
    email = new_address("synced")
    seeded = {"portal": campaign.hubspot.id, "count": 1, "properties": {"email": email, "firstname": "Sam"}}
    [contact] = campaign.hubspot.control("seed", seeded)["ids"]
    members = {"name": "Happy customers", "members": [contact]}
    one = campaign.hubspot.control(f"portals/{campaign.hubspot.id}/lists", members)
    plan = {
        "list_id": str(one["id"]),
        "fields": {"first_name": "firstname", "email": "email"},
        "returns": {"referral_link": LINK},
        "every": "once",
    }
    people = campaign.api("POST", "syncs/preview", plan)["people"]

    campaign.api("POST", "syncs", {**plan, "people": people})

    found = wait_until("the synced referrer", lambda: listed(campaign, f"?email={email}"), seconds=60)
    [synced] = (found or {}).values()
    assert (synced["origin"], synced["contact_id"], synced["state_label"]) == ("synced", contact, "In HubSpot")


def test_a_viewer_looks_and_nobody_looks_into_another_campaign(campaign: Driver) -> None:
    seen = [campaign.ask("GET", path, role="viewer").status_code for path in READS]
    foreign = [campaign.ask("GET", path, campaign_ids=["another"]).json()["code"] for path in READS]
    refused = [
        campaign.ask("PUT", "hubspot/referrers", form(), role="viewer").json()["code"],
        campaign.ask("POST", "hubspot/return-properties", role="viewer").json()["code"],
    ]

    assert seen == [200] * 3
    assert foreign == ["unknown_campaign"] * 3
    assert refused == ["read_only"] * 2
