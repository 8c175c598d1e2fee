"""Every rule, by HubSpot's webhooks and by the sweep that finds what they did not tell."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from simulators.local import Stack
from tests.stack.connecting import Customers
from tests.stack.driver import CONTACTS, CUSTOMER, DEALS_WITH_CONTACTS, WON, Driver, new_address
from tests.stack.waiting import wait_until

PRO = {"kind": "contact_property", "property": "plan", "value": "pro"}
RULES: Mapping[str, Mapping[str, Any]] = {
    "contact property": {**CONTACTS, "rule": CUSTOMER},
    "property that no webhook tells of": {**CONTACTS, "rule": PRO},
    "deal stage": DEALS_WITH_CONTACTS,
}
"""What is saved, by the kind of its rule."""

# Those whom no webhook tells of joined long ago: a sweep looks again at everyone of the last day, too.
LAST_WEEK = (datetime.now(UTC) - timedelta(days=7)).isoformat()
TOLD, UNTOLD, CAME_AND_WENT, UNTOUCHED = "told", "untold", "came and went", "untouched"

pytestmark = pytest.mark.usefixtures("leads_taken_at_once")


@pytest.fixture(scope="module", autouse=True)
def found_by_search_at_once(switch: Callable[..., None]) -> None:
    switch(search_lag_s=0)


class Referrals:
    """Leads of one campaign, all in HubSpot, by what is done with them there."""

    def __init__(self, campaign: Driver, rule: Mapping[str, str], *names: str) -> None:
        self.campaign = campaign
        self.rule = rule
        self._of_deals = rule["kind"] == "deal_stage"
        self._emails = {name: new_address() for name in names}
        events = {
            name: campaign.joined(email, first_name=email, **({"joined_at": LAST_WEEK} if name == UNTOLD else {}))
            for name, email in self._emails.items()
        }
        campaign.publish(*events.values())
        self.leads = {name: str(event["data"]["lead_id"]) for name, event in events.items()}

    def wait_until_sent(self) -> None:
        self.campaign.wait_for_all(self.leads.values(), "sent")

    def set(self, name: str, value: str) -> None:
        """As a salesperson, change what the rule looks at."""
        if self._of_deals:
            self.campaign.hubspot.move(self.deal(name), value)
        else:
            self.campaign.hubspot.change(self._emails[name], **{self.rule["property"]: value})

    def deal(self, name: str) -> str:
        return str(self.campaign.hubspot.deal(self._emails[name])["id"])

    def satisfy(self, name: str) -> None:
        self.set(name, self.rule["value"])

    def state(self, name: str) -> str | None:
        return self.campaign.state(self.leads[name])

    def wait_until_qualified(self, *names: str) -> None:
        """Wait until the platform was told of each that its lead changed and that its referral qualified."""
        self.campaign.wait_for_all((self.leads[name] for name in names), "qualified")
        for name in names:
            wait_until(f"{name} announced as qualified", partial(self.qualified, name))

    def qualified(self, name: str) -> list[tuple[dict[str, Any], str]]:
        """Each time that it was announced as qualified: the rule, and who saw it."""
        events = self.campaign.announcements("referral.qualified.v1", lead_id=self.leads[name])
        return [(event["data"]["rule"], event["data"]["seen_by"]) for event in events]


OTHER_VALUE = {"lifecyclestage": "evangelist", "plan": "free", "dealstage": "contractsent"}


@pytest.fixture(scope="module")
def referrals(stack: Stack) -> Mapping[str, Referrals]:
    """Of each rule's campaign some whose change a webhook told of, some whose webhook was lost; the sweep came by."""
    customers = Customers.of(stack)
    found = {
        name: Referrals(
            customers.connected(duplicates="update", **settings),
            settings["rule"],
            TOLD,
            UNTOLD,
            CAME_AND_WENT,
            UNTOUCHED,
        )
        for name, settings in RULES.items()
    }
    for one in found.values():
        one.wait_until_sent()
        one.satisfy(TOLD)
    for name in ("contact property", "deal stage"):
        one = found[name]
        wait_until("qualified by a webhook", partial(one.qualified, TOLD))
    for one in found.values():
        one.campaign.hubspot.lose_webhooks()
        one.satisfy(UNTOLD)
        one.satisfy(CAME_AND_WENT)
        one.set(CAME_AND_WENT, OTHER_VALUE[one.rule["property"]])
        assert one.state(UNTOLD) == "sent"
    assert found["property that no webhook tells of"].state(TOLD) == "sent"
    for one in found.values():
        one.campaign.sweep()
        one.wait_until_qualified(TOLD, UNTOLD, CAME_AND_WENT)
    return found


@pytest.fixture(params=RULES)
def of_rule(request: pytest.FixtureRequest, referrals: Mapping[str, Referrals]) -> Referrals:
    return referrals[request.param]


def test_a_change_that_a_webhook_tells_of_qualifies_at_once_and_any_other_by_the_sweep(
    referrals: Mapping[str, Referrals],
) -> None:
    seen = {name: one.qualified(TOLD) for name, one in referrals.items()}

    assert seen == {
        "contact property": [(CUSTOMER, "webhook")],
        "property that no webhook tells of": [(PRO, "sweep")],
        "deal stage": [(WON, "webhook")],
    }


@pytest.mark.parametrize("name", [UNTOLD, CAME_AND_WENT])
def test_a_change_whose_webhook_was_lost_is_found_by_the_sweep_once(of_rule: Referrals, name: str) -> None:
    assert of_rule.qualified(name) == [(of_rule.rule, "sweep")]


def test_nobody_else_qualifies(of_rule: Referrals) -> None:
    assert of_rule.state(UNTOUCHED) == "sent"
    assert of_rule.qualified(UNTOUCHED) == []


def test_the_api_says_how_far_hubspot_was_read_and_how_fast_a_rule_is(of_rule: Referrals) -> None:
    campaign = of_rule.campaign

    shown = campaign.api("GET", "hubspot")
    properties = {one["name"]: one for one in campaign.api("GET", "hubspot/properties/contacts")["properties"]}

    assert shown["read_until"] is not None
    assert [properties[name]["rule_speed"]["code"] for name in ("lifecyclestage", "plan")] == ["seconds", "minutes"]


# A deal that leaves its stage again


def test_a_deal_that_leaves_the_stage_again_is_told_once_and_stays_qualified(
    referrals: Mapping[str, Referrals],
) -> None:
    one = referrals["deal stage"]
    one.campaign.hubspot.deliver_webhooks()
    lead = one.leads[TOLD]

    one.set(TOLD, "closedlost")
    (lost,) = wait_until(
        "the condition announced as lost",
        lambda: one.campaign.announcements("referral.condition_lost.v1", lead_id=lead),
    )
    one.satisfy(TOLD)
    one.set(TOLD, "contractsent")
    one.satisfy(UNTOUCHED)
    one.campaign.wait(one.leads[UNTOUCHED], "qualified")

    shown = one.campaign.lead(lead)
    assert (lost["data"]["rule"], lost["data"]["value"]) == (WON, "closedlost")
    assert len(one.campaign.announcements("referral.condition_lost.v1", lead_id=lead)) == 1
    assert len(one.qualified(TOLD)) == 1
    assert shown["state"] == "qualified"
    assert [line["event"] for line in shown["timeline"]].count("condition_lost") == 1
    assert "Closed Lost" in shown["timeline"][-1]["text"]


# A campaign that moved to deals


def test_who_was_sent_as_a_contact_stays_on_the_contacts_rule_after_a_move_to_deals(stack: Stack) -> None:
    campaign = Customers.of(stack).connected(duplicates="update")
    before = Referrals(campaign, CUSTOMER, TOLD, UNTOLD)
    before.wait_until_sent()

    saved = campaign.save(duplicates="update", **DEALS_WITH_CONTACTS)
    after = Referrals(campaign, WON, TOLD, UNTOLD)
    after.wait_until_sent()
    for one in (before, after):
        one.satisfy(TOLD)
        one.wait_until_qualified(TOLD)
    campaign.hubspot.lose_webhooks()
    for one in (before, after):
        one.satisfy(UNTOLD)
    campaign.sweep()

    for one in (before, after):
        one.wait_until_qualified(UNTOLD)
    assert {name: saved["kept_rule"][name] for name in CUSTOMER} == CUSTOMER
    for one in (before, after):
        # The sweep that the save asked for may be faster than the webhook.
        assert [rule for rule, _ in one.qualified(TOLD)] == [one.rule]
        assert one.qualified(UNTOLD) == [(one.rule, "sweep")]


# A connection that was lost meanwhile


def test_what_changed_while_the_connection_was_lost_counts_after_reconnecting(stack: Stack) -> None:
    campaign = Customers.of(stack).connected(duplicates="update")
    one = Referrals(campaign, CUSTOMER, UNTOLD)
    one.wait_until_sent()
    campaign.hubspot.control("revoke", {"portal": campaign.hubspot.id})
    waiting = campaign.join(new_address())
    campaign.wait(waiting, "held")
    one.satisfy(UNTOLD)

    campaign.connect()

    one.wait_until_qualified(UNTOLD)
    campaign.wait(waiting, "sent")
    assert one.qualified(UNTOLD) == [(CUSTOMER, "sweep")]
