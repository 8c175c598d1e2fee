from typing import Any

import pytest

from referral_hubspot.domain.crm import HubSpotAccount
from referral_hubspot.domain.errors import CrmUnavailableError
from tests.hubspot.scripted import Said
from tests.hubspot.scripted_crm import crm

DETAILS = {"portalId": 42, "uiDomain": "app-eu1.hubspot.com", "timeZone": "Europe/Berlin"}


def test_an_account_is_named_by_its_domain() -> None:
    client, hubspot = crm(Said(200, DETAILS), Said(200, {"active": True, "hub_domain": "acme.example"}))

    assert client.account() == HubSpotAccount(42, "acme.example", "app-eu1.hubspot.com", "Europe/Berlin")
    assert hubspot.paths == ["GET /account-info/2026-09/details", "POST /oauth/2026-09/token/introspect"]


@pytest.mark.parametrize(
    "introspection", [Said(200, {"active": True}), Said(503), Said(400, {"status": "BAD_CLIENT_ID"})]
)
def test_an_account_whose_domain_is_not_told_is_named_by_its_id(introspection: Said) -> None:
    client, _ = crm(Said(200, DETAILS), introspection)

    assert client.account().name == "HubSpot account 42"


@pytest.mark.parametrize("details", [{}, {"portalId": "x", "uiDomain": "y"}, {"portalId": None, "uiDomain": "y"}])
def test_an_account_that_tells_nothing_is_no_answer(details: Any) -> None:
    client, _ = crm(Said(200, details))

    with pytest.raises(CrmUnavailableError):
        client.account()


def test_our_app_is_removed() -> None:
    client, hubspot = crm(Said(204, b""))

    client.uninstall()

    assert hubspot.paths == ["DELETE /appinstalls/2026-09/external-install"]
