"""Does a change in HubSpot qualify a referral?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from referral_hubspot.domain.people import Person, State
from referral_hubspot.domain.settings import Rule, RuleKind


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """HubSpot's word that a contact property took a value. `ours` is a change that our app wrote."""

    portal_id: int
    record_id: str
    property: str
    value: str
    at: datetime
    ours: bool


class Answer(StrEnum):
    """What a change means for one person. Waiting is not an answer yet: the record is not linked so far."""

    QUALIFIES = "qualifies"
    WAIT = "wait"
    NO = "no"


def satisfies(rule: Rule, change: PropertyChange) -> bool:
    """Whether the change is the one the rule names, by whom and whenever it counts.

    What we wrote ourselves never counts: leads would qualify the moment they are sent. Internal
    values compare exactly.
    """
    return (
        rule.kind is RuleKind.CONTACT_PROPERTY
        and not change.ours
        and change.property == rule.property
        and change.value == rule.value
        and (rule.since is None or change.at > rule.since)
    )


def answer(person: Person, rule: Rule, change: PropertyChange) -> Answer:
    """Judge one person, whose HubSpot record the change is about, by the campaign's rule as it is now."""
    if not satisfies(rule, change) or change.at <= person.joined_at:
        return Answer.NO
    if person.state is State.SENT:
        return Answer.QUALIFIES
    # While a worker is sending or has to send again, this change may be what its record is waiting for.
    return Answer.WAIT if person.state in {State.SENDING, State.HELD} else Answer.NO
