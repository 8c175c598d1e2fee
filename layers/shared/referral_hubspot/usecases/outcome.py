"""What HubSpot's answer makes of a person."""

from dataclasses import replace
from datetime import datetime

from referral_hubspot.domain.crm import Problem
from referral_hubspot.domain.people import Entry, Happening, Person, Reason, State
from referral_hubspot.domain.settings import RuleKind, SideSettings
from referral_hubspot.usecases.deliver import Arrived, Parcel, Refusal, Result, WasKnown

_LIFECYCLE_STAGE = "lifecyclestage"
_MAX_REASON = 500  # characters: HubSpot lists all allowed options of a property


def happened(person: Person, parcel: Parcel, settings: SideSettings, result: Result, at: datetime) -> Person:
    """The person after the delivery, with everything that its timeline should tell."""
    match result:
        case Arrived():
            what = Happening.CREATED if result.created else Happening.UPDATED
            entries = [Entry(at, what), *_notes(parcel, settings, result, at)]
            return replace(person.became(State.SENT, Reason.NONE, *entries), record_id=result.record_id)
        case WasKnown():
            after = person.became(State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT, Entry(at, Happening.KNOWN))
            return replace(after, record_id=result.record_id)
        case Refusal():
            entry = Entry(at, Happening.REJECTED, _facts(result.problem))
            return person.became(State.REJECTED, Reason.REFUSED, entry)


def _notes(parcel: Parcel, settings: SideSettings, result: Arrived, at: datetime) -> list[Entry]:
    notes = [
        Entry(at, Happening.VALUE_LEFT_OUT, {"property": name, "why": why}) for name, why in parcel.left_out.items()
    ]
    notes += [Entry(at, Happening.VALUE_LEFT_OUT, _facts(problem)) for problem in result.left_out]
    if "firstname" not in parcel.properties:
        notes.append(Entry(at, Happening.FIRST_NAME_BLANK))
    held = {**(parcel.contact.properties if parcel.contact else {}), **result.answered}
    wanted, kept = parcel.properties.get(_LIFECYCLE_STAGE), result.answered.get(_LIFECYCLE_STAGE)
    if wanted and kept and wanted != kept:
        notes.append(Entry(at, Happening.LIFECYCLE_KEPT, {"wanted": wanted, "kept": kept}))
    rule = settings.rule
    if rule.kind is RuleKind.CONTACT_PROPERTY and held.get(rule.property) == rule.value:
        notes.append(Entry(at, Happening.ALREADY_AT_VALUE, {"property": rule.property, "value": rule.value}))
    return notes


def _facts(problem: Problem) -> dict[str, str]:
    return {"property": problem.property, "code": problem.code, "why": problem.message[:_MAX_REASON]}
