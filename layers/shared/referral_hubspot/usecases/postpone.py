"""Let people wait for HubSpot: in their message at first, then held, with the reason that a person can act on."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from referral_hubspot.domain import scopes
from referral_hubspot.domain.errors import (
    ConnectionLostError,
    NotConnectedError,
    PermanentError,
    RetryableError,
    ScopeMissingError,
)
from referral_hubspot.domain.people import OPEN, Entry, Happening, Person, Reason, State
from referral_hubspot.domain.settings import Binding
from referral_hubspot.usecases.outcome import waits_for_setup
from referral_hubspot.usecases.people import Change, People
from referral_hubspot.usecases.sending import Checked, Outcome, standing
from referral_hubspot.usecases.store_people import store

_OTHERS_MEND = (RetryableError, ConnectionLostError, ScopeMissingError, NotConnectedError)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long work waits for HubSpot: in its message, then *held* with the message, then without it."""

    hold_after: timedelta = timedelta(seconds=60)
    release_message_after: timedelta = timedelta(minutes=15)


class Permissions(Protocol):
    """What HubSpot allows; see `storage.bindings`."""

    def withdraw(self, seen: Binding, scopes: Collection[str]) -> None:
        """Take permissions off the account's bindings to the portal, unless it was connected anew since `seen`."""
        ...


class Postpone:
    """Says of people who cannot be sent now how they wait."""

    def __init__(
        self,
        people: People,
        permissions: Permissions,
        patience: Patience,
        clock: Callable[[], datetime],
        notice: Callable[[RetryableError | PermanentError], None],
    ) -> None:
        self._people = people
        self._permissions = permissions
        self._patience = patience
        self._clock = clock
        self._notice = notice

    def __call__(self, people: Sequence[Checked], fault: RetryableError | PermanentError | None) -> list[Outcome]:
        """Hold people of one account and portal once their messages have waited long enough.

        Args:
            fault: What stopped them; None if HubSpot's answer just does not mention them.
        """
        if not people:
            return []
        if fault is not None:
            self._notice(fault)
        if fault is not None and not isinstance(fault, _OTHERS_MEND):
            # Ours to mend: nobody is told of a reason that nobody outside can do anything about, and the
            # message goes to the dead letters in the end.
            return [replace(standing(one.person), retry=True, stopped=True) for one in people]
        if isinstance(fault, ScopeMissingError):
            self._permissions.withdraw(people[0].binding, fault.scopes)
            # Who is sent as something else takes no harm: the message brings them again, without the others.
            concerned = [one for one in people if not _needed_by_others(fault, one)]
            unconcerned = [one for one in people if _needed_by_others(fault, one)]
            return self._put_off(concerned, fault) + self._put_off(unconcerned, None)
        return self._put_off(people, fault)

    def _put_off(self, people: Sequence[Checked], fault: RetryableError | PermanentError | None) -> list[Outcome]:
        now = self._clock()
        changes = [
            Change(one.person, held, claims=one.person.state is State.NEW)
            for one in people
            if (held := self._held(one, fault, now)) is not None
        ]
        stored = store(self._people, changes, now)
        now_standing = {one.person.key: one.person for one in people} | stored.people | stored.overtaken
        heals = _heals(fault)
        return [
            replace(
                standing(person),
                stopped=fault is not None,
                retry=person.state in OPEN
                and not (
                    person.state is State.HELD
                    and (not heals or now - person.received_at >= self._patience.release_message_after)
                ),
            )
            for person in now_standing.values()
        ]

    def _held(self, checked: Checked, fault: RetryableError | PermanentError | None, now: datetime) -> Person | None:
        """The person held; None where that would be too early, or tell nothing new."""
        person, reason = checked.person, _waiting_reason(checked, fault)
        if person.reason is reason or (_heals(fault) and now - person.received_at < self._patience.hold_after):
            return None
        if reason is Reason.SETUP:
            return waits_for_setup(person, now)
        return person.became(State.HELD, reason, Entry(now, Happening.HELD, {"reason": reason}))


def _heals(fault: RetryableError | PermanentError | None) -> bool:
    """Whether waiting is all that it takes."""
    return fault is None or isinstance(fault, RetryableError)


def _scopes(checked: Checked) -> tuple[str, ...]:
    """What HubSpot must allow for this person: as it was decided, if it was."""
    decision, settings = checked.person.decision, checked.settings
    decided = decision is not None and decision.portal_id == checked.binding.portal_id
    return replace(settings, action=decision.action).scopes if decision and decided else settings.scopes


def _needed_by_others(fault: ScopeMissingError, checked: Checked) -> bool:
    """Whether HubSpot lacks only what deals take, and this person becomes none."""
    return bool(fault.scopes) and set(fault.scopes) <= set(scopes.DEALS) - set(_scopes(checked))


def _waiting_reason(checked: Checked, fault: RetryableError | PermanentError | None) -> Reason:
    """What a fault means for somebody who waits."""
    match fault:
        case None | RetryableError():
            return Reason.HUBSPOT_AWAY
        case NotConnectedError():
            return Reason.NOT_CONNECTED
        case ScopeMissingError() if set(fault.scopes) & set(_scopes(checked)):
            return Reason.SETUP
        case _:
            return Reason.RECONNECT
