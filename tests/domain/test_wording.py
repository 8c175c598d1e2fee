"""What an admin reads of a lead: its state, its next step, its timeline."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.domain.crm import ObjectType, Option, Pipeline, Property, Stage
from referral_hubspot.domain.people import Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.domain.questions import Code, Question, asked
from referral_hubspot.domain.settings import Action, Binding, Duplicates, Rule, RuleKind, SideSettings
from referral_hubspot.domain.story import told
from referral_hubspot.domain.wording import Names, label, next_step

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LEAD = Person(PersonKey("a1", "c1", "lead", "l1"), NOW, NOW, portal_id=1001001)
BINDING = Binding("a1", "c1", 1001001, "Acme EU", "app-eu1.hubspot.com", "Ada", NOW)
CUSTOMER = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", NOW)
WON = Rule(RuleKind.DEAL_STAGE, "dealstage", "closedwon", NOW)
STAGES = (Option("customer", "Customer"), Option("opportunity", "Opportunity"))
NAMES = Names(
    {
        ObjectType.CONTACT: {
            "lifecyclestage": Property("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", "g", True, STAGES),
            "phone": Property("phone", "Phone", "string", "text", "g", True),
        },
        ObjectType.DEAL: {
            "dealstage": Property("dealstage", "Deal Stage", "enumeration", "radio", "g", True),
            "phone": Property("phone", "Phone of the deal", "string", "text", "g", True),
        },
    },
    [Pipeline("default", "Sales", (Stage("closedwon", "Closed Won"), Stage("closedlost", "Closed Lost")))],
)
UNREAD = Names()

EVERY_STATE = [state for state in State if state is not State.NEW]


def lead(state: State, reason: Reason = Reason.NONE, *entries: Entry) -> Person:
    return replace(LEAD, state=state, reason=reason, timeline=entries)


def step(
    person: Person, *rules: Rule, binding: Binding | None = BINDING, names: Names = NAMES, skip: bool = True
) -> str:
    rule, kept = (*rules, Rule(), Rule())[:2] if rules else (CUSTOMER, Rule())
    duplicates = Duplicates.SKIP if skip else Duplicates.UPDATE
    settings = SideSettings(1, Action.CREATE_CONTACT, duplicates=duplicates, rule=rule, kept_rule=kept)
    return next_step(person, settings, binding, names)


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        (State.SENDING, Reason.NONE, "On its way"),
        (State.HELD, Reason.SETUP, "Waiting: the setup is not complete"),
        (State.HELD, Reason.NOT_CONNECTED, "Waiting: HubSpot is not connected"),
        (State.HELD, Reason.RECONNECT, "Waiting: connection lost, reconnect"),
        (State.HELD, Reason.HUBSPOT_AWAY, "Waiting: HubSpot does not answer"),
        (State.HELD, Reason.PAUSED, "Waiting: sending to HubSpot is paused"),
        (State.HELD, Reason.ASKS_FIRST, "Waiting: it waited long, so you are asked first"),
        (State.HELD, Reason.NONE, "Waiting: it goes out in a moment"),
        (State.NOT_SENT, Reason.DO_NOTHING, "Not sent (your setting: Do nothing)"),
        (State.NOT_SENT, Reason.DECLINED, "Not sent (you chose so)"),
        (State.SENT, Reason.NONE, "In HubSpot, not qualified yet"),
        (State.QUALIFIED, Reason.NONE, "Qualified"),
        (State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT, "Already in HubSpot"),
        (State.ALREADY_REFERRED, Reason.ALREADY_REFERRED, "Already referred by someone else"),
        (State.REJECTED, Reason.NO_USABLE_EMAIL, "No usable e-mail"),
        (State.REJECTED, Reason.PERSON_ERASED, "Erased"),
        (State.EXPIRED, Reason.WAITED_TOO_LONG, "Waited 90 days, not sent"),
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


def test_every_reason_to_wait_has_words_and_a_step_of_its_own() -> None:
    waiting = [
        Reason.NONE,
        Reason.SETUP,
        Reason.NOT_CONNECTED,
        Reason.RECONNECT,
        Reason.HUBSPOT_AWAY,
        Reason.PAUSED,
        Reason.ASKS_FIRST,
    ]

    assert len({step(lead(State.HELD, reason)) for reason in waiting}) == len(waiting)
    assert len({label(lead(State.HELD, reason), "Refer") for reason in waiting}) == len(waiting)


def test_a_sent_lead_says_what_it_waits_for() -> None:
    assert step(lead(State.SENT)) == "It qualifies when Lifecycle Stage changes to Customer in HubSpot."
    assert step(lead(State.SENT), names=UNREAD) == "It qualifies when lifecyclestage changes to customer in HubSpot."


def test_a_lead_that_was_at_the_value_says_that_it_must_change_again() -> None:
    at_value = Entry(NOW, Happening.ALREADY_AT_VALUE, {"property": "lifecyclestage", "value": "customer"})
    told_before = lead(State.SENT, Reason.NONE, at_value)

    assert step(told_before) == "Already Customer when referred: will not qualify unless it changes again."
    assert "changes to Opportunity" in step(told_before, replace(CUSTOMER, value="opportunity"))


def test_a_lead_is_told_the_rule_that_looks_at_what_it_was_sent_as() -> None:
    deal = replace(lead(State.SENT), record_type=ObjectType.DEAL)

    assert step(deal, WON) == "It qualifies when its deal enters the stage Closed Won in HubSpot."
    assert step(lead(State.SENT), WON, CUSTOMER) == "It qualifies when Lifecycle Stage changes to Customer in HubSpot."
    assert step(lead(State.SENT), WON) == "It was sent as a contact, which no rule looks at: qualify it by hand."


def test_a_deleted_record_says_so_until_another_one_took_its_place() -> None:
    deleted = Entry(NOW, Happening.DELETED, {"object": "contact"})
    merged = Entry(NOW + timedelta(hours=1), Happening.MERGED, {"object": "contact"})

    assert "was deleted in HubSpot" in step(lead(State.SENT, Reason.NONE, deleted))
    assert "It qualifies" in step(lead(State.SENT, Reason.NONE, deleted, merged))


def test_a_deleted_deal_says_so_though_its_contact_was_merged() -> None:
    deleted = Entry(NOW, Happening.DELETED, {"object": "deal"})
    merged = Entry(NOW + timedelta(hours=1), Happening.MERGED, {"object": "contact"})
    deal = replace(lead(State.SENT, Reason.NONE, deleted, merged), record_type=ObjectType.DEAL)

    assert "Its deal was deleted in HubSpot" in step(deal, WON)


def test_a_deal_that_left_its_stage_is_the_platforms_to_decide_on() -> None:
    left = replace(lead(State.QUALIFIED), condition_lost_at=NOW)

    assert "decide on the referral platform" in step(left)
    assert step(lead(State.QUALIFIED)) == "Nothing to do."


def test_a_known_person_says_what_would_let_it_count() -> None:
    known = lead(State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT)

    assert "choose Update under duplicates" in step(known)
    assert "Answer the question" in step(known, skip=False)


def test_a_test_lead_says_that_it_never_qualifies() -> None:
    assert "never qualifies" in step(replace(lead(State.SENT), test=True))


def test_without_a_rule_referrals_are_qualified_by_hand() -> None:
    assert "qualify it by hand" in step(lead(State.SENT), Rule())


def test_a_lead_in_a_former_hubspot_account_says_so() -> None:
    assert "no longer uses" in step(lead(State.SENT), binding=replace(BINDING, portal_id=1001002))
    assert "It qualifies" in step(lead(State.SENT), binding=None)


@pytest.mark.parametrize(
    ("what", "facts", "text"),
    [
        (Happening.RECEIVED, {}, "Joined in Refer."),
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
        (
            Happening.VALUE_LEFT_OUT,
            {"object": "deal", "property": "phone"},
            "Phone of the deal was left out. The rest was sent.",
        ),
        (
            Happening.QUALIFIED,
            {"property": "dealstage", "value": "closedwon"},
            "Qualified: Deal Stage changed to Closed Won in HubSpot.",
        ),
        (
            Happening.CONDITION_LOST,
            {"property": "dealstage", "value": "closedlost"},
            "The deal left the stage that qualified it, for Closed Lost; Refer was told, and decides on the reward.",
        ),
        (
            Happening.MERGED,
            {"object": "deal", "from": "1", "to": "2"},
            "Its deal was merged in HubSpot; the one that remained is followed.",
        ),
        (
            Happening.DELETED,
            {"object": "contact"},
            "Its contact was deleted in HubSpot: it cannot qualify unless it is restored there.",
        ),
        (Happening.NOT_SENT, {"reason": "declined"}, "Not sent: it waited, and you chose not to send it."),
        (Happening.NOT_SENT, {"reason": "do_nothing"}, "Not sent: the Leads settings say Do nothing."),
        (
            Happening.REOPENED,
            {"question": "duplicates"},
            "You let it count although the person was in HubSpot before.",
        ),
        (Happening.REOPENED, {"question": "expired"}, "You chose to send it after all."),
        (Happening.EXPIRED, {}, "Waited 90 days, and was not sent."),
        (Happening.CLOSED, {}, "Closed in Refer."),
    ],
)
def test_what_happened_is_told_in_a_sentence(what: Happening, facts: dict[str, str], text: str) -> None:
    line = told(Entry(NOW, what, facts), "lead", NAMES, "Refer")

    assert (line.at, line.event, line.text) == (NOW, what, text)


@pytest.mark.parametrize("what", Happening)
def test_everything_that_can_happen_has_a_sentence(what: Happening) -> None:
    assert told(Entry(NOW, what), "lead", UNREAD, "Refer").text.endswith(".")


@pytest.mark.parametrize(
    ("code", "count", "text"),
    [
        (Code.HELD, 42, "42 leads are waiting. Send them?"),
        (Code.HELD, 1, "1 lead is waiting. Send it?"),
        (Code.DECLINED, 42, "42 leads were not sent because you chose so. Send them after all?"),
        (Code.EXPIRED, 1, "1 lead waited 90 days and was not sent. Send it after all?"),
        (
            Code.DUPLICATES,
            37,
            "37 referrals were stopped because the person was already in HubSpot. Let them count now?",
        ),
        (Code.CHANGED, 14, "14 referrals already changed to Customer after joining. Qualify them now?"),
        (Code.CHANGED, None, "Being counted: how many referrals already changed to Customer after joining."),
    ],
)
def test_a_question_says_about_how_many_it_is(code: Code, count: int | None, text: str) -> None:
    assert asked(Question(code, count, rule=CUSTOMER), NAMES) == text


def referrer(state: State, reason: Reason = Reason.NONE, *entries: Entry) -> Person:
    return replace(lead(state, reason, *entries), key=PersonKey("a1", "c1", "referrer", "r1"))


@pytest.mark.parametrize("state", EVERY_STATE)
@pytest.mark.parametrize("reason", Reason)
def test_every_referrer_says_where_it_stands_and_what_to_do_and_nothing_of_leads(state: State, reason: Reason) -> None:
    words = f"{label(referrer(state, reason), 'Refer')}; {step(referrer(state, reason))}"

    assert not words.startswith("; ")
    assert not words.endswith("; ")
    if state is not State.QUALIFIED:  # no referrer does
        assert not any(word in words.lower() for word in ("lead", "qualif", "referral ", "{"))


def test_a_referrer_in_hubspot_waits_for_nothing() -> None:
    assert label(referrer(State.SENT), "Refer") == "In HubSpot"
    assert step(referrer(State.SENT)) == "Nothing to do."


def test_a_referrer_says_what_would_update_its_contact() -> None:
    known = referrer(State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT)

    assert "choose Update under duplicates in the Referrers settings" in step(known)
    assert "Answer the question" in step(known, skip=False)


def test_a_referrer_that_waits_for_the_setup_names_its_own_tab() -> None:
    assert step(referrer(State.HELD, Reason.SETUP)) == "Complete the Referrers settings: they list what is missing."
    assert step(lead(State.HELD, Reason.SETUP)) == "Complete the Leads settings: they list what is missing."


def test_a_referrer_whose_record_is_gone_or_elsewhere_says_so() -> None:
    deleted = Entry(NOW, Happening.DELETED, {"object": "contact"})

    assert "Its contact was deleted" in step(referrer(State.SENT, Reason.NONE, deleted))
    assert "no longer uses" in step(referrer(State.SENT), binding=replace(BINDING, portal_id=1001002))


@pytest.mark.parametrize("what", Happening)
def test_every_line_about_a_referrer_speaks_of_no_lead(what: Happening) -> None:
    of_leads = {Happening.QUALIFIED, Happening.ALREADY_AT_VALUE, Happening.CONDITION_LOST}
    for facts in ({}, {"reason": "declined"}, {"question": "duplicates"}):
        text = told(Entry(NOW, what, facts), "referrer", NAMES, "Refer").text
        assert text.endswith(".")
        if what not in of_leads:
            assert not any(word in text.lower() for word in ("lead", "qualif", "referral", "let it count"))


@pytest.mark.parametrize("property_name", ["{x}", "{"])
def test_a_name_in_braces_stays_as_it_is(property_name: str) -> None:
    rule = replace(CUSTOMER, property=property_name)

    assert step(lead(State.SENT), rule) == f"It qualifies when {property_name} changes to customer in HubSpot."


def test_several_choices_are_called_by_their_labels() -> None:
    choices = (Option("crm", "CRM"), Option("ops", "Operations"))
    interests = Property("interests", "Interests", "enumeration", "checkbox", "g", True, choices)
    names = Names({ObjectType.CONTACT: {"interests": interests}})

    assert names.value("interests", "ops;crm;gone") == "Operations, CRM, gone"
