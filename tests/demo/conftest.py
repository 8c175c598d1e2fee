"""A scenario, and the evidence that a faultless system would leave behind."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulators.demo.comparison import Comparison
from simulators.demo.evidence import Evidence
from simulators.demo.expectations import STATES_AFTER_DELIVERY, LeadKey, expected, key
from simulators.demo.hubspot_side import Contact, Deal
from simulators.demo.plans import MEMBERS, NEWCOMERS
from simulators.demo.scenario import Known, Outcome, PlannedLead, Scenario, make_scenario
from simulators.demo.syncing import Synced

BEGIN = datetime(2026, 11, 22, 10, tzinfo=UTC)


def after(seconds: float) -> str:
    return (BEGIN + timedelta(seconds=seconds)).isoformat()


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return make_scenario("run", BEGIN)


@pytest.fixture
def faultless(scenario: Scenario) -> dict[str, Any]:
    """Fields of `Evidence`, for a test to change one."""
    before = _states(scenario)
    qualified = [lead for lead in scenario.leads if lead.qualifies]
    after_sales = {**before, **{key(lead): "qualified" for lead in qualified}}
    wanted = expected(scenario)
    return {
        "states_before_sales": before,
        "delivered": {
            key(lead): contact
            for number, lead in enumerate(scenario.leads)
            if (contact := _contact(lead, number, before[key(lead)]))
        },
        "delivery": [{"kind": "contacts.batch_upsert", "status": 200}] * 20,
        "published": wanted.sent,
        "published_while_away": wanted.sent_while_away,
        "waited": wanted.waited,
        "compared": _compared(scenario),
        "never_told": wanted.never_told,
        "synced": Synced(members=MEMBERS, newcomers=NEWCOMERS, killed=1, lost=0, doubled=0),
        "changed_at": {key(lead): after(60) for lead in scenario.changes()},
        "leads": {place: {"state": state, "published_at": after(0)} for place, state in after_sales.items()},
        "qualified": [announcement(lead) for lead in qualified],
        "condition_lost": [announcement(lead) for lead in scenario.leads if lead.left_again],
        "rewards": len(qualified),
        "connections": wanted.connections,
        "refused_by_rate_limit": 0,
        "dead_letters": wanted.dead_letters,
        "unreadable_announcements": 0,
    }


def announcement(lead: PlannedLead) -> dict[str, Any]:
    seen_by = "sweep" if lead.unheard else "webhook"
    data = {"campaign_id": lead.campaign.campaign_id, "lead_id": lead.lead_id, "seen_by": seen_by}
    return {"data": data, "received_at": after(70 if lead.unheard else 61)}


def evidence(fields: dict[str, Any], **changes: Any) -> Evidence:
    return Evidence(**{**fields, **changes})


def _states(scenario: Scenario) -> dict[LeadKey, str | None]:
    states: dict[LeadKey, str | None] = {}
    for lead in scenario.leads:
        if lead.outcome is Outcome.ONE_OF_TWO:
            second = lead.email != lead.address
            states[key(lead)] = "already_referred" if second else "sent"
        else:
            states[key(lead)] = STATES_AFTER_DELIVERY[lead.outcome]
    return states


def _contact(lead: PlannedLead, number: int, state: str | None) -> Contact | None:
    if lead.outcome is Outcome.REJECTED:
        return None
    if state == "already_referred":
        number = -1
    written = {} if state == "duplicate" else {"referral_campaign": lead.campaign.name}
    created = -400 * 86_400 if lead.known is not Known.NOT else 2
    identity = lead.address if lead.outcome is Outcome.ONE_OF_TWO else str(number)
    return Contact(identity, (lead.address,), written, after(created), after(2 if written else created))


def _compared(scenario: Scenario) -> Comparison:
    leads = scenario.joining_deals()
    deals = {
        lead.address: [Deal(f"d{number}", f"key-{number}", (f"c{number}",), after(20 + number))]
        for number, lead in enumerate(leads)
    }
    return Comparison(deals, linked=sum(lead.known is not Known.NOT for lead in leads), lost=[], doubled=0)
