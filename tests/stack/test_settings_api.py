"""The HTTP API that an admin's console calls, on the deployed stack behind its real authorizer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import requests

from simulators.local import Stack
from tests.stack.browser import way_back
from tests.stack.connecting import Customers, set_up
from tests.stack.driver import CUSTOMER, MAPPING, NO_RULE, Driver
from tests.stack.waiting import wait_until

FORM: dict[str, Any] = {"action": "create_contact", "mapping": MAPPING, "duplicates": "skip", "rule": CUSTOMER}
READS = ["hubspot", "hubspot/leads", "hubspot/properties/contacts", "leads", "leads/lead-1"]
WRITES: list[tuple[str, str, Any]] = [
    ("POST", "hubspot/connect", {}),
    ("PUT", "hubspot/leads", {"version": 1, **FORM, "action": "none"}),
    ("DELETE", "hubspot", None),
]
REQUESTS = [*(("GET", path, None) for path in READS), *WRITES]


@pytest.fixture(scope="module")
def customers(stack: Stack) -> Customers:
    return Customers.of(stack)


@pytest.fixture(scope="module")
def both(customers: Customers) -> tuple[Driver, Driver]:
    """Two campaigns of one account on one HubSpot account, set up; the first waits for customers, the second not."""
    first, second = customers.two_campaigns()
    return set_up(first), set_up(second, rule=NO_RULE)


@pytest.fixture(scope="module")
def as_set_up(both: tuple[Driver, Driver]) -> Any:
    """Settings and gaps of the first campaign; were it disconnected, that would be a gap."""
    return both[0].api("GET", "hubspot/leads")


@pytest.fixture
def campaign(both: tuple[Driver, Driver], as_set_up: Any) -> Iterator[Driver]:
    """The first of both, and a check that a test has changed nothing."""
    yield both[0]
    assert both[0].api("GET", "hubspot/leads") == as_set_up


def form(version: int = 1, **changes: Any) -> dict[str, Any]:
    return {"version": version, **FORM, **changes}


# Who may call


@pytest.mark.parametrize(
    "claims",
    [{"audience": "another-api"}, {"expires_in": -60}, {"issuer": "http://127.0.0.1:1"}],
    ids=["for another audience", "expired", "of another issuer"],
)
def test_a_token_that_is_not_for_this_api_opens_nothing(campaign: Driver, claims: dict[str, Any]) -> None:
    assert [campaign.ask(*request, **claims).status_code for request in WRITES] == [401] * 3


def test_without_a_token_nothing_is_opened(campaign: Driver) -> None:
    base = f"{campaign.stack.api_url}/v1/campaigns/{campaign.campaign}"

    answers = {
        requests.request(how, f"{base}/{path}", json=body, timeout=30).status_code for how, path, body in REQUESTS
    }

    assert answers == {401}


def test_a_viewer_sees_everything_and_changes_nothing(campaign: Driver) -> None:
    seen = [campaign.ask("GET", path, role="viewer") for path in READS[:-1]]
    refused = [campaign.ask(*request, role="viewer") for request in WRITES]

    assert [answer.status_code for answer in seen] == [200] * 4
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "read_only")] * 3
    assert all(answer.json()["next_step"] for answer in refused)


@pytest.mark.parametrize("claims", [{"account_id": "somebody-else"}, {"campaign_ids": ["another", "and-another"]}])
def test_a_campaign_that_the_token_does_not_name_does_not_exist(campaign: Driver, claims: dict[str, Any]) -> None:
    nowhere = Driver.new(campaign.stack, account=campaign.account, hubspot=campaign.hubspot)

    refused = [campaign.ask(*request, **claims) for request in REQUESTS]

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(404, "unknown_campaign")] * 8
    assert refused[0].json() == nowhere.ask("GET", "hubspot").json()  # nobody can find out which of both it is


def test_a_token_for_some_campaigns_opens_those(both: tuple[Driver, Driver]) -> None:
    first, second = both

    assert first.ask("GET", "hubspot", campaign_ids=[second.campaign, first.campaign]).status_code == 200
    assert first.ask("GET", "hubspot", campaign_ids=[second.campaign]).status_code == 404


# What cannot be saved


@pytest.mark.parametrize(
    ("changes", "rows", "problems"),
    [
        (
            {"action": "create_car", "duplicates": "merge"},
            [
                {"kind": "dynamic", "source": "fields.age", "property": "city"},
                {"kind": "dynamic", "source": "phone", "property": "phone"},
                {"kind": "dynamic", "source": "source", "property": "email"},
            ],
            [
                ("unknown_action", "action"),
                ("unknown_duplicates", "duplicates"),
                ("unknown_source", "mapping.4.source"),
                ("unknown_source", "mapping.5.source"),
                ("mapped_twice", "mapping.6.property"),
            ],
        ),
        (
            {"rule": CUSTOMER | {"value": "friend"}},
            [
                {"kind": "dynamic", "source": "source", "property": "nonsense"},
                {"kind": "fixed", "value": "2026-11-22", "property": "createdate"},
                {"kind": "fixed", "value": "platinum", "property": "plan"},
                {"kind": "fixed", "value": "many", "property": "seats"},
            ],
            [
                ("unknown_property", "mapping.4.property"),
                ("property_not_writable", "mapping.5.property"),
                ("unknown_option", "mapping.6.value"),
                ("value_does_not_fit", "mapping.7.value"),
                ("unknown_option", "rule.value"),
            ],
        ),
        ({"rule": CUSTOMER | {"property": "nonsense"}}, [], [("unknown_property", "rule.property")]),
        ({"rule": {"kind": "deal_stage", "value": "won"}}, [], [("rule_does_not_fit_action", "rule.kind")]),
        (
            {},
            [{"kind": "fixed", "value": "customer", "property": "lifecyclestage"}],
            [("qualifies_by_itself", "rule.value")],
        ),
        (
            {},
            [{"kind": "dynamic", "source": "source", "property": "lifecyclestage"}],
            [("qualifies_by_itself", "rule.value")],
        ),
    ],
    ids=[
        "choices",
        "what HubSpot has",
        "the rule",
        "a rule of deals",
        "a value that qualifies",
        "any value may qualify",
    ],
)
def test_a_form_that_cannot_work_is_refused_with_every_field_and_what_to_do(
    campaign: Driver, changes: dict[str, Any], rows: list[dict[str, str]], problems: list[tuple[str, str]]
) -> None:
    answer = campaign.ask("PUT", "hubspot/leads", form(**{"mapping": [*MAPPING, *rows], **changes}))

    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [(error["code"], error["field"]) for error in told["errors"]] == problems
    assert all(error["message"] and error["next_step"] for error in told["errors"])


def test_what_is_no_form_is_refused_by_field(campaign: Driver) -> None:
    unknown = campaign.ask("PUT", "hubspot/leads", form(mapping=[{"kind": "fixed"}], colour="red"))
    unreadable = campaign.ask("PUT", "hubspot/leads", "a text")

    errors = {(error["field"], error["code"]) for error in unknown.json()["errors"]}
    assert (unknown.status_code, errors) == (422, {("mapping.0.property", "missing"), ("colour", "unknown_field")})
    assert unreadable.status_code == 422


def test_no_row_may_satisfy_the_rule_of_another_campaign_of_the_account(
    customers: Customers, both: tuple[Driver, Driver]
) -> None:
    first, second = both
    customer = {"kind": "fixed", "value": "customer", "property": "lifecyclestage"}

    refused = second.ask("PUT", "hubspot/leads", form(rule=NO_RULE, mapping=[*MAPPING, customer]))

    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["code"], error["field"]) == (422, "qualifies_by_itself", "mapping.4.property")
    assert first.campaign in error["next_step"]
    assert second.api("GET", "hubspot/leads")["version"] == 1
    # Another account's rule is none of this one's business.
    stranger = customers.campaign(first.hubspot)
    stranger.connect()
    assert not stranger.save(rule=NO_RULE, mapping=[*MAPPING, customer])["setup_required"]


def test_no_rule_may_wait_for_what_another_campaign_of_the_account_writes(customers: Customers) -> None:
    first, second = customers.two_campaigns()
    set_up(first, rule=NO_RULE, mapping=[*MAPPING, {"kind": "fixed", "value": "OPEN", "property": "hs_lead_status"}])
    set_up(second)
    rule = {"kind": "contact_property", "property": "hs_lead_status", "value": "OPEN"}

    refused = second.ask("PUT", "hubspot/leads", form(rule=rule))

    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["code"], error["field"]) == (422, "qualifies_by_itself", "rule.value")
    assert first.campaign in error["next_step"]
    assert second.ask("PUT", "hubspot/leads", form(rule=rule | {"value": "CONNECTED"})).status_code == 200


# What is saved


def test_of_saves_at_the_same_time_one_counts_and_the_others_are_told_whose(customers: Customers) -> None:
    campaign = customers.connected()

    def save(number: int) -> httpx.Response:
        row = {"kind": "fixed", "value": f"{number}", "property": "referral_source"}
        return campaign.ask("PUT", "hubspot/leads", form(mapping=[*MAPPING, row]), name=f"Admin {number}")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(save, range(4)))

    (winner,) = (number for number, answer in enumerate(answers) if answer.status_code == 200)
    saved = campaign.api("GET", "hubspot/leads")
    assert saved == answers[winner].json()
    assert (saved["version"], saved["saved_by"], saved["mapping"][-1]["value"]) == (2, f"Admin {winner}", f"{winner}")
    for answer in (answer for number, answer in enumerate(answers) if number != winner):
        told = answer.json()
        assert (answer.status_code, told["code"]) == (409, "settings_changed")
        assert (told["saved_by"], told["saved_at"]) == (saved["saved_by"], saved["saved_at"])
        assert told["next_step"]


def test_an_unfinished_form_is_saved_and_says_what_is_missing(customers: Customers) -> None:
    campaign = customers.connected()
    lead = campaign.join("first@example.com")
    campaign.wait(lead, "sent")

    unfinished = campaign.save(mapping=[MAPPING[0] | {"source": ""}])

    gaps = [(gap["code"], gap["field"]) for gap in unfinished["gaps"]]
    assert gaps == [("required_mapping", "mapping.email"), ("required_mapping", "mapping.firstname")]
    assert all(gap["message"] and gap["next_step"] for gap in unfinished["gaps"])
    assert (unfinished["setup_required"], unfinished["waiting"]) == (True, 0)
    late = campaign.join("second@example.com")
    campaign.wait(late, "held")
    assert campaign.api("GET", "hubspot/leads")["waiting"] == 1
    assert campaign.lead(late)["reason"] == "setup"
    assert campaign.save()["gaps"] == []
    campaign.wait(late, "sent")


def test_the_same_save_again_is_answered_alike_and_changes_nothing(both: tuple[Driver, Driver]) -> None:
    campaign, _ = both
    saved = campaign.api("GET", "hubspot/leads")

    assert campaign.ask("PUT", "hubspot/leads", form(version=0)).json() == saved
    assert campaign.ask("PUT", "hubspot/leads", form(version=1), name="Somebody Else").json() == saved


def test_a_way_back_to_a_stranger_is_refused(campaign: Driver) -> None:
    stranger = campaign.ask("POST", "hubspot/connect", {"return_url": "https://stranger.example.com/"})
    ours = campaign.ask("POST", "hubspot/connect", {"return_url": way_back(campaign)})

    assert (stranger.status_code, stranger.json()["errors"][0]["field"]) == (422, "return_url")
    assert ours.status_code == 200


# What there is in HubSpot


def test_a_property_made_in_hubspot_appears_when_the_list_is_refreshed(campaign: Driver) -> None:
    listed = {item["name"]: item for item in campaign.api("GET", "hubspot/properties/contacts")["properties"]}
    assert listed["lifecyclestage"]["label"] == "Lifecycle Stage"
    assert {"value": "customer", "label": "Customer"} in listed["lifecyclestage"]["options"]
    assert not listed["createdate"]["writable"]
    new = {"name": "shoe_size", "label": "Shoe size", "groupName": "contactinformation"}
    campaign.hubspot.properties(create=[new | {"type": "number", "fieldType": "number"}])

    kept = campaign.api("GET", "hubspot/properties/contacts")
    read = campaign.api("GET", "hubspot/properties/contacts?refresh=true")

    assert "shoe_size" not in {item["name"] for item in kept["properties"]}
    (found,) = (item for item in read["properties"] if item["name"] == "shoe_size")
    assert (found["label"], found["type"], found["writable"]) == ("Shoe size", "number", True)
    assert read["read_at"] > kept["read_at"]
    assert campaign.api("GET", "hubspot/properties/contacts") == read


def test_properties_of_what_is_not_there_say_what_to_do(campaign: Driver, customers: Customers) -> None:
    nothing = campaign.ask("GET", "hubspot/properties/boats")
    unconnected = customers.campaign().ask("GET", "hubspot/properties/contacts")

    assert (nothing.status_code, nothing.json()["code"]) == (404, "unknown_object")
    assert (unconnected.status_code, unconnected.json()["code"]) == (409, "not_connected")


# Leads


def test_leads_are_listed_newest_first_page_by_page_and_each_tells_its_story(
    customers: Customers, both: tuple[Driver, Driver]
) -> None:
    campaign = customers.connected()
    now = datetime.now(UTC)
    joined = [
        campaign.joined(f"{number}@example.com", joined_at=(now - timedelta(minutes=number)).isoformat())
        for number in range(5)
    ]
    campaign.publish(*joined)
    ids = [event["data"]["lead_id"] for event in joined]
    wait_until("all sent", lambda: set(campaign.states(*ids).values()) == {"sent"})

    pages = [campaign.api("GET", "leads?limit=2")]
    while cursor := pages[-1]["cursor"]:
        pages.append(campaign.api("GET", f"leads?limit=2&cursor={cursor}"))

    assert [[lead["lead_id"] for lead in page["leads"]] for page in pages] == [ids[:2], ids[2:4], ids[4:]]
    story, contact = campaign.lead(ids[0]), campaign.hubspot.contact("0@example.com")["id"]
    assert pages[0]["leads"][0] == {name: value for name, value in story.items() if name != "timeline"}
    assert (story["state"], story["state_label"]) == ("sent", "In HubSpot, not qualified yet")
    assert (story["first_name"], story["email"], story["contact_id"]) == ("Ada", "0@example.com", contact)
    link = f"https://app-eu1.hubspot.com/contacts/{campaign.hubspot.id}/record/0-1/{contact}"
    assert story["record_link"] == link
    assert story["next_step"] == "It qualifies when Lifecycle Stage changes to Customer in HubSpot."
    assert [line["event"] for line in story["timeline"]] == ["received", "sending", "created"]
    assert [line["at"] for line in story["timeline"]] == sorted(line["at"] for line in story["timeline"])
    assert all(line["text"] for line in story["timeline"])
    # A lead is its campaign's, and an account's own.
    assert [one.ask("GET", f"leads/{ids[0]}").json()["code"] for one in both] == ["unknown_lead"] * 2
    assert both[0].api("GET", "leads") == {"leads": [], "cursor": None}


def test_a_page_that_cannot_be_is_refused(campaign: Driver) -> None:
    asked = ["leads?limit=0", "leads?limit=101", "leads?limit=few", "leads?cursor=made-up"]

    assert [campaign.ask("GET", path).status_code for path in asked] == [422] * 4
