"""Does a change in HubSpot qualify a referral?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from referral_hubspot.domain.crm import ObjectType
from referral_hubspot.domain.people import Person, State
from referral_hubspot.domain.settings import Rule, RuleKind


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """HubSpot's word that a property of a record took a value. `ours` is a change that our app wrote."""

    portal_id: int
    object_type: ObjectType
    record_id: str
    property: str
    value: str
    at: datetime
    ours: bool


@dataclass(frozen=True, slots=True)
class Merge:
    """Records became one: those of `former_ids` live on as `record_id`, which may be one of them or new."""

    portal_id: int
    object_type: ObjectType
    record_id: str
    former_ids: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Deletion:
    """A record was deleted; for `privacy` its person asked to be forgotten.

    A merge may end the ids of the merged records in the same words. It is `confirmed` once HubSpot was
    asked for the record and has none, not even under another id.
    """

    portal_id: int
    object_type: ObjectType
    record_id: str
    at: datetime
    privacy: bool = False
    confirmed: bool = False


RecordEvent = PropertyChange | Merge | Deletion


class Seen(StrEnum):
    """How a change became known."""

    WEBHOOK = "webhook"
    SWEEP = "sweep"


class Answer(StrEnum):
    """What a change means for one person. Waiting is not an answer yet: the record is not linked so far."""

    QUALIFIES = "qualifies"
    LOSES = "loses"
    WAIT = "wait"
    NO = "no"


def satisfies(rule: Rule, change: PropertyChange) -> bool:
    """Whether the change is the one the rule names, by whom and whenever it counts.

    What we wrote ourselves never counts: leads would qualify the moment they are sent. Internal
    values compare exactly.
    """
    return _about(rule, change) and not change.ours and change.value == rule.value and _after(rule, change)


def leaves(rule: Rule, change: PropertyChange) -> bool:
    """Whether a deal leaves the stage that the rule names."""
    return rule.kind is RuleKind.DEAL_STAGE and _about(rule, change) and change.value != rule.value


def answer(person: Person, rule: Rule, change: PropertyChange) -> Answer:
    """Judge one person, whose HubSpot record the change is about, by the campaign's rule as it is now."""
    if person.test or person.record_type is not change.object_type:
        return Answer.NO
    if leaves(rule, change):
        return Answer.LOSES if _loses(person, rule, change) else Answer.NO
    if not satisfies(rule, change) or change.at <= person.joined_at:
        return Answer.NO
    if person.state is State.SENT:
        return Answer.QUALIFIES
    # While a worker is sending or has to send again, this change may be what its record is waiting for.
    return Answer.WAIT if person.state in {State.SENDING, State.HELD} else Answer.NO


def _about(rule: Rule, change: PropertyChange) -> bool:
    return rule.kind.object_type is change.object_type and change.property == rule.property


def _after(rule: Rule, change: PropertyChange) -> bool:
    return rule.since is None or change.at > rule.since


def _loses(person: Person, rule: Rule, change: PropertyChange) -> bool:
    """Once only, and only for what the rule's stage had qualified before."""
    if person.state is not State.QUALIFIED or person.condition_lost_at is not None:
        return False
    qualified_at = person.evidence.get("changed_at", "")
    return person.evidence.get("value") == rule.value and change.at > datetime.fromisoformat(qualified_at)
