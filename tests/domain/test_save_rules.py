"""What can be saved, and what a refusal says."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from referral_hubspot.domain.crm import ObjectType, Option, Pipeline, Property, Stage
from referral_hubspot.domain.draft import Draft, DraftRow, DraftRule, SaveRefusedError, draft_of, same_choice
from referral_hubspot.domain.fitting import Portal
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
DEAL_PROPERTIES = {
    known.name: known
    for known in [
        prop("dealname", "Deal Name"),
        prop("pipeline", "Pipeline", "enumeration", "select"),
        prop("dealstage", "Deal Stage", "enumeration", "radio"),
        prop("amount", "Amount", "number", "number"),
        prop("email", "Work e-mail"),
        prop("referral_lead_key", "Referral lead key"),
        prop("hs_is_closed", "Is Closed", "bool", writable=False),
    ]
}
PIPELINES = (
    Pipeline("default", "Sales Pipeline", (Stage("qualifiedtobuy", "Qualified To Buy"), Stage("closedwon", "Won"))),
    Pipeline("71204418", "Partner Pipeline", (Stage("138829001", "Introduced"), Stage("138829003", "Signed"))),
)
PORTAL = Portal({ObjectType.CONTACT: PROPERTIES, ObjectType.DEAL: DEAL_PROPERTIES}, PIPELINES)
CAMPAIGN = Campaign("a1", "c1", custom_fields=(CustomField("city", "City", "text"),), version=1)
AROUND = Surroundings(CAMPAIGN, PORTAL)


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


def test_a_row_remembers_that_no_two_records_may_have_its_value() -> None:
    number = prop("customer_number", "Customer number", unique=True)
    portal = Portal({ObjectType.CONTACT: {**PROPERTIES, number.name: number}})
    form = mapped(DraftRow("dynamic", number.name, source="source"))

    rows = save(form, replace(AROUND, portal=portal)).settings.mapping

    assert [row.unique for row in rows] == [False, False, True]


def test_an_internal_value_goes_before_another_choice_that_is_called_the_same() -> None:
    swapped = prop("x", "X", "enumeration", "select", options=(Option("no", "Yes"), Option("yes", "No")))
    form = mapped(DraftRow("dynamic", "x", source="source"))

    row = save(
        form, replace(AROUND, portal=Portal({ObjectType.CONTACT: {**PROPERTIES, "x": swapped}}))
    ).settings.mapping[2]

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
    other = Route(1001001, "a1", "c2", (Rule(RuleKind.CONTACT_PROPERTY, "score", "12", BEFORE),))
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


PIPELINE = DraftRow("fixed", "pipeline", value="default")
STAGE = DraftRow("fixed", "dealstage", value="qualifiedtobuy")
DEAL_NAME = DraftRow("dynamic", "dealname", source="email")
WON = DraftRule("deal_stage", value="closedwon")
DEALS = Draft(0, "create_deal", (PIPELINE, STAGE, DEAL_NAME), "skip", WON)
BOTH = replace(DEALS, with_contact=True, contact_mapping=(EMAIL, FIRST_NAME))


def dealt(*rows: DraftRow) -> Draft:
    return replace(DEALS, mapping=(PIPELINE, STAGE, DEAL_NAME, *rows))


def test_a_complete_form_for_deals_becomes_settings() -> None:
    settings = save(BOTH).settings

    assert settings.action is Action.CREATE_DEAL
    assert [(row.property, row.source, row.value) for row in settings.deal_rows] == [
        ("pipeline", "", "default"),
        ("dealstage", "", "qualifiedtobuy"),
        ("dealname", "email", ""),
    ]
    assert [row.property for row in settings.contact_rows] == ["email", "firstname"]
    assert settings.rule == Rule(RuleKind.DEAL_STAGE, "dealstage", "closedwon", NOW)


def test_what_deals_and_their_contacts_write_is_kept_apart() -> None:
    assert save(BOTH).writes == {
        "email": (),
        "firstname": (),
        "deals/pipeline": ("default",),
        "deals/dealstage": ("qualifiedtobuy",),
        "deals/dealname": (),
    }


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        (
            replace(DEALS, mapping=(DraftRow("dynamic", "pipeline", source="source"),)),
            ("must_be_fixed", "mapping.0.kind"),
        ),
        (
            replace(DEALS, mapping=(DraftRow("dynamic", "dealstage", source="source"),)),
            ("must_be_fixed", "mapping.0.kind"),
        ),
        (replace(DEALS, mapping=(replace(PIPELINE, value="gone"), STAGE)), ("unknown_option", "mapping.0.value")),
        (replace(DEALS, mapping=(replace(PIPELINE, value="71204418"), STAGE)), ("unknown_option", "mapping.1.value")),
        (replace(DEALS, mapping=(PIPELINE, replace(STAGE, value="Won"))), ("unknown_option", "mapping.1.value")),
        (dealt(DraftRow("fixed", "referral_lead_key", value="1")), ("reserved_property", "mapping.3.property")),
        (dealt(DraftRow("dynamic", "firstname", source="first_name")), ("unknown_property", "mapping.3.property")),
        (dealt(DraftRow("fixed", "hs_is_closed", value="yes")), ("property_not_writable", "mapping.3.property")),
        (dealt(DraftRow("fixed", "amount", value="much")), ("value_does_not_fit", "mapping.3.value")),
        (
            replace(BOTH, contact_mapping=(DraftRow("fixed", "email", value="x"),)),
            ("email_source", "contact_mapping.0.value"),
        ),
        (
            replace(BOTH, contact_mapping=(EMAIL, DraftRow("dynamic", "dealname", source="email"))),
            ("unknown_property", "contact_mapping.1.property"),
        ),
        (replace(DEALS, rule=replace(WON, property="dealname")), ("unknown_property", "rule.property")),
        (replace(DEALS, rule=replace(WON, value="")), ("value_missing", "rule.value")),
        (replace(DEALS, rule=replace(WON, value="Won")), ("unknown_option", "rule.value")),
        (replace(DEALS, rule=CUSTOMER), ("rule_does_not_fit_action", "rule.kind")),
        (replace(FORM, rule=WON), ("rule_does_not_fit_action", "rule.kind")),
    ],
)
def test_a_choice_for_deals_that_cannot_work_is_named(form: Draft, refusal: tuple[str, str]) -> None:
    assert refusals(form) == [refusal]


@pytest.mark.parametrize(
    ("form", "way_around"),
    [
        (replace(FORM, rule=WON), "let a workflow in HubSpot set a contact property when the deal reaches it"),
        (replace(DEALS, rule=CUSTOMER), "let a workflow in HubSpot move the deal to a stage when the property changes"),
    ],
)
def test_a_rule_of_the_other_object_is_refused_with_the_way_around_it(form: Draft, way_around: str) -> None:
    with pytest.raises(SaveRefusedError) as refused:
        save(form)

    assert way_around in refused.value.problems[0].next_step


@pytest.mark.parametrize("rule", [WON, CUSTOMER])
@pytest.mark.parametrize("action", ["none", None])
def test_where_nothing_is_sent_either_kind_of_rule_can_be_saved(rule: DraftRule, action: str | None) -> None:
    assert save(Draft(0, action, (), "skip", rule)).settings.rule.kind == rule.kind


@pytest.mark.parametrize(
    "form",
    [
        replace(DEALS, mapping=()),
        replace(DEALS, mapping=(DraftRow("dynamic", "pipeline"), DraftRow("fixed", "dealstage"))),
        replace(DEALS, mapping=(STAGE,)),  # its pipeline is not chosen yet
        replace(BOTH, contact_mapping=()),
        replace(DEALS, rule=replace(WON, property="dealstage")),
        replace(DEALS, rule=replace(WON, value="138829003")),  # a salesperson may move it to another pipeline
        dealt(DraftRow("fixed", "email", value="sales@example.com")),  # only a contact's e-mail is who it is
        replace(DEALS, contact_mapping=(DraftRow("dynamic", "nonsense", source="email"),)),  # nobody uses it
    ],
)
def test_a_form_for_deals_that_is_incomplete_or_unusual_is_saved(form: Draft) -> None:
    assert save(form).settings.action is Action.CREATE_DEAL


def test_rows_that_nothing_is_written_by_are_kept_as_they_are() -> None:
    form = replace(BOTH, action="none", rule=DraftRule())

    saved = save(form, Surroundings(CAMPAIGN)).settings

    assert draft_of(saved).mapping == form.mapping
    assert draft_of(saved).contact_mapping == form.contact_mapping


@pytest.mark.parametrize(
    ("form", "readable"),
    [(DEALS, ObjectType.CONTACT), (replace(DEALS, mapping=()), ObjectType.CONTACT), (FORM, ObjectType.DEAL)],
)
def test_what_hubspot_does_not_allow_to_read_is_said_once(form: Draft, readable: ObjectType) -> None:
    portal = Portal({readable: PORTAL.properties[readable]}, PIPELINES if readable is ObjectType.DEAL else None)

    assert refusals(form, replace(AROUND, portal=portal)) == [("missing_scope", "connection.scopes")]


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        (replace(DEALS, mapping=(PIPELINE, replace(STAGE, value="closedwon"))), ("qualifies_by_itself", "rule.value")),
        (
            replace(
                BOTH,
                action="create_contact",
                mapping=(DraftRow("fixed", "lifecyclestage", value="customer"),),
                rule=CUSTOMER,
            ),
            ("qualifies_by_itself", "rule.value"),
        ),
    ],
)
def test_records_made_at_what_the_rule_waits_for_are_refused(form: Draft, refusal: tuple[str, str]) -> None:
    assert refusals(form) == [refusal]


def test_deals_made_in_a_stage_that_another_campaign_waits_for_are_refused() -> None:
    other = Route(1001001, "a1", "c2", (Rule(RuleKind.DEAL_STAGE, "dealstage", "qualifiedtobuy", BEFORE),))

    assert refusals(DEALS, replace(AROUND, routes=[other])) == [("qualifies_by_itself", "mapping.1.property")]


def test_a_stage_that_another_campaign_makes_its_deals_in_is_no_rule() -> None:
    other = Route(1001001, "a1", "c2", writes={"deals/dealstage": ("closedwon",)})

    assert refusals(DEALS, replace(AROUND, routes=[other])) == [("qualifies_by_itself", "rule.value")]


def test_a_contact_beside_the_deal_must_not_satisfy_a_rule_either() -> None:
    other = Route(1001001, "a1", "c2", (Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", BEFORE),))
    form = replace(BOTH, contact_mapping=(EMAIL, DraftRow("fixed", "lifecyclestage", value="Customer")))

    assert refusals(form, replace(AROUND, routes=[other])) == [("qualifies_by_itself", "contact_mapping.1.property")]


def test_a_property_of_deals_is_not_the_contacts_property_of_that_name() -> None:
    other = Route(1001001, "a1", "c2", (Rule(RuleKind.CONTACT_PROPERTY, "amount", "1", BEFORE),))

    assert save(dealt(DraftRow("fixed", "amount", value="1")), replace(AROUND, routes=[other]))


CONTACTS_BEFORE = SideSettings(
    3, Action.CREATE_CONTACT, rule=Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", BEFORE)
)


def test_who_was_sent_as_a_contact_stays_on_the_contacts_rule_after_a_move_to_deals() -> None:
    settings = save(DEALS, current=CONTACTS_BEFORE).settings

    assert settings.rule == Rule(RuleKind.DEAL_STAGE, "dealstage", "closedwon", NOW)
    assert settings.kept_rule == CONTACTS_BEFORE.rule


def test_the_kept_rule_stays_while_the_rule_of_deals_changes() -> None:
    moved = save(DEALS, current=CONTACTS_BEFORE).settings

    later = save(replace(DEALS, rule=replace(WON, value="138829003")), current=moved).settings

    assert (later.rule.value, later.kept_rule) == ("138829003", CONTACTS_BEFORE.rule)


def test_back_on_the_rule_that_was_kept_nothing_is_lost_in_between() -> None:
    moved = save(DEALS, current=CONTACTS_BEFORE).settings

    back = accepted(FORM, moved, AROUND, NOW.replace(year=2027)).settings

    assert (back.rule, back.kept_rule) == (CONTACTS_BEFORE.rule, moved.rule)


def test_another_rule_on_contacts_takes_the_kept_ones_place() -> None:
    moved = save(DEALS, current=CONTACTS_BEFORE).settings

    back = save(replace(FORM, rule=replace(CUSTOMER, value="lead")), current=moved).settings

    assert (back.rule.value, back.rule.since, back.kept_rule) == ("lead", NOW, moved.rule)


def test_who_qualifies_by_hand_keeps_no_rule() -> None:
    moved = save(DEALS, current=CONTACTS_BEFORE).settings

    assert save(replace(DEALS, rule=DraftRule()), current=moved).settings.rules == ()


def test_a_contact_beside_the_deal_must_not_satisfy_the_kept_rule() -> None:
    form = replace(BOTH, contact_mapping=(EMAIL, DraftRow("fixed", "lifecyclestage", value="customer")))

    with pytest.raises(SaveRefusedError) as refused:
        save(form, current=CONTACTS_BEFORE)

    assert [problem.field for problem in refused.value.problems] == ["contact_mapping.1.property"]


def test_blank_rows_and_an_unnamed_stage_property_are_the_same_choice_as_what_is_saved() -> None:
    form = replace(DEALS, mapping=(DraftRow("fixed", "pipeline"),))

    assert same_choice(form, save(form).settings)


REFERRERS = replace(FORM, duplicates="update", rule=DraftRule())
OF_REFERRERS = replace(AROUND, side="referrer")


def for_referrers(*rows: DraftRow, **changes: Any) -> Draft:
    return replace(REFERRERS, mapping=(EMAIL, FIRST_NAME, *rows), **changes)


def test_referrers_have_no_rule() -> None:
    settings = save(REFERRERS, OF_REFERRERS).settings

    assert settings.rules == ()
    assert refusals(replace(REFERRERS, rule=CUSTOMER), OF_REFERRERS) == [("rule_is_for_leads", "rule.kind")]
    assert refusals(replace(REFERRERS, rule=DraftRule("weather")), OF_REFERRERS) == [("rule_is_for_leads", "rule.kind")]


@pytest.mark.parametrize("source", ["referral_link", "referrals_count", "converted_referrals_count", "fields.city"])
def test_a_referrers_own_fields_can_be_mapped(source: str) -> None:
    rows = save(for_referrers(DraftRow("dynamic", "score", source=source)), OF_REFERRERS).settings.mapping

    assert rows[2].source == source


@pytest.mark.parametrize("source", ["referrer.email", "referrer.referrals_count"])
def test_a_referrer_has_no_referrer(source: str) -> None:
    row = DraftRow("dynamic", "score", source=source)

    assert refusals(for_referrers(row), OF_REFERRERS) == [("unknown_source", "mapping.2.source")]


def test_a_lead_has_no_referrals_of_its_own() -> None:
    row = DraftRow("dynamic", "score", source="referrals_count")

    assert refusals(mapped(row)) == [("unknown_source", "mapping.2.source")]


STAGE_OF_REFERRERS = DraftRow("fixed", "lifecyclestage", value="customer")
WAITS = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", BEFORE)


@pytest.mark.parametrize(("campaign", "who"), [("c1", "The rule in the Leads settings"), ("c2", "Campaign c2")])
def test_a_row_for_referrers_that_would_satisfy_a_rule_is_refused(campaign: str, who: str) -> None:
    around = replace(OF_REFERRERS, routes=[Route(1001001, "a1", campaign, (WAITS,))])

    with pytest.raises(SaveRefusedError) as refused:
        save(for_referrers(STAGE_OF_REFERRERS), around)

    [problem] = refused.value.problems
    assert (problem.code, problem.field) == ("qualifies_by_itself", "mapping.2.property")
    assert problem.message == "Leads who are referrers, too, would qualify by what is written for referrers."
    assert problem.next_step == f"{who} waits for this. Remove row 3 of the mapping, or change the rule there."


def test_a_rule_that_the_rows_for_referrers_would_satisfy_is_refused() -> None:
    written = {"lifecyclestage": ("customer",)}
    own = Route(1001001, "a1", "c1", writes=written, beside=written)

    with pytest.raises(SaveRefusedError) as refused:
        save(FORM, replace(AROUND, routes=[own]))

    [problem] = refused.value.problems
    assert (problem.code, problem.field) == ("qualifies_by_itself", "rule.value")
    assert problem.next_step == (
        "The mapping in the Referrers settings writes lifecyclestage: change that there, or choose another rule."
    )


def test_what_the_leads_side_writes_does_not_stand_in_the_referrers_way() -> None:
    own = Route(1001001, "a1", "c1", writes={"lifecyclestage": ("customer",)})

    assert save(REFERRERS, replace(OF_REFERRERS, routes=[own])).settings.duplicates is Duplicates.UPDATE


def test_what_was_saved_for_referrers_before_does_not_stand_in_their_own_way() -> None:
    written = {"lifecyclestage": ("lead",)}
    own = Route(1001001, "a1", "c1", (replace(WAITS, value="lead"),), written, written)

    assert save(REFERRERS, replace(OF_REFERRERS, routes=[own])).writes == {"email": (), "firstname": ()}
