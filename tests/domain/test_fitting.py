"""What of saved settings a HubSpot account no longer has, and when two campaigns stand in each other's way."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from referral_hubspot.domain.crm import DEAL_KEY, ObjectType, Option, Pipeline, Property, Stage
from referral_hubspot.domain.fitting import Portal, broken_names, objects_named
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.self_qualifying import clashes
from referral_hubspot.domain.settings import (
    Action,
    Binding,
    Broken,
    Campaign,
    GapCode,
    MappingRow,
    Part,
    Rule,
    RuleKind,
    SideSettings,
    gaps,
)

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CAMPAIGN = Campaign("a1", "c1")
WON = Rule(RuleKind.DEAL_STAGE, "dealstage", "won", NOW)
CUSTOMER = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", NOW)
EMAIL, NAME = MappingRow("email", source="email"), MappingRow("firstname", source="first_name")
LEVEL = MappingRow("lifecyclestage", value="Lead", type="enumeration", field_type="radio", options={"lead": "lead"})
CONTACTS = SideSettings(1, Action.CREATE_CONTACT, (EMAIL, NAME, LEVEL), rule=CUSTOMER)
DEALS = SideSettings(
    1,
    Action.CREATE_DEAL,
    (
        MappingRow("pipeline", value="sales", type="enumeration"),
        MappingRow("dealstage", value="new", type="enumeration"),
        MappingRow("dealname", source="email"),
    ),
    rule=WON,
    with_contact=True,
    contact_mapping=(EMAIL, NAME),
)


def prop(name: str, *options: str, writable: bool = True) -> Property:
    kind = "enumeration" if options else "string"
    return Property(name, name, kind, "text", "g", writable, tuple(Option(one, one.title()) for one in options))


def portal(
    contacts: tuple[Property, ...] = (
        prop("email"),
        prop("firstname"),
        prop("lifecyclestage", "lead", "customer"),
    ),
    deals: tuple[str, ...] = ("pipeline", "dealstage", "dealname", DEAL_KEY),
    sales: tuple[str, ...] = ("new", "won"),
) -> Portal:
    properties = {
        ObjectType.CONTACT: {known.name: known for known in contacts},
        ObjectType.DEAL: {name: replace(prop(name), unique=name == DEAL_KEY) for name in deals},
    }
    pipelines = (
        Pipeline("sales", "Sales", tuple(Stage(one, one) for one in sales)),
        Pipeline("partners", "Partners", (Stage("signed", "Signed"),)),
    )
    return Portal(properties, pipelines)


def test_a_deal_property_of_the_keys_name_that_is_not_unique_keeps_nothing_single() -> None:
    there = portal()
    by_hand = {**there.properties[ObjectType.DEAL], DEAL_KEY: prop(DEAL_KEY)}
    changed = replace(there, properties={**there.properties, ObjectType.DEAL: by_hand})
    assert broken_names(DEALS, changed) == (Broken(Part.DEAL_KEY, DEAL_KEY),)


@pytest.mark.parametrize("settings", [CONTACTS, DEALS, SideSettings()])
def test_settings_whose_names_are_all_there_fit(settings: SideSettings) -> None:
    assert broken_names(settings, portal()) == ()


@pytest.mark.parametrize(
    ("settings", "there", "missing"),
    [
        (
            CONTACTS,
            portal((prop("email"), prop("lifecyclestage", "lead", "customer"))),
            [(Part.MAPPING, "firstname", "")],
        ),
        (
            CONTACTS,
            portal((prop("email"), prop("firstname", writable=False), prop("lifecyclestage", "lead", "customer"))),
            [(Part.MAPPING, "firstname", "")],
        ),
        (
            CONTACTS,
            portal((prop("email"), prop("firstname"), prop("lifecyclestage", "other"))),
            [(Part.MAPPING, "lifecyclestage", "Lead"), (Part.RULE, "lifecyclestage", "customer")],
        ),
        (
            CONTACTS,
            portal((prop("email"), prop("firstname"))),
            [(Part.MAPPING, "lifecyclestage", ""), (Part.RULE, "lifecyclestage", "")],
        ),
        (DEALS, portal((prop("email"),)), [(Part.CONTACT_MAPPING, "firstname", "")]),
        (DEALS, portal(sales=("won",)), [(Part.MAPPING, "dealstage", "new")]),
        (DEALS, portal(sales=("new",)), [(Part.RULE, "dealstage", "won")]),
        (DEALS, portal(deals=("pipeline", "dealstage", DEAL_KEY)), [(Part.MAPPING, "dealname", "")]),
        (DEALS, portal(deals=("pipeline", "dealstage", "dealname")), [(Part.DEAL_KEY, DEAL_KEY, "")]),
        (
            replace(DEALS, mapping=(MappingRow("pipeline", value="gone"), *DEALS.mapping[1:])),
            portal(),
            [(Part.MAPPING, "pipeline", "gone"), (Part.MAPPING, "dealstage", "new")],
        ),
        (
            replace(DEALS, mapping=(MappingRow("pipeline", value="partners"), *DEALS.mapping[1:])),
            portal(),
            [(Part.MAPPING, "dealstage", "new")],
        ),
    ],
)
def test_each_name_that_is_gone_is_told_with_its_row(
    settings: SideSettings, there: Portal, missing: list[tuple[Part, str, str]]
) -> None:
    assert broken_names(settings, there) == tuple(Broken(*one) for one in missing)


@pytest.mark.parametrize("settings", [CONTACTS, DEALS])
def test_of_what_could_not_be_read_nothing_is_said(settings: SideSettings) -> None:
    assert broken_names(settings, Portal()) == ()


def test_rows_that_nothing_is_written_by_are_not_missed() -> None:
    gone = portal((prop("email"), prop("firstname")))

    assert broken_names(replace(CONTACTS, action=Action.NONE, rule=Rule()), gone) == ()
    assert broken_names(replace(DEALS, with_contact=False, contact_mapping=(LEVEL,)), gone) == ()


@pytest.mark.parametrize(
    ("settings", "objects"),
    [
        (SideSettings(), set()),
        (replace(CONTACTS, action=Action.NONE, rule=Rule()), set()),
        (CONTACTS, {ObjectType.CONTACT}),
        (replace(CONTACTS, rule=WON), {ObjectType.CONTACT, ObjectType.DEAL}),
        (DEALS, {ObjectType.CONTACT, ObjectType.DEAL}),
        (replace(DEALS, with_contact=False), {ObjectType.DEAL}),
        (SideSettings(1, Action.CREATE_DEAL), {ObjectType.DEAL}),
    ],
)
def test_only_the_objects_that_settings_name_are_asked_for(settings: SideSettings, objects: set[ObjectType]) -> None:
    assert objects_named(settings) == objects


@pytest.mark.parametrize(
    ("settings", "other", "expected"),
    [
        (CONTACTS, Route(1, "a1", "c2", (replace(CUSTOMER, value="lead"),)), [("lifecyclestage", "c2")]),
        (CONTACTS, Route(1, "a1", "c2", writes={"lifecyclestage": ("customer",)}), [("lifecyclestage", "c2")]),
        (CONTACTS, Route(1, "a1", "c2", writes={"deals/lifecyclestage": ()}), []),
        (DEALS, Route(1, "a1", "c2", (replace(WON, value="new"),)), [("dealstage", "c2")]),
        (DEALS, Route(1, "a1", "c2", writes={"deals/dealstage": ("won",)}), [("dealstage", "c2")]),
        (
            replace(DEALS, kept_rule=CUSTOMER),
            Route(1, "a1", "c2", writes={"lifecyclestage": ()}),
            [("lifecyclestage", "c2")],
        ),
        (CONTACTS, Route(1, "a1", "c1", writes={"lifecyclestage": ("customer",)}), []),
    ],
)
def test_two_campaigns_that_would_qualify_each_others_leads_clash(
    settings: SideSettings, other: Route, expected: list[tuple[str, str]]
) -> None:
    assert clashes(settings, CAMPAIGN, [other]) == tuple(Broken(Part.CLASH, *one) for one in expected)


def test_a_clash_is_a_gap_that_names_the_other_campaign() -> None:
    settings = replace(CONTACTS, broken=(Broken(Part.CLASH, "lifecyclestage", "c2"),))
    scopes = settings.scopes

    [gap] = gaps(settings, Binding("a1", "c1", 1, "Acme", "app.hubspot.com", "Ada", NOW, scopes=scopes))

    assert (gap.code, gap.field) == (GapCode.QUALIFIES_BY_ITSELF, "rule.value")
    assert "c2" in gap.message


def test_of_settings_without_a_rule_a_clash_stands_at_the_mapping() -> None:
    settings = replace(CONTACTS, rule=Rule(), broken=(Broken(Part.CLASH, "lifecyclestage", "c2"),))

    gap = gaps(settings, Binding("a1", "c1", 1, "Acme", "app.hubspot.com", "Ada", NOW, scopes=settings.scopes))[0]

    assert (gap.code, gap.field) == (GapCode.QUALIFIES_BY_ITSELF, "mapping")
