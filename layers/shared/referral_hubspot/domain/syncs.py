"""A sync: HubSpot contacts become referrers of a campaign, and their return fields are kept current in HubSpot."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from referral_hubspot.domain.errors import PermanentError
from referral_hubspot.domain.people import Person

FIRST_NAME = "first_name"
EMAIL = "email"

ONCE = 0
"""In place of the minutes from one run to the next, of a sync that has one run."""

ASKS_TO_CONFIRM = 1000
"""Of more people than these the number is typed before the sync starts."""

RETURN_PAUSE = timedelta(minutes=1)
"""A referrer's return fields are written this often at the most."""

_COMPARES_AFTER = timedelta(days=1)
_WAITS_FOR_ANSWERS = timedelta(minutes=15)
_NAMES_WEIGH = 100  # bytes of a contact's own names in an announcement, and more
_EARLY = timedelta(seconds=2)  # by so much a message may come before its time


class Return(StrEnum):
    """What a referrer's contact is given back; these three only."""

    LINK = "referral_link"
    REFERRALS = "referrals_count"
    CONVERTED = "converted_referrals_count"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an admin chose.

    `list_id` "" means all contacts. `fields` says which HubSpot property each field of the platform is
    read from (`first_name`, `email`, `fields.*`), `returns` which property each return field is written
    to. `every_minutes` may be ONCE.
    """

    list_id: str
    list_name: str
    fields: Mapping[str, str]
    returns: Mapping[Return, str]
    every_minutes: int = ONCE

    @property
    def ongoing(self) -> bool:
        """Whether it runs again and again."""
        return self.every_minutes != ONCE

    @property
    def read(self) -> tuple[str, ...]:
        """The HubSpot properties that are read."""
        return tuple(dict.fromkeys(self.fields.values()))


class Status(StrEnum):
    """Whether a sync enrols. Whatever it is, return fields are kept current until the sync is removed."""

    ACTIVE = "active"
    PAUSED = "paused"
    BROKEN = "broken"
    STOPPED = "stopped"
    FINISHED = "finished"


OVER = frozenset({Status.STOPPED, Status.FINISHED})
"""Such a sync enrols nobody ever again."""


class Cause(StrEnum):
    """Why a sync cannot go on, and a person has to act."""

    NONE = ""
    NOT_CONNECTED = "not_connected"
    RECONNECT = "reconnect"
    OTHER_ACCOUNT = "other_account"
    LIST_GONE = "list_gone"
    PROPERTY_GONE = "property_gone"
    PROPERTY_CHANGED = "property_changed"
    MISSING_SCOPE = "missing_scope"
    REFUSED = "refused"
    CAMPAIGN_DELETED = "campaign_deleted"
    STOPPED = "stopped"
    """An admin stopped the sync, and with it the run."""


class RunKind(StrEnum):
    """What a run looks at: everybody, who came since the last one, or everybody's id."""

    EVERYBODY = "everybody"
    NEWCOMERS = "newcomers"
    COMPARISON = "comparison"


@dataclass(frozen=True, slots=True)
class Counts:
    """Contacts of a run: how many the pages `read` so far hold, and what was done with those not dealt with before."""

    read: int = 0
    without_email: int = 0
    already: int = 0
    asked: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Both together."""
        return Counts(
            self.read + other.read,
            self.without_email + other.without_email,
            self.already + other.already,
            self.asked + other.asked,
        )

    @property
    def nobody(self) -> bool:
        """Whether nothing was done with anybody."""
        return not (self.without_email or self.already or self.asked)


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where the next run for newcomers begins.

    Of a list in the order of joining: `tail` is the token its last page was read with, where the oldest
    stand first; `newest` is when the newest known member joined, where those stand first; both, where
    all joined in one instant, so that there is no telling. Of all contacts: `modified_since`.
    """

    tail: str = ""
    newest: datetime | None = None
    modified_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One pass, as far as it came.

    `after` is HubSpot's token of the next page; `begun_again` that HubSpot knew the last one no more, and
    the first page was read instead. `carried` are contacts of pages that were read, who wait for a full
    hundred. `newest` is when the newest member joined that was met. `reading` ends with the last page; then
    answers are waited for.
    """

    run_id: str
    kind: RunKind
    started_at: datetime
    after: str = ""
    begun_again: bool = False
    carried: tuple[str, ...] = ()
    newest: datetime | None = None
    reading: bool = True
    counts: Counts = Counts()
    last_asked_at: datetime | None = None

    def waited_enough(self, now: datetime) -> bool:
        """Whether who has not answered by now is no longer waited for."""
        return now - (self.last_asked_at or self.started_at) >= _WAITS_FOR_ANSWERS


@dataclass(frozen=True, slots=True)
class Sync:
    """A sync of one campaign. `version` counts its changes, 0 is not stored yet.

    One worker at a time goes on with it: the one that holds it, until `held_until`. Between two turns
    the message that brings the next worker comes at `expected_at`, if not at once.
    """

    account_id: str
    campaign_id: str
    sync_id: str
    portal_id: int
    plan: Plan
    started_by: str
    started_at: datetime
    people: int = 0
    """How many contacts there were when it was started."""
    status: Status = Status.ACTIVE
    cause: Cause = Cause.NONE
    about: str = ""
    """What the cause is about: a property, a permission."""
    bookmark: Bookmark = Bookmark()
    run: Run | None = None
    compared_at: datetime | None = None
    looked_at: datetime | None = None
    held_until: datetime | None = None
    expected_at: datetime | None = None
    version: int = 0

    @property
    def campaign(self) -> tuple[str, str]:
        """The campaign it belongs to."""
        return self.account_id, self.campaign_id

    def expects(self, now: datetime) -> bool:
        """Whether a message that goes on with it is on its way, and will come later."""
        return self.expected_at is not None and now < self.expected_at - _EARLY

    def free(self) -> "Sync":
        """The same sync with nobody at it, and nobody expected."""
        return replace(self, held_until=None, expected_at=None)

    def stopped_by(self, cause: Cause, about: str = "") -> "Sync":
        """The same sync waiting for somebody to mend something; what a person paused or what is over stays so."""
        status = self.status if self.status in {*OVER, Status.PAUSED} else Status.BROKEN
        return replace(self.free(), status=status, cause=cause, about=about)

    def going(self) -> "Sync":
        """The same sync, going on where it stopped."""
        return replace(self, status=Status.ACTIVE, cause=Cause.NONE, about="")

    def opened(self, now: datetime) -> "Sync":
        """The same sync with a run open; one that is open goes on."""
        if self.run is not None:
            return self
        kind = RunKind.EVERYBODY if self.looked_at is None else RunKind.NEWCOMERS
        if kind is RunKind.NEWCOMERS and self.plan.list_id and self._compares(now):
            kind = RunKind.COMPARISON
        after = self.bookmark.tail if kind is RunKind.NEWCOMERS and self.bookmark.newest is None else ""
        return replace(self, run=Run(f"{now:%Y%m%dT%H%M%S%f}", kind, now, after=after))

    def _compares(self, now: datetime) -> bool:
        """Whether it is time to hold everybody's id against what is known."""
        return now - (self.compared_at or self.started_at) >= _COMPARES_AFTER


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run that came to an end, or was stopped by a cause."""

    account_id: str
    campaign_id: str
    sync_id: str
    run_id: str
    kind: RunKind
    started_at: datetime
    ended_at: datetime
    counts: Counts
    cause: Cause = Cause.NONE
    about: str = ""
    joined: int = 0
    declined: int = 0
    unanswered: int = 0


class EnrolmentState(StrEnum):
    """What became of a contact that a sync found."""

    WITHOUT_EMAIL = "without_email"
    ASKED = "asked"
    JOINED = "joined"
    DECLINED = "declined"
    REFUSED = "refused"
    """It joined, and HubSpot refuses what is returned to its contact."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A contact that a sync found in HubSpot, in which run.

    `already`: it was a referrer before it was found. `others` are syncs that found it before.
    """

    account_id: str
    campaign_id: str
    portal_id: int
    contact_id: str
    sync_id: str
    run_id: str
    state: EnrolmentState
    at: datetime
    referrer_id: str = ""
    reason: str = ""
    already: bool = False
    others: tuple[str, ...] = ()

    @property
    def enrolment_id(self) -> str:
        """What the platform answers by: the same for the same contact and campaign, whoever asks, and when."""
        return f"{self.campaign_id}:{self.portal_id}:{self.contact_id}"

    @property
    def syncs(self) -> tuple[str, ...]:
        """Every sync that found it; each wants its return fields."""
        return (*self.others, self.sync_id)

    @property
    def counted(self) -> Counts:
        """How it counts in the run that found it."""
        if self.state is EnrolmentState.WITHOUT_EMAIL:
            return Counts(without_email=1)
        return Counts(already=1) if self.already else Counts(asked=1)


def named(enrolment_id: str) -> tuple[str, int, str] | None:
    """Campaign, portal and contact that an enrolment id names; None if it is none of ours."""
    campaign_id, _, rest = enrolment_id.rpartition(":")[0].rpartition(":")
    portal, contact = rest, enrolment_id.rpartition(":")[2]
    if not (campaign_id and portal.isascii() and portal.isdigit() and contact):
        return None
    return campaign_id, int(portal), contact


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A contact to be enrolled: what the platform is told of it, by its own field names."""

    enrolment_id: str
    email: str = field(repr=False)
    first_name: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)

    @property
    def weight(self) -> int:
        """Bytes that it takes in an announcement at most."""
        texts = (self.enrolment_id, self.email, self.first_name, *self.fields.keys(), *self.fields.values())
        return sum(len(json.dumps(text, ensure_ascii=False).encode()) + 2 for text in texts) + _NAMES_WEIGH


def returns_of(syncs: Iterable[Sync], person: Person) -> dict[str, str]:
    """What a referrer's contact has to hold: value by property."""
    values = current(person)
    return {
        name: values[kind]
        for sync in syncs
        if sync.sync_id in person.syncs
        for kind, name in sync.plan.returns.items()
        if kind in values
    }


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """Contacts that the platform is asked to enrol together; asked for again, it is another request."""

    account_id: str
    campaign_id: str
    request_id: str
    contacts: tuple[Newcomer, ...] = field(repr=False)


def attached(person: Person, sync_id: str, contact_id: str, now: datetime) -> Person:
    """A referrer whose return fields go to a contact from now on, for one more sync.

    The version stays, as with `marked`.
    """
    if person.forgotten:
        return person
    if sync_id in person.syncs and person.synced_contact_id == contact_id:
        return marked(person, now)
    syncs = person.syncs if sync_id in person.syncs else (*person.syncs, sync_id)
    # Whatever was written before went to another contact, or to other properties.
    unwritten = replace(person, returned={}, returned_at=None, return_due_at=None)
    return marked(replace(unwritten, syncs=syncs, synced_contact_id=contact_id), now)


def marked(person: Person, now: datetime) -> Person:
    """A referrer whose return fields are due if its contact was last given something else.

    The version stays: it rises with the change that this is part of.
    """
    if not person.syncs or current(person) == person.returned:
        return replace(person, return_due_at=None)
    if person.return_due_at is not None:
        return person
    rested = person.returned_at + RETURN_PAUSE if person.returned_at else now
    return replace(person, return_due_at=max(now, rested))


def current(person: Person) -> dict[str, str]:
    """The values of a referrer's return fields, by kind."""
    return {str(kind): value for kind in Return if (value := person.details.get(kind, ""))}


class SyncChangedError(PermanentError):
    """Somebody else changed the sync meanwhile."""

    def __init__(self, sync_id: str) -> None:
        super().__init__(f"sync {sync_id} was changed meanwhile")
        self.sync_id = sync_id


class ListGoneError(PermanentError):
    """The list does not exist in HubSpot."""

    def __init__(self, list_id: str) -> None:
        super().__init__(f"list {list_id} does not exist")
        self.list_id = list_id
