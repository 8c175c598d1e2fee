"""Coming back from HubSpot."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.connection import Arrival
from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.errors import (
    AppMisconfiguredError,
    ReferralHubSpotError,
    RequestRefusedError,
    ScopeMissingError,
)
from referral_hubspot.domain.settings import (
    Action,
    Binding,
    BindingState,
    Broken,
    Campaign,
    CampaignState,
    Duplicates,
    MappingRow,
    Part,
    Rule,
    RuleKind,
    SideSettings,
)
from referral_hubspot.storage.campaigns import CampaignRepository
from referral_hubspot.usecases.connect_outcomes import Connected, NotConnected, Obstacle
from tests.connecting import BACK, EU, SCOPES, US, World, hubspot_away, new_world

CONNECTED = Connected("spring", "Acme EU", BACK)
SETTINGS = SideSettings(
    version=1,
    action=Action.CREATE_CONTACT,
    mapping=(MappingRow("email", source="email"), MappingRow("nps", source="fields.nps")),
    rule=Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer"),
)
LACKED = Broken(Part.MAPPING, "nps")


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as world:
        yield world


def test_after_consent_the_campaign_is_connected(world: World) -> None:
    assert world.consent(EU) == CONNECTED

    assert world.binding() == Binding(
        "acme", "spring", EU, "Acme EU", "app.hubspot.com", "Ada", world.now, scopes=SCOPES
    )
    grant = world.credentials.get("acme", EU)
    assert grant is not None
    assert grant.refresh_token == "refresh-code-0"
    assert [route.campaign_id for route in world.campaigns.routes(EU)] == ["spring"]
    assert world.releaser.released == [("acme", "spring")]
    assert not world.is_parked(EU)


def test_what_can_be_mapped_is_known_from_then_on(world: World) -> None:
    world.consent(EU)

    known, pipelines = (
        world.properties.load("acme", EU, ObjectType.CONTACT),
        world.properties.load_pipelines("acme", EU),
    )

    assert known is not None
    assert pipelines is not None
    assert world.properties.load("acme", EU, ObjectType.DEAL) is not None
    assert [item.name for item in known.properties] == ["email", "firstname", "lifecyclestage"]


def test_a_state_works_once_and_asks_for_no_second_token(world: World) -> None:
    state, browser = world.leave_for_hubspot()
    world.connect.finish(state=state, browser=browser, code=world.hubspot.consent(EU))

    again = world.connect.finish(state=state, browser=browser, code=world.hubspot.consent(US))

    assert again == NotConnected(Obstacle.LINK_REFUSED, BACK, "used")
    assert world.hubspot.asked == ["exchange"]
    assert world.binding().portal_id == EU


@pytest.mark.parametrize(
    ("minutes", "state", "browser", "reason"),
    [
        (10, None, None, "expired"),
        (0, "made-up", None, "unknown"),
        (0, "", None, "unknown"),
        (0, None, "another-browser", "other_browser"),
        (0, None, "", "other_browser"),
    ],
)
def test_without_proof_that_this_browser_asked_no_token_is_asked_for(
    world: World, minutes: int, state: str | None, browser: str | None, reason: str
) -> None:
    real_state, real_browser = world.leave_for_hubspot()
    world.wait(minutes=minutes)

    outcome = world.connect.finish(
        state=real_state if state is None else state,
        browser=real_browser if browser is None else browser,
        code=world.hubspot.consent(EU),
    )

    assert isinstance(outcome, NotConnected)
    assert (outcome.obstacle, outcome.detail) == (Obstacle.LINK_REFUSED, reason)
    assert world.hubspot.asked == []
    assert world.state().binding is None


def test_a_state_connects_the_campaign_it_was_made_for_and_no_other(world: World) -> None:
    spring, browser = world.leave_for_hubspot("acme", "spring")
    world.leave_for_hubspot("acme", "autumn")

    world.connect.finish(state=spring, browser=browser, code=world.hubspot.consent(EU))

    assert world.binding("spring").portal_id == EU
    assert world.state("autumn").binding is None


@pytest.mark.parametrize(
    ("code", "error", "detail"),
    [
        ("", "access_denied", "access_denied"),
        ("code-0", "access_denied", "access_denied"),
        ("", "", ""),
        ("", "ada@example.com", "unreadable"),  # anybody may write into an address
        ("", "a" * 41, "unreadable"),
    ],
)
def test_without_consent_nothing_happens(world: World, code: str, error: str, detail: str) -> None:
    world.hubspot.consent(EU)
    state, browser = world.leave_for_hubspot()

    outcome = world.connect.finish(state=state, browser=browser, code=code, error=error)

    assert isinstance(outcome, NotConnected)
    assert (outcome.obstacle, outcome.return_url, outcome.detail) == (Obstacle.DECLINED, BACK, detail)
    assert world.hubspot.asked == []


def test_who_declined_may_change_their_mind_in_the_same_browser(world: World) -> None:
    state, browser = world.leave_for_hubspot()
    declined = world.connect.finish(state=state, browser=browser, code="", error="access_denied")
    assert isinstance(declined, NotConnected)
    again = parse_qs(urlsplit(declined.again_url).query)["state"][0]

    assert world.connect.finish(state=again, browser=browser, code=world.hubspot.consent(EU)) == CONNECTED


def test_a_code_that_hubspot_does_not_know_connects_nothing(world: World) -> None:
    state, browser = world.leave_for_hubspot()

    outcome = world.connect.finish(state=state, browser=browser, code="made-up")

    assert isinstance(outcome, NotConnected)
    assert (outcome.obstacle, outcome.return_url) == (Obstacle.CODE_REFUSED, BACK)
    assert world.state().binding is None


@pytest.mark.parametrize(
    ("fault", "obstacle"),
    [(hubspot_away(), Obstacle.HUBSPOT_AWAY), (AppMisconfiguredError("BAD_CLIENT_SECRET"), Obstacle.OUR_FAULT)],
)
def test_when_hubspot_gives_no_token_the_page_says_whose_turn_it_is(
    world: World, fault: ReferralHubSpotError, obstacle: Obstacle
) -> None:
    world.hubspot.away = fault

    outcome = world.consent(EU)

    assert isinstance(outcome, NotConnected)
    assert outcome.obstacle is obstacle
    assert bool(outcome.again_url) is (obstacle is Obstacle.HUBSPOT_AWAY)
    assert not world.has_grant(EU)


@pytest.mark.parametrize(
    ("fault", "obstacle"),
    [
        (hubspot_away(), Obstacle.HUBSPOT_AWAY),
        (RequestRefusedError(400, "VALIDATION_ERROR", []), Obstacle.OUR_FAULT),
    ],
)
def test_a_campaign_is_not_connected_to_what_could_not_be_looked_at(
    world: World, fault: ReferralHubSpotError, obstacle: Obstacle
) -> None:
    world.hubspot.properties_error = fault

    outcome = world.consent(EU)

    assert isinstance(outcome, NotConnected)
    assert outcome.obstacle is obstacle
    assert world.state().binding is None


def test_a_permission_that_was_left_out_is_named(world: World) -> None:
    world.hubspot.properties_error = ScopeMissingError(EU, ["crm.schemas.contacts.read"])
    state, browser = world.leave_for_hubspot()
    code = world.hubspot.consent(EU, scopes=["oauth", "crm.objects.contacts.read"])

    outcome = world.connect.finish(state=state, browser=browser, code=code)

    missing = ("crm.objects.contacts.write", "crm.schemas.contacts.read", *scopes.OPTIONAL)
    assert outcome == replace(CONNECTED, missing_scopes=missing)
    assert world.binding().scopes == ("oauth", "crm.objects.contacts.read")


def test_a_second_campaign_shares_the_tokens(world: World) -> None:
    world.consent(EU, campaign_id="spring")
    first = world.credentials.version("acme", EU)

    world.consent(EU, campaign_id="autumn")

    assert world.credentials.version("acme", EU) == first + 1
    assert {route.campaign_id for route in world.campaigns.account_routes("acme", EU)} == {"spring", "autumn"}
    assert world.binding("spring").version == 1  # nothing happened to it


def test_two_accounts_on_one_hubspot_account_hold_tokens_of_their_own(world: World) -> None:
    world.consent(EU, "acme")
    world.consent(EU, "rival")

    mine, theirs = world.credentials.get("acme", EU), world.credentials.get("rival", EU)

    assert mine is not None
    assert theirs is not None
    assert mine.refresh_token != theirs.refresh_token
    assert world.binding(account_id="rival").portal_id == EU
    assert [b.account_id for b in world.bindings.on_portal("acme", EU)] == ["acme"]


def test_of_two_callbacks_at_once_both_see_one_connection(world: World) -> None:
    first, browser = world.leave_for_hubspot()
    second, other_browser = world.leave_for_hubspot()
    outcomes = []
    world.hubspot.while_asked = lambda: outcomes.append(
        world.connect.finish(state=second, browser=other_browser, code=world.hubspot.consent(EU))
    )

    outcomes.append(world.connect.finish(state=first, browser=browser, code=world.hubspot.consent(EU)))

    assert outcomes == [CONNECTED, CONNECTED]
    grant = world.credentials.get("acme", EU)
    assert grant is not None
    assert world.binding().version == 2
    assert not grant.lost


def test_one_state_brought_back_twice_at_once_connects_once(world: World) -> None:
    state, browser = world.leave_for_hubspot()
    outcomes = []
    world.hubspot.while_asked = lambda: outcomes.append(
        world.connect.finish(state=state, browser=browser, code=world.hubspot.consent(US))
    )

    world.connect.finish(state=state, browser=browser, code=world.hubspot.consent(EU))

    assert outcomes == [NotConnected(Obstacle.LINK_REFUSED, BACK, "used")]
    assert world.hubspot.asked == ["exchange"]


def test_reconnecting_mends_every_campaign_that_was_lost(world: World) -> None:
    world.consent(EU, campaign_id="spring")
    world.consent(EU, campaign_id="autumn")
    refused = world.credentials.get("acme", EU)
    assert refused is not None
    assert world.credentials.mark_lost(refused)
    world.releaser.released.clear()

    assert world.consent(EU, campaign_id="spring") == CONNECTED

    assert world.binding("spring").state is BindingState.CONNECTED
    assert world.binding("autumn").state is BindingState.CONNECTED
    assert world.releaser.released == [("acme", "spring"), ("acme", "autumn")]
    grant = world.credentials.get("acme", EU, fresh=True)
    assert grant is not None
    assert not grant.lost


def test_more_campaigns_than_one_transaction_takes_are_mended_too(world: World) -> None:
    names = [f"c{number:03}" for number in range(85)]
    for name in names:
        binding = Binding("acme", name, EU, "Acme EU", "app.hubspot.com", "Ada", world.now, scopes=("oauth",))
        _, writes = world.bindings.bind(Arrival(binding, CampaignState()))
        for write in writes[:2]:  # the binding and its route
            if write.kind == "Put":
                world.client.put_item(**write.request)  # one by one: 120 transactions would take a while

    world.consent(EU)

    assert {b.scopes for b in world.bindings.on_portal("acme", EU)} == {SCOPES}
    assert world.releaser.released == [("acme", "spring")]  # the others were not lost


def test_a_deleted_campaign_is_not_connected_and_its_grant_is_given_back(world: World) -> None:
    world.campaigns.put_campaign(Campaign("acme", "spring", state="deleted", version=9))

    outcome = world.consent(EU)

    assert isinstance(outcome, NotConnected)
    assert outcome.obstacle is Obstacle.CAMPAIGN_DELETED
    assert world.state().binding is None
    assert world.clean_up.run_due(world.now).uninstalled == 1


def test_names_that_the_hubspot_account_lacks_show_after_connecting(world: World) -> None:
    world.campaigns.save_settings("acme", "spring", "lead", SETTINGS, None, {})

    world.consent(EU)

    assert world.state().leads == replace(SETTINGS, broken=(LACKED,))


def test_names_are_no_longer_missed_once_they_exist(world: World) -> None:
    world.campaigns.save_settings("acme", "spring", "lead", SETTINGS, None, {})
    world.consent(EU)
    world.hubspot.property_names[EU].append("nps")

    world.consent(EU)

    assert world.state().leads == SETTINGS


def test_a_save_in_mid_connect_is_what_the_connection_is_judged_by(world: World) -> None:
    def save() -> None:
        CampaignRepository.save_settings(world.campaigns, "acme", "spring", "lead", SETTINGS, None, {"nps": ()})

    state, browser = world.leave_for_hubspot()
    world.hubspot.while_asked = save
    world.connect.finish(state=state, browser=browser, code=world.hubspot.consent(EU))

    assert world.state().leads.broken == (LACKED,)
    [route] = world.campaigns.routes(EU)
    assert (route.rules, dict(route.writes)) == ((SETTINGS.rule,), {"nps": ()})


DEALS = SideSettings(
    version=1,
    action=Action.CREATE_DEAL,
    mapping=(MappingRow("dealname", source="email"),),
    rule=Rule(RuleKind.DEAL_STAGE, "dealstage", "won"),
)


def test_the_key_that_keeps_deals_single_is_made_where_deals_are_created(world: World) -> None:
    world.campaigns.save_settings("acme", "spring", "lead", DEALS, None, {})

    world.consent(EU)
    world.consent(EU)

    assert world.hubspot.asked.count("create_deal_key") == 1
    assert world.state().leads == DEALS


def test_no_key_is_made_for_a_campaign_that_creates_contacts(world: World) -> None:
    world.campaigns.save_settings("acme", "spring", "lead", SETTINGS, None, {})

    world.consent(EU)

    assert "create_deal_key" not in world.hubspot.asked


def test_deals_that_may_not_be_read_keep_nobody_from_connecting(world: World) -> None:
    world.campaigns.save_settings("acme", "spring", "lead", DEALS, None, {})
    world.hubspot.deals_error = ScopeMissingError(EU, scopes.DEALS)

    assert world.consent(EU) == CONNECTED

    assert world.state().leads.broken == ()


def test_a_stage_that_the_hubspot_account_lacks_shows_after_connecting(world: World) -> None:
    gone = replace(DEALS, rule=replace(DEALS.rule, value="gone"))
    world.campaigns.save_settings("acme", "spring", "lead", gone, None, {})

    world.consent(EU)

    assert world.state().leads.broken == (Broken(Part.RULE, "dealstage", "gone"),)


def waiting_for_nps(world: World, campaign_id: str) -> SideSettings:
    """A campaign whose rule every lead of `SETTINGS` satisfies."""
    waits = replace(SETTINGS, mapping=(), rule=Rule(RuleKind.CONTACT_PROPERTY, "nps", "9"))
    over = world.campaigns.neighbourhood("acme", EU).version
    binding = world.state(campaign_id).binding
    world.campaigns.save_settings("acme", campaign_id, "lead", waits, binding, {}, over)
    return waits


def test_leads_that_would_qualify_another_campaigns_are_not_sent_after_connecting(world: World) -> None:
    world.hubspot.property_names[EU].append("nps")
    world.consent(EU, campaign_id="autumn")
    waits = waiting_for_nps(world, "autumn")
    world.campaigns.save_settings("acme", "spring", "lead", SETTINGS, None, {})

    assert world.consent(EU) == CONNECTED

    assert world.state().leads.broken == (Broken(Part.CLASH, "nps", "autumn"),)
    assert world.state("autumn").leads == waits  # who was there first goes on


def test_a_campaign_saved_while_another_connects_is_judged_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.hubspot.property_names[EU].append("nps")
    world.consent(EU, campaign_id="autumn")
    world.campaigns.save_settings("acme", "spring", "lead", SETTINGS, None, {})
    connect = world.connections.connect

    def overtaken(*args: Any) -> list[Binding]:
        monkeypatch.setattr(world.connections, "connect", connect)  # once
        waiting_for_nps(world, "autumn")
        return connect(*args)

    monkeypatch.setattr(world.connections, "connect", overtaken)

    world.consent(EU)

    assert world.state().leads.broken == (Broken(Part.CLASH, "nps", "autumn"),)


REFERRERS = replace(SETTINGS, rule=Rule(), duplicates=Duplicates.UPDATE)


def test_the_settings_for_referrers_are_held_against_the_hubspot_account_too(world: World) -> None:
    leads = replace(SETTINGS, mapping=SETTINGS.mapping[:1])
    world.campaigns.save_settings("acme", "spring", "lead", leads, None, {})
    world.campaigns.save_settings("acme", "spring", "referrer", REFERRERS, None, {})

    world.consent(EU)

    assert world.state().referrers == replace(REFERRERS, broken=(LACKED,))
    assert world.state().leads == leads


def test_a_save_for_referrers_in_mid_connect_is_what_the_connection_is_judged_by(world: World) -> None:
    def save() -> None:
        CampaignRepository.save_settings(world.campaigns, "acme", "spring", "referrer", REFERRERS, None, {"nps": ()})

    state, browser = world.leave_for_hubspot()
    world.hubspot.while_asked = save
    world.connect.finish(state=state, browser=browser, code=world.hubspot.consent(EU))

    assert world.state().referrers.broken == (LACKED,)
    [route] = world.campaigns.routes(EU)
    assert dict(route.beside) == {"nps": ()}


def test_the_key_that_keeps_deals_single_is_made_for_referrers_too(world: World) -> None:
    deals = replace(DEALS, rule=Rule())
    world.campaigns.save_settings("acme", "spring", "referrer", deals, None, {})

    world.consent(EU)

    assert world.hubspot.asked.count("create_deal_key") == 1
    assert world.state().referrers == deals


def test_referrers_that_would_qualify_another_campaigns_leads_are_not_sent_after_connecting(world: World) -> None:
    world.hubspot.property_names[EU].append("nps")
    world.consent(EU, campaign_id="autumn")
    waiting_for_nps(world, "autumn")
    world.campaigns.save_settings("acme", "spring", "referrer", REFERRERS, None, {})

    world.consent(EU)

    assert world.state().referrers.broken == (Broken(Part.CLASH, "nps", "autumn"),)
    assert world.state().leads.broken == ()
