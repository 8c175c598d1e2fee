"""Store changes of people to the end: whoever is refused a change is told apart and taken on."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from referral_hubspot.domain.people import GIVES_WAY, Entry, Happening, Person, PersonKey, Reason, State
from referral_hubspot.usecases.people import Change, People, Refusal

_ATTEMPTS = 5


@dataclass(slots=True)
class Stored:
    """What stands in the table now: by our own write, or `overtaken` by somebody else's."""

    people: dict[PersonKey, Person] = field(default_factory=dict)
    overtaken: dict[PersonKey, Person] = field(default_factory=dict)


def store(people: People, changes: Sequence[Change], now: datetime) -> Stored:
    """Store each change, or find out who was faster.

    Who claims an address that another one holds becomes *already referred*, unless that one's state
    gives way: then the claim passes over. A change that keeps losing is in neither answer, and the
    message that brought it has to come back.
    """
    stored = Stored()
    pending = list(changes)
    for _ in range(_ATTEMPTS):
        if not pending:
            break
        refused = people.apply(pending)
        stored.people |= {change.after.key: change.after for change in pending if change.after.key not in refused}
        stored.overtaken |= {key: refusal.stored for key, refusal in refused.items() if refusal.stored is not None}
        contested = [
            change for change in pending if (refusal := refused.get(change.after.key)) and refusal.stored is None
        ]
        pending = _taken_on(people, contested, refused, now)
    return stored


def _taken_on(
    people: People, contested: Sequence[Change], refused: dict[PersonKey, Refusal], now: datetime
) -> list[Change]:
    holder_of = {
        change.after.key: replace(change.after.key, person_id=refused[change.after.key].holder)
        for change in contested
        if refused[change.after.key].holder
    }
    holders = people.load(holder_of.values())
    following: list[Change] = []
    for change in contested:
        holder = holders.get(holder_of[change.after.key]) if change.after.key in holder_of else None
        if holder is not None and holder.state not in GIVES_WAY:
            following.append(_already_referred(change, now))
        else:
            following.append(replace(change, takes_over=holder))
    return following


def _already_referred(change: Change, now: datetime) -> Change:
    entry = Entry(now, Happening.ALREADY_REFERRED)
    return Change(change.before, change.before.became(State.ALREADY_REFERRED, Reason.ALREADY_REFERRED, entry))
