"""Campaigns, settings and routes in the table."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from referral_hubspot.domain.connection import Arrival, ConnectionChangedError, SettingsChangedError
from referral_hubspot.domain.routes import Neighbourhood, Route
from referral_hubspot.domain.settings import (
    SIDES,
    UNSAVED,
    Action,
    Binding,
    BindingState,
    Broken,
    Campaign,
    CampaignState,
    CustomField,
    Duplicates,
    MappingRow,
    Part,
    Rule,
    RuleKind,
    Side,
    SideSettings,
)
from referral_hubspot.storage import dynamo, keys
from referral_hubspot.storage.bindings import BindingRepository
from referral_hubspot.storage.campaigns import CampaignRepository
from tests.tables import CAMPAIGNS, local_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
EU, US = 1001001, 1001002
CAMPAIGN = Campaign("acme", "spring", "Spring", "live", "Europe/Berlin", (CustomField("size", "Size", "text"),), 3)
RULE = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", NOW)
SETTINGS = SideSettings(
    version=1,
    action=Action.CREATE_CONTACT,
    mapping=(
        MappingRow("email", source="email", unique=True),
        MappingRow("hs_lead_status", value="NEW", type="enumeration", field_type="select", options={"new": "NEW"}),
    ),
    duplicates=Duplicates.UPDATE,
    rule=RULE,
    saved_by="Ada",
    saved_at=NOW,
)
WRITES = {"email": (), "hs_lead_status": ("NEW",)}
LACKED = Broken(Part.MAPPING, "hs_lead_status")
BINDING = Binding("acme", "spring", EU, "Acme EU", "app-eu1.hubspot.com", "Ada", NOW, scopes=("oauth",))


@pytest.fixture
def client() -> Iterator["DynamoDBClient"]:
    with local_tables() as client:
        yield client


@pytest.fixture
def campaigns(client: "DynamoDBClient") -> CampaignRepository:
    return CampaignRepository(CAMPAIGNS, client)


@pytest.fixture
def bindings(client: "DynamoDBClient") -> BindingRepository:
    return BindingRepository(CAMPAIGNS, client)


def bind(
    client: "DynamoDBClient",
    bindings: BindingRepository,
    binding: Binding,
    former: Binding | None = None,
    leads: SideSettings = SideSettings(),  # noqa: B008 - a frozen value
) -> Binding:
    around = CampaignRepository(CAMPAIGNS, client).neighbourhood(binding.account_id, binding.portal_id)
    bound, writes = bindings.bind(
        Arrival(binding, CampaignState(leads=leads, binding=former), {"lead": leads.broken}, around.version)
    )
    assert not dynamo.transact(client, writes)
    return bound


def test_a_campaign_nobody_told_of_loads_as_unserved(campaigns: CampaignRepository) -> None:
    assert campaigns.load([("acme", "spring")]) == {("acme", "spring"): CampaignState()}


def test_what_was_stored_is_loaded_whole(
    client: "DynamoDBClient", campaigns: CampaignRepository, bindings: BindingRepository
) -> None:
    campaigns.put_campaign(CAMPAIGN)
    campaigns.save_settings("acme", "spring", "lead", SETTINGS, None, WRITES)
    bound = bind(client, bindings, BINDING, leads=SETTINGS)

    state = campaigns.load([("acme", "spring"), ("acme", "spring")])[("acme", "spring")]

    assert state == CampaignState(CAMPAIGN, SETTINGS, bound)
    assert bound == BINDING
    assert campaigns.settings_version("acme", "spring", "lead", 1) == SETTINGS
    assert campaigns.settings_version("acme", "spring", "lead", 0) == SideSettings()


@pytest.mark.parametrize(
    ("second", "stored"),
    [
        (replace(CAMPAIGN, version=4, name="Renamed"), True),
        (replace(CAMPAIGN, name="Repeated"), False),
        (replace(CAMPAIGN, version=2, name="Older"), False),
    ],
)
def test_only_a_higher_version_of_a_campaign_is_stored(
    campaigns: CampaignRepository, second: Campaign, stored: bool
) -> None:
    campaigns.put_campaign(CAMPAIGN)

    assert campaigns.put_campaign(second) is stored

    assert campaigns.campaigns("acme") == [second if stored else CAMPAIGN]


def test_deleted_is_final(campaigns: CampaignRepository) -> None:
    deleted = replace(CAMPAIGN, state="deleted", version=4)
    campaigns.put_campaign(deleted)

    assert not campaigns.put_campaign(replace(CAMPAIGN, version=5))

    assert campaigns.campaigns("acme") == [deleted]


def test_an_account_sees_its_own_campaigns_only(campaigns: CampaignRepository) -> None:
    campaigns.put_campaign(CAMPAIGN)
    campaigns.put_campaign(replace(CAMPAIGN, account_id="acme2"))

    assert campaigns.campaigns("acme") == [CAMPAIGN]


def test_of_two_saves_the_second_learns_who_was_first(campaigns: CampaignRepository) -> None:
    campaigns.save_settings("acme", "spring", "lead", SETTINGS, None, WRITES)

    with pytest.raises(SettingsChangedError) as refused:
        campaigns.save_settings("acme", "spring", "lead", replace(SETTINGS, saved_by="Bob"), None, {})

    assert (refused.value.saved_by, refused.value.saved_at) == ("Ada", NOW)
    assert campaigns.load([("acme", "spring")])[("acme", "spring")].leads == SETTINGS


def test_a_save_over_a_version_that_never_was_is_refused(campaigns: CampaignRepository) -> None:
    with pytest.raises(SettingsChangedError) as refused:
        campaigns.save_settings("acme", "spring", "lead", replace(SETTINGS, version=3), None, {})

    assert (refused.value.saved_by, refused.value.saved_at) == ("", None)


def test_an_older_version_stays_as_it_was_saved(campaigns: CampaignRepository) -> None:
    campaigns.save_settings("acme", "spring", "lead", SETTINGS, None, WRITES)
    second = replace(SETTINGS, version=2, action=Action.NONE, rule=Rule(), mapping=())

    campaigns.save_settings("acme", "spring", "lead", second, None, {})

    assert campaigns.settings_version("acme", "spring", "lead", 1) == SETTINGS
    assert campaigns.settings_version("acme", "spring", "lead", 2) == second


def test_a_route_carries_the_rule_and_writes_of_the_current_settings(
    client: "DynamoDBClient", campaigns: CampaignRepository, bindings: BindingRepository
) -> None:
    campaigns.save_settings("acme", "spring", "lead", SETTINGS, None, WRITES)
    bind(client, bindings, BINDING, leads=SETTINGS)

    assert campaigns.routes(EU) == [Route(EU, "acme", "spring", (RULE,), WRITES)]

    second = replace(SETTINGS, version=2, rule=replace(RULE, value="lead"))
    campaigns.save_settings("acme", "spring", "lead", second, BINDING, {"email": ()}, 1)

    assert campaigns.routes(EU) == [Route(EU, "acme", "spring", (second.rule,), {"email": ()})]


def test_a_route_joins_what_both_sides_write(
    client: "DynamoDBClient", campaigns: CampaignRepository, bindings: BindingRepository
) -> None:
    campaigns.save_settings("acme", "spring", "lead", SETTINGS, None, {"a": ("1",), "b": ("1",), "c": ()})
    bind(client, bindings, BINDING, leads=SETTINGS)

    referrers = replace(SETTINGS, rule=Rule())
    campaigns.save_settings("acme", "spring", "referrer", referrers, BINDING, {"a": ("2",), "b": (), "c": ("2",)}, 1)

    beside: dict[str, tuple[str, ...]] = {"a": ("2",), "b": (), "c": ("2",)}
    both = Route(EU, "acme", "spring", (RULE,), {"a": ("1", "2"), "b": (), "c": ()}, beside)
    assert campaigns.routes(EU) == [both]


def test_settings_judged_without_a_connection_are_not_saved_over_one(
    client: "DynamoDBClient", campaigns: CampaignRepository, bindings: BindingRepository
) -> None:
    bind(client, bindings, BINDING)

    with pytest.raises(ConnectionChangedError):
        campaigns.save_settings("acme", "spring", "lead", SETTINGS, None, WRITES)

    assert campaigns.routes(EU) == [Route(EU, "acme", "spring")]


def test_settings_judged_against_another_hubspot_account_are_not_saved(
    client: "DynamoDBClient", campaigns: CampaignRepository, bindings: BindingRepository
) -> None:
    bound = bind(client, bindings, BINDING)
    bind(client, bindings, replace(BINDING, portal_id=US), bound)

    with pytest.raises(ConnectionChangedError):
        campaigns.save_settings("acme", "spring", "lead", SETTINGS, bound, WRITES, 1)


def test_of_two_campaigns_judged_at_once_the_second_looks_again(
    client: "DynamoDBClient", campaigns: CampaignRepository, bindings: BindingRepository
) -> None:
    autumn, winter = replace(BINDING, campaign_id="autumn"), replace(BINDING, campaign_id="winter")
    bind(client, bindings, BINDING)
    bind(client, bindings, autumn)
    seen = campaigns.neighbourhood("acme", EU)
    assert {route.campaign_id for route in seen.routes} == {"spring", "autumn"}
    campaigns.save_settings("acme", "spring", "lead", SETTINGS, BINDING, WRITES, seen.version)

    with pytest.raises(ConnectionChangedError):
        campaigns.save_settings("acme", "autumn", "lead", SETTINGS, autumn, WRITES, seen.version)
    with pytest.raises(ConnectionChangedError):
        bindings.bind(Arrival(winter, CampaignState(), over=seen.version))

    again = campaigns.neighbourhood("acme", EU)
    campaigns.save_settings("acme", "autumn", "lead", SETTINGS, autumn, WRITES, again.version)


def test_a_binding_in_mid_transaction_is_told_of_a_save_beside_it(
    client: "DynamoDBClient", campaigns: CampaignRepository, bindings: BindingRepository
) -> None:
    bind(client, bindings, BINDING)
    seen = campaigns.neighbourhood("acme", EU)
    _, writes = bindings.bind(Arrival(replace(BINDING, campaign_id="autumn"), CampaignState(), over=seen.version))
    campaigns.save_settings("acme", "spring", "lead", SETTINGS, BINDING, WRITES, seen.version)

    assert dynamo.transact(client, writes)


def test_other_accounts_on_the_hubspot_account_are_no_neighbours(
    client: "DynamoDBClient", campaigns: CampaignRepository, bindings: BindingRepository
) -> None:
    bind(client, bindings, replace(BINDING, account_id="acme2"))

    assert campaigns.neighbourhood("acme", EU) == Neighbourhood()


def test_what_another_hubspot_account_lacks_is_noted_without_a_new_version(
    client: "DynamoDBClient", campaigns: CampaignRepository, bindings: BindingRepository
) -> None:
    campaigns.save_settings("acme", "spring", "lead", SETTINGS, None, WRITES)

    _, writes = bindings.bind(Arrival(BINDING, CampaignState(leads=SETTINGS), {"lead": [LACKED]}))
    assert not dynamo.transact(client, writes)

    leads = campaigns.load([("acme", "spring")])[("acme", "spring")].leads
    assert leads == replace(SETTINGS, broken=(LACKED,))
    assert campaigns.settings_version("acme", "spring", "lead", 1) == SETTINGS


@pytest.mark.parametrize("side", SIDES)
def test_of_settings_that_nobody_saved_each_side_has_its_own(campaigns: CampaignRepository, side: Side) -> None:
    assert campaigns.settings_version("acme", "spring", side, 0) == UNSAVED[side]


@pytest.mark.parametrize("side", SIDES)
def test_a_binding_is_not_judged_by_settings_that_were_saved_over(
    campaigns: CampaignRepository, bindings: BindingRepository, side: Side
) -> None:
    campaigns.save_settings("acme", "spring", side, SETTINGS, None, WRITES)

    with pytest.raises(ConnectionChangedError):
        bindings.bind(Arrival(BINDING, CampaignState()))


def test_routes_are_every_accounts_and_an_accounts_own(
    client: "DynamoDBClient", campaigns: CampaignRepository, bindings: BindingRepository
) -> None:
    for account_id, campaign_id, portal_id in [
        ("acme", "spring", EU),
        ("acme", "autumn", EU),
        ("acme", "winter", US),
        ("acme2", "spring", EU),
    ]:
        bind(
            client,
            bindings,
            replace(BINDING, account_id=account_id, campaign_id=campaign_id, portal_id=portal_id),
        )

    assert {(route.account_id, route.campaign_id) for route in campaigns.routes(EU)} == {
        ("acme", "spring"),
        ("acme", "autumn"),
        ("acme2", "spring"),
    }
    assert {route.campaign_id for route in campaigns.account_routes("acme", EU)} == {"spring", "autumn"}
    assert bindings.accounts_on(EU) == {"acme", "acme2"}
    assert {binding.campaign_id for binding in bindings.on_portal("acme", EU)} == {"spring", "autumn"}


def test_a_binding_is_not_made_over_one_that_nobody_looked_at(
    client: "DynamoDBClient", bindings: BindingRepository
) -> None:
    bind(client, bindings, BINDING)

    with pytest.raises(ConnectionChangedError):
        bindings.bind(Arrival(replace(BINDING, portal_id=US), CampaignState()))


def test_of_two_bindings_made_from_one_state_the_second_fails(
    client: "DynamoDBClient", bindings: BindingRepository
) -> None:
    _, first = bindings.bind(Arrival(BINDING, CampaignState()))
    _, second = bindings.bind(Arrival(replace(BINDING, portal_id=US), CampaignState()))
    assert not dynamo.transact(client, first)

    assert dynamo.transact(client, second)


def test_a_binding_made_before_a_save_does_not_route_by_the_old_rule(
    client: "DynamoDBClient", campaigns: CampaignRepository, bindings: BindingRepository
) -> None:
    _, before_the_first = bindings.bind(Arrival(BINDING, CampaignState()))
    campaigns.save_settings("acme", "spring", "lead", SETTINGS, None, WRITES)
    assert dynamo.transact(client, before_the_first)

    _, before_the_second = bindings.bind(Arrival(BINDING, CampaignState(leads=SETTINGS), {"lead": [LACKED]}))
    campaigns.save_settings("acme", "spring", "lead", replace(SETTINGS, version=2), None, WRITES)
    assert dynamo.transact(client, before_the_second)


def test_a_removed_binding_is_no_binding_and_its_version_goes_on(
    client: "DynamoDBClient", campaigns: CampaignRepository, bindings: BindingRepository
) -> None:
    bound = bind(client, bindings, BINDING)
    assert not dynamo.transact(client, bindings.unbind(bound, "disconnected"))

    assert campaigns.load([("acme", "spring")]) == {("acme", "spring"): CampaignState()}
    assert campaigns.routes(EU) == []
    key = keys.binding("acme", "spring")
    row = dynamo.batch_get(client, CAMPAIGNS, [key])[key]
    assert (row["state"], row["reason"], row["version"]) == ("removed", "disconnected", 2)
    assert (row["portal_name"], row["connected_by"]) == ("Acme EU", "")

    assert bind(client, bindings, BINDING).version == 3
    assert not dynamo.transact(client, bindings.unbind(replace(bound, version=3), "disconnected"))
    assert dynamo.transact(client, bindings.unbind(replace(bound, version=4), "disconnected"))


def test_a_lost_binding_stays_routed(
    client: "DynamoDBClient", campaigns: CampaignRepository, bindings: BindingRepository
) -> None:
    bound = bind(client, bindings, BINDING)

    assert not dynamo.transact(client, bindings.become(bound, BindingState.LOST, "grant_revoked"))

    lost = replace(bound, state=BindingState.LOST, version=2)
    assert bindings.on_portal("acme", EU) == [lost]
    assert dynamo.transact(client, bindings.become(bound, BindingState.LOST, "grant_revoked"))
    assert not dynamo.transact(client, [bindings.still_bound(lost)])
    assert campaigns.routes(EU) == [Route(EU, "acme", "spring")]
