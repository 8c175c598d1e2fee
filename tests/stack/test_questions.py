"""What a campaign's admin is asked, answered each way, and what then becomes of the leads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from referral_hubspot.storage import keys
from simulators.local import Stack
from tests.stack.connecting import Customers
from tests.stack.driver import CUSTOMER, MAPPING, NO_RULE, Driver, new_address
from tests.stack.waiting import wait_until

PRO = {"kind": "contact_property", "property": "plan", "value": "pro"}
ASKED_FIRST = "asks_first"

pytestmark = pytest.mark.usefixtures("leads_taken_at_once")


@pytest.fixture(scope="module", autouse=True)
def found_by_search_at_once(switch: Callable[..., None]) -> None:
    switch(search_lag_s=0)


@pytest.fixture
def customers(stack: Stack) -> Customers:
    return Customers.of(stack)


def joined(campaign: Driver, *emails: str) -> list[str]:
    """Leads of these addresses, as they are published."""
    events = [campaign.joined(email) for email in emails]
    campaign.publish(*events)
    return [str(event["data"]["lead_id"]) for event in events]


def reasons(campaign: Driver, leads: list[str]) -> set[tuple[str, str]]:
    shown = [campaign.lead(lead) for lead in leads]
    return {(lead["state"], lead["reason"]) for lead in shown}


# Leads that waited since before the setup


@pytest.fixture
def waited(customers: Customers) -> tuple[Driver, list[str]]:
    """A campaign whose leads joined before its setup was complete for the first time, as it is now."""
    campaign = customers.campaign()
    campaign.connect()
    campaign.save(mapping=MAPPING[:1])
    leads = joined(campaign, new_address(), new_address())
    campaign.wait_for_all(leads, "held")
    campaign.save()
    wait_until("the question", lambda: "held" in campaign.asked())
    return campaign, leads


def test_who_waited_for_the_first_setup_is_sent_on_the_admins_word(waited: tuple[Driver, list[str]]) -> None:
    campaign, leads = waited
    question = campaign.asked()["held"]
    before = (reasons(campaign, leads), campaign.hubspot.size())
    after = campaign.join(new_address())
    campaign.wait(after, "sent")

    campaign.answer("held", "send")

    campaign.wait_for_all(leads, "sent")
    assert before == ({("held", ASKED_FIRST)}, 0)
    assert (question["count"], question["text"]) == (2, "2 leads are waiting. Send them?")
    assert {one["answer"] for one in question["answers"]} == {"send", "do_not_send"}
    assert campaign.hubspot.size() == 3
    assert campaign.asked() == {}


def test_who_is_not_to_be_sent_is_not_and_the_admin_can_take_that_back(waited: tuple[Driver, list[str]]) -> None:
    campaign, leads = waited

    campaign.answer("held", "do_not_send")
    campaign.wait_for_all(leads, "not_sent")
    between = (reasons(campaign, leads), campaign.hubspot.size(), set(campaign.asked()))
    campaign.answer("declined", "send")

    campaign.wait_for_all(leads, "sent")
    assert between == ({("not_sent", "declined")}, 0, {"declined"})
    assert campaign.hubspot.size() == 2
    assert campaign.asked() == {}


def test_only_an_admin_may_answer_and_only_what_is_asked(waited: tuple[Driver, list[str]]) -> None:
    campaign, leads = waited

    by_a_member = campaign.ask("POST", "hubspot/questions/held", {"answer": "send"}, role="member")
    not_asked = campaign.ask("POST", "hubspot/questions/duplicates", {"answer": "count"})
    no_answer = campaign.ask("POST", "hubspot/questions/held", {"answer": "perhaps"})

    assert by_a_member.status_code == 403
    assert (not_asked.status_code, no_answer.status_code) == (409, 422)
    assert "held" in not_asked.json()["next_step"]
    assert reasons(campaign, leads) == {("held", ASKED_FIRST)}


def test_who_waited_ninety_days_expires_and_is_sent_after_all_on_the_admins_word(
    waited: tuple[Driver, list[str]],
) -> None:
    campaign, leads = waited
    for lead in leads:
        make_old(campaign, lead, days=90)

    campaign.sweep()
    campaign.wait_for_all(leads, "expired")
    between = (reasons(campaign, leads), set(campaign.asked()))
    campaign.answer("expired", "send")

    campaign.wait_for_all(leads, "sent")
    assert between == ({("expired", "waited_too_long")}, {"expired"})
    assert campaign.hubspot.size() == 2


def make_old(campaign: Driver, lead: str, *, days: int) -> None:
    """Let a held lead have waited for so long."""
    table = campaign.stack.tables.Table(campaign.stack.resource("CampaignTable"))
    key = keys.person(campaign.account, campaign.campaign, "lead", lead).item()
    row = table.get_item(Key=key, ConsistentRead=True)["Item"]
    since = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="microseconds").replace("+00:00", "Z")
    held = str(row["held_since"])
    table.update_item(
        Key=key,
        UpdateExpression="SET held_since = :since, waiting_sk = :position",
        ConditionExpression="held_since = :held",
        ExpressionAttributeValues={
            ":since": since,
            ":position": str(row["waiting_sk"]).replace(held, since),
            ":held": held,
        },
    )


# People who were in HubSpot before


@pytest.fixture
def stopped(customers: Customers) -> tuple[Driver, list[str], list[str]]:
    """A campaign that left people alone who were in HubSpot, and updates them from now on: leads, addresses."""
    campaign = customers.connected(duplicates="skip")
    emails = [new_address(), new_address()]
    for email in emails:
        campaign.hubspot.seed(email)
    leads = joined(campaign, *emails)
    campaign.wait_for_all(leads, "duplicate")
    campaign.save(duplicates="update")
    return campaign, leads, emails


def test_stopped_referrals_count_on_the_admins_word(stopped: tuple[Driver, list[str], list[str]]) -> None:
    campaign, leads, emails = stopped
    question = campaign.asked()["duplicates"]

    campaign.answer("duplicates", "count")

    campaign.wait_for_all(leads, "sent")
    campaign.hubspot.change(emails[0], lifecyclestage="customer")
    campaign.wait(leads[0], "qualified")
    assert question["count"] == 2
    assert [campaign.hubspot.contact(email)["properties"]["referral_code"] for email in emails] == ["L4F2A1"] * 2
    assert "reopened" in [line["event"] for line in campaign.lead(leads[1])["timeline"]]
    assert campaign.asked() == {}


def test_stopped_referrals_stay_so_and_are_asked_about_only_when_the_policy_switches_anew(
    stopped: tuple[Driver, list[str], list[str]],
) -> None:
    campaign, leads, _ = stopped

    campaign.answer("duplicates", "leave")
    campaign.sweep()
    left = campaign.asked()
    campaign.save(duplicates="skip")
    campaign.save(duplicates="update")

    assert left == {}
    assert campaign.asked()["duplicates"]["count"] == 2
    assert reasons(campaign, leads) == {("duplicate", "already_in_hubspot")}


# Referrals that had changed before the rule was there


@dataclass(frozen=True)
class Changed:
    """A campaign without a rule, of whose three referrals two had changed when it got one; the question then."""

    campaign: Driver
    leads: list[str]
    question: Mapping[str, Any]

    @classmethod
    def of(cls, campaign: Driver, rule: Mapping[str, str]) -> "Changed":
        emails = [new_address() for _ in range(3)]
        leads = joined(campaign, *emails)
        campaign.wait_for_all(leads, "sent")
        for email in emails[:2]:
            campaign.hubspot.change(email, **{rule["property"]: rule["value"]})
        campaign.save(duplicates="update", rule=rule)
        return cls(campaign, leads, wait_until("the question counted", lambda: counted(campaign)))


def counted(campaign: Driver) -> Any:
    question = campaign.asked().get("changed")
    return question if question and question["count"] is not None else None


def test_who_had_changed_before_the_rule_qualifies_on_the_admins_word(customers: Customers) -> None:
    changed = Changed.of(customers.connected(duplicates="update", rule=NO_RULE), PRO)
    campaign = changed.campaign

    campaign.answer("changed", "yes")

    campaign.wait_for_all(changed.leads[:2], "qualified")
    campaign.sweep()
    assert changed.question["count"] == 2
    assert changed.question["text"].startswith("2 referrals already changed to ")
    assert campaign.state(changed.leads[2]) == "sent"
    assert campaign.asked() == {}
    assert len(campaign.announcements("referral.qualified.v1")) == 2


def test_who_had_changed_before_the_rule_is_left_on_the_admins_word(customers: Customers) -> None:
    changed = Changed.of(customers.connected(duplicates="update", rule=NO_RULE), CUSTOMER)
    campaign = changed.campaign

    campaign.answer("changed", "no")
    campaign.sweep()

    assert changed.question["count"] == 2
    assert set(campaign.states(*changed.leads).values()) == {"sent"}
    assert campaign.announcements("referral.qualified.v1") == []
    assert campaign.asked() == {}
