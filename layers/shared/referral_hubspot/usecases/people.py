"""How people are stored, as the use cases see it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.people import Person, PersonKey, Reason
from referral_hubspot.domain.settings import CampaignState, Side, SideSettings


@dataclass(frozen=True, slots=True)
class Change:
    """One person's next version, and what must happen with it or not at all.

    `before` is the version it was made from, and the only one it may replace. `claims` makes this
    person the holder of its e-mail address in the campaign; `takes_over` is the holder seen before,
    whose state gives way and must still be the same; `releases` is an address whose guard goes.
    """

    before: Person
    after: Person
    claims: bool = False
    takes_over: Person | None = None
    releases: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a change was not stored: another version stands there, or `holder` has the address."""

    stored: Person | None
    holder: str


Wait = tuple[tuple[str, str], Side, Reason]
"""A campaign, a side of it, and what somebody of that side waits for."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held person in the order of waiting, oldest first; who waits for the same thing shares the `group`."""

    position: str
    group: str
    key: PersonKey


@dataclass(frozen=True, slots=True)
class Standing:
    """A person in one of the states that are listed, at its place in the list."""

    position: str
    key: PersonKey


@dataclass(frozen=True, slots=True)
class Due:
    """A referrer whose return fields are due since `at`."""

    key: PersonKey
    at: datetime


@dataclass(frozen=True, slots=True)
class Intake:
    """What is known of a batch of people before anything is decided.

    `erased` are people who asked to be forgotten; of `referrer_erased` the referrer did. `early` is what
    was told of referrers before they joined.
    """

    campaigns: Mapping[tuple[str, str], CampaignState]
    stored: Mapping[PersonKey, Person]
    erased: frozenset[PersonKey]
    referrer_erased: frozenset[PersonKey] = frozenset()
    early: Mapping[PersonKey, Person] = field(default_factory=dict)


class People(Protocol):
    """Rows of people; see `storage.people`."""

    def load(self, people: Iterable[PersonKey]) -> dict[PersonKey, Person]:
        """People by key, strongly consistent; who is not stored is left out."""
        ...

    def apply(self, changes: Sequence[Change]) -> dict[PersonKey, Refusal]:
        """Store changes, each whole or not at all; answers those that were not stored."""
        ...


class Register(Protocol):
    """Reads all that a batch needs in the fewest calls; see `storage.register`."""

    def read(self, people: Sequence[Person]) -> Intake:
        """Campaigns, stored rows and erasures of a batch, strongly consistent."""
        ...

    def settings_version(self, campaign: tuple[str, str], side: Side, version: int) -> SideSettings:
        """The settings that a decision was made under."""
        ...
