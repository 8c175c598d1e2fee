"""May this person be sent now?"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from referral_hubspot.domain.gate import Gate, gate
from referral_hubspot.domain.people import Decision, Person, PersonKey, Reason, State
from referral_hubspot.domain.settings import (
    Action,
    Binding,
    BindingState,
    CampaignState,
    Duplicates,
    MappingRow,
    SideSettings,
)

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
MAPPING = (MappingRow("email", source="email"), MappingRow("firstname", source="first_name"))
BINDING = Binding("acme", "spring", 1, "Acme EU", "app.hubspot.com", "Ana", NOW)
READY = CampaignState(None, SideSettings(1, Action.CREATE_CONTACT, MAPPING), BINDING)
LEAD = Person(PersonKey("acme", "spring", "lead", "l1"), NOW, NOW, email="ada@example.com")
DECIDED = replace(
    LEAD,
    state=State.HELD,
    version=2,
    decision=Decision(1, Action.CREATE_CONTACT, Duplicates.SKIP, 1),
)


def test_with_everything_in_place_it_is_open() -> None:
    assert gate(LEAD, READY, erased=False) == Gate(State.SENDING)


@pytest.mark.parametrize(
    ("campaign", "expected"),
    [
        (replace(READY, leads=SideSettings()), Gate(State.HELD, Reason.SETUP)),
        (replace(READY, leads=replace(READY.leads, mapping=MAPPING[:1])), Gate(State.HELD, Reason.SETUP)),
        (replace(READY, leads=replace(READY.leads, broken=("plan",))), Gate(State.HELD, Reason.SETUP)),
        (replace(READY, leads=replace(READY.leads, action=Action.NONE)), Gate(State.NOT_SENT, Reason.DO_NOTHING)),
        (replace(READY, binding=None), Gate(State.HELD, Reason.NOT_CONNECTED)),
        (replace(READY, binding=replace(BINDING, state=BindingState.LOST)), Gate(State.HELD, Reason.RECONNECT)),
    ],
)
def test_what_is_missing_decides_where_a_lead_stays(campaign: CampaignState, expected: Gate) -> None:
    assert gate(LEAD, campaign, erased=False) == expected


def test_an_erased_person_and_an_unusable_address_are_rejected_whatever_is_set_up() -> None:
    assert gate(LEAD, READY, erased=True) == Gate(State.REJECTED, Reason.PERSON_ERASED)
    assert gate(replace(LEAD, email="ada"), READY, erased=False) == Gate(State.REJECTED, Reason.NO_USABLE_EMAIL)


def test_what_was_decided_is_gone_on_with_under_later_settings() -> None:
    later = replace(READY, leads=SideSettings(2, Action.NONE))

    assert gate(DECIDED, later, erased=False) == Gate(State.SENDING)


def test_a_decision_for_another_hubspot_account_is_none() -> None:
    moved = CampaignState(None, SideSettings(2), replace(BINDING, portal_id=2))

    assert gate(DECIDED, moved, erased=False) == Gate(State.HELD, Reason.SETUP)


def test_without_a_connection_even_the_decided_wait() -> None:
    assert gate(DECIDED, replace(READY, binding=None), erased=False) == Gate(State.HELD, Reason.NOT_CONNECTED)
