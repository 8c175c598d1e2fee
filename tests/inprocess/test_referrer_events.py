"""What the platform tells of its referrers: the order in which it comes does not matter, and an update sends nobody."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.referrer_joined import app as referrer_joined
from referral_hubspot.domain.people import Entry, Happening, Person, Reason, State
from referral_hubspot.domain.settings import Action, Duplicates, MappingRow, SideSettings
from referral_hubspot.usecases.people import Change
from referral_hubspot.usecases.receive import Decline, Enrolment, Join
from tests.inprocess.test_cost import aws_calls
from tests.inprocess.test_forgetting import erased, everything
from tests.inprocess.test_leads import told
from tests.world import ACCOUNT, CAMPAIGN, MAPPING, World, event, lead_joined_event, referrer_event

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

    again = world.tell(joined(referrals_count=3, converted_referrals_count=1, fields={"team": "red"}))

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

    world.tell(again)
    world.forget_calls()
    world.tell(again, again)

    assert world.calls() == []
    assert told(stored(world)) == [Happening.RECEIVED, Happening.SENDING, Happening.CREATED]


def test_an_update_is_written_over_what_was_told_before_and_hubspot_is_told_nothing(world: World) -> None:
    world.tell(joined())
    before = stored(world)
    world.forget_calls()

    again = world.tell(updated(2, first_name="Gracie", referrals_count=1, fields={"team": "red"}))

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
    world.tell(joined(2, referrals_count=5))
    before = stored(world)

    world.tell(updated(version, referrals_count=4))

    assert stored(world) == before


def test_of_several_updates_at_once_the_highest_counts(world: World) -> None:
    world.tell(joined())

    world.tell(*(updated(version, referrals_count=version) for version in (3, 4, 2)))

    assert (stored(world).revision, stored(world).details["referrals_count"]) == (4, "4")


def test_an_address_that_the_platform_changes_stays_the_one_that_was_sent(world: World) -> None:
    world.tell(joined())

    world.tell(referrer_event("updated", "r1", "other@example.com", 2, first_name="Gracie"))

    grace = stored(world)
    assert (grace.email, grace.details["email"], grace.details["first_name"]) == (GRACE, GRACE, "Gracie")


@pytest.mark.parametrize("at_once", [False, True], ids=["one after the other", "in one batch"])
def test_who_joins_after_an_update_starts_from_it(world: World, at_once: bool) -> None:
    early = updated(3, first_name="Gracie", referrals_count=7)
    for batch in [[joined(), early]] if at_once else [[early], [joined()]]:
        assert world.tell(*batch) == []

    [contact] = world.contacts(GRACE)
    assert (stored(world).state, stored(world).revision) == (State.SENT, 3)
    assert (contact["properties"]["firstname"], contact["properties"]["referrals_count"]) == ("Gracie", "7")


def test_of_early_updates_the_highest_is_kept(world: World) -> None:
    for version in (2, 4, 3):
        world.tell(updated(version, referrals_count=version))

    world.tell(joined())

    assert (stored(world).revision, stored(world).details["referrals_count"]) == (4, "4")


def test_an_early_update_is_kept_for_a_day(world: World) -> None:
    world.tell(updated(3, referrals_count=7))

    world.tell(joined(), sent_at=datetime.now(UTC) + timedelta(hours=24, seconds=1))

    assert (stored(world).revision, stored(world).details["referrals_count"]) == (1, "0")


def test_joined_comes_again_after_an_update_and_changes_nothing(world: World) -> None:
    first = joined()
    world.tell(first)
    world.tell(updated(2, referrals_count=1))
    before = stored(world)

    world.tell(first)

    assert stored(world) == before, "not even a note of different content: it is older, not different"


def test_joined_with_a_higher_revision_is_an_update_and_no_different_content(world: World) -> None:
    world.tell(joined())

    world.tell(joined(2, first_name="Gracie"))

    grace = stored(world)
    assert (grace.revision, grace.details["first_name"]) == (2, "Gracie")
    assert Happening.DIFFERENT_CONTENT not in told(grace)


def test_the_same_revision_with_other_content_is_noted_as_with_leads(world: World) -> None:
    world.tell(joined())

    world.tell(joined(first_name="Gracie"))

    assert stored(world).details["first_name"] == "Grace"
    assert told(stored(world))[-1] is Happening.DIFFERENT_CONTENT


def test_who_waits_goes_out_with_what_was_told_last(world: World) -> None:
    world.sim("faults", {"status": 503, "times": None, "path": "/crm/"})
    world.tell(joined(), sent_at=datetime.now(UTC) - timedelta(seconds=901))
    world.tell(updated(2, referrals_count=2))
    waits = stored(world)
    world.end_faults()

    world.tell(joined(3, first_name="Gracie", referrals_count=3))

    [contact] = world.contacts(GRACE)
    assert (waits.state, waits.revision) == (State.HELD, 2)
    assert (stored(world).state, stored(world).revision) == (State.SENT, 3)
    assert (contact["properties"]["firstname"], contact["properties"]["referrals_count"]) == ("Gracie", "3")


def test_an_update_never_sends_who_joined_before_hubspot_was_connected(world: World) -> None:
    world.forget_calls()

    world.tell(updated(2), updated(3))
    world.sweep()

    assert world.referrer("r1") is None
    assert world.contacts(GRACE) == []


def test_an_update_in_a_campaign_that_is_not_served_leaves_no_trace(world: World) -> None:
    world.tell(referrer_event("updated", "r1", GRACE, 2, campaign="of-nobody", first_name="Augusta"))

    assert "Augusta" not in everything(world)


@pytest.mark.parametrize("who", [{"email": GRACE}, {"id": "r1"}])
def test_an_erased_referrer_stays_erased(world: World, who: dict[str, str]) -> None:
    world.tell(joined(first_name="Augusta"))

    world.tell(erased(**who))
    world.tell(updated(2, first_name="Augusta"), joined(3, first_name="Augusta"))

    assert stored(world).state is State.ERASED
    assert "Augusta" not in everything(world)


@pytest.mark.parametrize("who", [{"email": GRACE}, {"id": "r1"}])
def test_what_was_told_early_is_erased_too_and_not_kept_again(world: World, who: dict[str, str]) -> None:
    world.tell(updated(2, first_name="Augusta"))
    assert "Augusta" in everything(world)

    world.tell(erased(**who))
    world.tell(updated(3, first_name="Augusta"))
    assert "Augusta" not in everything(world)
    world.tell(joined(first_name="Augusta"))
    world.tell(updated(4, first_name="Augusta"))

    assert (stored(world).state, stored(world).reason) == (State.REJECTED, Reason.PERSON_ERASED)
    assert "Augusta" not in everything(world)


def test_a_deleted_campaign_takes_what_was_told_early_along(world: World) -> None:
    world.tell(updated(2, first_name="Augusta"))
    deleted = event(
        "campaign.updated.v1", account_id=ACCOUNT, campaign_id=CAMPAIGN, name="Spring", state="deleted", version=2
    )

    world.tell(deleted)
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
    world.tell(joined())
    before_the_next(world.referrer_wiring.people, "apply", monkeypatch, lambda: noted(world))

    assert world.tell(updated(2, referrals_count=1)) == []

    grace = stored(world)
    assert (grace.revision, grace.details["referrals_count"], told(grace)[-1]) == (2, "1", Happening.FIRST_NAME_BLANK)


def test_an_update_that_is_overtaken_each_time_comes_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.tell(joined())
    apply = world.referrer_wiring.people.apply

    def overtaken(changes: Sequence[Change]) -> Any:
        before = stored(world)
        apply([Change(before, before.noted())])
        return apply(changes)

    monkeypatch.setattr(world.referrer_wiring.people, "apply", overtaken)
    again = world.tell(referrer_event("updated", "r2", "other@example.com", 2), updated(2))
    monkeypatch.undo()

    assert again == [1]


def test_who_joins_while_an_early_update_is_kept_has_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    early = world.referrer_wiring.early_updates
    before_the_next(early, "keep", monkeypatch, lambda: world.tell(joined()))

    world.tell(updated(2, referrals_count=1))

    assert (stored(world).state, stored(world).revision) == (State.SENT, 2)


def test_an_update_that_comes_between_reading_and_joining_is_not_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_the_next(
        world.referrer_wiring.people, "apply", monkeypatch, lambda: world.tell(updated(2, referrals_count=1))
    )

    world.tell(joined())

    assert (stored(world).state, stored(world).revision) == (State.SENT, 2)


def test_a_full_batch_of_updates_costs_a_few_calls_of_the_table(world: World) -> None:
    people = [(f"r{n}", f"r{n}@example.com") for n in range(100)]
    world.tell(*(referrer_event("joined", *person) for person in people))
    world.forget_calls()

    with aws_calls(world) as calls:
        world.tell(*(referrer_event("updated", *person, 2) for person in people))
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
    monkeypatch.setattr(world.referrer_wiring.receive, "_answers", enrolments)
    world.forget_calls()

    again = world.tell(
        joined(enrolment_id="e1"), declined("e2"), joined(enrolment_id="e3"), declined("e4"), joined(enrolment_id="e1")
    )

    expected = [Decline(ACCOUNT, CAMPAIGN, enrolment_id, "not_accepted") for enrolment_id in ("e2", "e4")]
    assert enrolments.taken == [(["e1", "e3", "e1"], expected)]
    assert again == [1, 2]
    assert world.referrer("r1") is None
    assert world.calls() == []


def test_one_person_published_as_lead_and_as_referrer_is_one_contact_and_nobodys_duplicate(world: World) -> None:
    """By the two functions at the same moment, each of which finds nobody in HubSpot."""
    skip = SideSettings(0, Action.CREATE_CONTACT, MAPPING, Duplicates.SKIP)
    world.save(skip, side="referrer")

    with ThreadPoolExecutor(2) as pool:
        lead = pool.submit(world.deliver, lead_joined_event("l1", GRACE))
        referrer = pool.submit(world.tell, joined())
    again = [*lead.result(), *referrer.result()]

    [contact] = world.contacts(GRACE)
    found = world.lead("l1")
    assert again == []
    assert found is not None
    assert [(one.state, one.record_id) for one in (found, stored(world))] == [(State.SENT, contact["id"])] * 2


def test_either_queue_takes_what_belongs_on_the_other(world: World) -> None:
    world.deliver(joined())
    world.tell(lead_joined_event("l1", "ada@example.com"), updated(2))
    found = world.lead("l1")

    assert found is not None
    assert (found.state, stored(world).state, stored(world).revision) == (State.SENT, State.SENT, 2)
    world.tell(erased(id="l1"))
    world.deliver(erased(id="r1"))
    gone = world.lead("l1")
    assert gone is not None
    assert (gone.state, stored(world).state) == (State.ERASED, State.ERASED)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "not_json"),
        (referrer_event("left", "r1", GRACE), "unknown_type"),
        (referrer_event("joined", "r#1", GRACE), "invalid:data.referrer_id"),
        (referrer_event("joined", "r1", GRACE, 0), "invalid:data.version"),
        (referrer_event("updated", "r1", GRACE, account_id="no account"), "invalid:data.account_id"),
        (referrer_event("joined", "r1", GRACE, enrolment_id="a#b"), "invalid:data.enrolment_id"),
        (
            event("referrer.enrolment_declined.v1", account_id=ACCOUNT, campaign_id=CAMPAIGN),
            "invalid:data.enrolment_id",
        ),
    ],
)
def test_what_can_never_be_read_ends_in_dead_letters_of_its_own(world: World, body: Any, reason: str) -> None:
    assert world.tell(body, referrer_event("joined", "r2", "linus@example.com")) == []

    [letter] = world.dead_letters("referrer")
    assert letter["MessageAttributes"]["reason"]["StringValue"] == reason
    assert world.dead_letters("lead") == []
    assert len(world.contacts("linus@example.com")) == 1


def test_referrers_who_have_to_wait_come_again_by_their_own_queue(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    postponed: list[str] = []
    world.sim("faults", {"status": 503, "times": None, "path": "/crm/"})
    monkeypatch.setattr(
        referrer_joined.queue()._sqs,
        "change_message_visibility_batch",
        lambda **asked: postponed.append(asked["QueueUrl"]),
    )

    assert world.tell(joined(), "{") == [0]

    assert postponed == [os.environ["REFERRER_QUEUE_URL"]]


@pytest.mark.parametrize("enrolment_id", [None, ""])
def test_a_blank_enrolment_is_none(world: World, enrolment_id: str | None) -> None:
    world.tell(joined(enrolment_id=enrolment_id))

    assert stored(world).state is State.SENT
