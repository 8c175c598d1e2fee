"""What tells our deals apart in HubSpot."""

from dataclasses import replace

import pytest

from referral_hubspot.domain.deals import deal_key
from referral_hubspot.domain.people import PersonKey

LEAD = PersonKey("acme", "spring", "lead", "l1")


def test_a_lead_has_one_key_for_good() -> None:
    assert deal_key("prod", LEAD) == "8a5c0ffa5a32d72d38334f72ab7dbebdf80e42f7"


@pytest.mark.parametrize(
    "other",
    [
        replace(LEAD, account_id="globex"),
        replace(LEAD, campaign_id="autumn"),
        replace(LEAD, person_id="l2"),
        replace(LEAD, campaign_id="spring|l", person_id="1"),
    ],
)
def test_another_lead_has_another_key(other: PersonKey) -> None:
    assert deal_key("prod", other) != deal_key("prod", LEAD)


def test_another_deployment_on_the_same_hubspot_account_has_other_keys() -> None:
    assert deal_key("staging", LEAD) != deal_key("prod", LEAD)
