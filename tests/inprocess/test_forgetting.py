"""People who are closed, erased or whose campaign is deleted; the order in which it is told does not matter."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from referral_hubspot.domain.people import PersonKey, Reason, State
from referral_hubspot.domain.settings import Duplicates
from referral_hubspot.runtime import clients
from referral_hubspot.usecases import erase
from referral_hubspot.usecases.apart import Apart
from tests.inprocess.test_leads import stored
from tests.world import ACCOUNT, CAMPAIGN, World, event, lead_joined_event

CLOSED = event("lead.closed.v1", account_id=ACCOUNT, campaign_id=CAMPAIGN, lead_id="l1", reason="deleted")
REFERRER = {"id": "r1", "first_name": "Grace", "email": "grace@example.com", "referral_code": "G-1"}


def erased(**who: str) -> dict[str, Any]:
    return event("person.erased.v1", account_id=ACCOUNT, **who)


def everything(world: World) -> str:
    """All that the campaign table holds."""
    pages = world.wiring.dynamodb.get_paginator("scan").paginate(TableName=world.campaign_table)
    return json.dumps([item for page in pages for item in page["Items"]], default=str)


def test_a_lead_closed_after_it_was_sent_is_closed(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    world.deliver(CLOSED)
    world.deliver(CLOSED)

    lead = stored(world, "l1")
    assert (lead.state, lead.reason) == (State.CLOSED, Reason.CLOSED)


def test_a_lead_closed_before_it_joined_is_never_sent(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.forget_calls()

    world.deliver(CLOSED)
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    assert stored(world, "l1").state is State.CLOSED
    assert world.calls() == []


def test_closing_in_a_campaign_that_is_not_served_leaves_no_trace(world: World) -> None:
    world.deliver(CLOSED)

    assert world.lead("l1") is None


@pytest.mark.parametrize("who", [{"email": " ADA@example.com"}, {"id": "l1"}])
def test_an_erased_person_is_in_no_row_and_refused_later(world: World, who: dict[str, str]) -> None:
    world.serve(Duplicates.UPDATE)
    world.serve(Duplicates.UPDATE, campaign="autumn")
    world.deliver(
        lead_joined_event("l1", "ada@example.com", first_name="Augusta", referrer=REFERRER),
        lead_joined_event("l2", "ada@example.com", campaign="autumn", first_name="Augusta"),
    )

    world.deliver(erased(**who))
    world.deliver(lead_joined_event("l3", "ada@example.com", first_name="Augusta"))

    other = world.lead("l2", campaign="autumn")
    later = stored(world, "l3")
    assert stored(world, "l1").state is State.ERASED
    assert other is not None
    assert other.state is State.ERASED
    assert (later.state, later.reason) == (State.REJECTED, Reason.PERSON_ERASED)
    assert "ada@example.com" not in everything(world)
    assert "Augusta" not in everything(world)


@pytest.mark.parametrize("who", [{"email": "grace@example.com"}, {"id": "r1"}])
def test_a_referrer_is_erased_from_the_rows_of_others(world: World, who: dict[str, str]) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(lead_joined_event("l1", "ada@example.com", referrer=REFERRER))

    world.deliver(erased(**who))

    lead = stored(world, "l1")
    assert (lead.state, lead.email) == (State.SENT, "ada@example.com")
    assert "Grace" not in everything(world)
    assert "grace@example.com" not in everything(world)


def test_an_erasure_looks_again_for_whoever_was_written_meanwhile(world: World, monkeypatch: Any) -> None:
    world.serve(Duplicates.UPDATE)
    monkeypatch.setattr(erase, "SECOND_LOOK_AFTER", timedelta(0))
    read = world.wiring.register.read
    event_of_ada = lead_joined_event("l1", "ada@example.com")

    def erased_after_reading(people: Any) -> Any:
        intake = read(people)
        monkeypatch.setattr(world.wiring.register, "read", read)
        world.wiring.erase.person(ACCOUNT, email="ada@example.com")
        return intake

    monkeypatch.setattr(world.wiring.register, "read", erased_after_reading)
    world.deliver(event_of_ada)
    before = stored(world, "l1").state
    world.sweep()

    assert before is State.SENT
    assert stored(world, "l1").state is State.ERASED
    assert "ada@example.com" not in everything(world)


def test_a_deleted_campaign_takes_its_people_and_its_connection_along(world: World, monkeypatch: Any) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(*[lead_joined_event(f"l{n}", f"p{n}@example.com") for n in range(3)])

    deleted = event(
        "campaign.updated.v1", account_id=ACCOUNT, campaign_id=CAMPAIGN, name="Spring", state="deleted", version=2
    )
    world.deliver(deleted)
    world.deliver(lead_joined_event("late", "late@example.com"))
    world.sweep()

    states = {stored(world, f"l{n}").state for n in range(3)}
    assert states == {State.ERASED}
    assert world.lead("late") is None
    assert world.wiring.connections.state(ACCOUNT, CAMPAIGN).binding is None
    assert "@example.com" not in everything(world)


def test_an_erasure_without_time_left_goes_on_in_the_next_sweep(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(*[lead_joined_event(f"l{n}", f"p{n}@example.com") for n in range(3)])
    world.wiring.erase.campaign(ACCOUNT, CAMPAIGN)
    enough = iter([True, False])

    cut_short = world.wiring.erase.run_due(lambda: next(enough, False), Apart())
    finished = world.wiring.erase.run_due(lambda: True, Apart())

    assert (cut_short, finished) == (0, 1)
    assert {stored(world, f"l{n}").state for n in range(3)} == {State.ERASED}


def test_an_older_word_on_a_campaign_is_ignored(world: World) -> None:
    def said(name: str, version: int) -> dict[str, Any]:
        return event(
            "campaign.updated.v1", account_id=ACCOUNT, campaign_id=CAMPAIGN, name=name, state="live", version=version
        )

    world.deliver(said("new", 2))
    world.deliver(said("old", 1))

    campaign = world.wiring.connections.state(ACCOUNT, CAMPAIGN).campaign
    assert campaign is not None
    assert campaign.name == "new"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("not json", "not_json"),
        (
            json.dumps({"specversion": "1.0", "id": "1", "source": "x", "type": "lead.exploded.v1", "data": {}}),
            "unknown_type",
        ),
        (json.dumps(lead_joined_event("", "ada@example.com")), "invalid:data.lead_id"),
        (json.dumps(lead_joined_event("a#b", "ada@example.com")), "invalid:data.lead_id"),
        (json.dumps({**lead_joined_event("l1", "ada@example.com"), "specversion": "0.3"}), "invalid:specversion"),
    ],
)
def test_what_can_never_be_read_is_buried_with_its_reason_and_harms_nobody(
    world: World, body: str, reason: str
) -> None:
    world.serve(Duplicates.UPDATE)

    again = world.deliver(body, lead_joined_event("good", "good@example.com"))

    [letter] = world.dead_letters()
    assert again == []
    assert letter["MessageAttributes"]["reason"]["StringValue"] == reason
    assert stored(world, "good").state is State.SENT


def test_people_are_listed_newest_first_page_by_page(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    start = datetime.now(UTC) - timedelta(days=1)
    world.deliver(
        *[
            lead_joined_event(f"l{n:02}", f"p{n}@example.com", joined_at=(start + timedelta(minutes=n)).isoformat())
            for n in range(25)
        ]
    )

    seen: list[str] = []
    cursor = ""
    while True:
        page, cursor = world.wiring.people.page(ACCOUNT, CAMPAIGN, "lead", 10, cursor)
        seen += [person.key.person_id for person in page]
        if not cursor:
            break

    assert seen == [f"l{n:02}" for n in reversed(range(25))]


def test_a_person_of_another_side_or_account_is_somebody_else(world: World) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(lead_joined_event("l1", "ada@example.com"))

    others = world.wiring.people.load(
        [PersonKey(ACCOUNT, CAMPAIGN, "referrer", "l1"), PersonKey("globex", CAMPAIGN, "lead", "l1")]
    )

    assert others == {}
    assert clients.now() > datetime(2026, 1, 1, tzinfo=UTC)


def test_an_erasure_that_breaks_keeps_nobody_elses_from_being_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.serve(Duplicates.UPDATE)
    world.deliver(lead_joined_event("l1", "ada@example.com"), lead_joined_event("l2", "bob@example.com"))
    world.deliver(erased(id="l1"), erased(id="l2"))
    looked_at: list[str] = []
    again = erase.Erase._person

    def breaks_once(self: erase.Erase, one: erase.Erasure) -> bool:
        looked_at.append(one.person_id)
        if len(looked_at) == 1:
            raise ValueError("a row that the code cannot read")
        return again(self, one)

    monkeypatch.setattr(erase.Erase, "_person", breaks_once)
    monkeypatch.setattr(clients, "now", lambda: datetime.now(UTC) + timedelta(minutes=6))
    world.new_worker()
    with pytest.raises(Exception, match="1 failures"):
        world.sweep()

    assert sorted(looked_at) == ["l1", "l2"]
