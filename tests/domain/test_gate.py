"""May this person be sent now?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.gate import Gate, gate
from referral_hubspot.domain.pauses import Pauses
from referral_hubspot.domain.people import Decision, Person, PersonKey, Reason, State
from referral_hubspot.domain.settings import (
    Action,
    Binding,
    BindingState,
    Broken,
    CampaignState,
    Choices,
    Duplicates,
    MappingRow,
    Part,
    SideSettings,
)

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
MAPPING = (MappingRow("email", source="email"), MappingRow("firstname", source="first_name"))
BINDING = Binding("acme", "spring", 1, "Acme EU", "app.hubspot.com", "Ana", NOW, scopes=scopes.REQUIRED)
READY = CampaignState(None, SideSettings(1, Action.CREATE_CONTACT, MAPPING), BINDING)
LEAD = Person(PersonKey("acme", "spring", "lead", "l1"), NOW, NOW, email="ada@example.com")
DECIDED = replace(
    LEAD,
    state=State.HELD,
    version=2,
    decision=Decision(1, Action.CREATE_CONTACT, Duplicates.SKIP, 1),
)


def judged(person: Person, campaign: CampaignState, *, erased: bool = False) -> Gate:
    return gate(person, campaign, erased=erased, now=NOW)


def test_with_everything_in_place_it_is_open() -> None:
    assert judged(LEAD, READY) == Gate(State.SENDING)


def test_each_side_goes_by_its_own_settings_and_answers() -> None:
    referrer = replace(LEAD, key=replace(LEAD.key, side="referrer"))
    asked = replace(referrer, state=State.HELD, reason=Reason.SETUP, held_since=NOW - timedelta(hours=2), version=1)
    since = Choices(complete_since=NOW - timedelta(hours=1))
    only_referrers = replace(READY, leads=SideSettings(), referrers=READY.leads)

    assert judged(referrer, READY) == Gate(State.HELD, Reason.SETUP)
    assert judged(referrer, only_referrers) == Gate(State.SENDING)
    assert judged(LEAD, only_referrers) == Gate(State.HELD, Reason.SETUP)
    assert judged(asked, replace(only_referrers, choices=since)) == Gate(State.SENDING)
    assert judged(asked, replace(only_referrers, referrer_choices=since)) == Gate(State.HELD, Reason.ASKS_FIRST)


@pytest.mark.parametrize(
    ("campaign", "expected"),
    [
        (replace(READY, leads=SideSettings()), Gate(State.HELD, Reason.SETUP)),
        (replace(READY, leads=replace(READY.leads, mapping=MAPPING[:1])), Gate(State.HELD, Reason.SETUP)),
        (
            replace(READY, leads=replace(READY.leads, broken=(Broken(Part.MAPPING, "plan"),))),
            Gate(State.HELD, Reason.SETUP),
        ),
        (replace(READY, leads=replace(READY.leads, action=Action.NONE)), Gate(State.NOT_SENT, Reason.DO_NOTHING)),
        (replace(READY, leads=replace(READY.leads, action=Action.CREATE_DEAL)), Gate(State.HELD, Reason.SETUP)),
        (replace(READY, binding=replace(BINDING, scopes=())), Gate(State.HELD, Reason.SETUP)),
        (replace(READY, pauses=Pauses(frozenset({"portal:1"}))), Gate(State.HELD, Reason.PAUSED)),
        (replace(READY, binding=None), Gate(State.HELD, Reason.NOT_CONNECTED)),
        (replace(READY, binding=replace(BINDING, state=BindingState.LOST)), Gate(State.HELD, Reason.RECONNECT)),
    ],
)
def test_what_is_missing_decides_where_a_lead_stays(campaign: CampaignState, expected: Gate) -> None:
    assert judged(LEAD, campaign) == expected


def test_an_erased_person_and_an_unusable_address_are_rejected_whatever_is_set_up() -> None:
    assert judged(LEAD, READY, erased=True) == Gate(State.REJECTED, Reason.PERSON_ERASED)
    assert judged(replace(LEAD, email="ada"), READY) == Gate(State.REJECTED, Reason.NO_USABLE_EMAIL)


def test_what_was_decided_is_gone_on_with_under_later_settings() -> None:
    later = replace(READY, leads=SideSettings(2, Action.NONE))

    assert judged(DECIDED, later) == Gate(State.SENDING)


def test_a_decision_for_another_hubspot_account_is_none() -> None:
    moved = CampaignState(None, SideSettings(2), replace(BINDING, portal_id=2))

    assert judged(DECIDED, moved) == Gate(State.HELD, Reason.SETUP)


def test_without_a_connection_even_the_decided_wait() -> None:
    assert judged(DECIDED, replace(READY, binding=None)) == Gate(State.HELD, Reason.NOT_CONNECTED)


@pytest.mark.parametrize("state", [State.HELD, State.SENDING])
def test_a_pause_stops_even_those_who_are_being_sent(state: State) -> None:
    paused = replace(READY, pauses=Pauses(frozenset({"campaign:acme/spring"})))

    assert judged(replace(DECIDED, state=state), paused) == Gate(State.HELD, Reason.PAUSED)


@pytest.mark.parametrize(
    ("held_for", "choices", "expected"),
    [
        (timedelta(days=7), Choices(NOW - timedelta(days=30)), Gate(State.SENDING)),
        (timedelta(days=7, seconds=1), Choices(NOW - timedelta(days=30)), Gate(State.HELD, Reason.ASKS_FIRST)),
        (timedelta(hours=1), Choices(NOW), Gate(State.HELD, Reason.ASKS_FIRST)),
        (timedelta(hours=1), Choices(NOW, send_held_until=NOW), Gate(State.SENDING)),
        (timedelta(hours=1), Choices(), Gate(State.SENDING)),
    ],
    ids=["a week", "longer", "since before the setup was complete", "an admin said so", "never complete"],
)
def test_who_waited_long_or_since_before_the_setup_asks_first(
    held_for: timedelta, choices: Choices, expected: Gate
) -> None:
    held = replace(LEAD, state=State.HELD, version=1, held_since=NOW - held_for)

    assert judged(held, replace(READY, choices=choices)) == expected


def test_who_is_being_sent_is_not_stopped_to_be_asked_about() -> None:
    sending = replace(DECIDED, state=State.SENDING, held_since=NOW - timedelta(days=30))

    assert judged(sending, READY) == Gate(State.SENDING)
