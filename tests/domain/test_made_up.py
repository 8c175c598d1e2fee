"""A lead made up for an admin's own try."""

from datetime import UTC, datetime

import pytest

from referral_hubspot.domain.made_up import made_up
from referral_hubspot.domain.settings import Action, Campaign, CustomField, MappingRow, SideSettings
from referral_hubspot.domain.sources import sources_of

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
CAMPAIGN = Campaign("acme", "spring", "Spring", "live", custom_fields=(CustomField("city", "City", "text"),))


def value(source: str, *rows: MappingRow, beside: tuple[MappingRow, ...] = ()) -> str:
    settings = SideSettings(1, Action.CREATE_DEAL, rows, contact_mapping=beside)
    return made_up(CAMPAIGN, settings, "4f", NOW).details[source]


def test_everything_that_can_be_mapped_has_a_value() -> None:
    lead = made_up(CAMPAIGN, SideSettings(), "4f", NOW)

    assert lead.details.keys() == sources_of(CAMPAIGN, "lead")
    assert all(lead.details.values())
    assert (lead.key.person_id, lead.email, lead.test) == ("test-4f", "test-lead-4f@example.com", True)
    assert (lead.details["email"], lead.details["campaign_name"]) == (lead.email, "Spring")


def test_two_test_leads_are_two_people() -> None:
    first, second = (made_up(CAMPAIGN, SideSettings(), mark, NOW) for mark in ("4f", "a0"))

    assert (first.key, first.email) != (second.key, second.email)


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        (MappingRow("town", source="fields.city"), "Test City"),
        (MappingRow("seats", source="fields.city", type="number"), "1"),
        (MappingRow("agreed", source="fields.city", type="bool"), "true"),
        (MappingRow("since", source="fields.city", type="date"), "2026-11-25T10:00:00+00:00"),
        (MappingRow("size", source="fields.city", type="enumeration", options={"small": "S", "large": "L"}), "S"),
        (MappingRow("owner", source="fields.city", type="enumeration"), "Test City"),
    ],
)
def test_a_value_goes_by_the_property_that_it_is_mapped_to(row: MappingRow, fits: str) -> None:
    plain = MappingRow("note", source="fields.city")

    assert value("fields.city", plain, row) == fits
    assert value("fields.city", plain, beside=(row,)) == fits


def test_an_address_stays_an_address_and_a_real_name_real() -> None:
    rows = [MappingRow("size", source=source, type="number") for source in ("email", "campaign_name")]

    assert value("email", *rows) == "test-lead-4f@example.com"
    assert value("campaign_name", *rows) == "Spring"
