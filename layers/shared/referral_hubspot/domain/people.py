"""A lead or a referrer: who it is, what was decided, what happened."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.settings import Action, Duplicates, Side

# One @ with something around it, a dot in the domain, no blanks: HubSpot judges the rest.
_PLAUSIBLE = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]+")
_MAX_EMAIL = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets
_TIMELINE_LIMIT = 30

SHARDS = 4
"""How many parts each index of people is written in.

HubSpot takes a thousand rows a second of a campaign, which moves two thousand entries of an index, and a part takes a
thousand writes a second (DynamoDB's limit); whoever reads an index reads all parts.
"""


def normalised(email: str) -> str:
    """The address as HubSpot compares it: trimmed and in lower case."""
    return email.strip().lower()


def usable(email: str) -> bool:
    """Whether a normalised address can be someone's at all."""
    return len(email) <= _MAX_EMAIL and _PLAUSIBLE.fullmatch(email) is not None


def keyed_hash(pepper: bytes, value: str) -> str:
    """A stand-in for a value that must not be stored; without the pepper nobody can test a guess."""
    return hmac.new(pepper, value.encode(), hashlib.sha256).hexdigest()[:40]


class State(StrEnum):
    """Where a lead stands. NEW is one that no row exists for yet; it is never stored."""

    NEW = "new"
    SENDING = "sending"
    HELD = "held"
    NOT_SENT = "not_sent"
    SENT = "sent"
    QUALIFIED = "qualified"
    DUPLICATE = "duplicate"
    ALREADY_REFERRED = "already_referred"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CLOSED = "closed"
    ERASED = "erased"


OPEN = frozenset({State.NEW, State.HELD, State.SENDING})
"""Work is still to be done."""

GIVES_WAY = frozenset({State.REJECTED, State.EXPIRED, State.CLOSED, State.NOT_SENT, State.ERASED})
"""A lead in such a state leaves the credit for its person to the next one."""

TEST_LIFE = timedelta(days=1)
"""How long a test lead is remembered here. What it made in HubSpot stays until somebody deletes it."""


class Reason(StrEnum):
    """Why a lead stands where it stands."""

    NONE = ""
    SETUP = "setup"
    NOT_CONNECTED = "not_connected"
    RECONNECT = "reconnect"
    HUBSPOT_AWAY = "hubspot_away"
    PAUSED = "paused"
    ASKS_FIRST = "asks_first"
    NO_USABLE_EMAIL = "no_usable_email"
    PERSON_ERASED = "erased"
    REFUSED = "refused"
    ALREADY_IN_HUBSPOT = "already_in_hubspot"
    ALREADY_REFERRED = "already_referred"
    DO_NOTHING = "do_nothing"
    DECLINED = "declined"
    WAITED_TOO_LONG = "waited_too_long"
    CLOSED = "closed"


class Verdict(StrEnum):
    """Whether the person was in HubSpot before this referral."""

    NEW = "new"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Decision:
    """What will be done with a person, stored before the first HubSpot write and never changed by a retry."""

    portal_id: int
    action: Action
    duplicates: Duplicates
    settings_version: int
    verdict: Verdict | None = None


class Happening(StrEnum):
    """What a timeline entry tells."""

    RECEIVED = "received"
    HELD = "held"
    SENDING = "sending"
    CREATED = "created"
    UPDATED = "updated"
    SYNCED = "synced"
    RETURN_REFUSED = "return_refused"
    DEAL_CREATED = "deal_created"
    DEAL_FOUND = "deal_found"
    KNOWN = "known"
    ALREADY_REFERRED = "already_referred"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    VALUE_LEFT_OUT = "value_left_out"
    FIRST_NAME_BLANK = "first_name_blank"
    LIFECYCLE_KEPT = "lifecycle_kept"
    ALREADY_AT_VALUE = "already_at_value"
    QUALIFIED = "qualified"
    CONDITION_LOST = "condition_lost"
    MERGED = "merged"
    DELETED = "deleted"
    EXPIRED = "expired"
    REOPENED = "reopened"
    CLOSED = "closed"
    ERASED = "erased"
    DIFFERENT_CONTENT = "different_content"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline: codes and facts only, wording is made when it is read."""

    at: datetime
    what: Happening
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PersonKey:
    """Which lead or referrer."""

    account_id: str
    campaign_id: str
    side: Side
    person_id: str

    @property
    def campaign(self) -> tuple[str, str]:
        """The campaign it belongs to."""
        return self.account_id, self.campaign_id


@dataclass(frozen=True, slots=True)
class Person:
    """A lead or referrer. `version` counts its changes, 0 is not stored yet; `revision` is the platform's
    own count of what it told of a referrer, 0 for leads.

    `details` holds every value that a mapping row may name, by the name of its source; `joined_at` is
    the earlier of what the platform said and the first arrival in our queue.

    `record_id` is the record in HubSpot that the person was sent as, or was found as, and
    `record_type` what that is; `contact_id` is the contact beside a deal. A `test` is an admin's own
    try: it qualifies never and counts nowhere. `condition_lost_at` is when the deal of a qualified
    person left the rule's stage.
    """

    key: PersonKey
    joined_at: datetime
    received_at: datetime
    email: str = field(default="", repr=False)
    details: Mapping[str, str] = field(default_factory=dict, repr=False)
    referrer_id: str = ""
    state: State = State.NEW
    reason: Reason = Reason.NONE
    version: int = 0
    revision: int = 0
    decision: Decision | None = None
    portal_id: int = 0
    record_type: ObjectType = ObjectType.CONTACT
    record_id: str = ""
    record_link: str = ""
    contact_id: str = ""
    test: bool = False
    condition_lost_at: datetime | None = None
    held_since: datetime | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    syncs: tuple[str, ...] = ()
    synced_contact_id: str = ""
    returned: Mapping[str, str] = field(default_factory=dict, repr=False)
    returned_at: datetime | None = None
    return_due_at: datetime | None = None
    timeline: tuple[Entry, ...] = field(default=(), repr=False)

    def became(self, state: State, reason: Reason = Reason.NONE, *entries: Entry) -> "Person":
        """The same person one change later.

        Who was held stays on the list of those who wait until the sending came to an end: no message
        brings them again, so only that list can, should the worker that sends them die.
        """
        return replace(
            self,
            state=state,
            reason=reason,
            version=self.version + 1,
            held_since=self._held_since(state, entries),
            timeline=_bounded((*self.timeline, *entries)),
        )

    def _held_since(self, state: State, entries: tuple[Entry, ...]) -> datetime | None:
        if state is State.HELD and self.held_since is None and entries:
            return entries[0].at
        return self.held_since if state in {State.HELD, State.SENDING} else None

    def noted(self, *entries: Entry) -> "Person":
        """The same person with more to tell, in the same state."""
        return replace(self, version=self.version + 1, timeline=_bounded((*self.timeline, *entries)))

    def caught_up(self, told: "Person") -> "Person":
        """The same person with what the platform told of it since, as far as that is newer.

        The address stays: guard, contact and erasure go by it. Of who was erased nothing comes back.
        """
        if told.revision <= self.revision or self.forgotten:
            return self
        details = {source: value for source, value in told.details.items() if source != "email"}
        address = {"email": self.email} if self.email else {}
        return replace(self, details=details | address, revision=told.revision)

    @property
    def forgotten(self) -> bool:
        """Whether this person asked to be, before or after it joined."""
        return self.state is State.ERASED or self.reason is Reason.PERSON_ERASED

    def reopened(self, entry: Entry) -> "Person":
        """The same person as if it had just joined: it waits to be decided on anew, by the settings of today."""
        nowhere = replace(
            self, portal_id=0, record_type=ObjectType.CONTACT, record_id="", record_link="", contact_id=""
        )
        undecided = replace(nowhere, decision=None)
        return undecided.became(State.HELD, Reason.NONE, entry)

    def last(self, what: Happening) -> Entry | None:
        """The newest line of the timeline that tells this."""
        return next((entry for entry in reversed(self.timeline) if entry.what is what), None)

    @property
    def deletion(self) -> Entry | None:
        """What tells that its own record in HubSpot is deleted; the contact beside a deal is another one."""
        told = [
            entry
            for entry in self.timeline
            if entry.what in {Happening.DELETED, Happening.MERGED} and entry.facts.get("object") == self.record_type
        ]
        return told[-1] if told and told[-1].what is Happening.DELETED else None

    def erased(self, at: datetime) -> "Person":
        """What remains of a person who asked to be forgotten: that there was someone."""
        return Person(
            key=self.key,
            joined_at=self.joined_at,
            received_at=self.received_at,
            state=State.ERASED,
            version=self.version + 1,
            test=self.test,
            timeline=(Entry(at, Happening.ERASED),),
        )

    @property
    def referred(self) -> bool:
        """Whether the row says anything of who referred this person."""
        return bool(self.referrer_id) or any(source.startswith("referrer.") for source in self.details)

    def without_referrer(self) -> "Person":
        """The same person with nothing left of who referred it."""
        kept = {source: value for source, value in self.details.items() if not source.startswith("referrer.")}
        return replace(self, details=kept, referrer_id="", version=self.version + 1)


def _bounded(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The first line tells how it began; of the rest the newest count."""
    if len(entries) <= _TIMELINE_LIMIT:
        return entries
    return (entries[0], *entries[-(_TIMELINE_LIMIT - 1) :])
