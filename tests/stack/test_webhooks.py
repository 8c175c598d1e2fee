"""HubSpot's webhooks on the deployed stack: whom they are believed, and whose referral they qualify."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from referral_hubspot.storage import keys
from simulators.local import Stack
from tests.stack.connecting import Customers
from tests.stack.driver import CUSTOMER, NO_RULE, Driver, new_id
from tests.stack.evidence import dead_letters, wait_for_dead_letters
from tests.stack.hubspot_account import HubSpotAccount
from tests.stack.waiting import wait_until

CONNECTED = {"kind": "contact_property", "property": "hs_lead_status", "value": "CONNECTED"}
LEADS = 40


@dataclass(frozen=True)
class Lead:
    """A lead that is in HubSpot and has not qualified."""

    campaign: Driver
    id: str
    contact: str
    joined_ms: int = 0

    def change(self, **differing: Any) -> dict[str, Any]:
        """A webhook event that qualifies it, unless it differs."""
        return {
            "portalId": self.campaign.hubspot.id,
            "objectId": int(self.contact),
            "propertyName": CUSTOMER["property"],
            "propertyValue": CUSTOMER["value"],
            "occurredAt": now_ms(),
        } | differing

    @property
    def state(self) -> str | None:
        return self.campaign.state(self.id)

    def qualifies(self) -> dict[str, Any]:
        """Wait until it is announced as qualified, once; what the announcement says."""
        self.campaign.wait(self.id, "qualified")
        (event,) = wait_until(
            "referral.qualified", lambda: self.campaign.announcements("referral.qualified.v1", lead_id=self.id)
        )
        return dict(event["data"])


def now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


def moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def sent(campaign: Driver, *emails: str) -> list[Lead]:
    """Leads of these addresses, all in HubSpot."""
    events = [campaign.joined(email) for email in emails]
    campaign.publish(*events)
    ids = [str(event["data"]["lead_id"]) for event in events]
    wait_until("all sent", lambda: set(campaign.states(*ids).values()) == {"sent"})
    joined = [int(datetime.fromisoformat(event["data"]["joined_at"]).timestamp() * 1000) for event in events]
    return [
        Lead(campaign, lead_id, campaign.hubspot.contact(email)["id"], at)
        for lead_id, email, at in zip(ids, emails, joined, strict=True)
    ]


def deliver(stack: Stack, *events: Mapping[str, Any], **how: Any) -> list[int]:
    """What a webhook delivery made by hand is answered with, each time it is sent."""
    asked = {"events": list(events), **how} if "raw" not in how else how
    answer = requests.post(f"{stack.hubspot_url}/_sim/webhooks/send", json=asked, timeout=60)
    return [one["status"] for one in answer.json()["answers"]]


@pytest.fixture(scope="module")
def customers(stack: Stack) -> Customers:
    return Customers.of(stack)


def unqualified(customers: Customers, number: int) -> list[Lead]:
    """Leads of one campaign with the usual rule."""
    campaign = customers.connected(duplicates="update")
    return sent(campaign, *(f"{one}@example.com" for one in range(number)))


@pytest.fixture(scope="module")
def leads(customers: Customers) -> Iterator[Lead]:
    """Leads of one campaign, each for one test."""
    return iter(unqualified(customers, LEADS))


# Whom HubSpot's webhook is believed


@pytest.mark.parametrize(
    "how",
    [
        {"signature": "bad"},
        {"signature": "missing"},
        {"age_s": 310},
        {"age_s": -310},
        {"signed_url": "https://elsewhere.example.com/webhook"},
        {"headers": {"X-HubSpot-Request-Timestamp": "yesterday"}},
    ],
    ids=["bad", "missing", "stale", "of the future", "for another address", "without a time"],
)
def test_a_delivery_with_no_good_signature_is_refused_and_not_queued(
    stack: Stack, leads: Iterator[Lead], how: dict[str, Any]
) -> None:
    lead = next(leads)
    forged, true = lead.change(occurredAt=lead.joined_ms + 1), lead.change()

    assert deliver(stack, forged, **how) == [401]

    assert deliver(stack, true) == [204]
    assert datetime.fromisoformat(lead.qualifies()["changed_at"]) == moment(true["occurredAt"])


def test_a_delivery_that_took_four_minutes_is_believed(stack: Stack, leads: Iterator[Lead]) -> None:
    lead = next(leads)

    assert deliver(stack, lead.change(), age_s=240) == [204]

    lead.qualifies()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ('[{"cut": "MARK', "invalid"),
        ('{"not": "a list", "mark": "MARK"}', "invalid"),
        ('[{"subscriptionType": "contact.propertyChange", "mark": "MARK"}]', "invalid:portalId"),
    ],
    ids=["no JSON", "no list", "no portal"],
)
def test_a_signed_delivery_that_nobody_can_read_is_kept_with_the_reason(stack: Stack, raw: str, reason: str) -> None:
    mark = new_id("delivery")

    assert deliver(stack, raw=raw.replace("MARK", mark)) == [204]

    (letter,) = wait_for_dead_letters(stack, mark, 1, queue="change")
    assert letter.body == raw.replace("MARK", mark)
    assert (letter.reason or "").startswith(reason)


def test_kinds_of_changes_that_nobody_asked_for_are_passed_over(stack: Stack, leads: Iterator[Lead]) -> None:
    lead, mark = next(leads), new_id("delivery")
    others = [
        {"subscriptionType": kind, "portalId": lead.campaign.hubspot.id, "mark": mark}
        for kind in ("contact.creation", "contact.restore", "contact.associationChange", "deal.creation", "new")
    ]

    assert deliver(stack, *others, lead.change(), *others) == [204]

    lead.qualifies()
    assert dead_letters(stack, mark, queue="change") == []


def test_an_unreadable_delivery_costs_the_others_nothing(stack: Stack, leads: Iterator[Lead]) -> None:
    first, second, mark = next(leads), next(leads), new_id("delivery")

    deliver(stack, first.change())
    deliver(stack, raw=mark)
    deliver(stack, second.change())

    first.qualifies()
    second.qualifies()
    wait_for_dead_letters(stack, mark, 1, queue="change")


# Which change qualifies


def test_a_salespersons_change_qualifies_the_referral_once_with_its_evidence(leads: Iterator[Lead]) -> None:
    lead = next(leads)
    before = now_ms()

    lead.campaign.hubspot.change(lead.contact, lifecyclestage="customer")

    evidence = lead.qualifies()
    assert before <= datetime.fromisoformat(evidence.pop("changed_at")).timestamp() * 1000 <= now_ms()
    assert evidence == {
        "account_id": lead.campaign.account,
        "campaign_id": lead.campaign.campaign,
        "lead_id": lead.id,
        "referrer_id": "referrer-7",
        "rule": CUSTOMER,
        "seen_by": "webhook",
    }
    assert lead.campaign.told(lead.id) == ["sending", "sent", "qualified"]
    rewards = requests.get(f"{lead.campaign.stack.platform_url}/_sim/rewards", timeout=30).json()["rewards"]
    assert [reward["lead_id"] for reward in rewards].count(lead.id) == 1


@pytest.mark.parametrize(
    "differing",
    [
        {"propertyValue": "opportunity"},
        {"propertyValue": "Customer"},
        {"propertyValue": None},
        {"propertyName": "hs_lead_status"},
        {"objectId": 987_654_321},
        {"portalId": 987_654_321},
        {"objectTypeId": "0-3", "subscriptionType": "object.propertyChange"},
        {"changeSource": "INTEGRATION", "sourceId": "1001"},
    ],
    ids=[
        "to another value",
        "to the value in other letters",
        "to nothing",
        "of another property",
        "of another contact",
        "in another HubSpot account",
        "of another object",
        "that we wrote",
    ],
)
def test_it_is_not_qualified_by_a_change(stack: Stack, leads: Iterator[Lead], differing: dict[str, Any]) -> None:
    lead, other = next(leads), next(leads)

    deliver(stack, lead.change(**differing), other.change())

    other.qualifies()  # so the delivery has been judged
    assert lead.state == "sent"
    deliver(stack, lead.change())
    lead.qualifies()


def test_records_of_two_hubspot_accounts_are_told_apart_by_more_than_their_number(
    stack: Stack, customers: Customers, leads: Iterator[Lead]
) -> None:
    ours = next(leads)
    numbered_alike = {lead.contact: lead for lead in unqualified(customers, LEADS)}
    theirs = numbered_alike[ours.contact]

    deliver(stack, theirs.change())

    theirs.qualifies()
    assert ours.state == "sent"
    deliver(stack, ours.change())
    ours.qualifies()
    assert ours.campaign.hubspot.id != theirs.campaign.hubspot.id


def test_it_is_not_qualified_by_a_change_from_before_the_person_joined(stack: Stack, leads: Iterator[Lead]) -> None:
    lead, other = next(leads), next(leads)

    deliver(stack, lead.change(occurredAt=lead.joined_ms), other.change(occurredAt=other.joined_ms + 1))

    other.qualifies()
    assert lead.state == "sent"


def test_a_change_that_another_integration_wrote_counts(stack: Stack, leads: Iterator[Lead]) -> None:
    lead = next(leads)

    deliver(stack, lead.change(changeSource="INTEGRATION", sourceId="2002"))

    lead.qualifies()


def test_a_change_that_is_told_late_and_out_of_order_counts(stack: Stack, leads: Iterator[Lead]) -> None:
    lead = next(leads)
    at = lead.joined_ms + 1

    deliver(stack, lead.change(occurredAt=at + 2, propertyValue="evangelist"))
    deliver(stack, lead.change(occurredAt=at + 1), lead.change(occurredAt=at))

    assert datetime.fromisoformat(lead.qualifies()["changed_at"]) == moment(at)


def test_a_repeated_delivery_qualifies_once(stack: Stack, leads: Iterator[Lead]) -> None:
    lead, other = next(leads), next(leads)
    change = lead.change()
    # On a busy machine so many workers take longer to start than HubSpot waits.
    deliver(stack, lead.change(propertyValue="evangelist"), times=5, together=True)

    assert deliver(stack, change, change, times=5, together=True) == [204] * 5
    lead.qualifies()
    version = lead.campaign.lead(lead.id)["version"]
    deliver(stack, change, lead.change(), other.change())

    other.qualifies()
    assert len(lead.campaign.announcements("referral.qualified.v1", lead_id=lead.id)) == 1
    assert lead.campaign.lead(lead.id)["version"] == version
    assert lead.campaign.told(lead.id) == ["sending", "sent", "qualified"]


# Whose rule decides


def test_two_accounts_on_one_hubspot_account_judge_the_same_contact_each_by_its_own_rule(
    stack: Stack, customers: Customers
) -> None:
    hubspot, email = HubSpotAccount.new(stack), "shared@example.com"
    rules = (CUSTOMER, CONNECTED, NO_RULE)
    campaigns = [customers.connected(hubspot, duplicates="update", rule=rule) for rule in rules]
    joined = [(campaign, campaign.join(email)) for campaign in campaigns]
    for campaign, lead_id in joined:
        campaign.wait(lead_id, "sent")
    contact = hubspot.contact(email)["id"]
    first, second, third = (Lead(campaign, lead_id, contact) for campaign, lead_id in joined)

    hubspot.change(contact, lifecyclestage="customer")
    first.qualifies()
    assert (second.state, third.state) == ("sent", "sent")
    hubspot.change(contact, hs_lead_status="CONNECTED")
    assert second.qualifies()["rule"] == CONNECTED

    # The rule "Do not qualify my referrals".
    assert third.state == "sent"
    assert third.campaign.announcements("referral.qualified.v1") == []
    assert "Do not qualify my referrals" in third.campaign.lead(third.id)["next_step"]


def test_a_change_from_before_the_rule_does_not_count(stack: Stack, customers: Customers) -> None:
    campaign = customers.connected(duplicates="update", rule=NO_RULE)
    lead, other = sent(campaign, "early@example.com", "late@example.com")

    since = datetime.fromisoformat(campaign.save(duplicates="update")["rule_since"])
    assert campaign.save(duplicates="skip")["rule_since"] == since.isoformat().replace("+00:00", "Z")
    since_ms = int(since.timestamp() * 1000)
    deliver(stack, lead.change(occurredAt=since_ms), other.change(occurredAt=since_ms + 1))

    other.qualifies()
    assert lead.state == "sent"


# Before the record is known to be the lead's


@pytest.mark.parametrize(
    ("duplicates", "write"), [("update", "contacts.batch_upsert"), ("skip", "contacts.batch_create")]
)
def test_a_change_that_overtakes_the_answer_to_our_write_qualifies_once(
    stack: Stack, customers: Customers, duplicates: str, write: str
) -> None:
    campaign = customers.connected(duplicates=duplicates)
    hubspot = campaign.hubspot
    answer = hubspot.hold(write, after_commit=True)
    lead_id = campaign.join("quick@example.com")
    answer.wait()
    contact = hubspot.contact("quick@example.com")["id"]

    hubspot.change(contact, lifecyclestage="customer")
    table, kept = stack.tables.Table(stack.resource("CampaignTable")), keys.unclaimed(hubspot.id, "contact", contact)
    wait_until("the change is kept", lambda: "Item" in table.get_item(Key=kept.item(), ConsistentRead=True))
    assert campaign.told(lead_id) == ["sending"]
    answer.release()

    Lead(campaign, lead_id, contact).qualifies()
    assert campaign.told(lead_id) == ["sending", "sent", "qualified"]
