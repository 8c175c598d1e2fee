"""Whether saved settings still fit the HubSpot account."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import DEAL_KEY, Stage
from referral_hubspot.domain.errors import CrmUnavailableError, ScopeMissingError
from referral_hubspot.domain.pauses import Pauses
from referral_hubspot.domain.settings import Broken, Part, SideSettings
from referral_hubspot.storage import dynamo, keys
from referral_hubspot.usecases.fit import Fit
from tests.functions.settings_api.world import DEALS, FORM, PORTAL, World
from tests.tables import CAMPAIGNS, local_tables

STAGE_GONE = Broken(Part.MAPPING, "dealstage", "qualifiedtobuy")


@pytest.fixture
def world() -> Iterator[World]:
    """A campaign that creates deals in a HubSpot account that has all it names."""
    with local_tables() as client:
        world = World(client)
        world.connect()
        assert world.save(DEALS).status == 200
        world.hubspot.asked.clear()
        yield world


def fit(world: World) -> Fit:
    return Fit(world.hubspot, world.cache, world.campaigns, world.clock)


def stored(world: World) -> SideSettings:
    return world.campaigns.load([("a1", "c1")])["a1", "c1"].leads


def asked(world: World) -> list[str]:
    return [what for *_, what in world.hubspot.asked]


def archive_stage(world: World) -> None:
    world.hubspot.lines[0] = replace(world.hubspot.lines[0], stages=(Stage("closedwon", "Closed Won"),))


def test_settings_that_fit_stay_as_they_are(world: World) -> None:
    before = stored(world)

    assert fit(world)("a1", "c1", "lead") == before == stored(world)
    assert asked(world) == ["contacts", "deals", "owners", "pipelines"]


def test_a_stage_that_is_gone_is_stored_and_one_that_is_back_is_forgotten(world: World) -> None:
    stages = world.hubspot.lines[0]
    archive_stage(world)

    told = fit(world)("a1", "c1", "lead")
    assert told == stored(world)
    assert told is not None
    assert told.broken == (STAGE_GONE,)
    assert told.version == 1

    world.hubspot.lines[0] = stages
    assert fit(world)("a1", "c1", "lead") == replace(told, broken=())


def test_what_was_read_is_what_the_settings_page_offers(world: World) -> None:
    archive_stage(world)

    fit(world)("a1", "c1", "lead")

    stages = world.get("hubspot/pipelines").body["pipelines"][0]["stages"]
    assert [stage["id"] for stage in stages] == ["closedwon"]


def test_only_what_the_settings_name_is_read(world: World) -> None:
    world.save(FORM | {"version": 1, "rule": {"kind": "none"}})
    world.hubspot.asked.clear()

    fit(world)("a1", "c1", "lead")

    assert asked(world) == ["contacts"]


def test_a_key_that_somebody_removed_is_made_again(world: World) -> None:
    world.hubspot.of_deals = [known for known in world.hubspot.of_deals if known.name != DEAL_KEY]

    told = fit(world)("a1", "c1", "lead")

    assert told is not None
    assert told.broken == ()
    assert asked(world).count("create_deal_key") == 1


def test_hubspot_being_away_changes_nothing(world: World) -> None:
    archive_stage(world)
    world.hubspot.fault = CrmUnavailableError(status=503)

    with pytest.raises(CrmUnavailableError):
        fit(world)("a1", "c1", "lead")

    assert stored(world).broken == ()


def test_of_what_may_not_be_read_nothing_is_said(world: World) -> None:
    world.hubspot.fault_of_deals = ScopeMissingError(PORTAL, scopes.DEALS)
    world.hubspot.listed = [known for known in world.hubspot.listed if known.name != "firstname"]

    told = fit(world)("a1", "c1", "lead")

    assert told is not None
    assert told.broken == (Broken(Part.CONTACT_MAPPING, "firstname"),)


def test_settings_saved_meanwhile_are_left_to_that_save(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    archive_stage(world)
    mended = DEALS | {"version": 1, "mapping": [DEALS["mapping"][0], DEALS["mapping"][2]], "rule": {"kind": "none"}}
    read = world.hubspot.pipelines

    def saves_meanwhile() -> object:
        monkeypatch.setattr(world.hubspot, "pipelines", read)  # once
        assert world.save(mended).status == 200
        return read()

    monkeypatch.setattr(world.hubspot, "pipelines", saves_meanwhile)

    told = fit(world)("a1", "c1", "lead")

    assert told == stored(world)
    assert (stored(world).version, stored(world).broken) == (2, ())


def test_a_campaign_that_moved_to_another_account_meanwhile_is_left_to_what_connecting_found_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive_stage(world)
    read = world.hubspot.pipelines

    def moves_meanwhile() -> object:
        monkeypatch.setattr(world.hubspot, "pipelines", read)  # once
        world.connect(portal=PORTAL + 1)
        return read()

    monkeypatch.setattr(world.hubspot, "pipelines", moves_meanwhile)

    told = fit(world)("a1", "c1", "lead")

    assert told == stored(world)
    assert stored(world).broken == ()


@pytest.mark.parametrize("why", ["paused", "lost", "do_nothing"])
def test_who_sends_nothing_is_not_looked_at(world: World, why: str) -> None:
    binding = world.campaigns.load([("a1", "c1")])["a1", "c1"].binding
    assert binding is not None
    match why:
        case "paused":
            row = keys.pauses().item() | {"targets": {f"portal:{PORTAL}"}}
            world.client.put_item(TableName=CAMPAIGNS, Item=dynamo.marshal(row))
            assert world.campaigns.load([("a1", "c1")])["a1", "c1"].pauses == Pauses(frozenset({f"portal:{PORTAL}"}))
        case "lost":
            world.lose(binding)
        case "do_nothing":
            world.save({"version": 1, "action": "none", "mapping": [], "duplicates": "skip", "rule": {"kind": "none"}})
    before = stored(world)
    world.hubspot.asked.clear()

    assert fit(world)("a1", "c1", "lead") == (before if why == "do_nothing" else None)
    assert stored(world) == before
    assert asked(world) == []


def test_a_campaign_that_is_not_connected_has_nothing_to_fit(world: World) -> None:
    world.tell(campaign_id="c2")

    assert fit(world)("a1", "c2", "lead") is None


def test_a_clash_left_by_connecting_ends_when_the_other_campaign_gives_way(world: World) -> None:
    clash = Broken(Part.CLASH, "dealstage", "c2")
    world.connect(broken=[clash])
    world.tell(campaign_id="c2")
    world.connect("c2")
    second = "/v1/campaigns/c2/hubspot/leads"
    key, around = ("a1", "c2"), world.campaigns.neighbourhood("a1", PORTAL)
    other = world.campaigns.load([key])[key]
    waits = replace(stored(world), version=1, rule=replace(stored(world).rule, value="qualifiedtobuy"), broken=())
    world.campaigns.save_settings(*key, "lead", waits, other.binding, {}, around.version)

    told = fit(world)("a1", "c1", "lead")
    assert told is not None
    assert told.broken == (clash,)

    nothing = {"version": 1, "action": "none", "mapping": [], "duplicates": "skip", "rule": {"kind": "none"}}
    assert world.save(nothing, second).status == 200
    told = fit(world)("a1", "c1", "lead")
    assert told is not None
    assert told.broken == ()


def test_of_two_campaigns_that_clash_the_one_that_was_there_first_goes_on(world: World) -> None:
    world.tell(campaign_id="c2")
    world.connect("c2")
    key, around = ("a1", "c2"), world.campaigns.neighbourhood("a1", PORTAL)
    other = world.campaigns.load([key])[key]
    waits = replace(stored(world), version=1, rule=replace(stored(world).rule, value="qualifiedtobuy"))
    world.campaigns.save_settings(*key, "lead", waits, other.binding, {}, around.version)

    told = fit(world)("a1", "c1", "lead")

    assert told is not None
    assert told.broken == ()
