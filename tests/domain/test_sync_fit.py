"""Whether a plan's properties fit the HubSpot account."""

from dataclasses import replace

import pytest

from referral_hubspot.domain.crm import Property
from referral_hubspot.domain.sync_fit import misfit, misfit_of_returns, takes
from referral_hubspot.domain.syncs import Cause, Plan, Return

TEXT = Property("link", "Link", "string", "text", "contactinformation", writable=True)
NUMBER = replace(TEXT, name="count", type="number", field_type="number")
EMAIL, NAME = replace(TEXT, name="email", writable=False), replace(TEXT, name="firstname")
PLAN = Plan("", "", {"email": "email", "first_name": "firstname"}, {Return.LINK: "link", Return.REFERRALS: "count"})
ALL = [TEXT, NUMBER, EMAIL, NAME]


@pytest.mark.parametrize(
    ("one", "kind", "fits"),
    [
        (TEXT, Return.LINK, True),
        (NUMBER, Return.LINK, False),
        (NUMBER, Return.REFERRALS, True),
        (TEXT, Return.CONVERTED, True),
        (replace(TEXT, writable=False), Return.LINK, False),
        (replace(TEXT, unique=True), Return.LINK, False),
        (replace(TEXT, type="date"), Return.REFERRALS, False),
    ],
)
def test_a_link_goes_to_a_text_and_a_count_to_a_number_or_a_text(one: Property, kind: Return, fits: bool) -> None:
    assert takes(one, kind) is fits


def test_what_is_there_as_it_was_fits() -> None:
    assert misfit(PLAN, ALL) is None
    assert misfit_of_returns(PLAN, [TEXT, NUMBER]) is None, "what is read does not matter for writing"


@pytest.mark.parametrize("missing", [EMAIL, NAME, TEXT, NUMBER], ids=lambda one: one.name)
def test_a_property_that_is_gone_is_named(missing: Property) -> None:
    assert misfit(PLAN, [one for one in ALL if one != missing]) == (Cause.PROPERTY_GONE, missing.name)


def test_a_property_that_takes_no_link_any_more_is_named() -> None:
    changed = [replace(one, type="number") if one is TEXT else one for one in ALL]

    assert misfit(PLAN, changed) == misfit_of_returns(PLAN, changed) == (Cause.PROPERTY_CHANGED, "link")
