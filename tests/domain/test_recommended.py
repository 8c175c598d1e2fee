"""What referrers' settings do well to map."""

from dataclasses import replace

import pytest

from referral_hubspot.domain.recommended import recommended
from referral_hubspot.domain.settings import Action, MappingRow, SideSettings

CONTACTS = SideSettings(1, Action.CREATE_CONTACT, (MappingRow("email", source="email"),))
DEALS = SideSettings(1, Action.CREATE_DEAL, CONTACTS.mapping)
LINK = MappingRow("referral_link", source="referral_link")


@pytest.mark.parametrize(
    ("settings", "places"),
    [
        (SideSettings(), []),
        (replace(CONTACTS, action=Action.NONE), []),
        (SideSettings(1, Action.CREATE_CONTACT), ["mapping"]),
        (CONTACTS, ["mapping"]),
        (replace(CONTACTS, mapping=(*CONTACTS.mapping, LINK)), []),
        (DEALS, []),
        (replace(DEALS, with_contact=True), ["contact_mapping"]),
        (replace(DEALS, with_contact=True, mapping=(LINK,)), ["contact_mapping"]),
        (replace(DEALS, with_contact=True, contact_mapping=(LINK,)), []),
    ],
)
def test_the_referral_link_is_recommended_wherever_contacts_are_written_without_it(
    settings: SideSettings, places: list[str]
) -> None:
    assert [(one.source, one.field) for one in recommended(settings)] == [("referral_link", at) for at in places]
