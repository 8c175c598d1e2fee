"""What a permission is called wherever people read of it."""

from datetime import UTC, datetime

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.settings import Action, Binding, SideSettings, gaps
from referral_hubspot.domain.sync_words import words
from referral_hubspot.domain.syncs import Cause, Plan

NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
ASKED = (*scopes.REQUIRED, *scopes.OPTIONAL)


def test_every_permission_that_is_asked_for_has_words_and_no_other() -> None:
    assert set(scopes.DOINGS) == set(ASKED)


@pytest.mark.parametrize("scope", ASKED)
def test_words_follow_what_hubspot_does_not_allow_us(scope: str) -> None:
    assert scopes.DOINGS[scope].startswith("to ")
    assert "crm." not in scopes.DOINGS[scope]


@pytest.mark.parametrize(
    ("absent", "told"),
    [
        (["crm.objects.deals.read"], "to read deals"),
        (["crm.objects.deals.read", "crm.objects.deals.write"], "to read deals and to create deals"),
        (
            ["crm.objects.contacts.read", "crm.objects.deals.read", "crm.objects.deals.write"],
            "to read contacts, to read deals and to create deals",
        ),
        ([], "what this takes"),
        (["crm.a", "crm.b"], "what this takes"),
        (["crm.a", "crm.objects.deals.read"], "to read deals"),
    ],
    ids=["one", "two", "three", "none is named", "only others are named", "another one is named too"],
)
def test_several_are_told_in_one_phrase_and_never_by_hubspots_ids(absent: list[str], told: str) -> None:
    assert scopes.doings(absent) == told


def test_settings_tell_what_they_take_and_hubspot_does_not_allow() -> None:
    binding = Binding("acme", "spring", 42, "Acme", "app.hubspot.com", "Ada", NOW, scopes=scopes.REQUIRED)
    settings = SideSettings(action=Action.CREATE_DEAL)

    message = gaps(settings, binding)[0].message

    assert message == f"HubSpot does not allow us {scopes.doings(scopes.DEALS)}, which deals take."


@pytest.mark.parametrize(
    ("about", "told"),
    [("crm.lists.read", "to read lists of contacts"), ("", "what this takes"), ("crm.x", "what this takes")],
)
def test_a_sync_tells_what_hubspot_does_not_allow(about: str, told: str) -> None:
    said = words(Cause.MISSING_SCOPE, about, Plan("", "", {}, {}))

    assert said.message == f"HubSpot does not allow us {told}."
