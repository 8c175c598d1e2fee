"""Why a lead stands where it stands, told to whoever is on call."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from referral_hubspot.domain.pauses import Pauses
from referral_hubspot.domain.people import Decision, Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import (
    Action,
    Binding,
    BindingState,
    Campaign,
    CampaignState,
    Duplicates,
    Rule,
    RuleKind,
    Side,
    SideSettings,
)
from referral_hubspot.domain.story import Line
from referral_hubspot.usecases.command import CommandRefusedError
from referral_hubspot.usecases.find_campaign import KnownCampaign
from referral_hubspot.usecases.pause import Pause
from referral_hubspot.usecases.read_people import Story
from referral_hubspot.usecases.why import Asked, Why

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
PAUSE = Pause("portal:7", NOW, "over its limit")
BINDING = Binding("acme", "spring", 7, "acme.example", "app.hubspot.com", "Vera Admin", NOW, BindingState.LOST)
RULE = Rule(RuleKind.CONTACT_PROPERTY, "lifecyclestage", "customer", NOW)
STATE = CampaignState(
    Campaign("acme", "spring", "Spring", "live"),
    SideSettings(3, Action.CREATE_CONTACT, rule=RULE),
    BINDING,
    pauses=Pauses(frozenset({PAUSE.target})),
)


def lead(campaign_id: str = "spring", lead_id: str = "l1", side: Side = "lead") -> Person:
    return Person(
        PersonKey("acme", campaign_id, side, lead_id),
        NOW,
        NOW,
        email="ada@example.com",
        details={"first_name": "Ada"},
        state=State.HELD,
        reason=Reason.PAUSED,
        version=4,
        decision=Decision(7, Action.CREATE_CONTACT, Duplicates.SKIP, 3),
        held_since=NOW,
        timeline=(Entry(NOW, Happening.RECEIVED),),
    )


class FakePeople:
    def __init__(self, *people: Person) -> None:
        self._people = {person.key: person for person in people}

    def identity(self, value: str) -> str:
        return f"hash of {value}"

    def load(self, people: Iterable[PersonKey]) -> Mapping[PersonKey, Person]:
        return {key: self._people[key] for key in people if key in self._people}

    def with_email(self, account_id: str, email_hash: str) -> Sequence[PersonKey]:
        return [
            key
            for key, person in self._people.items()
            if key.account_id == account_id and self.identity(person.email) == email_hash
        ]


class FakeCampaigns:
    def load(self, campaigns: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], CampaignState]:
        return {pair: STATE if pair == ("acme", "spring") else CampaignState() for pair in campaigns}

    def campaigns(self, account_id: str) -> Sequence[Campaign]:
        return [Campaign("acme", "spring"), Campaign("acme", "autumn")] if account_id == "acme" else []

    def every_route(self) -> Sequence[Route]:
        return [Route(7, "acme", "spring"), Route(8, "other", "summer")]


class FakeStories:
    def __init__(self, people: FakePeople) -> None:
        self._people = people

    def one(self, known: KnownCampaign, side: Side, person_id: str) -> Story:
        key = PersonKey(known.campaign.account_id, known.campaign.campaign_id, side, person_id)
        person = self._people.load([key])[key]
        lines = tuple(Line(entry.at, entry.what, "Joined; the platform told us.") for entry in person.timeline)
        return Story(person, "Waiting: HubSpot is paused", "Nothing to do.", lines)


class FakePauses:
    def pauses(self) -> Sequence[Pause]:
        return [PAUSE, Pause("account:other", NOW)]

    def begin(self, pause: Pause) -> None: ...

    def end(self, name: str) -> bool:
        return False


def why(*people: Person) -> Why:
    stored = FakePeople(*people)
    return Why(stored, FakeCampaigns(), FakeStories(stored), FakePauses())


STORY = [
    "Lead l1 of campaign spring of account acme",
    "  stands      Waiting: HubSpot is paused (held: paused, version 4)",
    "  next step   Nothing to do.",
    "  waits since 2026-11-25 10:00:00Z",
    "  decided     create_contact, skip duplicates, settings version 3, HubSpot account 7",
    "  campaign    live, settings version 3: create_contact, qualifies when lifecyclestage becomes customer",
    "  connection  lost, to be reconnected: HubSpot account 7 since 2026-11-25 10:00:00Z",
]
WHAT_HAPPENED = [
    "  paused      portal:7 since 2026-11-25 10:00:00Z: over its limit",
    "  what happened",
    "    2026-11-25 10:00:00Z  Joined; the platform told us.",
]


@pytest.mark.parametrize(
    "asked",
    [
        Asked("l1"),
        Asked("l1", "acme"),
        Asked("l1", campaign_id="spring"),
        Asked("l1", "acme", "spring"),
        Asked(account_id="acme", email=" Ada@Example.com"),
    ],
)
def test_a_lead_is_told_whole_however_it_is_asked_for(asked: Asked) -> None:
    lines = why(lead())(asked)

    assert lines[: len(STORY)] == STORY
    assert lines[-3:] == WHAT_HAPPENED
    missing = [line for line in lines if line.startswith("  missing")]
    assert "  missing     Email is required and not mapped. Map Email to HubSpot's Email and save." in missing


def test_the_story_names_no_person() -> None:
    told = "\n".join(why(lead())(Asked("l1")))

    assert not [word for word in ("Ada", "ada@", "Vera") if word in told]


def test_everyone_with_an_address_is_told_and_leads_only() -> None:
    lines = why(lead(), lead("autumn"), lead("spring", "r1", "referrer"))(
        Asked(account_id="acme", email="ada@example.com")
    )

    assert [line for line in lines if line.startswith("Lead")] == [
        "Lead l1 of campaign autumn of account acme",
        "Lead l1 of campaign spring of account acme",
    ]


def test_a_campaign_that_nobody_told_of_is_no_obstacle() -> None:
    lines = why(lead("autumn"))(Asked("l1", "acme", "autumn"))

    assert "  campaign    never told of, settings never saved" in lines
    assert "  connection  none" in lines


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(), "Say whom: LEAD=<id>"),
        (Asked(email="ada@example.com"), "Say whom: LEAD=<id>"),
        (Asked("l2"), "No connected account has a lead l2; name ACCOUNT=<id> of another."),
        (Asked("l2", "acme"), "There is no lead l2. Campaigns of acme: spring, autumn."),
        (Asked("l1", "nobody"), "The platform never told of a campaign of account nobody."),
        (Asked(account_id="acme", email="eve@example.com"), "Nobody with this address is stored for account acme."),
    ],
)
def test_an_incomplete_or_wrong_question_is_answered_with_what_exists(asked: Asked, said: str) -> None:
    with pytest.raises(CommandRefusedError) as refused:
        why(lead())(asked)

    assert refused.value.lines[0].startswith(said)
    assert "eve@" not in str(refused.value.lines)
