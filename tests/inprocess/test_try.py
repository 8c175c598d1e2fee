"""A test lead is like any other in HubSpot, and nobody's here: it never qualifies, waits, counts or is told of."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from referral_hubspot.domain.made_up import made_up
from referral_hubspot.domain.people import Entry, Happening, Reason, State
from referral_hubspot.domain.settings import Action, Duplicates
from referral_hubspot.events.deriving import of_person
from referral_hubspot.usecases.people import Change
from tests.admin import Admin, admin
from tests.dying import Died, dying
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, event, lead_joined_event, property_change

PATH = "hubspot/test-lead"


@pytest.fixture(name="ana")
def _ana(aws_url: str) -> Iterator[Admin]:
    with admin(aws_url) as made:
        yield made


def sent(ana: Admin, **how: Any) -> dict[str, Any]:
    ana.world.serve(Duplicates.UPDATE, **how)
    body: dict[str, Any] = ana.post(PATH).body
    assert body["state"] == "sent"
    return body


@pytest.mark.parametrize("action", [Action.CREATE_CONTACT, Action.CREATE_DEAL])
def test_a_test_lead_never_qualifies(ana: Admin, action: Action) -> None:
    body = sent(ana, action=action)
    record = body["records"][0]["id"]
    deals = action is Action.CREATE_DEAL
    name, value, of = ("dealstage", "closedwon", "deals") if deals else ("lifecyclestage", "customer", "contacts")
    ana.world.sim(f"portals/{PORTAL}/{of}/{record}", {"properties": {name: value}})

    told = property_change(record, name, value, datetime.now(UTC), of=of[:-1])
    ana.world.changed([told], [told])
    ana.world.sweep()

    person = ana.world.lead(body["lead_id"])
    assert person is not None
    assert (person.state, person.evidence) == (State.SENT, {})
    assert of_person(None, person, datetime.now(UTC)) == []


def test_a_test_lead_is_in_no_list_and_counts_nowhere(ana: Admin) -> None:
    body = sent(ana)

    assert ana.get("leads").body["leads"] == []
    assert ana.get("hubspot/leads").body["waiting"] == 0
    assert ana.wiring.people.standing(ACCOUNT, CAMPAIGN, "lead", State.SENT) == []
    assert ana.wiring.people.count_standing(ACCOUNT, CAMPAIGN, "lead", State.SENT) == 0
    assert ana.get(f"leads/{body['lead_id']}").status == 200  # who has its id may read its story


def test_a_test_lead_that_was_held_is_not_released(ana: Admin) -> None:
    """A worker may die between holding it and closing it."""
    ana.world.serve(Duplicates.UPDATE)
    known = ana.wiring.find_campaign(ACCOUNT, CAMPAIGN)
    now = datetime.now(UTC)
    new = made_up(known.campaign, known.leads, "4f", now)
    held = new.became(State.HELD, Reason.SETUP, Entry(now, Happening.HELD, {"reason": Reason.SETUP}))
    assert not ana.wiring.people.apply([Change(new, held, claims=True)])
    ana.world.forget_calls()

    ana.world.sweep()
    ana.world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)

    person = ana.world.lead("test-4f")
    assert person is not None
    assert (person.state, ana.world.contacts(new.email)) == (State.HELD, [])
    assert ana.get("hubspot/leads").body["waiting"] == 0


def test_a_test_lead_is_in_nobodys_way(ana: Admin) -> None:
    body = sent(ana)
    ana.delete(f"{PATH}/{body['lead_id']}")

    ana.world.deliver(lead_joined_event("l1", body["email"]))

    lead = ana.world.lead("l1")
    assert lead is not None
    assert lead.state is State.SENT


def test_a_contact_that_is_forgotten_in_hubspot_stays_a_test(ana: Admin) -> None:
    body = sent(ana)
    requests.delete(
        f"{ana.world.hubspot.url}/_sim/portals/{PORTAL}/contacts/{body['email']}?privacy=true", timeout=10
    ).raise_for_status()

    ana.world.deliver(event("person.erased.v1", account_id=ACCOUNT, email=body["email"]))

    person = ana.world.lead(body["lead_id"])
    assert person is not None
    assert (person.state, person.test, ana.get("leads").body["leads"]) == (State.ERASED, True, [])
    assert ana.delete(f"{PATH}/{body['lead_id']}").status == 204


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("action", [Action.CREATE_CONTACT, Action.CREATE_DEAL])
def test_a_test_that_dies_at_any_call_is_sent_by_nobody_and_can_be_deleted(
    ana: Admin, action: Action, after: bool
) -> None:
    ana.world.serve(Duplicates.SKIP, action=action)
    ana.wiring.remove_test_lead._clock = lambda: datetime.now(UTC) + timedelta(minutes=2)
    deaths = 0
    for at in range(100):
        try:
            with dying(ana.wiring.dynamodb.meta.events, at, after=after):
                ana.post(PATH)
        except Died:
            deaths += 1
        else:
            break
        ana.world.sweep()
        listed = ana.get(PATH).body["test_leads"]
        assert {ana.delete(f"{PATH}/{one['lead_id']}").status for one in listed} <= {204}
        assert ana.world.sim(f"portals/{PORTAL}/contacts")["contacts"] == []
        assert ana.world.deals() == []
    assert deaths > 5


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_a_deletion_that_dies_at_any_call_can_be_repeated(ana: Admin, after: bool) -> None:
    ana.world.serve(Duplicates.SKIP, action=Action.CREATE_DEAL)
    for at in range(100):
        body = ana.post(PATH).body
        assert body["state"] == "sent"
        path = f"{PATH}/{body['lead_id']}"
        died = False
        try:
            with dying(ana.wiring.dynamodb.meta.events, at, after=after):
                ana.delete(path)
        except Died:
            died = True
        assert ana.delete(path).status == 204
        assert ana.world.contacts(body["email"]) == ana.world.deals() == ana.get(PATH).body["test_leads"] == []
        if not died:
            break
    assert at > 5
