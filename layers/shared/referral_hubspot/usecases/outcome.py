"""What HubSpot's answer makes of a person."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from referral_hubspot.domain.crm import ObjectType, Problem
from referral_hubspot.domain.people import Entry, Happening, Person, Reason, State
from referral_hubspot.domain.settings import SideSettings
from referral_hubspot.usecases.parcels import Arrived, Made, Parcel, Refusal, Result, WasKnown

_LIFECYCLE_STAGE = "lifecyclestage"
_MAX_REASON = 500  # characters: HubSpot lists all allowed options of a property


def happened(person: Person, parcel: Parcel, settings: SideSettings, result: Result, at: datetime) -> Person:
    """The person after the delivery, with everything that its timeline should tell."""
    match result:
        case Arrived(contact=contact, deal=deal):
            entries = _of_contact(parcel, settings, contact, at) if contact else []
            entries += _of_deal(parcel, deal, at) if deal else []
            after = person.became(State.SENT, Reason.NONE, *entries)
            contact_id = contact.record_id if contact else ""
            if deal is None:
                return replace(after, record_type=ObjectType.CONTACT, record_id=contact_id)
            return replace(after, record_type=ObjectType.DEAL, record_id=deal.record_id, contact_id=contact_id)
        case WasKnown():
            after = person.became(State.DUPLICATE, Reason.ALREADY_IN_HUBSPOT, Entry(at, Happening.KNOWN))
            return replace(after, record_type=ObjectType.CONTACT, record_id=result.record_id)
        case Refusal():
            entry = Entry(at, Happening.REJECTED, _facts(result.object_type, result.problem))
            return person.became(State.REJECTED, Reason.REFUSED, entry)


def waits_for_setup(person: Person, at: datetime) -> Person:
    """The person held until the settings fit HubSpot again.

    What was decided under them is dropped, or nothing that an admin mends would reach this person.
    Nobody becomes known by that: *known* compares with the joining, and the deal's key stays the same.
    """
    held = person.became(State.HELD, Reason.SETUP, Entry(at, Happening.HELD, {"reason": Reason.SETUP}))
    return replace(held, decision=None)


def _of_contact(parcel: Parcel, settings: SideSettings, made: Made, at: datetime) -> list[Entry]:
    if parcel.contact is None or not made.written:
        return []
    properties = parcel.contact.properties
    entries = [
        Entry(at, Happening.CREATED if made.created else Happening.UPDATED),
        *_left_out(ObjectType.CONTACT, parcel.contact.left_out, made, at),
    ]
    if "firstname" not in properties:
        entries.append(Entry(at, Happening.FIRST_NAME_BLANK))
    wanted, kept = properties.get(_LIFECYCLE_STAGE), made.answered.get(_LIFECYCLE_STAGE)
    if wanted and kept and wanted != kept:
        entries.append(Entry(at, Happening.LIFECYCLE_KEPT, {"wanted": wanted, "kept": kept}))
    held = {**(parcel.known.properties if parcel.known else {}), **made.answered}
    rule = settings.rule_for(ObjectType.CONTACT)
    if parcel.deal is None and rule.property and held.get(rule.property) == rule.value:
        entries.append(Entry(at, Happening.ALREADY_AT_VALUE, {"property": rule.property, "value": rule.value}))
    return entries


def _of_deal(parcel: Parcel, made: Made, at: datetime) -> list[Entry]:
    if parcel.deal is None or not made.written:
        return [Entry(at, Happening.DEAL_FOUND)]
    return [Entry(at, Happening.DEAL_CREATED), *_left_out(ObjectType.DEAL, parcel.deal.mapped.left_out, made, at)]


def _left_out(object_type: ObjectType, unfit: Mapping[str, str], made: Made, at: datetime) -> list[Entry]:
    facts = [{"object": str(object_type), "property": name, "why": why} for name, why in unfit.items()]
    facts += [_facts(object_type, problem) for problem in made.left_out]
    return [Entry(at, Happening.VALUE_LEFT_OUT, one) for one in facts]


def _facts(object_type: ObjectType, problem: Problem) -> dict[str, str]:
    why = problem.message[:_MAX_REASON]
    return {"object": str(object_type), "property": problem.property, "code": problem.code, "why": why}
