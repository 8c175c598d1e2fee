"""What stops a sync, and what heals by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.domain.crm import Problem
from referral_hubspot.domain.errors import (
    ConnectionLostError,
    CrmUnavailableError,
    NoSlotError,
    NotConnectedError,
    PermanentError,
    RequestRefusedError,
    RetryableError,
    ScopeMissingError,
)
from referral_hubspot.domain.settings import Binding, BindingState, Campaign, CampaignState
from referral_hubspot.domain.syncs import Cause, ListGoneError
from referral_hubspot.usecases.sync_faults import cause_of, pause_after, unable

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
BINDING = Binding("acme", "spring", 7, "Acme", "app.hubspot.com", "Ana", NOW)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (ListGoneError("1"), (Cause.LIST_GONE, "")),
        (ScopeMissingError(7, ("crm.lists.read", "x")), (Cause.MISSING_SCOPE, "crm.lists.read, x")),
        (NotConnectedError("acme", 7), (Cause.NOT_CONNECTED, "")),
        (ConnectionLostError("acme", 7), (Cause.RECONNECT, "")),
        (
            RequestRefusedError(400, "VALIDATION_ERROR", [Problem("", "X", ""), Problem("link", "X", "")]),
            (Cause.PROPERTY_GONE, "link"),
        ),
        (RequestRefusedError(400, "VALIDATION_ERROR", []), (Cause.REFUSED, "VALIDATION_ERROR")),
        (PermanentError(), (Cause.REFUSED, "")),
    ],
)
def test_what_a_person_has_to_mend_is_named(fault: PermanentError, cause: tuple[Cause, str]) -> None:
    assert cause_of(fault) == cause


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (CrmUnavailableError(status=503), 15),
        (CrmUnavailableError(status=429, retry_after_s=3.0), 3),
        (CrmUnavailableError(status=477, retry_after_s=86_400.0), 900),
        (NoSlotError(7, 4.0), 15),
    ],
)
def test_hubspot_is_asked_again_when_it_says_and_soon_otherwise(fault: RetryableError, seconds: int) -> None:
    assert pause_after(fault) == timedelta(seconds=seconds)


def test_a_campaign_is_fit_while_it_is_connected_to_the_account_that_the_sync_reads() -> None:
    state = CampaignState(campaign=Campaign("acme", "spring", "Spring", "live", version=1), binding=BINDING)

    assert unable(7, state) is Cause.NONE
    assert unable(8, state) is Cause.OTHER_ACCOUNT
    assert unable(7, replace(state, binding=None)) is Cause.NOT_CONNECTED
    assert unable(7, replace(state, binding=replace(BINDING, state=BindingState.LOST))) is Cause.RECONNECT
    deleted = Campaign("acme", "spring", "Spring", "deleted", version=2)
    assert unable(7, replace(state, campaign=deleted, binding=None)) is Cause.CAMPAIGN_DELETED
