"""From a person's values to HubSpot's properties."""

from datetime import UTC, datetime

import pytest

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.mapping import Mapped, ValueUnfitError, coerced, is_required, record_properties
from referral_hubspot.domain.people import Person, PersonKey
from referral_hubspot.domain.settings import MappingRow

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def person(**details: str) -> Person:
    return Person(PersonKey("acme", "spring", "lead", "l1"), NOW, NOW, email="ada@example.com", details=details)


def contact_properties(person: Person, *mapping: MappingRow) -> Mapped:
    return record_properties(person, mapping, ObjectType.CONTACT, "UTC")


def deal_properties(person: Person, *mapping: MappingRow) -> Mapped:
    return record_properties(person, mapping, ObjectType.DEAL, "UTC")


def row(kind: str, field_type: str = "text", **options: str) -> MappingRow:
    return MappingRow("p", source="s", type=kind, field_type=field_type, options=options)


def test_a_dynamic_row_takes_the_persons_value_and_a_fixed_row_its_own() -> None:
    mapping = (MappingRow("firstname", source="first_name"), MappingRow("referral_source", value="Spring campaign"))

    mapped = contact_properties(person(first_name=" Ada "), *mapping)

    assert mapped.properties == {"firstname": "Ada", "referral_source": "Spring campaign"}
    assert mapped.left_out == {}


def test_a_blank_value_does_not_clear_what_sales_typed() -> None:
    mapped = contact_properties(person(phone="  "), MappingRow("mobilephone", source="phone"))

    assert mapped.properties == {}


def test_the_address_is_never_among_the_properties() -> None:
    mapped = contact_properties(person(email="ada@example.com"), MappingRow("email", source="email"))

    assert mapped.properties == {}


def test_a_property_of_a_deal_may_hold_the_address() -> None:
    mapped = deal_properties(person(email="ada@example.com"), MappingRow("email", source="email"))

    assert mapped.properties == {"email": "ada@example.com"}


@pytest.mark.parametrize(("first_name", "expected"), [("Ada", "Ada"), ("  ", "ada@example.com")])
def test_a_deal_without_a_name_is_called_by_the_address(first_name: str, expected: str) -> None:
    mapped = deal_properties(person(first_name=first_name), MappingRow("dealname", source="first_name"))

    assert mapped.properties == {"dealname": expected}


def test_a_value_that_does_not_fit_is_left_out_with_the_reason_and_without_the_value() -> None:
    mapped = contact_properties(person(s="many"), row("number"), MappingRow("firstname", value="Ada"))

    assert mapped.properties == {"firstname": "Ada"}
    assert mapped.left_out == {"p": "is not a number"}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", "as it is", "as it is"),
        ("number", "1 500.50", "1500.50"),
        ("number", "1e3", "1000"),
        ("bool", "Yes", "true"),
        ("bool", "0", "false"),
        ("date", "2026-12-31", "2026-12-31"),
        ("date", "2026-12-31T23:30:00Z", "2027-01-01"),
        ("date", "2026-12-31T23:30:00", "2026-12-31"),
        ("datetime", "2026-12-31T23:30:00+01:00", "2026-12-31T22:30:00.000Z"),
        ("datetime", "2026-07-01T12:00:00", "2026-07-01T10:00:00.000Z"),
    ],
)
def test_values_take_the_form_of_their_type_where_the_campaign_lives(kind: str, value: str, expected: str) -> None:
    assert coerced(value, row(kind), "Europe/Berlin") == expected


@pytest.mark.parametrize(
    ("kind", "value"), [("number", "many"), ("number", "NaN"), ("bool", "perhaps"), ("date", "soon"), ("datetime", "7")]
)
def test_a_value_without_a_fitting_reading_is_refused(kind: str, value: str) -> None:
    with pytest.raises(ValueUnfitError):
        coerced(value, row(kind), "UTC")


@pytest.mark.parametrize("name", ["Nowhere/Atlantis", "../etc", ""])
def test_an_unknown_time_zone_counts_as_utc(name: str) -> None:
    assert coerced("2026-12-31T23:30:00", row("datetime"), name) == "2026-12-31T23:30:00.000Z"


def test_a_choice_goes_by_its_internal_value_whichever_is_given() -> None:
    plan = row("enumeration", "select", **{"pro plan": "pro", "pro": "pro"})

    assert coerced("Pro Plan", plan, "UTC") == "pro"
    assert coerced("pro", plan, "UTC") == "pro"
    assert coerced("brand new", plan, "UTC") == "brand new"


def test_several_choices_are_joined() -> None:
    interests = row("enumeration", "checkbox", crm="crm", marketing="mkt")

    assert coerced("CRM; Marketing ;", interests, "UTC") == "crm;mkt"


def test_address_and_first_name_are_what_a_contact_needs_and_pipeline_stage_and_name_what_a_deal_needs() -> None:
    names = ("email", "firstname", "phone", "pipeline", "dealstage", "dealname")

    needed = {kind: [name for name in names if is_required(kind, name)] for kind in ObjectType}

    assert needed == {
        ObjectType.CONTACT: ["email", "firstname"],
        ObjectType.DEAL: ["pipeline", "dealstage", "dealname"],
    }
