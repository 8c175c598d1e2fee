"""Delivering deals where HubSpot answers as nobody can make its simulator answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import pytest

from referral_hubspot.domain import scopes
from referral_hubspot.domain.crm import (
    DEAL_KEY,
    Conflict,
    Contact,
    DealRow,
    ObjectType,
    Problem,
    Refused,
    RowAnswer,
    Unanswered,
    Written,
)
from referral_hubspot.domain.errors import PermanentError, RequestRefusedError, ScopeMissingError
from referral_hubspot.domain.mapping import Mapped
from referral_hubspot.domain.people import Person, PersonKey
from referral_hubspot.domain.settings import Duplicates
from referral_hubspot.usecases.deliver import deliver
from referral_hubspot.usecases.parcels import Arrived, Deal, Delivery, Made, Parcel, Refusal
from referral_hubspot.usecases.ports import Crm

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
DEAL = {"dealname": "Ada", "pipeline": "default", "dealstage": "new", "amount": "5"}


@dataclass
class FakeCrm:
    """Deals by key. `answers` says what becomes of a row instead of being written, `refuses` of a whole call."""

    deals: dict[str, str] = field(default_factory=dict)
    answers: Callable[[DealRow], RowAnswer | None] = lambda _: None
    refuses: Callable[[Sequence[DealRow]], PermanentError | None] = lambda _: None
    unreadable: PermanentError | None = None
    contacts: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def create_deals(self, rows: Sequence[DealRow]) -> list[RowAnswer]:
        self.calls.append("create")
        if (error := self.refuses(rows)) is not None:
            raise error
        return [self.answers(row) or self._written(row) for row in rows]

    def deals_by_key(self, deal_keys: Sequence[str]) -> Mapping[str, str]:
        assert len(set(deal_keys)) <= 100
        if deal_keys:
            self.calls.append("find")
        if self.unreadable is not None:
            raise self.unreadable
        return {key: self.deals[key] for key in deal_keys if key in self.deals}

    def read_contacts(self, record_ids: Sequence[str], properties: Sequence[str]) -> Mapping[str, Contact]:
        self.calls.append("contacts")
        return {asked: Contact(self.contacts[asked], NOW, {}) for asked in record_ids if asked in self.contacts}

    def _written(self, row: DealRow) -> Written:
        self.deals[row.key] = f"d-{row.key}"
        return Written(row.trace, self.deals[row.key], created=True, properties=row.properties)


def parcel(number: int, *, tried: bool = False) -> Parcel:
    person = Person(PersonKey("acme", "spring", "lead", str(number)), NOW, NOW, email=f"{number}@example.com")
    return Parcel(person, Duplicates.UPDATE, None, Deal(f"k{number}", Mapped(DEAL, {}), tried))


def delivered(crm: FakeCrm, *parcels: Parcel) -> Delivery:
    return deliver(cast(Crm, crm), parcels)


def of(delivery: Delivery, number: int) -> object:
    return delivery.results.get(parcel(number).person.key)


def unfit(name: str, code: str = "PROPERTY_DOESNT_EXIST") -> RequestRefusedError:
    return RequestRefusedError(400, "VALIDATION_ERROR", [Problem(name, code, "")])


def test_a_conflict_that_names_no_deal_is_looked_up_by_key() -> None:
    crm = FakeCrm(answers=lambda row: Conflict(row.trace, "") if row.key == "k1" else None)
    crm.deals["k1"] = "77"

    delivery = delivered(crm, parcel(1), parcel(2))

    assert of(delivery, 1) == Arrived(deal=Made("77", written=False))
    assert crm.calls == ["create", "find"]


def test_a_conflict_with_a_deal_that_cannot_be_found_is_no_end() -> None:
    delivery = delivered(FakeCrm(answers=lambda row: Conflict(row.trace, "")), parcel(1))

    assert (of(delivery, 1), delivery.fault) == (None, None)


def test_a_conflict_that_names_a_deal_without_the_key_is_with_a_deal_of_somebody_else() -> None:
    delivery = delivered(FakeCrm(answers=lambda row: Conflict(row.trace, "66")), parcel(1))

    assert (of(delivery, 1), delivery.fault) == (None, None)


def test_of_several_hundred_tried_before_a_hundred_are_looked_for_in_a_call_and_those_found_stay_as_they_are() -> None:
    crm = FakeCrm(deals={f"k{n}": str(n) for n in range(150)})

    delivery = delivered(crm, *(parcel(n, tried=True) for n in range(250)))

    assert crm.calls == ["find", "find", "find", "create"]
    assert of(delivery, 149) == Arrived(deal=Made("149", written=False))
    assert of(delivery, 150) == Arrived(deal=Made("d-k150", created=True, answered=DEAL))


@pytest.mark.parametrize("name", ["dealstage", "pipeline", DEAL_KEY])
def test_what_no_deal_can_do_without_is_refused_to_all_in_one_call(name: str) -> None:
    crm = FakeCrm(refuses=lambda _: unfit(name))

    delivery = delivered(crm, *(parcel(n) for n in range(100)))

    assert crm.calls == ["create"]
    assert of(delivery, 99) == Refusal(ObjectType.DEAL, Problem(name, "PROPERTY_DOESNT_EXIST", ""))


def test_an_optional_property_that_no_deal_has_is_left_out_of_all_in_one_more_call() -> None:
    crm = FakeCrm(refuses=lambda rows: unfit("amount") if "amount" in rows[0].properties else None)

    delivery = delivered(crm, *(parcel(n) for n in range(100)))

    arrived = of(delivery, 99)
    assert crm.calls == ["create", "create"]
    assert isinstance(arrived, Arrived)
    assert arrived.deal is not None
    assert [problem.property for problem in arrived.deal.left_out] == ["amount"]


def test_a_key_property_that_hubspot_cannot_look_up_by_is_said_of_each_lead_and_nothing_is_created() -> None:
    crm = FakeCrm(unreadable=RequestRefusedError(400, "VALIDATION_ERROR", []))

    delivery = delivered(crm, parcel(1, tried=True), parcel(2))

    assert crm.calls == ["find"]
    assert isinstance(delivery.fault, RequestRefusedError)
    assert of(delivery, 1) == Refusal(ObjectType.DEAL, Problem(DEAL_KEY, "VALIDATION_ERROR", ""))
    assert of(delivery, 2) is None


@pytest.mark.parametrize(
    ("named", "told"), [((), scopes.DEALS), (("crm.objects.deals.write",), ("crm.objects.deals.write",))]
)
def test_a_missing_permission_is_known_even_where_hubspot_names_none(
    named: tuple[str, ...], told: tuple[str, ...]
) -> None:
    delivery = delivered(FakeCrm(refuses=lambda _: ScopeMissingError(1, named)), parcel(1))

    assert isinstance(delivery.fault, ScopeMissingError)
    assert delivery.fault.scopes == told


@pytest.mark.parametrize(
    ("contacts", "calls", "rejected"),
    [
        ({}, ["create", "contacts"], False),
        ({"c1": "c1"}, ["create", "contacts"], True),
        ({"c1": "c2"}, ["create", "contacts", "create"], False),
    ],
    ids=["gone", "there", "merged"],
)
def test_a_refusal_without_a_word_is_held_against_the_contact_first(
    monkeypatch: pytest.MonkeyPatch, contacts: dict[str, str], calls: list[str], rejected: bool
) -> None:
    def refused(row: DealRow) -> RowAnswer | None:
        problem = Problem("", "VALIDATION_ERROR", "One or more associations are invalid")
        return Refused(row.trace, "VALIDATION_ERROR", (problem,)) if row.contact_id == "c1" else None

    def upserted(rows: Sequence[object]) -> list[RowAnswer]:
        return [Written(str(index), "c1", created=True, properties={}) for index, _ in enumerate(rows)]

    crm = FakeCrm(answers=refused, contacts=contacts)
    monkeypatch.setattr(crm, "upsert_contacts", upserted, raising=False)
    beside = Parcel(parcel(1).person, Duplicates.UPDATE, Mapped({"firstname": "Ada"}, {}), parcel(1).deal)

    delivery = delivered(crm, beside)

    assert crm.calls == calls
    assert isinstance(of(delivery, 1), Refusal) is rejected
    arrived = of(delivery, 1)
    if isinstance(arrived, Arrived):
        assert arrived.contact is not None
        assert arrived.contact.record_id == "c2"


def test_deals_that_one_of_the_refusals_may_be_about_are_told_apart() -> None:
    def unclear(row: DealRow) -> RowAnswer | None:
        return Unanswered(row.trace, one_of_these_refused=True) if row.key == "k1" else None

    crm = FakeCrm(answers=unclear)

    delivery = delivered(crm, parcel(1), parcel(2), parcel(3))

    assert of(delivery, 1) is None
    assert isinstance(of(delivery, 2), Arrived)
    assert isinstance(of(delivery, 3), Arrived)
