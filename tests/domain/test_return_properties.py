"""Which contact properties take a referral link, which a count, and which one is begun with."""

from typing import Any

import pytest

from referral_hubspot.domain.crm import Option, Property
from referral_hubspot.domain.return_properties import LABELS, OURS, return_fields
from referral_hubspot.domain.sync_fit import takes
from referral_hubspot.domain.syncs import Return


def prop(name: str, label: str = "", kind: str = "string", field_type: str = "text", **more: Any) -> Property:
    return Property(name, label or name, kind, field_type, "g", **{"writable": True} | more)


TEXT, LINES, NUMBER = prop("a"), prop("b", field_type="textarea"), prop("n", kind="number", field_type="number")
UNFIT = [
    prop("email"),
    prop("c", writable=False),
    prop("d", hidden=True),
    prop("e", unique=True),
    prop("f", field_type="phonenumber"),
    prop("g", field_type="file"),
    prop("h", kind="enumeration", field_type="select", options=(Option("x", "X"),)),
    prop("i", kind="date", field_type="date"),
    prop("j", kind="number", field_type="number", writable=False),
]


def offered(kind: Return, *properties: Property) -> list[str]:
    [field] = [one for one in return_fields(properties) if one.kind is kind]
    return [one.name for one in field.properties]


def suggested(kind: Return, *properties: Property) -> str:
    return next(one.suggested for one in return_fields(properties) if one.kind is kind)


def test_a_link_goes_into_text_and_a_count_into_a_number_or_text() -> None:
    assert offered(Return.LINK, NUMBER, LINES, TEXT, *UNFIT) == ["a", "b"]
    assert offered(Return.REFERRALS, NUMBER, LINES, TEXT, *UNFIT) == ["a", "b", "n"]
    assert offered(Return.CONVERTED, NUMBER, LINES, TEXT, *UNFIT) == ["a", "b", "n"]


def test_properties_are_offered_by_their_labels() -> None:
    assert offered(Return.LINK, prop("x", "beta"), prop("y", "Alpha"), prop("z", "Gamma")) == ["y", "x", "z"]


@pytest.mark.parametrize(
    ("kind", "alike"),
    [
        (Return.LINK, prop("rl", "Referral Link")),
        (Return.LINK, prop("referral_link", "Link to share")),
        (Return.LINK, prop("x", " referral-link ")),
        (Return.REFERRALS, prop("x", "Referrals count")),
        (Return.REFERRALS, prop("referrals", "R", "number", "number")),
        (Return.CONVERTED, prop("x", "Converted referrals", "number", "number")),
    ],
)
def test_what_is_called_like_a_return_field_is_suggested_for_it_alone(kind: Return, alike: Property) -> None:
    assert {one.kind: one.suggested for one in return_fields([TEXT, NUMBER, alike])} == dict.fromkeys(Return, "") | {
        kind: alike.name
    }


@pytest.mark.parametrize("kind", Return)
def test_ours_goes_before_one_that_is_called_alike(kind: Return) -> None:
    alike = prop("a_customers_own", LABELS[kind])

    assert suggested(kind, alike, *OURS.values()) == OURS[kind].name


def test_what_does_not_fit_is_suggested_to_nobody() -> None:
    assert suggested(Return.LINK, NUMBER, prop("referral_link", "Referral Link", writable=False)) == ""
    assert suggested(Return.REFERRALS, prop("referrals", kind="date", field_type="date")) == ""


def test_ours_take_what_they_are_made_for() -> None:
    assert all(takes(OURS[kind], kind) for kind in Return)
    assert all(field.made for field in return_fields(OURS.values()))
    assert not any(field.made for field in return_fields([TEXT, NUMBER]))


def test_one_of_our_names_that_takes_nothing_is_not_ours() -> None:
    changed = prop(OURS[Return.LINK].name, kind="enumeration", field_type="select")

    assert [field.made for field in return_fields([changed])] == [False, False, False]
