"""When a campaign waits for its admin, and what is told of it."""

from collections.abc import Set
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.attention import Attention, AttentionChange, AttentionReason, needs_attention
from referral_hubspot.domain.people import Reason
from referral_hubspot.domain.settings import (
    DELETED,
    Action,
    Binding,
    BindingState,
    Campaign,
    CampaignState,
    Choices,
    MappingRow,
    SideSettings,
)

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
BINDING = Binding("acme", "spring", 7, "Acme", "app.hubspot.com", "Ana", NOW, scopes=scopes.REQUIRED)
LEADS = SideSettings(
    1, Action.CREATE_CONTACT, (MappingRow("email", source="email"), MappingRow("firstname", source="first_name"))
)
WORKS = CampaignState(Campaign("acme", "spring", "Spring", "live"), LEADS, BINDING, Choices(complete_since=NOW))
INCOMPLETE = replace(WORKS, leads=replace(LEADS, mapping=()))
LOST = replace(WORKS, binding=replace(BINDING, state=BindingState.LOST))
NEVER_COMPLETE = replace(INCOMPLETE, choices=Choices())
OPEN = Attention(AttentionReason.SETUP, NOW, 3, open=True, version=4, changed_at=NOW)
OVER = replace(OPEN, open=False, waiting=0, version=5)


@pytest.mark.parametrize(
    ("campaign", "waits", "reason"),
    [
        (WORKS, set(), None),
        (WORKS, {Reason.HUBSPOT_AWAY}, None),
        (WORKS, {Reason.HUBSPOT_AWAY, Reason.ASKS_FIRST}, AttentionReason.ASKS_FIRST),
        (INCOMPLETE, set(), AttentionReason.SETUP),
        (NEVER_COMPLETE, set(), None),
        (NEVER_COMPLETE, {Reason.SETUP}, AttentionReason.SETUP),
        (LOST, set(), AttentionReason.RECONNECT),
        (replace(LOST, leads=INCOMPLETE.leads), set(), AttentionReason.RECONNECT),
        (replace(INCOMPLETE, binding=None), {Reason.NOT_CONNECTED}, None),
        (replace(INCOMPLETE, campaign=Campaign("acme", "spring", "Spring", DELETED)), {Reason.SETUP}, None),
        (replace(INCOMPLETE, leads=replace(LEADS, action=Action.NONE)), set(), None),
    ],
)
def test_a_campaign_waits_for_its_admin_where_only_the_admin_can_help(
    campaign: CampaignState, waits: Set[Reason], reason: AttentionReason | None
) -> None:
    assert needs_attention(campaign, {("lead", why) for why in waits}) is reason


@pytest.mark.parametrize(
    ("campaign", "waits", "reason"),
    [
        (WORKS, set(), None),
        (replace(WORKS, referrer_choices=Choices(complete_since=NOW)), set(), AttentionReason.SETUP),
        (WORKS, {Reason.SETUP}, AttentionReason.SETUP),
        (replace(WORKS, referrers=LEADS), {Reason.ASKS_FIRST}, AttentionReason.ASKS_FIRST),
        (LOST, {Reason.RECONNECT}, AttentionReason.RECONNECT),
    ],
)
def test_referrers_are_missed_for_themselves_and_never_chosen_are_nobodys_affair(
    campaign: CampaignState, waits: Set[Reason], reason: AttentionReason | None
) -> None:
    assert needs_attention(campaign, {("referrer", why) for why in waits}) is reason


def change(before: Attention | None, after: Attention) -> AttentionChange:
    return AttentionChange("acme", "spring", before, after)


def test_what_begins_is_told_once() -> None:
    more = replace(OPEN, waiting=9, version=5)

    assert (change(None, OPEN).ended(), change(None, OPEN).began()) == (None, OPEN)
    assert (change(OVER, OPEN).ended(), change(OVER, OPEN).began()) == (None, OPEN)
    assert (change(OPEN, more).ended(), change(OPEN, more).began()) == (None, None)


def test_what_is_over_is_told_with_those_who_wait_still() -> None:
    assert (change(OPEN, OVER).ended(), change(OPEN, OVER).began()) == (replace(OPEN, waiting=0, version=5), None)
    assert change(None, OVER).ended() == OVER, "told again out of the table"
    assert change(OVER, replace(OVER, version=6)).ended() is None


def test_another_reason_ends_the_one_and_begins_the_other() -> None:
    other = Attention(AttentionReason.RECONNECT, NOW, 5, open=True, version=5, changed_at=NOW)

    assert change(OPEN, other).ended() == replace(OPEN, waiting=5, version=5)
    assert change(OPEN, other).began() == other
