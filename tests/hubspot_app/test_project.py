"""The HubSpot project that a deployer uploads asks for, and subscribes to, what the code uses; no more and no less."""

import json
import re
from typing import Any

import pytest

from referral_hubspot.domain import scopes, subscriptions
from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.subscriptions import told_by_webhook
from referral_hubspot.hubspot.transport import API_VERSION
from tests.cloudformation import ROOT, routes

PROJECT = ROOT / "hubspot_app"
README = (ROOT / "README.md").read_text()


def _read(path: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((PROJECT / path).read_text())
    return content


APP = _read("src/app/app-hsmeta.json")["config"]
WEBHOOKS = _read("src/app/webhooks/webhooks-hsmeta.json")["config"]


def _served() -> set[str]:
    return {route.key for route in routes()}


def test_the_project_is_of_the_platform_that_goes_with_the_api() -> None:
    assert _read("hsproject.json")["platformVersion"] == API_VERSION.replace("-", ".") == "2026.09"


def test_any_hubspot_account_may_install_it_and_only_through_oauth() -> None:
    assert APP["distribution"] == "marketplace"  # cannot be changed after the first upload, nor can the next
    assert APP["auth"]["type"] == "oauth"


def test_it_asks_for_the_scopes_that_the_consent_page_is_opened_with() -> None:
    """HubSpot blocks the page on any difference."""
    assert APP["auth"]["requiredScopes"] == list(scopes.REQUIRED)
    assert APP["auth"]["optionalScopes"] == list(scopes.OPTIONAL)
    assert APP["auth"]["conditionallyRequiredScopes"] == []


def test_hubspot_sends_people_and_webhooks_to_what_is_served_there() -> None:
    [redirect_url] = APP["auth"]["redirectUrls"]

    assert f"GET {redirect_url.removeprefix('${PUBLIC_BASE_URL}')}" in _served()
    assert f"POST {WEBHOOKS['settings']['targetUrl'].removeprefix('${PUBLIC_BASE_URL}')}" in _served()


def test_hubspot_accepts_how_many_requests_it_may_have_open_at_once() -> None:
    assert WEBHOOKS["settings"]["maxConcurrentRequests"] > 5  # the documented lower limit


def test_it_subscribes_to_what_the_code_counts_on() -> None:
    of_records = [{"subscriptionType": kind} for kind in subscriptions.RECORD_EVENTS]
    expected = [
        {"objectType": object_type, "active": True, **wanted}
        for object_type, names in (
            ("contact", subscriptions.CONTACT_PROPERTIES),
            ("deal", subscriptions.DEAL_PROPERTIES),
        )
        for wanted in [
            *({"subscriptionType": subscriptions.PROPERTY_CHANGE, "propertyName": name} for name in names),
            *of_records,
        ]
    ]

    assert WEBHOOKS["subscriptions"] == {
        "crmObjects": expected,
        "hubEvents": [{"subscriptionType": subscriptions.PRIVACY_DELETION, "active": True}],
    }


def test_every_object_subscribed_to_may_be_read() -> None:
    for subscription in WEBHOOKS["subscriptions"]["crmObjects"]:
        assert f"crm.objects.{subscription['objectType']}s.read" in scopes.REQUIRED + scopes.OPTIONAL


@pytest.mark.parametrize(
    ("object_type", "name", "told"),
    [
        (ObjectType.CONTACT, "lifecyclestage", True),
        (ObjectType.CONTACT, "plan", False),
        (ObjectType.CONTACT, "dealstage", False),
        (ObjectType.DEAL, "dealstage", True),
        (ObjectType.DEAL, "lifecyclestage", False),
    ],
)
def test_only_properties_subscribed_to_are_told_by_webhook(object_type: ObjectType, name: str, told: bool) -> None:
    assert told_by_webhook(object_type, name) is told


def test_the_readme_shows_a_profile_with_every_variable_of_the_project() -> None:
    used = {name for path in PROJECT.rglob("*-hsmeta.json") for name in re.findall(r"\${(.*?)}", path.read_text())}
    [profile] = re.findall(r"^cat > src/hsprofile\.\w+\.json <<'JSON'\n(.*?)^JSON$", README, re.MULTILINE | re.DOTALL)

    assert set(json.loads(profile)["variables"]) == used
