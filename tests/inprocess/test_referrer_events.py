"""What the platform tells of its referrers: the order in which it comes does not matter, and an update sends nobody."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from referral_hubspot.domain.people import Entry, Happening, Person, Reason, State
from referral_hubspot.domain.settings import Action, Duplicates, MappingRow, SideSettings
from referral_hubspot.usecases.people import Change
from referral_hubspot.usecases.receive import Decline, Enrolment, Join
from tests.inprocess.test_cost import aws_calls
from tests.inprocess.test_forgetting import erased, everything
from tests.inprocess.test_leads import told
from tests.world import ACCOUNT, CAMPAIGN, MAPPING, World, event, referrer_event

GRACE = "grace@example.com"
COUNTED = (*MAPPING, MappingRow("referrals_count", source="referrals_count", type="number", field_type="number"))
REFERRERS = SideSettings(0, Action.CREATE_CONTACT, COUNTED, Duplicates.UPDATE)


@pytest.fixture(autouse=True)
def _served(world: World) -> None:
    world.serve(Duplicates.SKIP)
    world.save(REFERRERS, side="referrer")


def joined(version: int = 1, **data: Any) -> dict[str, Any]:
    return referrer_event("joined", "r1", GRACE, version, **data)


def updated(version: int, **data: Any) -> dict[str, Any]:
    return referrer_event("updated", "r1", GRACE, version, **data)


def stored(world: World) -> Person:
    found = world.referrer("r1")
    assert found is not None
    return found


def test_a_referrer_who_joins_becomes_a_contact_with_counts_and_fields(world: World) -> None:
    team = MappingRow("jobtitle", source="fields.team")
    converted = MappingRow("converted_referrals_count", source="converted_referrals_count", type="number")
    world.save(SideSettings(0, Action.CREATE_CONTACT, (*COUNTED, team, converted), Duplicates.UPDATE), side="referrer")

    again = world.deliver(joined(referrals_count=3, converted_referrals_count=1, fields={"team": "red"}))

    [contact] = world.contacts(GRACE)
    grace = stored(world)
    assert again == []
    assert (grace.state, grace.record_id, grace.revision) == (State.SENT, contact["id"], 1)
    wanted = {
        **{"firstname": "Grace", "referral_code": "R-7", "jobtitle": "red"},
        **{"referrals_count": "3", "converted_referrals_count": "1"},
    }
    assert {name: contact["properties"].get(name) for name in wanted} == wanted


def test_the_same_event_twice_is_one_referrer_and_one_call(world: World) -> None:
    again = joined()

    world.deliver(again)
    world.forget_calls()
    world.deliver(again, again)

    assert world.calls() == []
    assert told(stored(world)) == [Happening.RECEIVED, Happening.SENDING, Happening.CREATED]


def test_an_update_is_written_over_what_was_told_before_and_hubspot_is_told_nothing(world: World) -> None:
    world.deliver(joined())
    before = stored(world)
    world.forget_calls()

    again = world.deliver(updated(2, first_name="Gracie", referrals_count=1, fields={"team": "red"}))

    after = stored(world)
    assert again == []
    assert world.calls() == []
    assert (after.state, after.record_id, after.revision) == (State.SENT, before.record_id, 2)
    assert (after.email, after.details["email"]) == (GRACE, GRACE)
    assert {name: after.details[name] for name in ("first_name", "referrals_count", "fields.team")} == {
        "first_name": "Gracie",
        "referrals_count": "1",
        "fields.team": "red",
    }


@pytest.mark.parametrize("version", [2, 1])
def test_a_stale_update_is_ignored(world: World, version: int) -> None:
    world.deliver(joined(2, referrals_count=5))
    before = stored(world)

    world.deliver(updated(version, referrals_count=4))

    assert stored(world) == before


def test_of_several_updates_at_once_the_highest_counts(world: World) -> None:
    world.deliver(joined())

    world.deliver(*(updated(version, referrals_count=version) for version in (3, 4, 2)))

    assert (stored(world).revision, stored(world).details["referrals_count"]) == (4, "4")


def test_an_address_that_the_platform_changes_stays_the_one_that_was_sent(world: World) -> None:
    world.deliver(joined())

    world.deliver(referrer_event("updated", "r1", "other@example.com", 2, first_name="Gracie"))

    grace = stored(world)
    assert (grace.email, grace.details["email"], grace.details["first_name"]) == (GRACE, GRACE, "Gracie")


@pytest.mark.parametrize("at_once", [False, True], ids=["one after the other", "in one batch"])
def test_who_joins_after_an_update_starts_from_it(world: World, at_once: bool) -> None:
    early = updated(3, first_name="Gracie", referrals_count=7)
    for batch in [[joined(), early]] if at_once else [[early], [joined()]]:
        assert world.deliver(*batch) == []

    [contact] = world.contacts(GRACE)
    assert (stored(world).state, stored(world).revision) == (State.SENT, 3)
    assert (contact["properties"]["firstname"], contact["properties"]["referrals_count"]) == ("Gracie", "7")


def test_of_early_updates_the_highest_is_kept(world: World) -> None:
    for version in (2, 4, 3):
        world.deliver(updated(version, referrals_count=version))

    world.deliver(joined())

    assert (stored(world).revision, stored(world).details["referrals_count"]) == (4, "4")


def test_an_early_update_is_kept_for_a_day(world: World) -> None:
    world.deliver(updated(3, referrals_count=7))

    world.deliver(joined(), sent_at=datetime.now(UTC) + timedelta(hours=24, seconds=1))

    assert (stored(world).revision, stored(world).details["referrals_count"]) == (1, "0")


def test_joined_comes_again_after_an_update_and_changes_nothing(world: World) -> None:
    first = joined()
    world.deliver(first)
    world.deliver(updated(2, referrals_count=1))
    before = stored(world)

    world.deliver(first)

    assert stored(world) == before, "not even a note of different content: it is older, not different"


def test_joined_with_a_higher_revision_is_an_update_and_no_different_content(world: World) -> None:
    world.deliver(joined())

    world.deliver(joined(2, first_name="Gracie"))

    grace = stored(world)
    assert (grace.revision, grace.details["first_name"]) == (2, "Gracie")
    assert Happening.DIFFERENT_CONTENT not in told(grace)


def test_the_same_revision_with_other_content_is_noted_as_with_leads(world: World) -> None:
    world.deliver(joined())

    world.deliver(joined(first_name="Gracie"))

    assert stored(world).details["first_name"] == "Grace"
    assert told(stored(world))[-1] is Happening.DIFFERENT_CONTENT


def test_who_waits_goes_out_with_what_was_told_last(world: World) -> None:
    world.sim("faults", {"status": 503, "times": None, "path": "/crm/"})
    world.deliver(joined(), sent_at=datetime.now(UTC) - timedelta(seconds=901))
    world.deliver(updated(2, referrals_count=2))
    waits = stored(world)
    world.end_faults()

    world.deliver(joined(3, first_name="Gracie", referrals_count=3))

    [contact] = world.contacts(GRACE)
    assert (waits.state, waits.revision) == (State.HELD, 2)
    assert (stored(world).state, stored(world).revision) == (State.SENT, 3)
    assert (contact["properties"]["firstname"], contact["properties"]["referrals_count"]) == ("Gracie", "3")


def test_an_update_never_sends_who_joined_before_hubspot_was_connected(world: World) -> None:
    world.forget_calls()

    world.deliver(updated(2), updated(3))
    world.sweep()

    assert world.referrer("r1") is None
    assert world.contacts(GRACE) == []


def test_an_update_in_a_campaign_that_is_not_served_leaves_no_trace(world: World) -> None:
    world.deliver(referrer_event("updated", "r1", GRACE, 2, campaign="of-nobody", first_name="Augusta"))

    assert "Augusta" not in everything(world)


@pytest.mark.parametrize("who", [{"email": GRACE}, {"id": "r1"}])
def test_an_erased_referrer_stays_erased(world: World, who: dict[str, str]) -> None:
    world.deliver(joined(first_name="Augusta"))

    world.deliver(erased(**who))
    world.deliver(updated(2, first_name="Augusta"), joined(3, first_name="Augusta"))

    assert stored(world).state is State.ERASED
    assert "Augusta" not in everything(world)


@pytest.mark.parametrize("who", [{"email": GRACE}, {"id": "r1"}])
def test_what_was_told_early_is_erased_too_and_not_kept_again(world: World, who: dict[str, str]) -> None:
    world.deliver(updated(2, first_name="Augusta"))
    assert "Augusta" in everything(world)

    world.deliver(erased(**who))
    world.deliver(updated(3, first_name="Augusta"))
    assert "Augusta" not in everything(world)
    world.deliver(joined(first_name="Augusta"))
    world.deliver(updated(4, first_name="Augusta"))

    assert (stored(world).state, stored(world).reason) == (State.REJECTED, Reason.PERSON_ERASED)
    assert "Augusta" not in everything(world)


def test_a_deleted_campaign_takes_what_was_told_early_along(world: World) -> None:
    world.deliver(updated(2, first_name="Augusta"))
    deleted = event(
        "campaign.updated.v1", account_id=ACCOUNT, campaign_id=CAMPAIGN, name="Spring", state="deleted", version=2
    )

    world.deliver(deleted)
    world.sweep()

    assert "Augusta" not in everything(world)


def before_the_next(owner: Any, method: str, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen right before the next call of a method."""
    original = getattr(owner, method)

    def call(*arguments: Any) -> Any:
        monkeypatch.setattr(owner, method, original)
        happens()
        return original(*arguments)

    monkeypatch.setattr(owner, method, call)


def noted(world: World) -> None:
    """Somebody else writes the row."""
    before = stored(world)
    entry = Entry(datetime.now(UTC), Happening.FIRST_NAME_BLANK)
    assert not world.wiring.people.apply([Change(before, before.noted(entry))])


def test_an_update_that_is_overtaken_is_made_of_what_stands_there_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deliver(joined())
    before_the_next(world.wiring.people, "apply", monkeypatch, lambda: noted(world))

    assert world.deliver(updated(2, referrals_count=1)) == []

    grace = stored(world)
    assert (grace.revision, grace.details["referrals_count"], told(grace)[-1]) == (2, "1", Happening.FIRST_NAME_BLANK)


def test_an_update_that_is_overtaken_each_time_comes_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.deliver(joined())
    apply = world.wiring.people.apply

    def overtaken(changes: Sequence[Change]) -> Any:
        before = stored(world)
        apply([Change(before, before.noted())])
        return apply(changes)

    monkeypatch.setattr(world.wiring.people, "apply", overtaken)
    again = world.deliver(referrer_event("updated", "r2", "other@example.com", 2), updated(2))
    monkeypatch.undo()

    assert again == [1]


def test_who_joins_while_an_early_update_is_kept_has_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    early = world.wiring.early_updates
    before_the_next(early, "keep", monkeypatch, lambda: world.deliver(joined()))

    world.deliver(updated(2, referrals_count=1))

    assert (stored(world).state, stored(world).revision) == (State.SENT, 2)


def test_an_update_that_comes_between_reading_and_joining_is_not_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_the_next(world.wiring.people, "apply", monkeypatch, lambda: world.deliver(updated(2, referrals_count=1)))

    world.deliver(joined())

    assert (stored(world).state, stored(world).revision) == (State.SENT, 2)


def test_a_full_batch_of_updates_costs_a_few_calls_of_the_table(world: World) -> None:
    people = [(f"r{n}", f"r{n}@example.com") for n in range(100)]
    world.deliver(*(referrer_event("joined", *person) for person in people))
    world.forget_calls()

    with aws_calls(world) as calls:
        world.deliver(*(referrer_event("updated", *person, 2) for person in people))
        spent = calls.copy()

    assert world.calls() == []
    assert spent == {"BatchGetItem": 3, "TransactWriteItems": 1}
    assert {found.revision for n in range(100) if (found := world.referrer(f"r{n}"))} == {2}


class Enrolments:
    """Stands in for the use case that takes answers in."""

    def __init__(self, *again: str) -> None:
        self._again = again
        self.taken: list[tuple[list[str], list[Decline]]] = []

    def take(self, joins: Sequence[Join], declines: Sequence[Decline]) -> set[Enrolment]:
        self.taken.append(([join.enrolment_id for join in joins], list(declines)))
        return {Enrolment(ACCOUNT, CAMPAIGN, enrolment_id) for enrolment_id in self._again}


def test_answers_to_enrolments_are_handed_on_in_one_batch_and_not_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def declined(enrolment_id: str) -> dict[str, Any]:
        ids = {"account_id": ACCOUNT, "campaign_id": CAMPAIGN, "enrolment_id": enrolment_id}
        return event("referrer.enrolment_declined.v1", **ids, reason="not_accepted")

    enrolments = Enrolments("e2", "e3")
    monkeypatch.setattr(world.wiring.receive, "_answers", enrolments)
    world.forget_calls()

    again = world.deliver(
        joined(enrolment_id="e1"), declined("e2"), joined(enrolment_id="e3"), declined("e4"), joined(enrolment_id="e1")
    )

    expected = [Decline(ACCOUNT, CAMPAIGN, enrolment_id, "not_accepted") for enrolment_id in ("e2", "e4")]
    assert enrolments.taken == [(["e1", "e3", "e1"], expected)]
    assert again == [1, 2]
    assert world.referrer("r1") is None
    assert world.calls() == []


@pytest.mark.parametrize("enrolment_id", [None, ""])
def test_a_blank_enrolment_is_none(world: World, enrolment_id: str | None) -> None:
    world.deliver(joined(enrolment_id=enrolment_id))

    assert stored(world).state is State.SENT
