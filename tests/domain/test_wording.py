"""What an admin reads of a lead: its state, its next step, its timeline."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from referral_hubspot.domain.crm import Option, Property
from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.domain.settings import Binding, Rule, RuleKind
from referral_hubspot.domain.story import told
from referral_hubspot.domain.wording import Names, label, next_step

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LEAD = Person(PersonKey("a1", "c1", "lead", "l1"), NOW, NOW, portal_id=1001001)
BINDING = Binding("a1", "c1", 1001001, "Acme EU", "app-eu1.hubspot.com", "Ada", NOW)
CUSTOMER = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", NOW)
STAGES = (Option("customer", "Customer"), Option("opportunity", "Opportunity"))
NAMES = Names(
    {
        "lifecyclestage": Property("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", "g", True, STAGES),
        "phone": Property("phone", "Phone", "string", "text", "g", True),
    }
)
UNREAD = Names({})

EVERY_STATE = [state for state in State if state is not State.NEW]


def lead(state: State, reason: Reason = Reason.NONE, *entries: Entry) -> Person:
    return replace(LEAD, state=state, reason=reason, timeline=entries)


def step(person: Person, rule: Rule = CUSTOMER, binding: Binding | None = BINDING, names: Names = NAMES) -> str:
    return next_step(person, rule, binding, names)


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        (State.SENDING, Reason.NONE, "On its way"),
        (State.HELD, Reason.SETUP, "Waiting: the setup is not complete"),
        (State.HELD, Reason.NOT_CONNECTED, "Waiting: HubSpot is not connected"),
        (State.HELD, Reason.RECONNECT, "Waiting: connection lost, reconnect"),
        (State.HELD, Reason.HUBSPOT_AWAY, "Waiting: HubSpot does not answer"),
        (State.HELD, Reason.NONE, "Waiting: HubSpot cannot take it yet"),
        (State.NOT_SENT, Reason.DO_NOTHING, "Not sent (your setting: Do nothing)"),
        (State.NOT_SENT, Reason.NONE, "Not sent (you chose so)"),
        (State.SENT, Reason.NONE, "In HubSpot, not qualified yet"),
        (State.QUALIFIED, Reason.NONE, "Qualified"),
        (State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT, "Already in HubSpot"),
        (State.ALREADY_REFERRED, Reason.ALREADY_REFERRED, "Already referred by someone else"),
        (State.REJECTED, Reason.NO_USABLE_EMAIL, "No usable e-mail"),
        (State.REJECTED, Reason.PERSON_ERASED, "Erased"),
        (State.EXPIRED, Reason.NONE, "Waited 90 days, not sent"),
        (State.CLOSED, Reason.CLOSED, "Closed in Refer"),
        (State.ERASED, Reason.NONE, "Erased"),
    ],
)
def test_each_state_has_the_words_that_people_see(state: State, reason: Reason, words: str) -> None:
    assert label(lead(state, reason), "Refer") == words


@pytest.mark.parametrize(
    ("why", "words"), [("Email is not valid.", "HubSpot refused it: Email is not valid"), ("", "HubSpot refused it")]
)
def test_a_refused_lead_repeats_hubspots_last_reason(why: str, words: str) -> None:
    refused = [Entry(NOW, Happening.REJECTED, {"why": text}) for text in ("An older one", why)]

    assert label(lead(State.REJECTED, Reason.REFUSED, *refused), "Refer") == words


@pytest.mark.parametrize("state", EVERY_STATE)
@pytest.mark.parametrize("reason", Reason)
def test_every_lead_says_what_to_do(state: State, reason: Reason) -> None:
    assert step(lead(state, reason))
    assert label(lead(state, reason), "Refer")


def test_every_reason_to_wait_is_in_words() -> None:
    waiting = [Reason.SETUP, Reason.NOT_CONNECTED, Reason.RECONNECT, Reason.HUBSPOT_AWAY]

    assert len({step(lead(State.HELD, reason)) for reason in waiting}) == len(waiting)


def test_a_sent_lead_says_what_it_waits_for() -> None:
    assert step(lead(State.SENT)) == "It qualifies when Lifecycle Stage changes to Customer in HubSpot."
    assert step(lead(State.SENT), names=UNREAD) == "It qualifies when lifecyclestage changes to customer in HubSpot."


def test_a_lead_that_was_at_the_value_says_that_it_must_change_again() -> None:
    at_value = Entry(NOW, Happening.ALREADY_AT_VALUE, {"property": "lifecyclestage", "value": "customer"})
    told_before = lead(State.SENT, Reason.NONE, at_value)

    assert step(told_before) == "Already Customer when referred: will not qualify unless it changes again."
    assert "changes to Opportunity" in step(told_before, replace(CUSTOMER, value="opportunity"))


def test_without_a_rule_referrals_are_qualified_by_hand() -> None:
    assert "qualify it by hand" in step(lead(State.SENT), Rule())


def test_a_lead_in_a_former_hubspot_account_says_so() -> None:
    assert "no longer uses" in step(lead(State.SENT), binding=replace(BINDING, portal_id=1001002))
    assert "It qualifies" in step(lead(State.SENT), binding=None)


@pytest.mark.parametrize(
    ("what", "facts", "text"),
    [
        (Happening.RECEIVED, {}, "Joined; Refer told us."),
        (Happening.HELD, {"reason": "setup"}, "Waiting: the setup is not complete."),
        (Happening.REJECTED, {"why": "no_usable_email"}, "No usable e-mail."),
        (Happening.REJECTED, {"why": "erased"}, "The person was erased."),
        (Happening.REJECTED, {"property": "email", "why": "Not valid."}, "HubSpot refused it: Not valid."),
        (
            Happening.VALUE_LEFT_OUT,
            {"property": "phone", "why": "is not a number"},
            "Phone was left out: is not a number. The rest was sent.",
        ),
        (Happening.VALUE_LEFT_OUT, {"property": "fax"}, "fax was left out. The rest was sent."),
        (
            Happening.LIFECYCLE_KEPT,
            {"wanted": "customer", "kept": "opportunity"},
            "HubSpot kept the later Lifecycle Stage Opportunity.",
        ),
        (
            Happening.ALREADY_AT_VALUE,
            {"property": "lifecyclestage", "value": "customer"},
            "Already Customer when referred: will not qualify unless it changes again.",
        ),
        (
            Happening.QUALIFIED,
            {"property": "lifecyclestage", "value": "customer"},
            "Qualified: Lifecycle Stage changed to Customer in HubSpot.",
        ),
        (Happening.CLOSED, {}, "Closed in Refer."),
    ],
)
def test_what_happened_is_told_in_a_sentence(what: Happening, facts: dict[str, str], text: str) -> None:
    line = told(Entry(NOW, what, facts), NAMES, "Refer")

    assert (line.at, line.event, line.text) == (NOW, what, text)


@pytest.mark.parametrize("what", Happening)
def test_everything_that_can_happen_has_a_sentence(what: Happening) -> None:
    assert told(Entry(NOW, what), UNREAD, "Refer").text.endswith(".")
