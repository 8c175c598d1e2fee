"""HubSpot's records held against the leads they were made for."""

import pytest

from simulators.demo.comparison import Records, compare
from simulators.demo.hubspot_side import Contact, Deal
from simulators.demo.scenario import PlannedLead, Scenario

OLD, NEW = "2025-10-01T00:00:00Z", "2026-11-22T10:00:00Z"


def contact(record_id: str, *emails: str) -> Contact:
    return Contact(record_id, emails, {}, NEW, NEW)


def deal(record_id: str, key: str, *contacts: str) -> Deal:
    return Deal(record_id, key, contacts, NEW)


@pytest.fixture
def leads(scenario: Scenario) -> list[PlannedLead]:
    return scenario.joining_deals()[:2]


@pytest.fixture
def before(leads: list[PlannedLead]) -> Records:
    """The second lead's contact is known, and there is a deal of somebody else."""
    known = contact("2", "other@example.com", leads[1].address)
    return Records([known, contact("9", "somebody@example.com")], [deal("7", "", "9")])


@pytest.fixture
def complete(leads: list[PlannedLead], before: Records) -> Records:
    contacts = [*before.contacts, contact("1", leads[0].address)]
    return Records(contacts, [*before.deals, deal("11", "a", "1"), deal("12", "b", "2")])


def test_each_lead_with_a_contact_and_a_deal_is_neither_lost_nor_doubled(
    leads: list[PlannedLead], before: Records, complete: Records
) -> None:
    found = compare(leads, before, complete)

    assert (found.lost, found.doubled, found.linked) == ([], 0, 1)
    assert {address: [one.id for one in deals] for address, deals in found.deals.items()} == {
        leads[0].address: ["11"],
        leads[1].address: ["12"],
    }


def test_a_lead_without_its_deal_is_lost(leads: list[PlannedLead], before: Records, complete: Records) -> None:
    found = compare(leads, before, Records(complete.contacts, complete.deals[:-1]))

    assert (found.lost, found.doubled) == ([leads[1]], 0)


def test_a_lead_without_its_contact_is_lost(leads: list[PlannedLead], before: Records, complete: Records) -> None:
    found = compare(leads, before, Records(complete.contacts[:-1], [complete.deals[0], complete.deals[2]]))

    assert (found.lost, found.doubled) == ([leads[0]], 0)


@pytest.mark.parametrize(
    ("contacts", "deals"),
    [
        pytest.param([], [deal("13", "c", "1")], id="a second deal beside a lead's contact"),
        pytest.param([], [deal("13", "a", "1")], id="a second deal with a lead's key"),
        pytest.param([], [deal("13", "c")], id="a deal beside no contact"),
        pytest.param([contact("3", "stray@example.com")], [], id="a contact of nobody who joined"),
    ],
)
def test_what_no_lead_accounts_for_is_doubled(
    leads: list[PlannedLead], before: Records, complete: Records, contacts: list[Contact], deals: list[Deal]
) -> None:
    more = Records([*complete.contacts, *contacts], [*complete.deals, *deals])

    assert compare(leads, before, more).doubled == 1


def test_a_second_contact_with_a_leads_address_is_doubled(
    leads: list[PlannedLead], before: Records, complete: Records
) -> None:
    more = Records([*complete.contacts, contact("3", "x@example.com", leads[0].address)], complete.deals)

    assert compare(leads, before, more).doubled == 1


def test_deals_that_share_a_key_are_doubled(leads: list[PlannedLead], before: Records, complete: Records) -> None:
    same = Records(complete.contacts, [*before.deals, deal("11", "a", "1"), deal("12", "a", "2")])

    assert compare(leads, before, same).doubled == 1
