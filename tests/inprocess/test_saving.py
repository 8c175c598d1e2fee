"""A form for deals, saved by an admin against HubSpot as it is set up."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from referral_hubspot.domain.crm import DEAL_KEY, ObjectType
from referral_hubspot.domain.draft import Draft, DraftRow, DraftRule, SaveRefusedError
from referral_hubspot.domain.people import Reason, State
from referral_hubspot.domain.settings import Campaign, GapCode, Part, Side, gaps
from tests.admin import Admin, admin
from tests.inprocess.test_referrers import referrer
from tests.world import ACCOUNT, CAMPAIGN, PORTAL, lead_joined_event

EMAIL, FIRST_NAME = DraftRow("dynamic", "email", source="email"), DraftRow("dynamic", "firstname", source="first_name")
FORM = Draft(
    version=0,
    action="create_deal",
    mapping=(
        DraftRow("fixed", "pipeline", value="71204418"),
        DraftRow("fixed", "dealstage", value="138829001"),
        DraftRow("dynamic", "dealname", source="email"),
        DraftRow("fixed", "hubspot_owner_id", value="910902"),
    ),
    duplicates="skip",
    rule=DraftRule("deal_stage", value="138829003"),
    with_contact=True,
    contact_mapping=(EMAIL, FIRST_NAME),
)


@pytest.fixture(name="ana")
def _ana(aws_url: str) -> Iterator[Admin]:
    with admin(aws_url) as made:
        made.world.wiring.campaigns.put_campaign(Campaign(ACCOUNT, CAMPAIGN, "Spring", "live", version=1))
        made.world.connect()
        yield made


def save(ana: Admin, form: Draft = FORM, side: Side = "lead") -> list[GapCode]:
    known = ana.wiring.save_settings(ACCOUNT, CAMPAIGN, side, form, "Ana")
    return [gap.code for gap in gaps(known.settings(side), known.binding)]


def test_a_saved_form_takes_the_next_lead_to_its_stage(ana: Admin) -> None:
    assert save(ana) == []

    assert ana.world.deliver(lead_joined_event("lead-1", "ada@example.com")) == []

    [deal] = ana.world.deals(contact="ada@example.com")
    shown = {name: deal["properties"][name] for name in ("dealname", "dealstage", "hubspot_owner_id")}
    assert shown == {"dealname": "ada@example.com", "dealstage": "138829001", "hubspot_owner_id": "910902"}


def test_the_key_is_made_by_the_first_save_only(ana: Admin) -> None:
    save(ana)
    save(ana, replace(FORM, version=1, duplicates="update"))

    assert ana.world.calls("properties.create") == ["properties.create"]
    kept = ana.wiring.portal_properties.load(ACCOUNT, PORTAL, ObjectType.DEAL)
    assert kept is not None
    assert DEAL_KEY in {known.name for known in kept.properties}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (DraftRow("fixed", "dealstage", value="qualifiedtobuy"), "unknown_option"),  # of the other pipeline
        (DraftRow("fixed", "hubspot_owner_id", value="1"), "unknown_option"),
    ],
)
def test_what_the_hubspot_account_does_not_have_is_refused(ana: Admin, row: DraftRow, code: str) -> None:
    rows = tuple(row if one.property == row.property else one for one in FORM.mapping)

    with pytest.raises(SaveRefusedError) as refused:
        save(ana, replace(FORM, mapping=rows))

    assert [problem.code for problem in refused.value.problems] == [code]


def test_an_owner_who_left_is_a_gap_with_the_row_named_until_another_is_chosen(ana: Admin) -> None:
    save(ana)
    ana.world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)  # which a save asks for
    ana.world.sim(f"portals/{PORTAL}/owners", {"archive": ["910902"]})

    settings = ana.world.wiring.fit(ACCOUNT, CAMPAIGN, "lead")
    assert settings is not None
    assert [(one.part, one.property) for one in settings.broken] == [(Part.MAPPING, "hubspot_owner_id")]
    ana.world.deliver(lead_joined_event("lead-1", "ada@example.com"))
    held = ana.world.lead("lead-1")
    assert held is not None
    assert (held.state, held.reason) == (State.HELD, Reason.SETUP)

    mended = replace(FORM.mapping[3], value="910901")
    assert save(ana, replace(FORM, version=1, mapping=(*FORM.mapping[:3], mended))) == []
    ana.world.sweep(account_id=ACCOUNT, campaign_id=CAMPAIGN)
    assert len(ana.world.deals(contact="ada@example.com")) == 1


def test_a_saved_form_for_referrers_takes_the_next_one_to_its_contact_and_no_lead(ana: Admin) -> None:
    link = DraftRow("dynamic", "referral_code", source="referral_link")
    form = Draft(0, "create_contact", (EMAIL, FIRST_NAME, link), "update", DraftRule())
    assert save(ana, form, "referrer") == []
    grace = referrer("r1", "grace@example.com")
    linked = replace(grace, details={**grace.details, "referral_link": "https://refer.example.com/R-7"})

    ana.world.wiring.send_people.send([linked])
    ana.world.deliver(lead_joined_event("lead-1", "ada@example.com"))

    [contact] = ana.world.contacts("grace@example.com")
    lead = ana.world.lead("lead-1")
    assert contact["properties"]["referral_code"] == "https://refer.example.com/R-7"
    assert lead is not None
    assert (lead.state, lead.reason) == (State.HELD, Reason.SETUP)
