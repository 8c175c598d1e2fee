"""Coming back from HubSpot with another HubSpot account than the campaign uses."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from referral_hubspot.domain.settings import Action, Broken, MappingRow, Part, SideSettings
from referral_hubspot.usecases.connect_outcomes import Connected, NotConnected, Obstacle, OtherAccount
from tests.connecting import BACK, EU, US, World, hubspot_away, new_world

SETTINGS = SideSettings(
    version=1,
    action=Action.CREATE_CONTACT,
    mapping=(MappingRow("email", source="email"), MappingRow("lifecyclestage", value="lead")),
)
LACKED = Broken(Part.MAPPING, "lifecyclestage")


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as world:
        world.consent(EU)
        yield world


def choose_another(world: World) -> tuple[OtherAccount, str]:
    state, browser = world.leave_for_hubspot()
    outcome = world.connect.finish(state=state, browser=browser, code=world.hubspot.consent(US))
    assert isinstance(outcome, OtherAccount)
    return outcome, browser


def test_another_choice_asks_and_changes_nothing_yet(world: World) -> None:
    before = world.binding()

    question, _ = choose_another(world)

    assert (question.former_name, question.chosen_name, question.return_url) == ("Acme EU", "Acme US", BACK)
    assert question.secret not in repr(question)
    assert world.binding() == before
    assert world.campaigns.routes(US) == []
    assert not world.has_grant(US)
    assert world.is_parked(US)


def test_two_accounts_of_one_name_are_told_apart(world: World) -> None:
    world.hubspot.names[US] = "Acme EU"

    question, _ = choose_another(world)

    assert (question.former_name, question.chosen_name) == ("Acme EU (1001001)", "Acme EU (1001002)")


def test_trying_again_leads_to_hubspot_once_more(world: World) -> None:
    question, browser = choose_another(world)
    again = parse_qs(urlsplit(question.again_url).query)["state"][0]

    outcome = world.connect.finish(state=again, browser=browser, code=world.hubspot.consent(EU))

    assert outcome == Connected("spring", "Acme EU", BACK)


def test_switching_moves_the_campaign_and_gives_the_old_grant_back(world: World) -> None:
    question, browser = choose_another(world)
    world.wait(minutes=5)

    outcome = world.connect.switch(secret=question.secret, browser=browser)

    assert outcome == Connected("spring", "Acme US", BACK)
    assert (world.binding().portal_id, world.binding().version) == (US, 2)
    assert world.campaigns.routes(EU) == []
    assert [route.campaign_id for route in world.campaigns.routes(US)] == ["spring"]
    assert not world.has_grant(EU)
    assert world.has_grant(US)
    assert not world.is_parked(US)
    assert world.clean_up.run_due(world.now).uninstalled == 1
    assert world.hubspot.installed == {US}


def test_switching_keeps_the_settings_and_shows_what_the_new_account_lacks(world: World) -> None:
    over = world.campaigns.neighbourhood("acme", EU).version
    writes = {"lifecyclestage": ("lead",)}
    world.campaigns.save_settings("acme", "spring", "lead", SETTINGS, world.binding(), writes, over)
    question, browser = choose_another(world)

    world.connect.switch(secret=question.secret, browser=browser)

    leads = world.state().leads
    assert (leads.version, leads.mapping, leads.broken) == (1, SETTINGS.mapping, (LACKED,))
    [route] = world.campaigns.routes(US)
    assert dict(route.writes) == {"lifecyclestage": ("lead",)}


def test_an_account_that_another_campaign_still_uses_keeps_its_grant(world: World) -> None:
    world.consent(EU, campaign_id="autumn")
    question, browser = choose_another(world)

    world.connect.switch(secret=question.secret, browser=browser)

    assert world.has_grant(EU)
    assert not world.is_parked(EU)
    assert world.binding("autumn").portal_id == EU


def test_a_choice_nobody_confirms_is_given_back(world: World) -> None:
    question, browser = choose_another(world)
    assert world.clean_up.run_due(world.now).uninstalled == 0
    world.wait(minutes=10)

    assert world.clean_up.run_due(world.now).uninstalled == 1

    assert world.hubspot.installed == {EU}
    late = world.connect.switch(secret=question.secret, browser=browser)
    assert late == NotConnected(Obstacle.LINK_REFUSED, BACK, "expired")
    assert world.binding().portal_id == EU


def test_a_choice_that_another_campaign_uses_meanwhile_stays(world: World) -> None:
    world.consent(US, campaign_id="autumn")
    choose_another(world)
    world.wait(minutes=10)

    report = world.clean_up.run_due(world.now)

    assert (report.kept, report.uninstalled, report.revoked) == (1, 0, 0)
    assert world.has_grant(US)
    assert not world.is_parked(US)


def test_switching_works_where_another_campaign_uses_the_choice_already(world: World) -> None:
    world.consent(US, campaign_id="autumn")
    question, browser = choose_another(world)

    assert isinstance(world.connect.switch(secret=question.secret, browser=browser), Connected)

    assert {route.campaign_id for route in world.campaigns.routes(US)} == {"spring", "autumn"}
    assert not world.is_parked(US)


def test_a_switch_works_once_and_in_one_browser(world: World) -> None:
    question, browser = choose_another(world)

    foreign = world.connect.switch(secret=question.secret, browser="another-browser")
    assert foreign == NotConnected(Obstacle.LINK_REFUSED, "", "other_browser")
    assert isinstance(world.connect.switch(secret=question.secret, browser=browser), Connected)
    again = world.connect.switch(secret=question.secret, browser=browser)
    assert again == NotConnected(Obstacle.LINK_REFUSED, BACK, "used")


def test_a_choice_whose_grant_is_gone_starts_over(world: World) -> None:
    question, browser = choose_another(world)
    for leftover in world.cleanups.due(world.now.replace(year=2027)):
        world.cleanups.finish(leftover)

    outcome = world.connect.switch(secret=question.secret, browser=browser)

    assert isinstance(outcome, NotConnected)
    assert (outcome.obstacle, outcome.return_url) == (Obstacle.CHOICE_GONE, BACK)


def test_hubspot_being_away_switches_nothing(world: World) -> None:
    question, browser = choose_another(world)
    world.hubspot.away = hubspot_away()

    outcome = world.connect.switch(secret=question.secret, browser=browser)

    assert isinstance(outcome, NotConnected)
    assert outcome.obstacle is Obstacle.HUBSPOT_AWAY
    assert world.binding().portal_id == EU


def test_a_campaign_disconnected_meanwhile_is_connected_to_the_choice(world: World) -> None:
    question, browser = choose_another(world)
    world.disconnect("acme", "spring")

    assert isinstance(world.connect.switch(secret=question.secret, browser=browser), Connected)

    assert world.binding().portal_id == US


def test_after_a_disconnect_another_account_asks_nothing(world: World) -> None:
    world.disconnect("acme", "spring")

    assert world.consent(US) == Connected("spring", "Acme US", BACK)


def test_a_lost_connection_still_knows_which_account_it_was(world: World) -> None:
    refused = world.credentials.get("acme", EU)
    assert refused is not None
    world.credentials.mark_lost(refused)

    assert choose_another(world)[0].former_name == "Acme EU"


def test_a_switch_does_not_leave_a_third_account_unasked(world: World) -> None:
    question, browser = choose_another(world)
    world.disconnect("acme", "spring")
    world.consent(US)
    world.disconnect("acme", "spring")
    world.consent(EU, campaign_id="spring")
    leaving_us, browser_us = choose_another(world)
    world.connect.switch(secret=leaving_us.secret, browser=browser_us)
    # The campaign is on the chosen account already: the older question finds its choice made.
    older = world.connect.switch(secret=question.secret, browser=browser)

    assert isinstance(older, NotConnected)
    assert older.obstacle is Obstacle.CHOICE_GONE
    assert world.binding().portal_id == US
