"""Of several leads that are one record in HubSpot only one has the credit."""

from collections.abc import Callable, Sequence
from datetime import datetime

from referral_hubspot.domain.people import GIVES_WAY, Entry, Happening, Person, Reason, State
from referral_hubspot.usecases.people import Change, People

_ATTEMPTS = 5
_WITHOUT_CREDIT = GIVES_WAY | {State.ALREADY_REFERRED, State.DUPLICATE}


def holder(people: Sequence[Person]) -> Person | None:
    """Who has the credit of leads of one campaign that are one record, as by a contact's second address.

    The one who came first; but once it is given, to whomever, it is gone.
    """
    counting = [person for person in people if person.state not in _WITHOUT_CREDIT and not person.test]
    return min(
        counting,
        key=lambda person: (person.state is not State.QUALIFIED, person.received_at, person.key.person_id),
        default=None,
    )


def give_up(store: People, people: Sequence[Person], clock: Callable[[], datetime]) -> None:
    """Let all pending ones of such leads but the holder become *already referred*."""
    first = holder(people)
    pending = [person for person in people if person.state is State.SENT and not person.test]
    for _ in range(_ATTEMPTS):
        second = [person for person in pending if first is not None and person.key != first.key]
        if not second:
            return
        entry = Entry(clock(), Happening.ALREADY_REFERRED)
        refused = store.apply(
            [Change(one, one.became(State.ALREADY_REFERRED, Reason.ALREADY_REFERRED, entry)) for one in second]
        )
        pending = [
            refusal.stored
            for refusal in refused.values()
            if refusal.stored is not None and refusal.stored.state is State.SENT
        ]
