"""Connecting a campaign to a HubSpot account that another campaign is connected to."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from referral_hubspot.domain.connection import (
    AccountNotInUseError,
    CampaignDeletedError,
    ConnectionChangedError,
    OtherAccountError,
)
from referral_hubspot.domain.errors import ConnectionLostError, CrmUnavailableError
from referral_hubspot.domain.lanes import Lane
from referral_hubspot.domain.settings import (
    Action,
    Binding,
    BindingState,
    Broken,
    Campaign,
    MappingRow,
    Part,
    Rule,
    RuleKind,
    SideSettings,
)
from referral_hubspot.storage.connections import ConnectionStore
from referral_hubspot.storage.credentials import CredentialTable
from tests.connecting import EU, SCOPES, US, World, hubspot_away, new_world
from tests.tables import CREDENTIALS, interrupted

SETTINGS = SideSettings(
    version=1,
    action=Action.CREATE_CONTACT,
    mapping=(MappingRow("email", source="email"), MappingRow("nps", source="fields.nps")),
)
WAITS = replace(SETTINGS, mapping=(), rule=Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer"))


@pytest.fixture
def world() -> Iterator[World]:
    """Spring is connected to Acme EU; autumn is not connected."""
    with new_world() as world:
        world.consent(EU, campaign_id="spring")
        world.wait(minutes=1)
        world.hubspot.asked.clear()
        world.releaser.released.clear()
        yield world


def share(
    world: World, portal_id: int = EU, leaving: int | None = None, among: frozenset[str] | None = None
) -> Binding:
    world.share("acme", "autumn", portal_id, "Grace", leaving=leaving, among=among)
    return world.binding("autumn")


def overtaken(world: World, interlude: Callable[[], object], times: int = 1) -> None:
    client = interrupted(world.client, interlude, times)
    world.connections = ConnectionStore(client, world.campaigns, world.bindings, world.credentials, world.cleanups)


def test_a_campaign_is_connected_on_the_consent_that_stands(world: World) -> None:
    bound = share(world)

    assert bound == Binding("acme", "autumn", EU, "Acme EU", "app.hubspot.com", "Grace", world.now, scopes=SCOPES)
    assert {route.campaign_id for route in world.campaigns.routes(EU)} == {"spring", "autumn"}
    assert world.releaser.released == [("acme", "autumn")]
    assert world.hubspot.opened == [("acme", EU, Lane.LIVE)]
    assert world.hubspot.asked == [], "no token is asked for"


def test_asked_twice_it_stays_as_it_is(world: World) -> None:
    first = share(world)
    world.wait(minutes=1)

    assert share(world) == first
    assert world.releaser.released == [("acme", "autumn")]


def test_the_last_of_both_to_leave_gives_the_consent_back(world: World) -> None:
    share(world)

    world.disconnect("acme", "spring")
    assert world.has_grant(EU)
    world.disconnect("acme", "autumn")
    assert (world.has_grant(EU), world.is_parked(EU)) == (False, True)


def test_an_account_that_no_campaign_uses_is_not_connected(world: World) -> None:
    with pytest.raises(AccountNotInUseError):
        share(world, US)

    assert world.state("autumn").binding is None


def test_another_customers_connection_is_not_shared(world: World) -> None:
    world.consent(US, "globex", "winter")

    with pytest.raises(AccountNotInUseError):
        share(world, US)


def test_a_campaigns_own_connection_is_no_other_ones(world: World) -> None:
    with pytest.raises(AccountNotInUseError):
        world.share("acme", "spring", US, "Grace")


@pytest.mark.parametrize("among", [frozenset[str](), frozenset({"autumn", "winter"})])
def test_a_connection_of_a_campaign_that_may_not_be_seen_is_not_shared(world: World, among: frozenset[str]) -> None:
    with pytest.raises(AccountNotInUseError):
        share(world, among=among)

    assert share(world, among=frozenset({"spring"}))


def test_a_lost_connection_is_not_shared(world: World) -> None:
    lose(world)

    with pytest.raises(ConnectionLostError):
        share(world)


def test_a_deleted_campaign_is_not_connected(world: World) -> None:
    world.campaigns.put_campaign(Campaign("acme", "autumn", state="deleted"))

    with pytest.raises(CampaignDeletedError):
        share(world)


def test_nothing_is_connected_while_hubspot_is_away(world: World) -> None:
    world.hubspot.properties_error = hubspot_away()

    with pytest.raises(CrmUnavailableError):
        share(world)

    assert world.state("autumn").binding is None


def test_another_account_than_the_campaign_uses_asks_first(world: World) -> None:
    world.consent(US, campaign_id="autumn")

    with pytest.raises(OtherAccountError) as asked:
        share(world)

    assert (asked.value.former_name, asked.value.chosen_name) == ("Acme US", "Acme EU")
    assert world.binding("autumn").portal_id == US


def test_the_account_that_may_be_left_is_left(world: World) -> None:
    world.consent(US, campaign_id="autumn")

    assert share(world, leaving=US).portal_id == EU
    assert world.campaigns.routes(US) == []
    assert (world.has_grant(US), world.is_parked(US)) == (False, True)


def test_only_the_account_that_was_named_may_be_left(world: World) -> None:
    world.consent(US, campaign_id="autumn")

    with pytest.raises(OtherAccountError):
        share(world, leaving=EU)


def test_two_accounts_of_one_name_are_told_apart(world: World) -> None:
    world.hubspot.names[US] = "Acme EU"
    world.consent(US, campaign_id="autumn")

    with pytest.raises(OtherAccountError) as asked:
        share(world)

    assert (asked.value.former_name, asked.value.chosen_name) == ("Acme EU (1001002)", "Acme EU (1001001)")


def test_names_that_the_account_lacks_become_gaps(world: World) -> None:
    world.campaigns.save_settings("acme", "autumn", "lead", SETTINGS, None, {})

    share(world)

    assert world.state("autumn").leads.broken == (Broken(Part.MAPPING, "nps"),)


def test_a_clash_with_another_campaign_becomes_a_gap(world: World) -> None:
    rows = replace(SETTINGS, mapping=(MappingRow("lifecyclestage", value="customer"),))
    world.campaigns.save_settings("acme", "autumn", "lead", rows, None, {"lifecyclestage": ("customer",)})
    over = world.campaigns.neighbourhood("acme", EU).version
    world.campaigns.save_settings("acme", "spring", "lead", WAITS, world.binding(), {}, over)

    share(world)

    assert world.state("autumn").leads.broken == (Broken(Part.CLASH, "lifecyclestage", "spring"),)
    assert world.state("spring").leads.broken == ()


def test_a_deal_key_that_is_missing_is_made(world: World) -> None:
    deals = replace(SETTINGS, action=Action.CREATE_DEAL, mapping=(MappingRow("dealname", source="email"),))
    world.campaigns.save_settings("acme", "autumn", "lead", deals, None, {})

    share(world)

    assert world.hubspot.asked == ["create_deal_key"]
    assert world.state("autumn").leads.broken == ()


def test_who_is_overtaken_by_a_save_looks_again(world: World) -> None:
    overtaken(world, lambda: world.campaigns.save_settings("acme", "autumn", "lead", SETTINGS, None, {}))

    share(world)

    assert world.state("autumn").leads.broken == (Broken(Part.MAPPING, "nps"),)


def test_when_the_other_campaign_leaves_meanwhile_nothing_is_connected(world: World) -> None:
    overtaken(world, lambda: world.disconnect("acme", "spring"))

    with pytest.raises(AccountNotInUseError):
        share(world)

    assert world.state("autumn").binding is None
    assert not world.has_grant(EU)


def test_the_other_campaign_that_leaves_a_moment_later_leaves_the_consent_here(world: World) -> None:
    slower = ConnectionStore(
        interrupted(world.client, lambda: share(world)),
        world.campaigns,
        world.bindings,
        world.credentials,
        world.cleanups,
    )

    assert slower.disconnect("acme", "spring", "disconnected", world.now)

    assert (world.has_grant(EU), world.is_parked(EU)) == (True, False)
    assert world.binding("autumn").state is BindingState.CONNECTED


def test_a_grant_that_is_found_lost_meanwhile_is_lost_for_both(world: World) -> None:
    slower = CredentialTable(
        CREDENTIALS, interrupted(world.client, lambda: share(world)), world.credentials._sealer, world.bindings
    )
    refused = slower.get("acme", EU)
    assert refused is not None

    assert not slower.mark_lost(refused), "another version is stored: it is asked once more"
    lose(world)

    assert {world.binding(one).state for one in ("spring", "autumn")} == {BindingState.LOST}


def test_a_grant_that_is_being_refreshed_is_left_alone(world: World) -> None:
    stored = world.credentials.get("acme", EU, fresh=True)
    assert stored is not None
    world.credentials.take_lease(stored, world.now, world.now.replace(year=2027))

    with pytest.raises(ConnectionChangedError):
        share(world)

    assert world.credentials.replace(stored, world.hubspot.refresh(stored.refresh_token), world.now)
    assert share(world)


def test_who_is_overtaken_every_time_gives_up(world: World) -> None:
    faster = world.connections
    overtaken(world, lambda: world.consent(EU, campaign_id="winter"), times=9)
    sharing, world.connections = world.share, faster

    with pytest.raises(ConnectionChangedError):
        sharing("acme", "autumn", EU, "Grace")

    assert world.state("autumn").binding is None


def lose(world: World) -> None:
    stored = world.credentials.get("acme", EU, fresh=True)
    assert stored is not None
    assert world.credentials.mark_lost(stored)
