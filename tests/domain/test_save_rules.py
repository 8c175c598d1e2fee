"""What can be saved, and what a refusal says."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from referral_hubspot.domain.crm import Option, Property
from referral_hubspot.domain.draft import Draft, DraftRow, DraftRule, SaveRefusedError, draft_of, same_choice
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.save_rules import Accepted, Surroundings, accepted
from referral_hubspot.domain.settings import Action, Campaign, CustomField, Duplicates, Rule, RuleKind, SideSettings

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)

EMAIL = DraftRow("dynamic", "email", source="email")
FIRST_NAME = DraftRow("dynamic", "firstname", source="first_name")
CUSTOMER = DraftRule("contact_property", "lifecyclestage", "customer")
FORM = Draft(0, "create_contact", (EMAIL, FIRST_NAME), "skip", CUSTOMER)


def prop(name: str, label: str, kind: str = "string", field_type: str = "text", **more: Any) -> Property:
    return Property(name, label, kind, field_type, "contactinformation", **{"writable": True} | more)


STAGES = (Option("lead", "Lead"), Option("customer", "Customer"))
PROPERTIES = {
    known.name: known
    for known in [
        prop("email", "Email"),
        prop("firstname", "First Name"),
        prop("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", options=STAGES),
        prop("interests", "Interests", "enumeration", "checkbox", options=(Option("a", "Art"), Option("b", "Books"))),
        prop("hubspot_owner_id", "Owner", "enumeration", "select"),
        prop("score", "Score", "number", "number"),
        prop("createdate", "Create Date", "datetime", "date", writable=False),
    ]
}
CAMPAIGN = Campaign("a1", "c1", custom_fields=(CustomField("city", "City", "text"),), version=1)
AROUND = Surroundings(CAMPAIGN, PROPERTIES)


NEVER_SAVED = SideSettings()


def save(form: Draft = FORM, around: Surroundings = AROUND, current: SideSettings = NEVER_SAVED) -> Accepted:
    return accepted(form, current, around, NOW)


def refusals(form: Draft = FORM, around: Surroundings = AROUND) -> list[tuple[str, str]]:
    with pytest.raises(SaveRefusedError) as refused:
        save(form, around)
    assert all(problem.message and problem.next_step for problem in refused.value.problems)
    return [(problem.code, problem.field) for problem in refused.value.problems]


def mapped(*rows: DraftRow) -> Draft:
    return replace(FORM, mapping=(EMAIL, FIRST_NAME, *rows))


def ruled(kind: str = "contact_property", name: str = "lifecyclestage", value: str = "customer") -> Draft:
    return replace(FORM, rule=DraftRule(kind, name, value))


def test_a_complete_form_becomes_settings() -> None:
    settings = save().settings

    assert (settings.action, settings.duplicates) == (Action.CREATE_CONTACT, Duplicates.SKIP)
    assert [(row.property, row.source) for row in settings.mapping] == [("email", "email"), ("firstname", "first_name")]
    assert settings.rule == Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", NOW)


def test_a_row_is_stored_with_what_hubspot_says_of_its_property() -> None:
    row = save(mapped(DraftRow("dynamic", "interests", source="fields.city"))).settings.mapping[2]

    assert (row.type, row.field_type) == ("enumeration", "checkbox")
    assert row.options == {"art": "a", "a": "a", "books": "b", "b": "b"}


def test_an_internal_value_goes_before_another_choice_that_is_called_the_same() -> None:
    swapped = prop("x", "X", "enumeration", "select", options=(Option("no", "Yes"), Option("yes", "No")))
    form = mapped(DraftRow("dynamic", "x", source="source"))

    row = save(form, replace(AROUND, properties={**PROPERTIES, "x": swapped})).settings.mapping[2]

    assert row.options == {"yes": "yes", "no": "no"}


def test_an_incomplete_form_can_be_saved() -> None:
    form = Draft(0, None, (DraftRow("dynamic", "email"), DraftRow("fixed", "firstname")), "update", DraftRule())

    assert [(row.source, row.value) for row in save(form).settings.mapping] == [("", ""), ("", "")]


def test_nothing_of_hubspot_is_needed_to_save_that_nothing_is_sent() -> None:
    form = Draft(0, "none", (), "skip", DraftRule())

    assert save(form, Surroundings(CAMPAIGN)).settings == SideSettings(action=Action.NONE)


@pytest.mark.parametrize("form", [FORM, replace(FORM, mapping=()), replace(FORM, rule=DraftRule())])
def test_rows_and_rules_need_a_connection(form: Draft) -> None:
    assert refusals(form, Surroundings(CAMPAIGN)) == [("not_connected", "connection")]


@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        (DraftRow("dynamic", "nonsense", source="source"), ("unknown_property", "mapping.2.property")),
        (DraftRow("dynamic", "createdate", source="source"), ("property_not_writable", "mapping.2.property")),
        (DraftRow("dynamic", "", source="source"), ("property_missing", "mapping.2.property")),
        (DraftRow("dynamic", "score", source="fields.shoe_size"), ("unknown_source", "mapping.2.source")),
        (DraftRow("dynamic", "score", source="password"), ("unknown_source", "mapping.2.source")),
        (DraftRow("dynamic", "score", source="source", value="1"), ("contradictory_row", "mapping.2.value")),
        (DraftRow("fixed", "score", source="source"), ("contradictory_row", "mapping.2.source")),
        (DraftRow("magic", "score", source="source"), ("unknown_row_kind", "mapping.2.kind")),
        (DraftRow("dynamic", "firstname", source="source"), ("mapped_twice", "mapping.2.property")),
        (DraftRow("fixed", "score", value="many"), ("value_does_not_fit", "mapping.2.value")),
        (DraftRow("fixed", "interests", value="Art;Boats"), ("unknown_option", "mapping.2.value")),
        (DraftRow("fixed", "lifecyclestage", value="nobody"), ("unknown_option", "mapping.2.value")),
    ],
)
def test_a_row_that_cannot_work_is_named(row: DraftRow, refusal: tuple[str, str]) -> None:
    assert refusals(mapped(row)) == [refusal]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (DraftRow("fixed", "email", value="info@example.com"), "mapping.0.value"),
        (DraftRow("dynamic", "email", source="referrer.email"), "mapping.0.source"),
    ],
)
def test_the_contacts_email_comes_from_the_leads_email_only(row: DraftRow, field: str) -> None:
    assert refusals(replace(FORM, mapping=(row, FIRST_NAME))) == [("email_source", field)]


@pytest.mark.parametrize(
    "row",
    [
        DraftRow("dynamic", "score", source="fields.city"),
        DraftRow("fixed", "score", value="12"),
        DraftRow("fixed", "interests", value="Art; b"),
        DraftRow("fixed", "hubspot_owner_id", value="910901"),  # its choices are not listed with it
        DraftRow("fixed", "lifecyclestage", value="Lead"),
    ],
)
def test_a_row_that_works_is_saved(row: DraftRow) -> None:
    assert save(mapped(row)).settings.mapping[2].value == row.value


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        (replace(FORM, action="create_car"), ("unknown_action", "action")),
        (replace(FORM, duplicates="merge"), ("unknown_duplicates", "duplicates")),
        (ruled("magic"), ("unknown_rule", "rule.kind")),
        (ruled("deal_stage", "", "closedwon"), ("rule_does_not_fit_action", "rule.kind")),
        (ruled(name="nonsense"), ("unknown_property", "rule.property")),
        (ruled(name=""), ("unknown_property", "rule.property")),
        (ruled(value=""), ("value_missing", "rule.value")),
        (ruled(value="nobody"), ("unknown_option", "rule.value")),
        (ruled(value="Customer"), ("unknown_option", "rule.value")),  # a label never equals an internal value
        (ruled(name="score", value="many"), ("value_does_not_fit", "rule.value")),
        (ruled(name="score", value="1 000"), ("value_does_not_fit", "rule.value")),
    ],
)
def test_a_choice_that_cannot_work_is_named(form: Draft, refusal: tuple[str, str]) -> None:
    assert refusals(form) == [refusal]


def test_all_problems_are_told_at_once() -> None:
    form = replace(
        mapped(DraftRow("fixed", "score", value="many")), rule=DraftRule("contact_property", "nonsense", "1")
    )

    assert refusals(form) == [("value_does_not_fit", "mapping.2.value"), ("unknown_property", "rule.property")]


def test_a_refusal_never_quotes_what_was_typed() -> None:
    with pytest.raises(SaveRefusedError) as refused:
        save(mapped(DraftRow("fixed", "score", value="ada@example.com")))

    assert "ada" not in f"{refused.value}{refused.value.problems}"


@pytest.mark.parametrize(
    "row",
    [
        DraftRow("dynamic", "lifecyclestage", source="source"),
        DraftRow("fixed", "lifecyclestage", value="customer"),
        DraftRow("fixed", "lifecyclestage", value="Customer"),
    ],
)
def test_a_mapping_that_would_qualify_every_lead_is_refused(row: DraftRow) -> None:
    assert refusals(mapped(row)) == [("qualifies_by_itself", "rule.value")]


def test_a_row_that_writes_another_value_than_the_rule_waits_for_is_saved() -> None:
    assert save(mapped(DraftRow("fixed", "lifecyclestage", value="lead"))).writes["lifecyclestage"] == ("lead",)


@pytest.mark.parametrize("writes", [(), ("customer",), ("lead", "customer")])
def test_a_rule_that_another_campaign_would_satisfy_is_refused(writes: tuple[str, ...]) -> None:
    other = Route(1001001, "a1", "c2", writes={"lifecyclestage": writes})

    assert refusals(around=replace(AROUND, routes=[other])) == [("qualifies_by_itself", "rule.value")]


def test_a_row_that_would_satisfy_another_campaigns_rule_is_refused() -> None:
    other = Route(1001001, "a1", "c2", rule=Rule(RuleKind.CONTACT_PROPERTY, "score", "12", BEFORE))
    form = mapped(DraftRow("fixed", "score", value="12"))

    assert refusals(form, replace(AROUND, routes=[other])) == [("qualifies_by_itself", "mapping.2.property")]


def test_what_this_campaign_had_saved_before_does_not_stand_in_its_own_way() -> None:
    own = Route(1001001, "a1", "c1", writes={"lifecyclestage": ()})

    assert save(around=replace(AROUND, routes=[own])).writes == {"email": (), "firstname": ()}


def test_rows_that_are_not_sent_satisfy_no_rule() -> None:
    form = replace(mapped(DraftRow("dynamic", "lifecyclestage", source="source")), action="none")

    assert save(form).writes == {}


def test_an_empty_row_writes_nothing() -> None:
    assert "score" not in save(mapped(DraftRow("fixed", "score"))).writes


@pytest.mark.parametrize(
    ("form", "since"),
    [(FORM, BEFORE), (ruled(value="lead"), NOW), (ruled(name="score", value="1"), NOW), (ruled("none"), None)],
)
def test_the_rules_date_moves_only_with_the_rule(form: Draft, since: datetime | None) -> None:
    current = SideSettings(3, rule=Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", BEFORE))

    assert save(form, current=current).settings.rule.since == since


def test_what_is_saved_can_be_told_from_another_choice() -> None:
    saved = save(mapped(DraftRow("fixed", "score", value="12"))).settings
    again = draft_of(saved)

    assert same_choice(replace(again, version=7), saved)
    assert not same_choice(replace(again, duplicates="update"), saved)
    assert same_choice(replace(FORM, rule=DraftRule("none", "left", "over")), save(ruled("none")).settings)
